"""The mouse bar: what can be done with a click, shown while the mouse moves."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from model.arrays import Image
from realtime.control.actions import Action, info_of
from realtime.control.state import State
from realtime.drawing.text import text_size_wh
from realtime.sinks.window.overlay.hud import clock_text
from realtime.sinks.window.overlay.theme import (
    ACCENT,
    FAINT,
    HOVER,
    RED,
    SOFT,
    WHITE,
    Rect,
    draw_icon,
    draw_plate,
    draw_text,
    line_px,
)
from realtime.sinks.window.pointer import Pointer

_GROUPS: Final = (
    (Action.SNAPSHOT, Action.RECORD, Action.RECENT),
    (Action.FILTERS, Action.STRENGTH),
    (Action.CAMERAS, Action.MICROPHONES, Action.MIRROR),
    (Action.FULL_SCREEN, Action.HELP),
)
_STAYS_S: Final = 3.0
_SLIDES_S: Final = 0.22
_BUTTON: Final = 2.9
_SLIDER: Final = 5.2
_CLOCK: Final = 3.0
_GAP: Final = 0.9
_HEIGHT: Final = 3.5
"""Widths of a button, of the slider beside its icon, of the recording's clock, of the gap between groups, and the
height, all in sizes of the text."""


@dataclass(slots=True)
class _Button:
    action: Action
    rect: Rect


class MouseBar:
    """Slides in at the lower edge when the mouse moves, and out three seconds after it stopped."""

    def __init__(self) -> None:
        self._moved_s = -np.inf
        self._drawn_s = -np.inf
        self._shown = 0.0
        self._at: tuple[int, int] | None = None
        self._buttons: list[_Button] = []
        self._slider: Rect | None = None
        self._dragging = False
        self._rect: Rect | None = None
        self._top = 0

    @property
    def moving(self) -> bool:
        """Whether it is sliding, or will slide out unless the mouse moves."""
        return self._shown > 0

    def reserved_px(self, height: int) -> int:
        """Rows at the lower edge that it and its tip cover."""
        return height - self._top if self._rect and self._shown > 0 else 0

    def place_of(self, action: Action) -> Rect | None:
        """Where the button of an action lies; None while the bar is away."""
        return next((button.rect for button in self._buttons if button.action is action), None)

    def point(self, pointer: Pointer, now_s: float, state: State) -> tuple[Action, str] | None:
        """Follow the mouse; the action that it asks for, with its value."""
        self._moved_s = now_s
        if pointer.kind == "leave":
            self._at = None
            self._moved_s = now_s - _STAYS_S + 0.4
            return None
        self._at = pointer.x, pointer.y
        if pointer.kind == "release":
            self._dragging = False
        if self._shown < 0.5 or Action.STRENGTH not in state.available:
            self._dragging = False
        elif self._slider and self._slider.holds(pointer.x, pointer.y) and pointer.kind in ("press", "up", "down"):
            if pointer.kind != "press":
                return (Action.STRONGER if pointer.kind == "up" else Action.WEAKER), ""
            self._dragging = True
        if self._dragging and self._slider and pointer.kind in ("press", "move"):
            share = (pointer.x - self._slider.x) / max(self._slider.width, 1)
            return Action.STRENGTH, f"{min(max(share, 0.0), 1.0):.2f}"
        if pointer.kind == "press" and self._shown >= 0.5:
            button = self._hovered()
            if button and button.action in state.available and button.action is not Action.STRENGTH:
                return button.action, ""
        return None

    def covers(self, x: int, y: int) -> bool:
        """Whether the bar lies at that place."""
        return self._shown >= 0.5 and self._rect is not None and self._rect.holds(x, y)

    def keep(self, now_s: float) -> None:
        """Stay for as long as something that belongs to it is open."""
        self._moved_s = now_s

    def draw(self, canvas_bgr: Image, state: State, size_px: int, room: Rect, tips: bool = True) -> None:
        """Draw it as far as it has slid in, centred in the lower part of `room`; with tips, what a button does."""
        now_s = state.now_s
        hovering = self._at is not None and self.covers(*self._at)
        wanted = 1.0 if now_s - self._moved_s < _STAYS_S or hovering or self._dragging else 0.0
        step = min(max((now_s - self._drawn_s) / _SLIDES_S, 0.0), 1.0)
        self._shown = self._shown + float(np.clip(wanted - self._shown, -step, step))
        self._drawn_s = now_s
        if self._shown <= 0:
            self._buttons, self._rect = [], None
            return
        size_px = self._fitting(size_px, room.width, state)
        self._lay_out(size_px, room, state)
        assert self._rect is not None
        self._top = self._rect.y
        draw_plate(canvas_bgr, self._rect, round(size_px * 1.1))
        for button in self._buttons:
            self._draw_button(canvas_bgr, button, state, size_px)
        if self._slider:
            self._draw_slider(canvas_bgr, self._slider, state, size_px)
        hovered = self._hovered()
        if tips and hovered and self._shown >= 1:
            self._draw_tip(canvas_bgr, hovered, state, size_px)

    def _hovered(self) -> _Button | None:
        if self._at is None:
            return None
        return next((button for button in self._buttons if button.rect.holds(*self._at)), None)

    def _fitting(self, size_px: int, width: int, state: State) -> int:
        while size_px > 7 and self._width(size_px, state) > width - size_px:
            size_px -= 1
        return size_px

    def _width(self, size_px: int, state: State) -> int:
        buttons = sum(map(len, _GROUPS)) * _BUTTON + _SLIDER + (_CLOCK if state.recording else 0)
        return round((buttons + (len(_GROUPS) + 1) * _GAP) * size_px)

    def _lay_out(self, size_px: int, room: Rect, state: State) -> None:
        width, height = self._width(size_px, state), round(_HEIGHT * size_px)
        eased = 1 - (1 - self._shown) ** 2
        x = room.x + (room.width - width) // 2
        y = room.bottom - round((height + size_px) * eased)
        self._rect = Rect(x, y, width, height)
        self._buttons = []
        x += round(_GAP * size_px)
        for group in _GROUPS:
            for action in group:
                wide = _BUTTON
                if action is Action.STRENGTH:
                    wide += _SLIDER
                    margin = round(0.6 * size_px)
                    left = x + round(_BUTTON * size_px)
                    self._slider = Rect(left, y, round(_SLIDER * size_px) - margin, height)
                elif action is Action.RECORD and state.recording:
                    wide += _CLOCK
                self._buttons.append(_Button(action, Rect(x, y, round(wide * size_px), height)))
                x += round(wide * size_px)
            x += round(_GAP * size_px)

    def _draw_button(self, canvas_bgr: Image, button: _Button, state: State, size_px: int) -> None:
        rect, action = button.rect, button.action
        available = action in state.available
        if available and button is self._hovered() and action is not Action.STRENGTH:
            inset = round(size_px * 0.3)
            inner = Rect(rect.x + 2, rect.y + inset, rect.width - 4, rect.height - 2 * inset)
            draw_plate(canvas_bgr, inner, round(size_px * 0.6), WHITE, HOVER)
        icon, color = _look(action, state)
        opacity = 1.0 if available else 0.35
        middle = rect.x + round(_BUTTON * size_px / 2)
        side = round(size_px * 1.5)
        draw_icon(canvas_bgr, icon, (middle, rect.y + round(size_px * 1.35)), side, color, opacity)
        key_px = max(7, round(size_px * 0.66))
        key = "[ ]" if action is Action.STRENGTH else info_of(action).key_text
        place = middle, rect.y + round(size_px * 2.3)
        draw_text(canvas_bgr, key, place, key_px, FAINT, centered=True, opacity=opacity)
        if action is Action.RECORD and state.recording_s is not None:
            text = clock_text(state.recording_s)
            y = rect.y + round(size_px * 1.35) - line_px(size_px) // 2
            draw_text(canvas_bgr, text, (rect.x + round(_BUTTON * size_px), y), size_px, WHITE)

    def _draw_slider(self, canvas_bgr: Image, rect: Rect, state: State, size_px: int) -> None:
        opacity = 1.0 if Action.STRENGTH in state.available else 0.3
        thick, y = max(2, round(size_px * 0.18)), rect.y + round(size_px * 1.35)
        draw_plate(canvas_bgr, Rect(rect.x, y - thick // 2, rect.width, thick), thick, FAINT, 0.6 * opacity)
        filled = round(rect.width * state.strength)
        draw_plate(canvas_bgr, Rect(rect.x, y - thick // 2, filled, thick), thick, ACCENT, opacity)
        knob = round(size_px * 0.75)
        draw_plate(canvas_bgr, Rect(rect.x + filled - knob // 2, y - knob // 2, knob, knob), knob, WHITE, opacity)
        key_px = max(7, round(size_px * 0.66))
        place = rect.x + rect.width // 2, rect.y + round(size_px * 2.3)
        draw_text(canvas_bgr, f"{state.strength:.0%}", place, key_px, FAINT, centered=True, opacity=opacity)

    def _draw_tip(self, canvas_bgr: Image, button: _Button, state: State, size_px: int) -> None:
        text = _tip(button.action, state)
        tip_px = max(8, round(size_px * 0.8))
        width, height = text_size_wh(text, tip_px)[0] + 2 * tip_px, line_px(tip_px) + tip_px // 2
        x = button.rect.x + button.rect.width // 2 - width // 2
        x = min(max(x, 4), canvas_bgr.shape[1] - width - 4)
        rect = Rect(x, button.rect.y - height - size_px // 2, width, height)
        self._top = rect.y
        draw_plate(canvas_bgr, rect, height // 3)
        draw_text(canvas_bgr, text, (rect.x + tip_px, rect.y + tip_px // 4), tip_px, SOFT)


def _look(action: Action, state: State) -> tuple[str, tuple[int, int, int]]:
    """Icon and colour of a button."""
    if action is Action.RECORD:
        return ("stop", RED) if state.recording else ("record", RED if Action.RECORD in state.available else WHITE)
    if action is Action.MICROPHONES and not state.microphones.name:
        return "microphone-off", WHITE
    if action is Action.MIRROR and state.mirror:
        return "mirror", ACCENT
    if action is Action.FILTERS and state.filters:
        return "filters", ACCENT
    return str(action), WHITE


def _tip(action: Action, state: State) -> str:
    """What a button does, or why it does nothing now."""
    if action in state.available:
        if action is Action.SNAPSHOT and state.countdown_s:
            return f"Take a picture after {state.countdown_s} s"
        if action is Action.CAMERAS and state.cameras.name:
            return state.cameras.name
        if action is Action.MICROPHONES:
            return state.microphones.name or "No microphone: recordings are silent"
        text = info_of(action).description
        return text[0].upper() + text[1:]
    return {
        Action.STRENGTH: "Wear a filter to set its strength",
        Action.CAMERAS: "A file or address is playing, not a camera",
        Action.MICROPHONES: "Microphones go with cameras",
    }.get(action, "Not available now")
