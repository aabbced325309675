"""The pages of filters: a grid beside the picture in large windows, a row below it in small ones."""

import math
from dataclasses import dataclass, field
from typing import Final

from model.arrays import Image
from realtime.control.actions import Action
from realtime.control.panel import ControlPanel
from realtime.control.state import FilterEntry, State
from realtime.drawing.text import text_size_wh
from realtime.frame import Output
from realtime.sinks.window.overlay.filter_list import ALL, categories, listed
from realtime.sinks.window.overlay.picker_drawing import draw_cells, draw_dots_of_pages, draw_head
from realtime.sinks.window.overlay.theme import Rect, draw_plate
from realtime.sinks.window.overlay.thumbnails import Thumbnails
from realtime.sinks.window.pointer import Pointer

_GRID_WH: Final = (860, 440)
"""Windows at least this large have the grid."""
_COLUMNS: Final = 3
_MOST_SEARCHED: Final = 24


@dataclass(slots=True)
class Layout:
    """Where the picker lies and what it shows.

    Attributes:
        rect: all of it.
        size_px: height of its text.
        side: of a thumbnail.
        grid: it is a grid, not a row.
        columns, rows: of a page.
        cells: the filters of this page and the places of their thumbnails, names below.
        chips: categories and their places.
        dots: the pages' dots, first page first.
        page: number of this page.
    """

    rect: Rect
    size_px: int
    side: int
    grid: bool
    columns: int
    rows: int
    cells: list[tuple[FilterEntry, Rect]] = field(default_factory=list)
    chips: list[tuple[str, Rect]] = field(default_factory=list)
    dots: list[Rect] = field(default_factory=list)
    page: int = 0


class FilterPicker:
    """Shows all filters on the user's own face, page by page.

    Args:
        panel: read, and asked for the filter that is chosen.
        thumbnails: the pictures.
    """

    def __init__(self, panel: ControlPanel, thumbnails: Thumbnails) -> None:
        self.open = False
        self.search = ""
        self.category = ALL
        self._panel = panel
        self._thumbnails = thumbnails
        self._page: int | None = None
        self._at: tuple[int, int] | None = None
        self._layout: Layout | None = None

    @property
    def layout(self) -> Layout | None:
        """As drawn last; None while closed."""
        return self._layout

    def toggle(self) -> None:
        """Open or close it, at the page of the filter worn."""
        self.open = not self.open
        self.search, self._page = "", None

    def press(self, key: str) -> bool:
        """Do what the key means to the picker; False where it means nothing to it."""
        if not self.open:
            return False
        state = self._panel.state
        if key == "escape" and self.search:
            self.search, self._page = "", None
        elif key in ("tab", "enter", "escape"):
            self.toggle()
        elif key in ("left", "right"):
            self._step(state, 1 if key == "right" else -1)
        elif key in ("up", "down"):
            self._step_row(state, 1 if key == "down" else -1)
        elif key in ("page up", "page down"):
            self._turn(1 if key == "page down" else -1)
        elif key == "backspace":
            self.search, self._page = self.search[:-1], 0
        elif key == "*":
            if len(state.filters) == 1:
                self._panel.act(Action.FAVOURITE, state.filters[0])
        elif len(key) == 1 and (key.isalpha() or key == "-") and len(self.search) < _MOST_SEARCHED:
            self.search, self._page = self.search + key.lower(), 0
        elif key == "space" and self.search:
            self.search += " "
        else:
            return False
        return True

    def point(self, pointer: Pointer) -> bool:
        """Follow the mouse; whether it was over the picker."""
        layout = self._layout
        self._at = (pointer.x, pointer.y)
        if not self.open or layout is None or not layout.rect.holds(pointer.x, pointer.y):
            return False
        if pointer.kind in ("up", "down", "left", "right"):
            self._turn(1 if pointer.kind in ("down", "right") else -1)
        elif pointer.kind == "press":
            self._click(layout, pointer.x, pointer.y)
        return True

    def update(self, output: Output, state: State, window_wh: tuple[int, int], size_px: int) -> Rect | None:
        """Lay it out for a window and draw one thumbnail again; the place it takes, None while closed."""
        if not self.open:
            self._layout = None
            self._thumbnails.clear()
            return None
        if self.category not in categories(state):
            self.category = ALL
        self._layout = self._laid_out(state, window_wh, size_px)
        self._thumbnails.update([entry.name for entry, _ in self._layout.cells], output, self._layout.side)
        return self._layout.rect

    def draw(self, canvas_bgr: Image, state: State) -> None:
        """Draw it as laid out last."""
        layout = self._layout
        if layout is None:
            return
        draw_plate(canvas_bgr, layout.rect, layout.size_px if layout.grid else 0, opacity=0.84)
        draw_head(canvas_bgr, layout, self.search, self.category)
        draw_cells(canvas_bgr, layout, state, self._thumbnails, self._at)
        draw_dots_of_pages(canvas_bgr, layout)

    def _click(self, layout: Layout, x: int, y: int) -> None:
        for category, rect in layout.chips:
            if rect.holds(x, y):
                self.category, self.search, self._page = category, "", 0
        for number, rect in enumerate(layout.dots):
            if rect.holds(x, y):
                self._page = number
        for entry, rect in layout.cells:
            if rect.holds(x, y):
                if entry.name and star_rect(rect).holds(x, y):
                    self._panel.act(Action.FAVOURITE, entry.name)
                else:
                    self._choose(entry)

    def _choose(self, entry: FilterEntry) -> None:
        """Wear it; what is worn already is taken off."""
        if entry.name:
            self._panel.act(Action.FILTER, entry.name)
        else:
            self._panel.act(Action.NO_FILTER)

    def _step(self, state: State, step: int) -> None:
        """Wear the filter that lies so much further on in the list."""
        entries = listed(state, self.category, self.search)
        if not entries:
            return
        names = [entry.name for entry in entries]
        worn = self._worn(state)
        at = names.index(worn) + step if worn in names else (0 if step > 0 else -1)
        entry = entries[at % len(entries)]
        if (entry.name,) != state.filters:
            self._choose(entry)
        self._page = None

    def _step_row(self, state: State, step: int) -> None:
        """A row up or down in the grid; another category in the row."""
        if self._layout and self._layout.grid:
            self._step(state, step * self._layout.columns)
            return
        names = categories(state)
        self.category, self.search = names[(names.index(self.category) + step) % len(names)], ""
        self._page = 0

    def _turn(self, step: int) -> None:
        """Show another page, without going round."""
        if self._layout:
            page = self._layout.page if self._page is None else self._page
            self._page = min(max(page + step, 0), len(self._layout.dots) - 1)

    @staticmethod
    def _worn(state: State) -> str | None:
        """Name of the one filter worn, empty for none; None where several are."""
        return None if len(state.filters) > 1 else "".join(state.filters)

    def _laid_out(self, state: State, window_wh: tuple[int, int], size_px: int) -> Layout:
        layout = _grid(window_wh, size_px) if all(map(int.__ge__, window_wh, _GRID_WH)) else _row(window_wh, size_px)
        entries = listed(state, self.category, self.search)
        count = layout.columns * layout.rows
        pages = max(1, math.ceil(len(entries) / count))
        if self._page is None:
            names = [entry.name for entry in entries]
            worn = self._worn(state)
            self._page = names.index(worn) // count if worn in names else 0
        layout.page = self._page = min(self._page, pages - 1)
        _place_chips(layout, categories(state))
        _place(layout, entries[layout.page * count : (layout.page + 1) * count], pages)
        return layout


