"""Tests of realtime.sinks.window.overlay.picker and filter_list."""

from collections.abc import Sequence

import numpy as np
import pytest

from model.arrays import Image
from model.face import Face
from realtime.control.actions import Action
from realtime.control.controls import Controls
from realtime.control.panel import ControlPanel, Surroundings
from realtime.control.state import FilterEntry, State
from realtime.drawing.text import text_size_wh
from realtime.sinks.window.overlay.filter_list import categories, listed
from realtime.sinks.window.overlay.picker import FilterPicker, Layout
from realtime.sinks.window.overlay.picker_drawing import name_px
from realtime.sinks.window.overlay.theme import text_px
from realtime.sinks.window.overlay.thumbnails import Thumbnails
from realtime.sinks.window.pointer import Pointer, PointerKind
from tests.realtime.sinks.outputs import face, output

SMALL, LARGE = (640, 480), (1280, 720)
ENTRIES = (
    FilterEntry("cat", category="animals"),
    FilterEntry("dog", category="animals", hint="Open your mouth"),
    FilterEntry("top-hat", category="hats"),
    FilterEntry("catcher", category="sports"),
    FilterEntry("plain"),
)
MANY = tuple(FilterEntry(f"filter-{number:02}") for number in range(40))
COLOURS = {"cat": (200, 0, 0), "dog": (0, 200, 0), "top-hat": (0, 0, 200)}


