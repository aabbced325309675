"""Measures: they show what the face does, and not how the head is held."""

from dataclasses import astuple

import numpy as np
import numpy.typing as npt
import pytest

from model.keypoints import GROUPS, NAMED
from model.mean_face import MEAN_FACE
from model.measures import MEASURE_NAMES, Measures, measure, measures_row
from model.pose import HeadPose, estimate_pose, rotation_from_angles
from tests.model.test_pose import CENTER, FOCAL_PX, SIZE_WH

POSES_DEG = [(0, 0, 0), (30, 0, 0), (-30, 0, 0), (0, 20, 0), (0, -20, 0), (0, 0, 45), (0, 0, -45), (20, -10, 30)]
DISTANCES = (6.0, 25.0)
OPEN_MOUTH, SHUT_LIPS = 0.30, -0.062


def jaw_dropped(face: npt.NDArray[np.float64], drop: float) -> npt.NDArray[np.float64]:
    face = face.copy()
    face[[*GROUPS["jaw"][5:12], *GROUPS["outer_lip"][7:], *GROUPS["inner_lip"][5:]], 1] += drop
    return face


def eye_shut(face: npt.NDArray[np.float64], side: str) -> npt.NDArray[np.float64]:
    face = face.copy()
    eye = GROUPS[f"{side}_eye"]
    for upper, lower in ((eye[1], eye[5]), (eye[2], eye[4])):
        face[upper, 1:] = face[lower, 1:]
    return face


def smiling(face: npt.NDArray[np.float64], width: float = 0.08, rise: float = 0.06) -> npt.NDArray[np.float64]:
    face = face.copy()
    for side, inner, sign in (("left", GROUPS["inner_lip"][0], -1), ("right", GROUPS["inner_lip"][4], 1)):
        for corner in (NAMED[f"{side}_mouth_corner"], inner):
            face[corner] += (sign * width, -rise, 0.03)
    return face


def brows_moved(face: npt.NDArray[np.float64], up: float) -> npt.NDArray[np.float64]:
    face = face.copy()
    face[list(GROUPS["left_brow"] + GROUPS["right_brow"]), 1] -= up
    return face


def measured(face: npt.NDArray[np.float64], pose_deg: tuple[float, ...] = (0, 0, 0), distance: float = 8.0) -> Measures:
    """What a projection of `face` measures, its pose estimated as in real life."""
    rotation = rotation_from_angles(*np.deg2rad(pose_deg))
    points = HeadPose(rotation, np.array([0.2, 0.1, distance]), FOCAL_PX, CENTER).project(face)
    return measure(points, estimate_pose(points, SIZE_WH))


def lips_parted(face: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The upper lip drawn up as in a laugh, the jaw left where it is."""
    moved = face.copy()
    moved[[50, 51, 52, 61, 62, 63], 1] -= 0.08
    return moved


def test_names_are_the_fields_in_the_logs_order() -> None:
    assert MEASURE_NAMES == (
        "mouth_opening", "jaw_open", "smile", "brow_raise", "left_eye_opening", "right_eye_opening",
        "roll", "pitch", "yaw",
    )  # fmt: skip
    measures = measured(MEAN_FACE)
    assert measures_row(measures) == tuple(getattr(measures, name) for name in MEASURE_NAMES) == astuple(measures)


def test_the_mean_face_is_at_rest() -> None:
    rest = measured(MEAN_FACE)
    assert 0.05 < rest.mouth_opening < 0.2, "the dataset's mean face speaks"
    assert abs(rest.smile) < 0.1
    assert abs(rest.brow_raise) < 0.1
    assert 0.8 < rest.left_eye_opening < 1.2
    assert 0.8 < rest.right_eye_opening < 1.2


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("pose_deg", POSES_DEG)
def test_each_deed_shows_in_its_measure_in_every_pose(pose_deg: tuple[float, ...], distance: float) -> None:
    def at(face: npt.NDArray[np.float64]) -> Measures:
        return measured(face, pose_deg, distance)

    rest = at(MEAN_FACE)
    assert at(jaw_dropped(MEAN_FACE, OPEN_MOUTH)).mouth_opening > 0.8
    assert at(jaw_dropped(MEAN_FACE, SHUT_LIPS)).mouth_opening < 0.06
    assert at(jaw_dropped(MEAN_FACE, OPEN_MOUTH)).jaw_open > 0.7
    assert at(jaw_dropped(MEAN_FACE, SHUT_LIPS)).jaw_open < 0.15
    assert at(lips_parted(smiling(MEAN_FACE))).jaw_open < 0.35, "a toothy smile is no open jaw"
    assert at(smiling(MEAN_FACE)).smile > rest.smile + 0.6
    assert at(brows_moved(MEAN_FACE, 0.08)).brow_raise > rest.brow_raise + 0.5
    assert at(brows_moved(MEAN_FACE, -0.05)).brow_raise < rest.brow_raise - 0.3
    wink = at(eye_shut(MEAN_FACE, "left"))
    assert wink.left_eye_opening < 0.15
    assert wink.right_eye_opening > 0.7
    wink = at(eye_shut(MEAN_FACE, "right"))
    assert wink.right_eye_opening < 0.15
    assert wink.left_eye_opening > 0.7


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("pose_deg", POSES_DEG)
@pytest.mark.parametrize("face", [MEAN_FACE, jaw_dropped(smiling(MEAN_FACE), 0.15)], ids=["rest", "laugh"])
def test_turning_and_moving_the_head_changes_them_little(
    face: npt.NDArray[np.float64], pose_deg: tuple[float, ...], distance: float
) -> None:
    straight, turned = measured(face), measured(face, pose_deg, distance)
    assert np.allclose(measures_row(turned)[:6], measures_row(straight)[:6], atol=0.15)
    # Off the optical axis by up to 2 degrees, hence the tolerance.
    assert np.allclose(np.rad2deg([turned.yaw, turned.pitch, turned.roll]), pose_deg, atol=3)


def test_one_deed_does_not_pass_for_another() -> None:
    rest = measured(MEAN_FACE)
    open_mouth = measured(jaw_dropped(MEAN_FACE, OPEN_MOUTH))
    assert abs(open_mouth.smile - rest.smile) < 0.1
    assert abs(open_mouth.brow_raise - rest.brow_raise) < 0.1
    raised = measured(brows_moved(MEAN_FACE, 0.08))
    assert abs(raised.mouth_opening - rest.mouth_opening) < 0.1
    assert abs(raised.left_eye_opening - rest.left_eye_opening) < 0.1
    assert abs(np.rad2deg(raised.pitch - rest.pitch)) < 4


def test_never_negative_where_it_says_so() -> None:
    crossed = jaw_dropped(eye_shut(eye_shut(MEAN_FACE, "left"), "right"), -0.2)
    measures = measured(crossed)
    assert measures.mouth_opening == 0
    assert measures.left_eye_opening == measures.right_eye_opening == 0
