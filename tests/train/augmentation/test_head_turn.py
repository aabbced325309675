"""Heads that are turned further: labels follow the pixels as the 3-D face says."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from model.geometry import bounding_box
from model.keypoints import GROUPS, NAMED, eye_distance
from model.mean_face import MEAN_FACE
from model.pose import HeadPose, estimate_pose, rotation_from_angles
from train.augmentation.head_turn import MAX_YAW_RAD, turn_head, turn_head_by

SIZE = 256


def _points(yaw_degrees: float) -> npt.NDArray[np.float32]:
    """The mean face 45 px between the eyes, seen from afar, in the middle of the picture."""
    turned = MEAN_FACE @ rotation_from_angles(np.radians(yaw_degrees), 0, 0).T
    points = turned[:, :2] * 45
    return (points - bounding_box(points).center + (SIZE - 1) / 2).astype(np.float32)


def _pose(points: npt.NDArray[np.float32]) -> HeadPose:
    return estimate_pose(points, (SIZE, SIZE))


def _dots(points: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    picture = np.zeros((SIZE, SIZE), np.uint8)
    for x, y in points:
        cv2.circle(picture, (round(float(x) * 16), round(float(y) * 16)), 40, 255, -1, cv2.LINE_AA, 4)
    return picture


@pytest.mark.parametrize(("start", "more"), [(0, 30), (0, -30), (20, 25), (-30, -25), (35, 15)])
def test_points_go_where_the_turned_3d_face_has_them(start: float, more: float) -> None:
    before, wanted = _points(start), _points(start + more)
    _, moved = turn_head_by(_dots(before), before, _pose(before), np.radians(more))
    # The jaw on the far side is hidden, and so is the mouth's far end behind its middle.
    near = [i for i in range(17, 60) if (before[i, 0] - before[30, 0]) * more < 5] + [8, 36, 39, 42, 45]
    off = np.linalg.norm((moved - wanted) - np.mean((moved - wanted)[near], axis=0), axis=1)[near]
    assert np.median(off) < 0.05 * 45 and off.max() < 0.16 * 45
    assert abs(np.degrees(_pose(moved).yaw_rad - _pose(wanted).yaw_rad)) < 8


@pytest.mark.parametrize("name", ["nose_tip", "left_eye_outer", "left_mouth_corner", "chin"])
def test_a_dot_moves_as_its_label_does(name: str) -> None:
    points = _points(10)
    picture = _dots(points[[NAMED[name]]])
    turned, moved = turn_head_by(picture, points, _pose(points), np.radians(25))
    ys, xs = np.nonzero(turned > 100)
    np.testing.assert_allclose([xs.mean(), ys.mean()], moved[NAMED[name]], atol=1.5)
    assert abs(moved[NAMED[name], 0] - points[NAMED[name], 0]) > 1


def test_box_and_rows_stay_and_no_point_passes_the_outline() -> None:
    for seed in range(30):
        points = _points(float(np.random.default_rng(seed).uniform(-50, 50)))
        yaw = _pose(points).yaw_rad
        turned, moved = turn_head(_dots(points), points, np.random.default_rng(seed))
        assert turned.shape == (SIZE, SIZE) and turned.dtype == np.uint8
        np.testing.assert_array_equal(moved[:, 1], points[:, 1])
        assert abs(bounding_box(moved).center[0] - bounding_box(points).center[0]) < 1.5
        after = _pose(moved).yaw_rad
        assert abs(after) > abs(yaw) - 0.02 and abs(after) < MAX_YAW_RAD + 0.12
        assert abs(after) < 0.1 or abs(yaw) < 0.15 or after * yaw > 0
        assert eye_distance(moved) < eye_distance(points) * 1.05
        jaw = moved[list(GROUPS["jaw"]), 0]
        assert np.abs(jaw - bounding_box(moved).center[0]).max() <= bounding_box(moved).width / 2 + 1e-3


def test_inputs_are_left_alone_and_odd_faces_pass_through() -> None:
    points = _points(0)
    picture = _dots(points)
    turn_head(picture, points, np.random.default_rng(0))
    np.testing.assert_array_equal(picture, _dots(points))
    np.testing.assert_array_equal(points, _points(0))
    for odd in (np.full((68, 2), 100, np.float32), _points(75)):
        same, moved = turn_head(picture, odd, np.random.default_rng(0))
        assert same is picture and moved is odd
