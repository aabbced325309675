"""Overlays sit where their anchors say, whatever the face does."""

import numpy as np
import pytest

from model.face import Face
from model.geometry import apply
from realtime.drawing.sticker import Sticker
from realtime.face_view import FaceView, Viewer
from realtime.filters.layers.overlay import Anchor, Overlay
from realtime.filters.packs import registry
from tests.realtime.filters.faces import face_at, turned_face


def views_of(faces: list[Face], time_s: float) -> list[FaceView]:
    return Viewer().views(faces, (640, 480), time_s)


STICKER = Sticker.from_straight(np.full((60, 100, 4), (0, 0, 0, 255), np.uint8))
EYES = (Anchor("left_eye_outer", (10, 30)), Anchor("right_eye_outer", (90, 30)))


@pytest.mark.parametrize(("eye_distance", "roll"), [(100, 0.0), (37, 0.6), (240, -1.2)])
def test_anchors_land_on_their_keypoints(eye_distance: float, roll: float) -> None:
    (view,) = views_of([face_at((300, 200), eye_distance, roll)], 0.0)
    matrix = Overlay(STICKER, EYES).matrix(view)
    assert np.allclose(
        apply(matrix, np.array([[10.0, 30], [90, 30]])), view.points(["left_eye_outer", "right_eye_outer"])
    )


def test_offset_and_scale_follow_the_faces_axes() -> None:
    (view,) = views_of([face_at((300, 200), 100, np.pi / 2)], 0.0)
    moved = Overlay(STICKER, EYES, offset=(0.0, 0.5), scale=2.0).matrix(view)
    # The face is turned a quarter clockwise, so down along the face is left on the screen.
    assert np.allclose(apply(moved, np.array([[50.0, 30]])), [[250, 200]], atol=3)
    assert np.isclose(np.hypot(*moved[:, 0]), 2 * 100 / 80)


def test_an_affine_overlay_stretches_with_the_face() -> None:
    anchors = (*EYES, Anchor("chin", (50, 90)))
    (view,) = views_of([face_at((300, 200))], 0.0)
    matrix = Overlay(STICKER, anchors, place="affine").matrix(view)
    assert np.allclose(apply(matrix, np.array([[50.0, 90]])), view.points(["chin"]))


@pytest.mark.parametrize(
    "anchors", [EYES[:1], (EYES[0], Anchor("right_eye_outer", (10, 30)))], ids=["too few", "in one place"]
)
def test_anchors_that_fix_nothing_are_refused(anchors: tuple[Anchor, ...]) -> None:
    with pytest.raises(ValueError, match="needs 2 anchors apart; add an anchor, or move one"):
        Overlay(STICKER, anchors)
    with pytest.raises(ValueError, match="needs 3 anchors off one line"):
        Overlay(STICKER, (*EYES, Anchor("chin", (50, 30))), place="affine")


def blinking(face: Face) -> Face:
    """The face with closed lids; its eye corners stay."""
    points = face.keypoints_px.copy()
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        points[upper] = 0.1 * points[upper] + 0.9 * points[lower]
    return Face(points, face.score, face.face_id, face.box)


@pytest.mark.parametrize("name", ["sunglasses", "pixel-glasses", "heart-eyes"])
def test_glasses_do_not_slip_at_blinks(name: str) -> None:
    overlays = [use.layer for use in registry.load(name).layers if isinstance(use.layer, Overlay)]
    glasses = overlays[-1]
    width, height = glasses.image.size_wh
    places = np.array([[width / 2, height / 2, 1], [0, height / 2, 1], [width, height / 2, 1]])
    for yaw in (-30, -15, 0, 15, 30):
        for pitch in (-15, 0, 15):
            face = turned_face(yaw, pitch, 5, eye_distance=150)
            drawn = []
            for each in (face, blinking(face)):
                (view,) = Viewer().views([each], (640, 480), 0.0)
                mapped = places @ glasses.matrix(view).T
                drawn.append(mapped[:, :2] / mapped[:, 2:])
            assert np.hypot(*(drawn[1] - drawn[0]).T).max() <= 0.005 * 150, (yaw, pitch)
