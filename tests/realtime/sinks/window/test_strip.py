"""Tests of realtime.sinks.window.strip."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from model.arrays import Image
from model.face import Face
from model.geometry import bounding_box
from realtime.actions import Action
from realtime.controls import Controls
from realtime.errors import FilterError
from realtime.frame import Frame
from realtime.sinks.window.strip import FilterStrip, _label, close_up
from tests.fakes import four_colours
from tests.realtime.sinks.outputs import face, output, panel_of

NAMES = ["a", "b", "c"]
AREA_WH = (640, 480)
COLOURS = {"a": (200, 0, 0), "b": (0, 200, 0), "c": (0, 0, 200)}


def paint(name: str, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
    canvas_bgr[:] = COLOURS[name]


def opened(controls: Controls, names: list[str] = NAMES) -> FilterStrip:
    strip = FilterStrip(panel_of(controls, names), paint)
    strip.press("tab")
    return strip


def test_closed_it_takes_no_room_and_no_keys_but_tab() -> None:
    strip = FilterStrip(panel_of(Controls(), NAMES), paint)
    canvas_bgr = np.full((480, 640, 3), 77, np.uint8)
    assert strip.update(output(), AREA_WH) == 0
    strip.draw(canvas_bgr)
    assert (canvas_bgr == 77).all()
    assert not any(strip.press(key) for key in ("left", "right", "enter", "escape", "q"))
    strip.click(320, 440)
    assert strip.press("tab")


def test_strip_and_card_of_keys_are_never_open_together() -> None:
    strip = opened(Controls())
    assert strip.open
    assert not strip.press("h")  # the window goes on with it, and shows the card
    assert not strip.open


def test_every_filter_is_drawn_within_as_many_frames_and_shown_in_order() -> None:
    strip = opened(Controls())
    for index in range(len(NAMES) + 1):
        height = strip.update(output(index, size_wh=AREA_WH), AREA_WH)
    canvas_bgr = np.full((480, 640, 3), 77, np.uint8)
    strip.draw(canvas_bgr)
    assert 70 < height < 120
    assert (canvas_bgr[: 480 - height] == 77).all()
    row = canvas_bgr[480 - height // 2].reshape(-1, 3).tolist()
    places = [row.index(list(COLOURS[name])) for name in NAMES]
    assert places == sorted(places)


def test_arrows_choose_round_and_round() -> None:
    controls = Controls()
    strip = opened(controls)
    seen = []
    for key in ("right", "right", "right", "right", "left"):
        assert strip.press(key)
        seen.append(list(controls.filters))
    assert seen == [["a"], ["b"], ["c"], [], ["c"]]
    for key in ("enter", "tab", "escape"):
        assert strip.press(key)
    assert not strip.open


def test_a_click_chooses_what_is_there() -> None:
    controls = Controls(["c"])
    strip = opened(controls)
    strip.update(output(), AREA_WH)
    strip.click(320 - 130, 440)
    assert controls.filters == []
    strip.click(320 + 130, 440)
    assert controls.filters == ["c"]
    for x, y in ((5, 440), (320 + 130, 100), (635, 440)):
        strip.click(x, y)
        assert controls.filters == ["c"]


def test_a_long_strip_scrolls_to_the_one_in_force() -> None:
    controls = Controls()
    names = [f"filter-{number}" for number in range(30)]
    panel = panel_of(controls, names)
    strip = FilterStrip(panel, lambda *_: None)
    strip.press("tab")
    for number in (0, 29, 15, 3):
        controls.filters = [names[number]]
        panel.write(output())
        strip.update(output(), AREA_WH)
        layout = strip._layout
        assert layout is not None
        assert layout.first <= number + 1 < layout.first + layout.count
        assert layout.x(layout.first) >= 0
        assert layout.x(layout.first + layout.count - 1) + layout.side <= 640


def test_one_further_along_is_opened_with_its_neighbours_in_sight() -> None:
    names = [f"filter-{number}" for number in range(30)]
    strip = FilterStrip(panel_of(Controls([names[15]]), names), lambda *_: None)
    strip.press("tab")
    strip.update(output(), AREA_WH)
    layout = strip._layout
    assert layout is not None
    assert layout.first < 16 < layout.first + layout.count - 1


@pytest.mark.parametrize(("width_px", "label"), [(200, "26 sunglasses"), (65, "sunglasses"), (30, "26")])
def test_a_label_is_whole_or_a_number(width_px: int, label: str) -> None:
    assert _label(26, "sunglasses", 10, width_px, False) == label


def test_thumbnails_are_mirrored_like_the_preview() -> None:
    controls = Controls()
    panel = panel_of(controls)
    strip = FilterStrip(panel, paint)
    strip.press("tab")
    strip.update(output(size_wh=(64, 64)), AREA_WH)
    plain = strip._pictures["no filter"]
    panel.act(Action.MIRROR)
    strip.update(output(size_wh=(64, 64)), AREA_WH)
    np.testing.assert_array_equal(strip._pictures["no filter"], plain[:, ::-1])


def test_a_broken_filter_is_told_once_and_shown_plain() -> None:
    controls = Controls()

    def fail(name: str, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
        raise FilterError(f"{name} is broken")

    strip = FilterStrip(panel_of(controls, ["a"]), fail)
    strip.press("tab")
    for index in range(2):
        strip.update(output(index), AREA_WH)
    assert controls.message == "a is broken"
    controls.message = ""
    for index in range(4):
        strip.update(output(index), AREA_WH)
    assert controls.message == ""


def test_the_close_up_shows_the_face_where_its_points_say() -> None:
    frame_bgr = np.zeros((400, 600, 3), np.uint8)
    given = face()
    points = given.keypoints_px.copy()
    points[:] = np.array([330, 220]) + (points - points.mean(axis=0)) * 0.5
    points[30] = 340, 200
    given = replace(given, keypoints_px=points, box=bounding_box(points))
    frame_bgr[198:203, 338:343] = (0, 0, 255)
    picture_bgr, (moved,) = close_up(Frame(frame_bgr, 0, 0.0), [given], 120)
    y, x = np.nonzero(picture_bgr[..., 2] > 128)
    assert picture_bgr.shape == (120, 120, 3)
    np.testing.assert_allclose([x.mean(), y.mean()], moved.keypoints_px[30], atol=0.6)
    assert (moved.keypoints_px > 0).all()
    assert (moved.keypoints_px < 120).all()


@pytest.mark.parametrize("shift_px", [-5000, -60, 40, 5000])
def test_faces_at_the_edge_or_outside_are_no_trouble(shift_px: float) -> None:
    picture_bgr, _ = close_up(Frame(four_colours(), 0, 0.0), [face(0, shift_px)], 80)
    assert picture_bgr.shape == (80, 80, 3)


def test_without_a_face_the_middle_is_shown() -> None:
    picture_bgr, faces = close_up(Frame(four_colours((200, 100)), 0, 0.0), [], 80)
    assert faces == []
    assert picture_bgr[3, 3].tolist() == [255, 0, 0]
    assert picture_bgr[-3, -3].tolist() == [255, 255, 255]
