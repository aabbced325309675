"""The card of keys."""

from typing import Final

from model.arrays import Image
from realtime.control.actions import Action, info_of
from realtime.drawing.text import text_size_wh
from realtime.sinks.window.keyboard import HELP
from realtime.sinks.window.overlay.theme import ACCENT, FAINT, SOFT, WHITE, Rect, draw_plate, draw_text, line_px

_TITLE: Final = "Keys"
_FOOT: Final = "The mouse shows a bar with the most important ones"


def draw_help(canvas_bgr: Image, size_px: int) -> None:
    """Draw the card in the middle, in two columns where one would be too high."""
    height, width = canvas_bgr.shape[:2]
    columns = 1 if height >= _size_wh(size_px, 1)[1] + 2 * size_px else 2
    while size_px > 6 and not _fits(_size_wh(size_px, columns), (width, height)):
        size_px -= 1
    card_wh = _size_wh(size_px, columns)
    x, y = (width - card_wh[0]) // 2, (height - card_wh[1]) // 2
    draw_plate(canvas_bgr, Rect(x, y, *card_wh), size_px, opacity=0.9)
    rows, row_px, pad = -(-len(HELP) // columns), _row_px(size_px), round(size_px * 1.5)
    draw_text(canvas_bgr, _TITLE, (x + pad, y + pad), size_px, WHITE, bold=True)
    key_width, text_width = _widths(size_px)
    for number, (key, meaning) in enumerate(HELP):
        column, row = divmod(number, rows)
        row_x, row_y = x + pad + column * (key_width + text_width + pad), y + pad + (row + 1) * row_px
        draw_text(canvas_bgr, key, (row_x, row_y), size_px, ACCENT, bold=True)
        draw_text(canvas_bgr, meaning, (row_x + key_width, row_y), size_px, SOFT)
    foot_px = _foot_px(size_px)
    draw_text(canvas_bgr, _FOOT, (x + pad, y + card_wh[1] - pad - line_px(foot_px)), foot_px, FAINT)


def _row_px(size_px: int) -> int:
    return round(line_px(size_px) * 1.3)


def _foot_px(size_px: int) -> int:
    return max(6, round(size_px * 0.8))


def _widths(size_px: int) -> tuple[int, int]:
    """Of the keys and of their meanings."""
    key_width = max(text_size_wh(key, size_px, True)[0] for key, _ in HELP) + round(size_px * 1.5)
    return key_width, max(text_size_wh(meaning, size_px)[0] for _, meaning in HELP)


def _size_wh(size_px: int, columns: int) -> tuple[int, int]:
    rows, pad = -(-len(HELP) // columns), round(size_px * 1.5)
    width = columns * (sum(_widths(size_px)) + pad) + pad
    width = max(width, text_size_wh(_FOOT, _foot_px(size_px))[0] + 2 * pad)
    return width, _row_px(size_px) * (rows + 1) + 2 * pad + _row_px(_foot_px(size_px))


def _fits(size_wh: tuple[int, int], inside_wh: tuple[int, int]) -> bool:
    return all(size <= 0.96 * inside for size, inside in zip(size_wh, inside_wh, strict=True))


HINT: Final = f"{info_of(Action.HELP).key_text} for help, {info_of(Action.NEXT_FILTER).key_text} for filters"
"""What the first run says."""
