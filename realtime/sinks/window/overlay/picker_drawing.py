"""How the pages of filters look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.arrays import Image
from realtime.control.state import FilterEntry, State
from realtime.drawing.primitives import blend_premultiplied
from realtime.drawing.text import fitted_text, text_size_wh
from realtime.sinks.window.overlay.theme import (
    ACCENT,
    FAINT,
    HOVER,
    PLATE,
    SOFT,
    WHITE,
    Rect,
    draw_icon,
    draw_plate,
    draw_text,
    line_px,
)
from realtime.sinks.window.overlay.thumbnails import Thumbnails, rounded

if TYPE_CHECKING:
    from realtime.sinks.window.overlay.picker import Layout

_SMALLEST_NAME_PX = 8


def draw_head(canvas_bgr: Image, layout: Layout, search: str, category: str) -> None:
    """What is searched for, or how to; and the categories."""
    rect, size_px = layout.rect, layout.size_px
    pad = size_px if layout.grid else round(size_px * 0.8)
    y = rect.y + round(size_px * (0.8 if layout.grid else 0.5))
    small_px = size_px if layout.grid else max(9, round(size_px * 0.85))
    middle = y + line_px(small_px) // 2
    draw_icon(canvas_bgr, "search", (rect.x + pad + small_px // 2, middle), small_px, SOFT)
    hint = "Type to search" if layout.grid else f"{category}  ·  type to search, ↑ ↓ other categories"
    text = fitted_text(f"{search}▏" if search else hint, small_px, rect.width - 3 * pad - small_px)
    draw_text(canvas_bgr, text, (rect.x + pad + round(small_px * 1.6), y), small_px, WHITE if search else FAINT)
    chip_px = max(8, round(size_px * 0.72))
    for name, place in layout.chips:
        chosen = name == category and not search
        draw_plate(canvas_bgr, place, place.height // 2, ACCENT if chosen else WHITE, 0.95 if chosen else HOVER)
        text_y = place.y + (place.height - line_px(chip_px)) // 2
        color = PLATE if chosen else SOFT
        draw_text(canvas_bgr, name, (place.x + place.width // 2, text_y), chip_px, color, centered=True)
    if not layout.cells:
        line = fitted_text(f"No filter matches “{search}”", size_px, rect.width - 2 * pad)
        place_xy = rect.x + rect.width // 2, rect.y + rect.height // 2
        draw_text(canvas_bgr, line, place_xy, size_px, SOFT, centered=True)


def draw_cells(
    canvas_bgr: Image, layout: Layout, state: State, thumbnails: Thumbnails, at: tuple[int, int] | None
) -> None:
    """Thumbnails with their names below; the one worn is framed."""
    for entry, cell in layout.cells:
        chosen = entry.name in state.filters if entry.name else not state.filters
        hovered = at is not None and cell.holds(*at)
        edge = max(2, layout.side // 36) if chosen else 1
        radius = layout.side // 8
        frame = Rect(cell.x - edge, cell.y - edge, cell.width + 2 * edge, cell.height + 2 * edge)
        strength = 1.0 if chosen else 0.5 if hovered else 0.18
        draw_plate(canvas_bgr, frame, radius + edge, ACCENT if chosen else WHITE, strength)
        picture_bgr = thumbnails.get(entry.name)
        if picture_bgr is not None and len(picture_bgr) == layout.side:
            blend_premultiplied(canvas_bgr, rounded(picture_bgr, radius), cell.x, cell.y)
        else:
            draw_plate(canvas_bgr, cell, radius, PLATE, 1.0)
        _draw_star(canvas_bgr, entry, cell, state, hovered)
        _draw_name(canvas_bgr, entry, cell, layout, chosen)


def draw_dots_of_pages(canvas_bgr: Image, layout: Layout) -> None:
    """A dot a page, the present one bright; none where there is one page."""
    if len(layout.dots) < 2:
        return
    for number, place in enumerate(layout.dots):
        side = max(5, round(layout.size_px * 0.45))
        x, y = place.x + (place.width - side) // 2, place.y + (place.height - side) // 2
        here = number == layout.page
        draw_plate(canvas_bgr, Rect(x, y, side, side), side // 2, WHITE, 0.95 if here else 0.3)


def name_px(name: str, width: int, size_px: int) -> int:
    """The size at which a name fits below its thumbnail; the smallest one where none does."""
    while size_px > _SMALLEST_NAME_PX and text_size_wh(name, size_px)[0] > width:
        size_px -= 1
    return size_px


def _draw_name(canvas_bgr: Image, entry: FilterEntry, cell: Rect, layout: Layout, chosen: bool) -> None:
    wanted_px = max(9, round(layout.size_px * 0.74))
    room = cell.width + round(layout.size_px * 0.5)
    size_px = name_px(entry.label, room, wanted_px)
    text = fitted_text(entry.label, size_px, room)
    y = cell.bottom + round(layout.size_px * 0.15) + (line_px(wanted_px) - line_px(size_px)) // 2
    color = WHITE if chosen else SOFT
    draw_text(canvas_bgr, text, (cell.x + cell.width // 2, y), size_px, color, centered=True)


def _draw_star(canvas_bgr: Image, entry: FilterEntry, cell: Rect, state: State, hovered: bool) -> None:
    favourite = entry.name in state.favourites
    if not entry.name or not (favourite or hovered):
        return
    side = max(16, cell.width // 4)
    place = cell.right - side // 2, cell.y + side // 2
    inner = round(side * 0.7)
    draw_plate(canvas_bgr, Rect(place[0] - side // 2, place[1] - side // 2, side, side), side // 2, PLATE, 0.55)
    icon = "favourite-on" if favourite else "favourite"
    draw_icon(canvas_bgr, icon, place, inner, ACCENT if favourite else WHITE)
