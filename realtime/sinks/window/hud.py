"""What the window shows over the picture: plates with text, drawn at the window's own resolution."""

from dataclasses import dataclass

import numpy as np

from model.arrays import Image
from realtime.drawing.primitives import blend_premultiplied
from realtime.drawing.text import (
    ACCENT,
    GREY,
    PLATE,
    PLATE_OPACITY,
    WHITE,
    Color,
    fitted_text,
    render_plate,
    render_text,
    text_size_wh,
    wrapped_text,
)
from realtime.sinks.window.keyboard import HELP
from realtime.state import State

_RED: Color = (60, 60, 235)


@dataclass(frozen=True, slots=True)
class Hud:
    """What to show.

    Attributes:
        recording_s: seconds recorded so far; None while not recording.
        status: a line for the upper right corner.
        message: a line or two for the lower edge; `message_opacity` fades it.
        filter_label: number and name of the filter just chosen; `filter_opacity` fades it.
        show_help: the card of keys.
        flash: whiteness of the whole picture, 0 to 1.
        countdown: a large number in the middle.
        reserved_px: rows at the lower edge that something else is drawn on.
    """

    recording_s: float | None = None
    status: str = ""
    message: str = ""
    message_opacity: float = 0.0
    filter_label: str = ""
    filter_opacity: float = 0.0
    show_help: bool = False
    flash: float = 0.0
    countdown: int | None = None
    reserved_px: int = 0


def draw_hud(canvas_bgr: Image, hud: Hud) -> None:
    """Draw on a (H, W, 3) uint8 picture in place; sizes follow its height."""
    height, width = canvas_bgr.shape[:2]
    size_px = int(np.clip(round(min(height / 30, width / 36)), 10, 30))
    margin = size_px
    if hud.flash > 0:
        white = np.full_like(canvas_bgr, 255)
        np.copyto(canvas_bgr, _mixed(canvas_bgr, white, hud.flash))
    if hud.countdown is not None:
        _draw_countdown(canvas_bgr, hud.countdown, size_px)
    if hud.recording_s is not None:
        _draw_recording(canvas_bgr, hud.recording_s, size_px, margin)
    if hud.status:
        label_width = text_size_wh(hud.status, size_px)[0] + 2 * _padding(size_px)
        _draw_label(canvas_bgr, [hud.status], (width - margin - label_width, margin), size_px)
    bottom = height - max(margin, hud.reserved_px)
    if hud.message and hud.message_opacity > 0:
        lines = wrapped_text(hud.message, size_px, width - 2 * margin - 2 * _padding(size_px))
        bottom = _draw_centered(canvas_bgr, lines, bottom, size_px, hud.message_opacity) - margin // 2
    if hud.filter_label and hud.filter_opacity > 0:
        large_px = round(size_px * 1.4)
        line = fitted_text(hud.filter_label, large_px, width - 2 * margin - 2 * _padding(large_px))
        _draw_centered(canvas_bgr, [line], bottom, large_px, hud.filter_opacity)
    if hud.show_help:
        _draw_help(canvas_bgr, size_px)


