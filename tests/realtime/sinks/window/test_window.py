"""Tests of realtime.sinks.window.window, against a window system that only remembers."""

import numpy as np
import pytest

from realtime.control.actions import Action, info_of
from realtime.control.controls import Controls
from realtime.control.state import FilterEntry, State
from realtime.errors import DisplayError
from realtime.sinks.window import gui
from realtime.sinks.window.overlay.hud import filter_label
from realtime.sinks.window.pointer import Pointer
from realtime.sinks.window.window import WindowSink
from tests.realtime.sinks.outputs import Windowed, output, panel_of

SIZE_WH = (640, 480)


def test_the_annotated_frame_is_shown_as_it_is() -> None:
    shown = Windowed().write(given=(given := output(size_wh=SIZE_WH)))
    np.testing.assert_array_equal(shown, given.annotated.pixels_bgr)


def test_the_preview_is_mirrored_when_asked_and_text_never() -> None:
    clean = output(size_wh=SIZE_WH).annotated.pixels_bgr
    np.testing.assert_array_equal(Windowed(Controls(mirror=True)).write(), clean[:, ::-1])
    mirrored = Windowed(Controls(mirror=True, message="words")).write()
    plain = Windowed(Controls(message="words")).write()
    lower = slice(430, 480)
    np.testing.assert_allclose(
        np.abs(mirrored[lower].astype(int) - clean[lower, ::-1]).max(axis=2) > 90,
        np.abs(plain[lower].astype(int) - clean[lower]).max(axis=2) > 90,
        atol=1,
    )


def test_keys_pressed_act_on_the_controls() -> None:
    windowed = Windowed(names=["a", "b"])
    windowed.write("f", "f", "m", "k", "r", "space")
    assert windowed.controls == Controls(["b"], True, 1.0, True, True, True)
    windowed.write("q")
    assert windowed.controls.quit


def test_ten_quick_presses_of_f_advance_ten_filters() -> None:
    windowed = Windowed(names=[f"filter-{number}" for number in range(20)])
    windowed.write(*"f" * 10)
    assert windowed.controls.filters == ["filter-9"]


def test_closing_the_window_ends_the_program() -> None:
    windowed = Windowed()
    windowed.write()
    assert not windowed.controls.quit
    windowed.gui.is_visible = False
    windowed.write()
    assert windowed.controls.quit
    windowed.sink.close()
    windowed.sink.close()
    assert windowed.gui.closed == 1


def test_full_screen_is_switched_by_f11_capital_f_and_left_by_escape() -> None:
    windowed = Windowed(names=["a"])
    for key, expected in (("f11", True), ("F", False), ("F", True), ("escape", False), ("escape", False)):
        windowed.write(key)
        assert windowed.gui.is_fullscreen is expected


def test_a_message_is_shown_for_a_while_and_fades() -> None:
    windowed = Windowed()
    clean = output(size_wh=SIZE_WH).annotated.pixels_bgr.astype(int)
    assert not windowed.changes(0)
    windowed.controls.message = "disk is full"
    fresh = windowed.write(time_s=1).astype(int)
    fading = windowed.write(time_s=4.8).astype(int)
    assert 0 < np.abs(fading - clean).sum() < np.abs(fresh - clean).sum()
    assert not windowed.changes(5.1)
    windowed.controls.message = "disk is full"
    assert windowed.changes(6)


def test_the_filter_is_named_when_it_changes() -> None:
    windowed = Windowed(Controls(["a"]), ["a", "b"])
    assert not windowed.changes(0)
    windowed.controls.filters = ["b"]
    assert windowed.changes(1)
    assert not windowed.changes(4)


@pytest.mark.parametrize(
    ("filters", "label"),
    [
        ((), "No filter"),
        (("heart-eyes",), "2 · Heart eyes"),
        (("heart-eyes", "a"), "2 · Heart eyes + 1 · A"),
        (("other",), "other"),
    ],
)
def test_filter_labels_carry_the_key(filters: tuple[str, ...], label: str) -> None:
    assert filter_label(State(filters=filters, catalogue=(FilterEntry("a"), FilterEntry("heart-eyes")))) == label


def test_taking_a_picture_flashes() -> None:
    windowed = Windowed()
    assert not windowed.changes(1, "space")
    assert windowed.changes(1.05)
    assert not windowed.changes(1.5)


@pytest.mark.parametrize("key", ["r", "h", "i"])
def test_recording_help_and_status_are_shown(key: str) -> None:
    windowed = Windowed()
    assert not windowed.changes(1, key)
    assert windowed.changes(3, key)
    assert not windowed.changes(5)


def test_the_picture_follows_the_windows_size_whole() -> None:
    windowed = Windowed()
    windowed.write()
    windowed.gui.area = (700, 240)
    shown = windowed.write()
    assert shown.shape == (240, 700, 3)
    assert (shown[:, :185] == 16).all()
    assert shown[5, 500].tolist() == [0, 255, 0]


def test_a_countdown_is_shown_until_the_picture_is_taken() -> None:
    windowed = Windowed(Controls(countdown_s=3))
    assert not windowed.changes(1, "space")
    assert windowed.changes(1.1)
    assert windowed.changes(3.9)
    assert not windowed.controls.snapshot_requested
    windowed.changes(4)
    assert windowed.controls.snapshot_requested


