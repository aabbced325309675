"""Shows the frames and reads the keys: the only place that opens windows."""

import math

import cv2
import numpy as np

from realtime.actions import Action, action_of_key
from realtime.control_panel import ControlPanel
from realtime.drawing.letterbox import letterbox
from realtime.drawing.text import text_size_wh
from realtime.frame import Output
from realtime.sinks.window.gui import Gui, OpenCvGui
from realtime.sinks.window.hud import Hud, draw_hud, filter_label
from realtime.sinks.window.keyboard import press
from realtime.sinks.window.strip import FilterStrip, Preview
from realtime.state import State

TITLE = "Face keypoints"
_AROUND_GRAY = 16
_MESSAGE_S = 4.0
_FILTER_S = 2.0
_FADE_S = 0.6
_FLASH_S = 0.25


class WindowSink:
    """Shows annotated frames, mirrored if wanted, with the program's state over them; turns keys into actions.

    Only a copy is drawn on: recordings and pictures do not show what is shown here. The window opens with the first
    frame and follows its own size, the picture whole inside it. Closing it quits.

    Args:
        panel: its state is shown; it performs what keys and clicks ask for. Written before this sink.
        preview: draws one filter; with it the key Tab shows all of them on the user's face.
        gui: the window system; None takes OpenCV's.

    Raises:
        DisplayError: there is no window to be had here.
    """

    name = "window"

    def __init__(self, panel: ControlPanel, *, preview: Preview | None = None, gui: Gui | None = None) -> None:
        self._panel = panel
        self._strip = FilterStrip(panel, preview) if preview else None
        text_size_wh("", 16)  # missing fonts show now, not at the first message
        self._gui: Gui = gui or OpenCvGui()
        self._open = self._closed = False
        self._fullscreen = self._show_status = self._show_help = False
        self._shown_filters = panel.state.filters
        self._filter_s = -np.inf

    def write(self, output: Output) -> None:
        """Show the frame, then act on the keys pressed since the last one; nothing once the window was closed."""
        if self._closed:
            return
        if not self._open:
            self._gui.open(TITLE, output.annotated.size_wh)
            self._open = True
        state = self._panel.state
        area_wh = self._gui.area_wh() or output.annotated.size_wh
        canvas_bgr = letterbox(output.annotated.pixels_bgr, area_wh, _AROUND_GRAY)
        if state.mirror:
            canvas_bgr = cv2.flip(canvas_bgr, 1)
        reserved_px = self._strip.update(output, area_wh) if self._strip else 0
        if self._strip:
            self._strip.draw(canvas_bgr)
        draw_hud(canvas_bgr, self._hud(state, reserved_px))
        self._gui.show(canvas_bgr)
        while key := self._gui.key():
            self._press(key)
        for pointer in self._gui.pointers():
            if self._strip and pointer.kind == "press":
                self._strip.click(pointer.x, pointer.y)
        if not self._gui.visible():
            self._closed = True
            self._panel.act(Action.QUIT)

    def close(self) -> None:
        """Close the window."""
        if self._open:
            self._open = False
            self._gui.close()
        self._closed = True

    def _press(self, key: str) -> None:
        if self._strip and self._strip.press(key):
            # In a small window the card of keys lies where the strip does, so opening one closes the other.
            self._show_help = False
            return
        action = action_of_key(key)
        if action is Action.FULL_SCREEN or key == "F" or (key == "escape" and self._fullscreen):
            self._fullscreen = not self._fullscreen
            self._gui.set_fullscreen(self._fullscreen)
        elif action is Action.STATISTICS:
            self._show_status = not self._show_status
        elif action is Action.HELP:
            self._show_help = not self._show_help
        elif key == "escape":
            self._show_help = False
        else:
            press(key, self._panel)

    def _hud(self, state: State, reserved_px: int) -> Hud:
        if state.filters != self._shown_filters:
            self._shown_filters = state.filters
            self._filter_s = state.now_s
        message = state.messages[-1] if state.messages else None
        since_picture_s = np.inf if state.snapshot_s is None else state.now_s - state.snapshot_s
        return Hud(
            recording_s=state.recording_s,
            status=_status(state) if self._show_status else "",
            message=message.text if message else "",
            message_opacity=_fade(state.now_s - message.time_s, _MESSAGE_S) if message else 0.0,
            filter_label=filter_label(state),
            filter_opacity=_fade(state.now_s - self._filter_s, _FILTER_S),
            show_help=self._show_help,
            countdown=None if state.counting_s is None else math.ceil(state.counting_s),
            reserved_px=reserved_px,
            flash=max(0.0, 0.8 * (1 - since_picture_s / _FLASH_S)),
        )


def _status(state: State) -> str:
    rate = "… fps" if state.fps is None else f"{state.fps:.0f} fps"
    return f"{rate} · {state.drops} dropped" if state.drops else rate


def _fade(age_s: float, lasts_s: float) -> float:
    """1 while fresh, falling to 0 over the last part of `lasts_s`."""
    return float(np.clip((lasts_s - age_s) / _FADE_S, 0, 1))
