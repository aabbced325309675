"""Shows the frames with the program's state over them; turns keys and the mouse into actions."""

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from model.arrays import Image
from realtime.control.actions import Action, action_of_key
from realtime.control.panel import ControlPanel
from realtime.control.state import State
from realtime.drawing.letterbox import letterbox
from realtime.drawing.text import text_size_wh
from realtime.frame import Output
from realtime.media.open_path import open_path
from realtime.sinks.window.gui import Gui, OpenCvGui
from realtime.sinks.window.keyboard import press
from realtime.sinks.window.overlay.bar import MouseBar
from realtime.sinks.window.overlay.help_card import HINT, draw_help
from realtime.sinks.window.overlay.hud import Hud, draw_hud, filter_label
from realtime.sinks.window.overlay.menu import Menu
from realtime.sinks.window.overlay.picker import FilterPicker
from realtime.sinks.window.overlay.theme import Rect, text_px
from realtime.sinks.window.overlay.thumbnails import Portrait, Preview, Thumbnails
from realtime.sinks.window.overlay.tray import Tray
from realtime.sinks.window.pointer import Pointer

TITLE = "Face keypoints"
_AROUND_GRAY = 16
_MESSAGE_S = 4.0
_FILTER_S = 2.0
_TRIGGER_S = 5.0
"""How long the filter's name stays, and where something triggers it."""
_HINT_S = 5.0
_IDLE_S = 60.0
"""After so long without a key or the mouse the hint is shown again."""
_FADE_S = 0.6
_FLASH_S = 0.25
_REST_S = 1.0