def test_tab_shows_the_filters_and_a_click_chooses_one() -> None:
    windowed = Windowed(names=["a", "b"], preview=lambda *_: None)
    assert not windowed.changes(1, "tab")
    assert windowed.changes(3)
    assert windowed.sink._picker and windowed.sink._picker.layout
    (entry, cell) = windowed.sink._picker.layout.cells[1]
    windowed.gui.click(cell.x + 5, cell.y + cell.height - 5)
    windowed.changes(4)
    assert windowed.controls.filters == [entry.name] == ["a"]
    windowed.gui.click(cell.x + 5, cell.y + cell.height - 5)
    windowed.changes(5)
    assert windowed.controls.filters == []


def test_keys_typed_into_the_search_do_nothing_else() -> None:
    windowed = Windowed(names=["a", "b", "quiff"], preview=lambda *_: None)
    windowed.write("tab")
    windowed.write("q", "u", "right")
    assert windowed.controls == Controls(["quiff"])
    windowed.write("escape", "escape", "q")
    assert windowed.controls.quit


def test_newcomers_are_told_how_to_go_on_and_idle_users_again() -> None:
    windowed = Windowed(first_run=True)
    assert windowed.changes(101)
    assert not windowed.changes(106)
    windowed.write("x", time_s=120)
    assert not windowed.changes(179)
    assert windowed.changes(180.5)
    assert not windowed.changes(190)
    regular = Windowed()
    assert not regular.changes(101)


def test_no_face_is_said_after_two_seconds() -> None:
    windowed = Windowed()
    assert not windowed.changes(101.9, faces=[])
    assert windowed.changes(102.1, faces=[])
    assert not windowed.changes(103)


@pytest.mark.parametrize("still", [True, False])
def test_a_still_picture_that_shows_nothing_new_is_not_drawn_all_the_time(still: bool) -> None:
    windowed = Windowed(still=still)
    windowed.write(time_s=100)
    assert windowed.gui.waited_s == 0
    windowed.write(time_s=100.1)
    assert windowed.gui.waited_s == (1 if still else 0)
    windowed.write("r", time_s=101)
    waited_s = windowed.gui.waited_s
    for time_s in (102, 102.1):
        windowed.write(time_s=time_s)
    assert windowed.gui.waited_s == waited_s, "a recording needs every frame"


def test_the_bar_comes_with_the_mouse_and_goes_three_seconds_later() -> None:
    windowed = Windowed()
    assert not windowed.changes(100)
    windowed.gui.pointed = [Pointer("move", 300, 100)]
    windowed.write(time_s=101)
    windowed.write(time_s=101.1)
    assert windowed.changes(101.5)
    assert windowed.changes(103.9)
    windowed.write(time_s=104.1)
    windowed.write(time_s=104.4)
    assert not windowed.changes(104.8)


def button(windowed: Windowed, action: Action) -> tuple[int, int]:
    """Have the bar slide in; where the button of an action lies."""
    windowed.gui.pointed = [Pointer("move", 300, 100)]
    for time_s in (101, 101.2, 101.5):
        windowed.write(time_s=time_s)
    place = windowed.sink._bar.place_of(action)
    assert place is not None
    return place.x + place.width // 4, place.y + place.height // 2


@pytest.mark.parametrize("action", [Action.SNAPSHOT, Action.RECORD, Action.MIRROR])
def test_a_click_on_the_bar_does_what_its_key_does(action: Action) -> None:
    clicked, pressed = Windowed(), Windowed()
    clicked.gui.click(*button(clicked, action))
    clicked.write()
    pressed.write(info_of(action).key)
    assert clicked.controls == pressed.controls != Controls()


def test_the_bar_s_slider_sets_the_strength() -> None:
    windowed = Windowed(Controls(["a"]), ["a"])
    button(windowed, Action.STRENGTH)
    slider = windowed.sink._bar._slider
    assert slider is not None
    y = slider.y + slider.height // 2
    windowed.gui.pointed = [Pointer("press", slider.x + slider.width // 2, y)]
    windowed.write()
    assert windowed.controls.strength == pytest.approx(0.5, abs=0.02)
    windowed.gui.pointed = [Pointer("move", slider.x - 20, y), Pointer("release", slider.x - 20, y)]
    windowed.write()
    assert windowed.controls.strength == 0
    windowed.gui.pointed = [Pointer("move", slider.x + slider.width, y), Pointer("up", slider.x + 3, y)]
    windowed.write()
    assert windowed.controls.strength == pytest.approx(0.1)


def test_what_cannot_be_done_now_is_not_done() -> None:
    windowed = Windowed()
    windowed.gui.click(*button(windowed, Action.CAMERAS))
    windowed.write("c", "a")
    assert windowed.sink._menu.opened is None


def test_the_bar_opens_full_screen_help_and_tray() -> None:
    windowed = Windowed()
    windowed.gui.click(*button(windowed, Action.FULL_SCREEN))
    windowed.write()
    assert windowed.gui.is_fullscreen
    windowed.gui.click(*button(windowed, Action.RECENT))
    windowed.write()
    assert windowed.sink._tray.open
    windowed.write("escape", "escape")
    assert not windowed.sink._tray.open
    assert not windowed.gui.is_fullscreen


def test_without_a_display_the_reason_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gui, "display_available", lambda: "no window: there is no display")
    with pytest.raises(DisplayError, match="no window: there is no display"):
        WindowSink(panel_of(Controls()))
