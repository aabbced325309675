"""Tests of realtime.sinks.window.window, against a window system that only remembers."""

import numpy as np
import pytest

from realtime.controls import Controls
from realtime.errors import DisplayError
from realtime.sinks.window import window
from realtime.sinks.window.hud import filter_label
from realtime.sinks.window.window import WindowSink, first_size_wh
from tests.realtime.sinks.outputs import FakeGui, output

SIZE_WH = (640, 480)


def test_the_annotated_frame_is_shown_as_it_is() -> None:
    gui = FakeGui()
    WindowSink(Controls(), [], gui=gui).write(given := output(size_wh=SIZE_WH))
    np.testing.assert_array_equal(gui.shown[0], given.annotated.pixels_bgr)


def test_the_preview_is_mirrored_when_asked_and_text_never() -> None:
    plain, mirrored = FakeGui(), FakeGui()
    given = output(size_wh=SIZE_WH)
    WindowSink(Controls(mirror=True), [], gui=mirrored).write(given)
    np.testing.assert_array_equal(mirrored.shown[0], given.annotated.pixels_bgr[:, ::-1])
    controls = Controls(mirror=True, message="words")
    WindowSink(controls, [], gui=mirrored).write(given)
    WindowSink(Controls(message="words"), [], gui=plain).write(given)
    lower = slice(430, 480)
    np.testing.assert_allclose(
        np.abs(mirrored.shown[1][lower].astype(int) - mirrored.shown[0][lower]).max(axis=2) > 90,
        np.abs(plain.shown[0][lower].astype(int) - given.annotated.pixels_bgr[lower]).max(axis=2) > 90,
        atol=1,
    )


def test_keys_pressed_act_on_the_controls() -> None:
    gui, controls = FakeGui(), Controls()
    sink = WindowSink(controls, ["a", "b"], gui=gui)
    gui.keys = ["f", "f", "m", "k", "r", "space"]
    sink.write(output())
    assert controls == Controls(["b"], False, True, True, True)
    gui.keys = ["q"]
    sink.write(output(1))
    assert controls.quit


def test_closing_the_window_ends_the_program() -> None:
    gui, controls = FakeGui(), Controls()
    sink = WindowSink(controls, [], gui=gui)
    sink.write(output())
    assert not controls.quit
    gui.is_visible = False
    sink.write(output(1))
    assert controls.quit
    sink.close()
    sink.close()
    assert gui.closed == 1


def test_full_screen_is_switched_by_f11_capital_f_and_left_by_escape() -> None:
    gui = FakeGui()
    sink = WindowSink(Controls(), ["a"], gui=gui)
    for keys, expected in ((["f11"], True), (["F"], False), (["F"], True), (["escape"], False), (["escape"], False)):
        gui.keys = keys
        sink.write(output())
        assert gui.is_fullscreen is expected


def changes(gui: FakeGui, sink: WindowSink, controls: Controls, time_s: float) -> bool:
    """Whether the picture shown at `time_s` has something over it."""
    gui.time_s = time_s
    given = output(size_wh=SIZE_WH)
    sink.write(given)
    return not np.array_equal(gui.shown[-1], given.annotated.pixels_bgr)


def test_a_message_is_shown_for_a_while_and_fades() -> None:
    gui, controls = FakeGui(), Controls()
    sink = WindowSink(controls, [], gui=gui)
    assert not changes(gui, sink, controls, 0)
    controls.message = "disk is full"
    assert changes(gui, sink, controls, 1)
    fresh = gui.shown[-1].astype(int)
    assert changes(gui, sink, controls, 4.8)
    fading = gui.shown[-1].astype(int)
    clean = output(size_wh=SIZE_WH).annotated.pixels_bgr.astype(int)
    assert np.abs(fading - clean).sum() < np.abs(fresh - clean).sum()
    assert not changes(gui, sink, controls, 5.1)
    controls.message = "disk is full"
    assert changes(gui, sink, controls, 6)