def star_rect(cell: Rect) -> Rect:
    """Where a thumbnail's star lies."""
    side = max(16, cell.width // 4)
    return Rect(cell.right - side, cell.y, side, side)


def _grid(window_wh: tuple[int, int], size_px: int) -> Layout:
    width, height = window_wh
    margin = size_px
    side = round(size_px * 5.4)
    gap = round(size_px * 0.6)
    inner = _COLUMNS * side + (_COLUMNS - 1) * gap
    rect = Rect(width - inner - 3 * margin, margin, inner + 2 * margin, height - 2 * margin)
    room = rect.height - round(size_px * 7.6)
    rows = max(1, (room + gap) // (side + round(size_px * 1.3) + gap))
    return Layout(rect, size_px, side, True, _COLUMNS, rows)


def _row(window_wh: tuple[int, int], size_px: int) -> Layout:
    width, height = window_wh
    side = max(44, min(height // 6, width // 5, round(size_px * 7)))
    gap = round(size_px * 0.6)
    columns = max(1, (width - 2 * gap + gap) // (side + gap))
    tall = round(size_px * 2.2) + side + round(size_px * 3)
    return Layout(Rect(0, height - tall, width, tall), size_px, side, False, columns, 1)


def _place(layout: Layout, entries: list[FilterEntry], pages: int) -> None:
    """Give the page's filters and the dots their places."""
    rect, size_px, side = layout.rect, layout.size_px, layout.side
    gap = round(size_px * 0.6)
    width = layout.columns * (side + gap) - gap
    left = rect.x + (rect.width - width) // 2
    top = layout.chips[-1][1].bottom + gap if layout.chips else rect.y + round(size_px * (2.8 if layout.grid else 2.2))
    for number, entry in enumerate(entries):
        row, column = divmod(number, layout.columns)
        x, y = left + column * (side + gap), top + row * (side + round(size_px * 1.3) + gap)
        layout.cells.append((entry, Rect(x, y, side, side)))
    dot = round(size_px * 1.1)
    first = rect.x + (rect.width - pages * dot) // 2
    y = rect.bottom - round(size_px * 1.4)
    layout.dots = [Rect(first + number * dot, y, dot, dot) for number in range(pages)]


def _place_chips(layout: Layout, names: list[str]) -> None:
    """Categories in one or two lines; in the row, which has no room, they are left to the arrow keys."""
    if not layout.grid or len(names) < 2:
        return
    size_px = max(8, round(layout.size_px * 0.72))
    x, y = layout.rect.x + layout.size_px, layout.rect.y + round(layout.size_px * 2.7)
    tall = round(size_px * 1.7)
    for name in names:
        width = text_size_wh(name, size_px)[0] + round(size_px * 1.2)
        if x + width > layout.rect.right - layout.size_px and layout.chips:
            x, y = layout.rect.x + layout.size_px, y + tall + 4
        layout.chips.append((name, Rect(x, y, width, tall)))
        x += width + round(size_px * 0.4)