class WindowSink:
    """Shows annotated frames, mirrored if wanted, with the program's state over them; turns keys into actions.

    Only a copy is drawn on: recordings and pictures do not show what is shown here. The window opens with the first
    frame and follows its own size, the picture whole inside it. Closing it quits.

    Args:
        panel: its state is shown; it performs what keys and clicks ask for. Written before this sink.
        preview: draws one filter; with it the key Tab shows all of them on the user's face.
        portrait: stands in for the user's face there while none is found.
        first_run: the user has never seen the window, and is told how to go on.
        gui: the window system; None takes OpenCV's.
        opener: opens files and folders.

    Raises:
        DisplayError: no window can be opened here.
    """

    name = "window"

    def __init__(
        self,
        panel: ControlPanel,
        *,
        preview: Preview | None = None,
        portrait: Portrait | None = None,
        first_run: bool = False,
        gui: Gui | None = None,
        opener: Callable[[Path], None] = open_path,
    ) -> None:
        self._panel = panel
        self._thumbnails = Thumbnails(panel, preview, portrait) if preview else None
        self._picker = FilterPicker(panel, self._thumbnails) if self._thumbnails else None
        self._bar, self._menu, self._tray = MouseBar(), Menu(), Tray(opener, panel.report)
        text_size_wh("", 16)  # missing fonts show now, not at the first message
        self._gui: Gui = gui or OpenCvGui()
        self._open = self._closed = False
        self._fullscreen = self._show_status = self._show_help = False
        self._shown_filters = panel.state.filters
        self._filter_s = -np.inf
        self._last_bgr: Image = np.empty((0, 0, 3), np.uint8)
        self._touched_s: float | None = None
        self._hint_s = panel.state.now_s if first_run else -np.inf

    def write(self, output: Output) -> None:
        """Show the frame, then act on what the user did since the last one; nothing once the window was closed."""
        if self._closed:
            return
        if not self._open:
            self._gui.open(TITLE, output.annotated.size_wh)
            self._open = True
        state = self._panel.state
        self._tray.see(state, output.annotated.pixels_bgr)
        area_wh = self._gui.area_wh() or output.annotated.size_wh
        canvas_bgr = letterbox(output.annotated.pixels_bgr, area_wh, _AROUND_GRAY)
        if state.mirror:
            canvas_bgr = cv2.flip(canvas_bgr, 1)
        self._draw(canvas_bgr, output, state)
        self._gui.show(canvas_bgr)
        self._rest(canvas_bgr, state)
        while key := self._gui.key():
            self._touched_s = state.now_s
            self._press(key)
        for pointer in self._gui.pointers():
            self._touched_s = state.now_s
            self._point(pointer)
        if not self._gui.visible():
            self._closed = True
            self._panel.act(Action.QUIT)

    def close(self) -> None:
        """Close the window."""
        if self._open:
            self._open = False
            self._gui.close()
        if self._thumbnails:
            self._thumbnails.close()
        self._closed = True

    def _rest(self, canvas_bgr: Image, state: State) -> None:
        """Sleep until the user does something, or for a second, where a still picture shows nothing new."""
        if state.still and not state.recording and state.counting_s is None:
            if np.array_equal(canvas_bgr, self._last_bgr):
                self._gui.wait(_REST_S)
            self._last_bgr = canvas_bgr

    def _draw(self, canvas_bgr: Image, output: Output, state: State) -> None:
        """Everything over the picture, the lower layers first."""
        height, width = canvas_bgr.shape[:2]
        size_px = text_px((width, height), self._gui.scale)
        room = Rect(0, 0, width, height)
        taken = self._picker.update(output, state, (width, height), size_px) if self._picker else None
        if taken:
            room = Rect(0, 0, width, taken.y) if taken.x == 0 else Rect(0, 0, taken.x, height)
        if self._picker:
            self._picker.draw(canvas_bgr, state)
        open_above = self._menu.opened is not None or self._tray.open
        if open_above:
            self._bar.keep(state.now_s)
        self._bar.draw(canvas_bgr, state, size_px, room, tips=not open_above)
        above_bar = room.bottom - self._bar.reserved_px(room.bottom)
        above_tray = self._tray.draw(canvas_bgr, state, size_px, above_bar)
        draw_hud(canvas_bgr, self._hud(state), size_px, Rect(room.x, room.y, room.width, above_tray - room.y))
        button = self._bar.place_of(self._menu.opened) if self._menu.opened else None
        self._menu.draw(canvas_bgr, state, size_px, button, above_bar)
        if self._show_help:
            draw_help(canvas_bgr, size_px)

    def _press(self, key: str) -> None:
        mine, choice = self._menu.press(key, self._panel.state)
        if choice:
            self._panel.act(*choice)
        if mine or (self._picker and self._picker.press(key)):
            return
        if key == "escape":
            self._escape()
        elif key == "F":
            self._do(Action.FULL_SCREEN)
        elif not press(key, self._panel) and (action := action_of_key(key)):
            self._do(action)

    def _point(self, pointer: Pointer) -> None:
        state = self._panel.state
        place = pointer.x, pointer.y
        if self._menu.covers(*place):
            if choice := self._menu.point(pointer, state):
                self._panel.act(*choice)
        elif self._tray.covers(*place):
            self._tray.point(pointer)
        elif self._bar.covers(*place) or not (self._picker and self._picker.point(pointer)):
            asked = self._bar.point(pointer, state.now_s, state)
            if asked:
                self._panel.act(*asked)
                self._do(asked[0])
            elif pointer.kind == "press" and not self._bar.covers(*place):
                self._menu.close()
                self._tray.open = self._show_help = False

    def _escape(self) -> None:
        """Close what is open, one after the other; then leave full screen."""
        if self._show_help:
            self._show_help = False
        elif self._tray.open:
            self._tray.toggle()
        elif self._fullscreen:
            self._do(Action.FULL_SCREEN)

    def _do(self, action: Action) -> None:
        """Open or close what an action stands for on this screen."""
        available = action in self._panel.state.available
        if action is Action.FULL_SCREEN:
            self._fullscreen = not self._fullscreen
            self._gui.set_fullscreen(self._fullscreen)
        elif action is Action.STATISTICS:
            self._show_status = not self._show_status
        elif action is Action.HELP:
            self._show_help = not self._show_help
        elif action is Action.FILTERS and self._picker and available:
            self._picker.toggle()
            self._show_help = False
        elif action is Action.RECENT:
            self._menu.close()
            self._tray.toggle()
        elif action in (Action.CAMERAS, Action.MICROPHONES) and available:
            self._tray.open = False
            self._menu.toggle(action)

    def _hud(self, state: State) -> Hud:
        now_s = state.now_s
        if state.filters != self._shown_filters:
            self._shown_filters = state.filters
            self._filter_s = now_s
        if self._touched_s is None:
            self._touched_s = now_s
        if now_s - self._touched_s >= _IDLE_S:
            self._hint_s = self._touched_s = now_s
        message = state.messages[-1] if state.messages else None
        since_picture_s = np.inf if state.snapshot_s is None else now_s - state.snapshot_s
        named_s = _TRIGGER_S if state.hint else _FILTER_S
        badges = (state.stand_in, "No face found" if state.no_face else "")
        return Hud(
            recording_s=state.recording_s,
            badges=tuple(filter(None, badges)),
            status=_status(state) if self._show_status else "",
            message=message.text if message else "",
            message_opacity=_fade(now_s - message.time_s, _MESSAGE_S) if message else 0.0,
            filter_label=filter_label(state),
            filter_hint=state.hint,
            filter_opacity=_fade(now_s - self._filter_s, named_s),
            hint=HINT,
            hint_opacity=_fade(now_s - self._hint_s, _HINT_S),
            countdown=None if state.counting_s is None else math.ceil(state.counting_s),
            flash=max(0.0, 0.8 * (1 - since_picture_s / _FLASH_S)),
        )


def _status(state: State) -> str:
    rate = "… fps" if state.fps is None else f"{state.fps:.0f} fps"
    return f"{rate} · {state.drops} dropped" if state.drops else rate


def _fade(age_s: float, lasts_s: float) -> float:
    """1 while fresh, falling to 0 over the last part of `lasts_s`."""
    return float(np.clip((lasts_s - age_s) / _FADE_S, 0, 1))