def test_the_filter_is_named_when_it_changes() -> None:
    gui, controls = FakeGui(), Controls(["a"])
    sink = WindowSink(controls, ["a", "b"], gui=gui)
    assert not changes(gui, sink, controls, 0)
    controls.filters = ["b"]
    assert changes(gui, sink, controls, 1)
    assert not changes(gui, sink, controls, 4)


@pytest.mark.parametrize(
    ("filters", "label"),
    [([], "no filter"), (["b"], "2  b"), (["b", "a"], "2  b + 1  a"), (["other"], "other")],
)
def test_filter_labels_carry_the_key(filters: list[str], label: str) -> None:
    assert filter_label(filters, ["a", "b"]) == label


def test_taking_a_picture_flashes() -> None:
    gui, controls = FakeGui(), Controls()
    sink = WindowSink(controls, [], gui=gui)
    gui.keys = ["space"]
    assert not changes(gui, sink, controls, 1)
    assert changes(gui, sink, controls, 1.05)
    assert not changes(gui, sink, controls, 1.5)


def test_recording_help_and_status_are_shown() -> None:
    gui, controls = FakeGui(), Controls()
    sink = WindowSink(controls, [], drops=lambda: 4, gui=gui)
    assert not changes(gui, sink, controls, 1)
    for key in ("r", "h", "i"):
        gui.keys = [key]
        changes(gui, sink, controls, 2)
        assert changes(gui, sink, controls, 3)
        gui.keys = [key]
        changes(gui, sink, controls, 4)
        assert not changes(gui, sink, controls, 5)


def test_the_picture_follows_the_windows_size_whole() -> None:
    gui = FakeGui()
    sink = WindowSink(Controls(), [], gui=gui)
    sink.write(output(size_wh=SIZE_WH))
    gui.area = (700, 240)
    sink.write(output(size_wh=SIZE_WH))
    assert gui.shown[-1].shape == (240, 700, 3)
    assert (gui.shown[-1][:, :185] == 16).all()
    assert gui.shown[-1][5, 500].tolist() == [0, 255, 0]


@pytest.mark.parametrize(
    ("frame_wh", "window_wh"),
    [((640, 480), (640, 480)), ((320, 240), (640, 480)), ((1280, 720), (1280, 720)), ((3840, 2160), (1280, 720))],
)
def test_the_first_size_can_be_read_and_fits_a_screen(frame_wh: tuple[int, int], window_wh: tuple[int, int]) -> None:
    assert first_size_wh(frame_wh) == window_wh


def test_a_countdown_takes_the_picture_when_it_ends() -> None:
    gui, controls = FakeGui(), Controls()
    sink = WindowSink(controls, [], countdown_s=3, gui=gui)
    gui.keys = ["space"]
    assert not changes(gui, sink, controls, 1)
    assert changes(gui, sink, controls, 1.1)
    assert changes(gui, sink, controls, 3.9)
    assert not controls.snapshot_requested
    changes(gui, sink, controls, 4)
    assert controls.snapshot_requested


def test_the_key_again_takes_the_countdown_back() -> None:
    gui, controls = FakeGui(), Controls()
    sink = WindowSink(controls, [], countdown_s=3, gui=gui)
    gui.keys = ["space"]
    changes(gui, sink, controls, 1)
    gui.keys = ["space"]
    changes(gui, sink, controls, 2)
    assert not changes(gui, sink, controls, 9)
    assert not controls.snapshot_requested


def test_tab_shows_the_filters_and_a_click_chooses_one() -> None:
    gui, controls = FakeGui(), Controls()
    sink = WindowSink(controls, ["a", "b"], preview=lambda *_: None, gui=gui)
    assert not changes(gui, sink, controls, 1)
    gui.keys = ["tab"]
    changes(gui, sink, controls, 2)
    assert changes(gui, sink, controls, 3)
    gui.clicked = [(320, 420)]
    changes(gui, sink, controls, 4)
    assert controls.filters == ["a"]


def test_without_a_display_the_reason_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "display_available", lambda: "no window: there is no display")
    with pytest.raises(DisplayError, match="no window: there is no display"):
        WindowSink(Controls(), [])
