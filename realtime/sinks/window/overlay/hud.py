"""What the window says over the picture, without being asked: badges, messages, the filter's name, the countdown."""

from dataclasses import dataclass

import numpy as np

from model.arrays import Image
from realtime.control.state import State
from realtime.drawing.text import fitted_text, text_size_wh, wrapped_text
from realtime.sinks.window.overlay.theme import (
    GLASS,
    RED,
    SOFT,
    WHITE,
    Rect,
    draw_plate,
    draw_text,
    line_px,
)

_NUMBERED = 9
"""Filters that have a key of their own: 1 to 9."""


@dataclass(frozen=True, slots=True)
class Hud:
    """What to show.

    Attributes:
        recording_s: seconds recorded so far; None while not recording.
        badges: lines for the upper left corner.
        status: a line for the upper right corner.
        message: a line or two for the lower edge; `message_opacity` fades it.
        filter_label: number and name of the filter just chosen, `filter_hint` what triggers it; `filter_opacity`
            fades both.
        hint: how to go on, for newcomers; `hint_opacity` fades it.
        flash: whiteness of the whole picture, 0 to 1.
        countdown: a large number in the middle.
    """

    recording_s: float | None = None
    badges: tuple[str, ...] = ()
    status: str = ""
    message: str = ""
    message_opacity: float = 0.0
    filter_label: str = ""
    filter_hint: str = ""
    filter_opacity: float = 0.0
    hint: str = ""
    hint_opacity: float = 0.0
    flash: float = 0.0
    countdown: int | None = None


def draw_hud(canvas_bgr: Image, hud: Hud, size_px: int, room: Rect | None = None) -> None:
    """Draw on a (H, W, 3) uint8 picture in place.

    Args:
        canvas_bgr: the picture.
        hud: what to show.
        size_px: height of the text.
        room: the part that nothing else is drawn on; None takes all.
    """
    height, width = canvas_bgr.shape[:2]
    room = room or Rect(0, 0, width, height)
    margin = size_px
    if hud.flash > 0:
        np.copyto(canvas_bgr, _whitened(canvas_bgr, hud.flash))
    if hud.countdown is not None:
        _draw_countdown(canvas_bgr, hud.countdown, size_px, room)
    y = room.y + margin
    if hud.recording_s is not None:
        y = _draw_recording(canvas_bgr, hud.recording_s, size_px, (room.x + margin, y)) + margin // 2
    for badge in hud.badges:
        y = _draw_label(canvas_bgr, [badge], (room.x + margin, y), size_px).bottom + margin // 2
    if hud.status:
        label_width = text_size_wh(hud.status, size_px)[0] + 2 * _padding(size_px)
        _draw_label(canvas_bgr, [hud.status], (room.right - margin - label_width, room.y + margin), size_px)
    _draw_lower(canvas_bgr, hud, size_px, room)


def clock_text(seconds: float) -> str:
    """`0:05`, `12:34`, `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def filter_label(state: State) -> str:
    """`3 · Sunglasses` where the key 3 chooses it; several joined by +, or `No filter`."""
    if not state.filters:
        return "No filter"
    named = {entry.name: entry.label for entry in state.catalogue}
    keys = {entry.name: f"{number} · " for number, entry in enumerate(state.catalogue[:_NUMBERED], 1)}
    return " + ".join(keys.get(name, "") + named.get(name, name) for name in state.filters)


def _draw_lower(canvas_bgr: Image, hud: Hud, size_px: int, room: Rect) -> None:
    """Message, filter and hint, from the lower edge up."""
    margin = size_px
    bottom = room.bottom - margin
    text_width = room.width - 2 * margin - 2 * _padding(size_px)
    if hud.message and hud.message_opacity > 0:
        lines = wrapped_text(hud.message, size_px, text_width)
        bottom = _draw_centered(canvas_bgr, lines, room, bottom, size_px, hud.message_opacity) - margin // 2
    if hud.hint and hud.hint_opacity > 0:
        lines = wrapped_text(hud.hint, size_px, text_width)
        bottom = _draw_centered(canvas_bgr, lines, room, bottom, size_px, hud.hint_opacity) - margin // 2
    if hud.filter_label and hud.filter_opacity > 0:
        if hud.filter_hint:
            lines = wrapped_text(hud.filter_hint, size_px, text_width)
            bottom = _draw_centered(canvas_bgr, lines, room, bottom, size_px, hud.filter_opacity) - margin // 4
        large_px = round(size_px * 1.35)
        line = fitted_text(hud.filter_label, large_px, room.width - 2 * margin - 2 * _padding(large_px))
        _draw_centered(canvas_bgr, [line], room, bottom, large_px, hud.filter_opacity)


def _padding(size_px: int) -> int:
    return round(size_px * 0.7)


def _whitened(picture_bgr: Image, share: float) -> Image:
    return (picture_bgr * np.float32(1 - share) + np.float32(255 * share)).astype(np.uint8)


def _draw_label(
    canvas_bgr: Image, lines: list[str], top_left: tuple[int, int], size_px: int, opacity: float = 1.0, left_px: int = 0
) -> Rect:
    """Lines of text on a plate, `left_px` kept free before them; where the plate lies."""
    x, y = top_left
    pad = _padding(size_px)
    text_width = max(text_size_wh(line, size_px)[0] for line in lines)
    rect = Rect(x, y, text_width + 2 * pad + left_px, line_px(size_px) * len(lines) + pad)
    draw_plate(canvas_bgr, rect, size_px, opacity=GLASS * opacity)
    for row, line in enumerate(lines):
        middle = x + pad + left_px + text_width // 2
        place = middle, y + pad // 2 + row * line_px(size_px)
        draw_text(canvas_bgr, line, place, size_px, WHITE if len(lines) == 1 else SOFT, centered=True, opacity=opacity)
    return rect


def _draw_centered(canvas_bgr: Image, lines: list[str], room: Rect, bottom: int, size_px: int, opacity: float) -> int:
    """A label in the middle above `bottom`; returns its top."""
    pad = _padding(size_px)
    width = max(text_size_wh(line, size_px)[0] for line in lines) + 2 * pad
    top = bottom - line_px(size_px) * len(lines) - pad
    _draw_label(canvas_bgr, lines, (room.x + (room.width - width) // 2, top), size_px, opacity)
    return top


def _draw_recording(canvas_bgr: Image, recording_s: float, size_px: int, top_left: tuple[int, int]) -> int:
    """The red dot and the time; returns the label's bottom."""
    dot_px = round(size_px * 0.75)
    rect = _draw_label(canvas_bgr, [clock_text(recording_s)], top_left, size_px, left_px=dot_px + size_px // 2)
    dot = Rect(rect.x + _padding(size_px), rect.y + (rect.height - dot_px) // 2, dot_px, dot_px)
    draw_plate(canvas_bgr, dot, dot_px // 2, RED, 1.0)
    return rect.bottom


def _draw_countdown(canvas_bgr: Image, number: int, size_px: int, room: Rect) -> None:
    side = size_px * 8
    rect = Rect(room.x + (room.width - side) // 2, room.y + (room.height - side) // 2, side, side)
    draw_plate(canvas_bgr, rect, side // 2)
    digit_px = round(size_px * 4.6)
    y = rect.y + (side - line_px(digit_px)) // 2
    draw_text(canvas_bgr, str(number), (rect.x + side // 2, y), digit_px, WHITE, bold=True, centered=True)