def paint(name: str, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
    canvas_bgr[:] = COLOURS.get(name, (90, 90, 90))


class Opened:
    """A picker in a window."""

    def __init__(
        self, entries: Sequence[FilterEntry] = ENTRIES, area_wh: tuple[int, int] = SMALL, favourites: Sequence[str] = ()
    ) -> None:
        self.controls = Controls()
        self.panel = ControlPanel(self.controls, Surroundings(tuple(entries)), favourites)
        self.picker = FilterPicker(self.panel, Thumbnails(self.panel, paint))
        self.area_wh = area_wh
        self.picker.toggle()
        self.update()

    def update(self) -> Layout:
        """Lay it out for one frame."""
        self.picker.update(output(faces=[face()]), self.panel.state, self.area_wh, text_px(self.area_wh))
        assert self.picker.layout is not None
        return self.picker.layout

    def press(self, *keys: str) -> list[str]:
        """Press the keys, a frame each; the names then shown."""
        for key in keys:
            assert self.picker.press(key)
            self.update()
        return self.shown

    def point(self, kind: PointerKind, x: int, y: int) -> bool:
        done = self.picker.point(Pointer(kind, x, y))
        self.update()
        return done

    def click(self, name: str, corner: bool = False) -> None:
        """Click a filter, or the star in its corner."""
        (cell,) = [cell for entry, cell in self.update().cells if entry.name == name]
        assert self.point("press", cell.right - 3 if corner else cell.x + 3, cell.y + 3)

    @property
    def shown(self) -> list[str]:
        return [entry.name for entry, _ in self.update().cells]

    def draw(self) -> Image:
        for _ in range(len(self.shown)):
            self.update()
        canvas_bgr = np.full((self.area_wh[1], self.area_wh[0], 3), 77, np.uint8)
        self.picker.draw(canvas_bgr, self.panel.state)
        return canvas_bgr


def test_closed_it_draws_nothing_and_takes_no_keys() -> None:
    opened = Opened()
    assert opened.picker.press("tab")
    assert not opened.picker.open
    assert opened.picker.update(output(), opened.panel.state, SMALL, 12) is None
    assert not any(opened.picker.press(key) for key in ("left", "right", "enter", "escape", "q", "tab"))
    canvas_bgr = np.full((480, 640, 3), 77, np.uint8)
    opened.picker.draw(canvas_bgr, opened.panel.state)
    assert (canvas_bgr == 77).all()


@pytest.mark.parametrize("area_wh", [(160, 120), (320, 240), SMALL, (360, 640), (1024, 600), LARGE, (3840, 2160)])
def test_everything_lies_inside_the_window(area_wh: tuple[int, int]) -> None:
    opened = Opened(MANY, area_wh)
    layout = opened.update()
    assert layout.grid is (area_wh[0] >= 860 and area_wh[1] >= 440)
    seen: list[str] = []
    for _ in layout.dots:
        layout = opened.update()
        for _, cell in layout.cells:
            assert layout.rect.x <= cell.x and cell.right <= layout.rect.right
            assert layout.rect.y <= cell.y and cell.bottom + layout.size_px <= layout.dots[0].y
        seen += opened.shown
        opened.press("page down")
    assert layout.rect.right <= area_wh[0] and layout.rect.bottom <= area_wh[1]
    assert seen == ["", *(entry.name for entry in MANY)]
    opened.draw()


def test_the_pictures_stand_in_their_order() -> None:
    opened = Opened(ENTRIES[:3])
    row = opened.draw()[opened.update().cells[0][1].y + 40].reshape(-1, 3).tolist()
    places = [row.index(list(colour)) for colour in COLOURS.values()]
    assert places == sorted(places)


def test_arrows_choose_round_and_round() -> None:
    opened = Opened(ENTRIES[:3])
    seen = []
    for key in ("right", "right", "right", "right", "left"):
        opened.press(key)
        seen.append(opened.controls.filters)
    assert seen == [["cat"], ["dog"], ["top-hat"], [], ["top-hat"]]


def test_in_the_grid_arrows_go_by_rows_too_and_turn_the_page() -> None:
    opened = Opened(MANY, LARGE)
    opened.press("right", "down")
    assert opened.controls.filters == [MANY[3].name]
    opened.press(*["down"] * 4)
    assert opened.controls.filters == [MANY[15].name]
    assert MANY[15].name in opened.shown
    assert opened.update().page == 1


def test_one_click_chooses_and_another_takes_it_off() -> None:
    opened = Opened()
    opened.click("dog")
    assert opened.controls.filters == ["dog"]
    opened.click("dog")
    assert opened.controls.filters == []
    opened.click("cat")
    opened.click("")
    assert opened.controls.filters == []
    assert not opened.point("press", 320, 20)


def test_the_wheel_and_the_dots_turn_pages_without_going_round() -> None:
    opened = Opened(MANY)
    place = opened.update().rect.x + 5, opened.update().rect.y + 5
    first = opened.shown
    opened.point("up", *place)
    assert opened.shown == first
    opened.point("down", *place)
    second = opened.shown
    assert second[0] == MANY[len(first) - 1].name
    last = opened.update().dots[-1]
    opened.point("press", last.x + 3, last.y + 3)
    for _ in range(3):
        opened.point("down", *place)
    assert opened.shown[-1] == MANY[-1].name
    assert not opened.point("down", 320, 10)


def test_quick_turns_within_a_frame_all_count() -> None:
    opened = Opened(MANY)
    for _ in range(3):
        opened.picker.press("page down")
    assert opened.update().page == 3
    for _ in range(2):
        opened.picker.point(Pointer("up", opened.update().rect.x + 5, opened.update().rect.y + 5))
    assert opened.update().page == 1


def test_typing_searches_and_escape_gives_all_back() -> None:
    opened = Opened()
    assert opened.press("c", "a", "t") == ["cat", "catcher"]
    assert opened.press("c") == ["catcher"]
    assert opened.press("backspace", "backspace", "backspace", "backspace", "m", "o", "u") == ["dog"]
    assert opened.press("escape")[0] == ""
    assert opened.press("a", "n", "i") == ["cat", "dog"]
    assert opened.press("x") == []
    opened.draw()
    opened.press("backspace", "space", "d")
    assert opened.shown == ["dog"]


def test_categories_are_chosen_by_click_in_the_grid_and_by_arrow_in_the_row() -> None:
    opened = Opened(area_wh=LARGE, favourites=["plain"])
    chips = dict(opened.update().chips)
    assert list(chips) == ["All", "Favourites", "Hats", "Animals", "Sports", "Other"]
    opened.point("press", chips["Animals"].x + 3, chips["Animals"].y + 3)
    assert opened.shown == ["cat", "dog"]
    row = Opened()
    assert row.press("down") == ["top-hat"]
    assert row.press("down") == ["cat", "dog"]
    assert row.press("up", "up", "up") == ["plain"]


def test_favourites_come_first_and_are_chosen_by_star_or_key() -> None:
    opened = Opened()
    opened.click("top-hat", corner=True)
    assert opened.shown[:3] == ["", "top-hat", "cat"]
    assert opened.controls.filters == []
    opened.click("plain")
    opened.press("*")
    assert opened.panel.state.favourites == {"top-hat", "plain"}
    opened.press("*")
    assert opened.panel.state.favourites == {"top-hat"}


def test_it_opens_at_the_filter_worn() -> None:
    opened = Opened(MANY)
    opened.picker.toggle()
    opened.panel.act(Action.FILTER, MANY[30].name)
    opened.picker.toggle()
    assert MANY[30].name in opened.shown


def test_without_categories_there_is_only_all() -> None:
    assert categories(State(catalogue=MANY)) == ["All"]
    assert len(listed(State(catalogue=MANY), "All", "")) == 41


@pytest.mark.parametrize(
    ("name", "width", "expected_px"), [("Cat", 90, 14), ("Makeup natural", 90, 11), ("W" * 60, 90, 8)]
)
def test_a_long_name_is_written_smaller_before_it_is_cut(name: str, width: int, expected_px: int) -> None:
    size_px = name_px(name, width, 14)
    assert size_px == pytest.approx(expected_px, abs=1)
    assert size_px == 8 or text_size_wh(name, size_px)[0] <= width
