"""Tests of realtime.sinks.window.overlay.thumbnails."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from model.arrays import Image
from model.face import Face
from model.geometry import bounding_box
from realtime.control.actions import Action
from realtime.control.controls import Controls
from realtime.errors import FilterError
from realtime.frame import Frame
from realtime.sinks.window.overlay.thumbnails import Thumbnails, close_up
from tests.fakes import four_colours
from tests.realtime.sinks.outputs import FakeGui, face, output, panel_of


def nothing(name: str, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
    """A filter that is not seen."""


def test_one_is_drawn_a_frame_new_ones_first() -> None:
    drawn: list[str] = []
    thumbnails = Thumbnails(panel_of(Controls()), lambda name, *_: drawn.append(name))
    for index in range(3):
        thumbnails.update(["a", "b"], output(index), 48)
    assert drawn[:2] == ["a", "b"]
    assert len(drawn) == 3
    thumbnails.update(["a", "b", "c"], output(3), 48)
    assert drawn[3] == "c"
    thumbnails.clear()
    assert thumbnails.get("a") is None


def test_they_are_mirrored_like_the_preview() -> None:
    panel = panel_of(Controls())
    thumbnails = Thumbnails(panel, nothing)
    thumbnails.update([""], output(size_wh=(64, 64)), 48)
    plain = thumbnails.get("")
    panel.act(Action.MIRROR)
    thumbnails.update([""], output(size_wh=(64, 64)), 48)
    mirrored = thumbnails.get("")
    assert plain is not None and mirrored is not None
    np.testing.assert_array_equal(mirrored, plain[:, ::-1])


def test_a_broken_filter_is_reported_once_and_shown_plain() -> None:
    controls = Controls()

    def fail(name: str, *_: object) -> None:
        raise FilterError(f"{name} is broken")

    thumbnails = Thumbnails(panel_of(controls), fail)
    thumbnails.update(["a"], output(), 48)
    assert controls.message == "a is broken"
    controls.message = ""
    for index in range(4):
        thumbnails.update(["a"], output(index), 48)
    assert controls.message == ""
    assert thumbnails.get("a") is not None


@pytest.mark.parametrize("broken", [False, True])
def test_the_portrait_stands_in_while_no_face_is_found(broken: bool) -> None:
    def portrait() -> tuple[Image, Face]:
        if broken:
            raise FilterError("no face was found on the portrait")
        return np.full((200, 200, 3), (10, 20, 30), np.uint8), face()

    gui = FakeGui()
    panel = panel_of(Controls(), gui=gui)
    thumbnails = Thumbnails(panel, nothing, portrait)
    for time_s, expected in ((100.0, False), (103.0, True), (104.0, True)):
        gui.time_s = time_s
        panel.write(output())
        thumbnails.update([""], output(), 48)
        thumbnails.close()
        thumbnails.update([""], output(), 48)
        picture_bgr = thumbnails.get("")
        assert picture_bgr is not None
        assert (picture_bgr[24, 24].tolist() == [10, 20, 30]) is (expected and not broken)


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