def clock_text(seconds: float) -> str:
    """`0:05`, `12:34`, `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def filter_label(state: State) -> str:
    """`3  Sunglasses`, several joined by +, or `No filter`."""
    if not state.filters:
        return "No filter"
    numbered = {entry.name: f"{number}  {entry.label}" for number, entry in enumerate(state.catalogue, 1)}
    return " + ".join(numbered.get(name, name) for name in state.filters)


def _padding(size_px: int) -> int:
    return round(size_px * 0.7)


def _mixed(first: Image, second: Image, share: float) -> Image:
    return (first * np.float32(1 - share) + second * np.float32(share)).astype(np.uint8)


def _draw_label(
    canvas_bgr: Image, lines: list[str], top_left: tuple[int, int], size_px: int, opacity: float = 1.0, left_px: int = 0
) -> None:
    """Lines of text on a plate, `left_px` kept free before them."""
    x, y = top_left
    pad = _padding(size_px)
    line_height = text_size_wh("", size_px)[1]
    text_width = max(text_size_wh(line, size_px)[0] for line in lines)
    size_wh = (text_width + 2 * pad + left_px, line_height * len(lines) + pad)
    plate = render_plate(size_wh, min(size_wh[1] // 2, size_px), PLATE, PLATE_OPACITY)
    blend_premultiplied(canvas_bgr, plate, x, y, opacity)
    for row, line in enumerate(lines):
        text = render_text(line, size_px)
        text_x = x + pad + left_px + (text_width - text.shape[1]) // 2
        blend_premultiplied(canvas_bgr, text, text_x, y + pad // 2 + row * line_height, opacity)


def _draw_centered(canvas_bgr: Image, lines: list[str], bottom: int, size_px: int, opacity: float) -> int:
    """A label in the middle above `bottom`; returns its top."""
    pad = _padding(size_px)
    width = max(text_size_wh(line, size_px)[0] for line in lines) + 2 * pad
    top = bottom - text_size_wh("", size_px)[1] * len(lines) - pad
    _draw_label(canvas_bgr, lines, ((canvas_bgr.shape[1] - width) // 2, top), size_px, opacity)
    return top


def _draw_recording(canvas_bgr: Image, recording_s: float, size_px: int, margin: int) -> None:
    dot_px = round(size_px * 0.75)
    _draw_label(canvas_bgr, [clock_text(recording_s)], (margin, margin), size_px, left_px=dot_px + size_px // 2)
    dot = render_plate((dot_px, dot_px), dot_px // 2, _RED, 1.0)
    label_height = text_size_wh("", size_px)[1] + _padding(size_px)
    blend_premultiplied(canvas_bgr, dot, margin + _padding(size_px), margin + (label_height - dot_px) // 2)


def _draw_countdown(canvas_bgr: Image, number: int, size_px: int) -> None:
    height, width = canvas_bgr.shape[:2]
    side = size_px * 7
    x, y = (width - side) // 2, (height - side) // 2
    blend_premultiplied(canvas_bgr, render_plate((side, side), side // 2, PLATE, PLATE_OPACITY), x, y)
    digit = render_text(str(number), size_px * 4, WHITE, True)
    blend_premultiplied(
        canvas_bgr, digit, x + (side - digit.shape[1]) // 2, y + (side - digit.shape[0]) // 2 - size_px // 8
    )


def _draw_help(canvas_bgr: Image, size_px: int) -> None:
    """The card of keys, in two columns where one would be too high."""
    height, width = canvas_bgr.shape[:2]
    columns = 1 if height >= _help_size_wh(size_px, 1)[1] + 2 * size_px else 2
    while size_px > 6 and not _fits(_help_size_wh(size_px, columns), (width, height)):
        size_px -= 1
    card_wh = _help_size_wh(size_px, columns)
    x, y = (width - card_wh[0]) // 2, (height - card_wh[1]) // 2
    blend_premultiplied(canvas_bgr, render_plate(card_wh, size_px, PLATE, 0.85), x, y)
    rows, row_px, pad = -(-len(HELP) // columns), _help_row_px(size_px), round(size_px * 1.5)
    key_width, text_width = _help_widths(size_px)
    for number, (key, meaning) in enumerate(HELP):
        column, row = divmod(number, rows)
        row_x, row_y = x + pad + column * (key_width + text_width + pad), y + pad + row * row_px
        blend_premultiplied(canvas_bgr, render_text(key, size_px, ACCENT, True), row_x, row_y)
        blend_premultiplied(canvas_bgr, render_text(meaning, size_px, GREY), row_x + key_width, row_y)


def _help_row_px(size_px: int) -> int:
    return round(text_size_wh("", size_px)[1] * 1.35)


def _help_widths(size_px: int) -> tuple[int, int]:
    """Of the keys and of their meanings."""
    key_width = max(text_size_wh(key, size_px, True)[0] for key, _ in HELP) + round(size_px * 1.5)
    return key_width, max(text_size_wh(meaning, size_px)[0] for _, meaning in HELP)


def _help_size_wh(size_px: int, columns: int) -> tuple[int, int]:
    rows, pad = -(-len(HELP) // columns), round(size_px * 1.5)
    row_px = _help_row_px(size_px)
    width = columns * (sum(_help_widths(size_px)) + pad) + pad
    return width, row_px * rows + 2 * pad - (row_px - text_size_wh("", size_px)[1])


def _fits(size_wh: tuple[int, int], inside_wh: tuple[int, int]) -> bool:
    return all(size <= 0.96 * inside for size, inside in zip(size_wh, inside_wh, strict=True))
