"""Shows the frames and reads the keys: the only place that opens windows."""

import math
from typing import Protocol

import cv2
import numpy as np

from model.arrays import Image
from realtime.actions import Action, action_of_key
from realtime.control_panel import ControlPanel
from realtime.drawing.letterbox import letterbox
from realtime.drawing.text import text_size_wh
from realtime.errors import DisplayError
from realtime.frame import Output
from realtime.sinks.window.display import display_available
from realtime.sinks.window.hud import Hud, draw_hud, filter_label
from realtime.sinks.window.keyboard import key_name, press
from realtime.sinks.window.strip import FilterStrip, Preview
from realtime.state import State

TITLE = "Face keypoints"
_FIRST_SIZE_WH = (1280, 720)
"""The window's first size at most; what most cameras give."""
_MIN_HEIGHT = 480
"""Smaller pictures are shown larger, so that text on them can be read."""
_AROUND_GRAY = 16
_MESSAGE_S = 4.0
_FILTER_S = 2.0
_FADE_S = 0.6
_FLASH_S = 0.25


class Gui(Protocol):
    """What the sink needs of a window system; one window at most."""

    def open(self, title: str, size_wh: tuple[int, int]) -> None: ...

    def show(self, picture_bgr: Image) -> None: ...

    def key(self) -> str: ...

    def clicks(self) -> list[tuple[int, int]]: ...

    def area_wh(self) -> tuple[int, int] | None: ...

    def visible(self) -> bool: ...

    def set_fullscreen(self, on: bool) -> None: ...

    def close(self) -> None: ...


class OpenCvGui:
    """OpenCV's window.

    Raises:
        DisplayError: there is no window to be had here.
    """

    def __init__(self) -> None:
        if (reason := display_available()) is not None:
            raise DisplayError(reason)
        self._title = ""
        self._clicks: list[tuple[int, int]] = []

    def open(self, title: str, size_wh: tuple[int, int]) -> None:
        """Open a resizable window without OpenCV's own bars."""
        self._title = title
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        except cv2.error as error:
            raise DisplayError(f"no window: {error.err}; run with --no-window --record FILE") from error
        cv2.resizeWindow(title, *size_wh)
        cv2.setMouseCallback(title, self._on_mouse)

    def _on_mouse(self, event: int, x: int, y: int, flags: int, data: object) -> None:
        if event == cv2.EVENT_LBUTTONDOWN:
            self._clicks.append((x, y))

    def show(self, picture_bgr: Image) -> None:
        """Show a picture, stretched over the window."""
        cv2.imshow(self._title, picture_bgr)

    def key(self) -> str:
        """Let the window work; the key pressed since, or nothing."""
        code = cv2.waitKeyEx(1)
        return "" if code == -1 else key_name(code)

    def clicks(self) -> list[tuple[int, int]]:
        """Places clicked since the last call, in pixels of the picture shown."""
        clicked, self._clicks = self._clicks, []
        return clicked

    def area_wh(self) -> tuple[int, int] | None:
        """Size of the window's inside; None where OpenCV does not know."""
        _, _, width, height = cv2.getWindowImageRect(self._title)
        return (width, height) if width > 0 and height > 0 else None

    def visible(self) -> bool:
        """Whether the user has not closed it."""
        try:
            return bool(cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1)
        except cv2.error:  # Qt ends with its last window, and OpenCV then knows no window at all
            return False

    def set_fullscreen(self, on: bool) -> None:
        """Fill the screen, or go back."""
        mode = cv2.WINDOW_FULLSCREEN if on else cv2.WINDOW_NORMAL
        cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, mode)

    def close(self) -> None:
        """Close the window where it is still there; OpenCV needs to work once more for it to vanish."""
        if self.visible():
            cv2.destroyAllWindows()
            cv2.waitKey(1)


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
            self._gui.open(TITLE, first_size_wh(output.annotated.size_wh))
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
        for x, y in self._gui.clicks():
            if self._strip:
                self._strip.click(x, y)
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


def first_size_wh(frame_wh: tuple[int, int]) -> tuple[int, int]:
    """The window's first size: the frame's own where that is neither tiny nor larger than a small screen."""
    width, height = frame_wh
    scale = max(1.0, _MIN_HEIGHT / height)
    scale = min(scale, _FIRST_SIZE_WH[0] / width, _FIRST_SIZE_WH[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _fade(age_s: float, lasts_s: float) -> float:
    """1 while fresh, falling to 0 over the last part of `lasts_s`."""
    return float(np.clip((lasts_s - age_s) / _FADE_S, 0, 1))
