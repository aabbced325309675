"""Lids and lips that are moved: labels follow the pixels, and the rest of the face stays."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from model.keypoints import GROUPS, NAMED, REGIONS
from tests.train.faces import face_keypoints
from train.augmentation.expression import move_lids, move_lips
from train.augmentation.make_up import color_lips

SIZE = 256
KEYPOINTS = (face_keypoints() * 50 + 120).astype(np.float32)


def _dot(point: int) -> npt.NDArray[np.uint8]:
    crop = np.zeros((SIZE, SIZE), np.uint8)
    x, y = KEYPOINTS[point]
    # A short bar, as wide as high maps keep it: a dot squeezed to nothing could not be found.
    cv2.circle(crop, (round(float(x)), round(float(y))), 2, 255, -1)
    return crop


def _center(crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    ys, xs = np.mgrid[: crop.shape[0], : crop.shape[1]]
    weights = crop.astype(np.float64)
    result: npt.NDArray[np.float64] = np.array([(xs * weights).sum(), (ys * weights).sum()]) / weights.sum()
    return result


def _opening(keypoints: npt.NDArray[np.float32], upper: int, lower: int) -> float:
    return float(np.linalg.norm(keypoints[upper] - keypoints[lower]))


@pytest.mark.parametrize("point", [37, 40, 44, 47])
def test_a_dot_on_a_lid_moves_as_its_label_does(point: int) -> None:
    moved = 0.0
    for seed in range(12):
        crop, keypoints = move_lids(_dot(point), KEYPOINTS, np.random.default_rng(seed))
        assert np.linalg.norm(_center(crop) - keypoints[point]) < 1.3
        moved = max(moved, float(np.abs(keypoints[point] - KEYPOINTS[point]).max()))
    assert moved > 3


@pytest.mark.parametrize("name", ["chin", "lower_lip_bottom", "upper_lip_top", "left_mouth_corner"])
def test_a_dot_on_lip_or_chin_moves_as_its_label_does(name: str) -> None:
    point = NAMED[name]
    for seed in range(12):
        crop, keypoints = move_lips(_dot(point), KEYPOINTS, np.random.default_rng(seed))
        assert np.linalg.norm(_center(crop) - keypoints[point]) < 1.5


def test_eyes_close_and_open_and_nothing_else_moves() -> None:
    openings = []
    for seed in range(40):
        _, keypoints = move_lids(_dot(30), KEYPOINTS, np.random.default_rng(seed))
        openings.append(_opening(keypoints, 37, 41) / _opening(KEYPOINTS, 37, 41))
        others = np.delete(np.arange(68), list(REGIONS["eyes"]))
        np.testing.assert_allclose(keypoints[others], KEYPOINTS[others], atol=1e-3)
        corners = [GROUPS["left_eye"][0], GROUPS["left_eye"][3]]
        np.testing.assert_allclose(keypoints[corners], KEYPOINTS[corners], atol=0.5)
    assert min(openings) < 0.25 and max(openings) > 1.2


def test_the_mouth_opens_and_closes_between_fixed_corners_and_eyes_stay() -> None:
    gaps = []
    width = np.ptp(KEYPOINTS[list(GROUPS["outer_lip"]), 0])
    for seed in range(40):
        _, keypoints = move_lips(_dot(30), KEYPOINTS, np.random.default_rng(seed))
        gaps.append(_opening(keypoints, 62, 66) / width)
        still = [*REGIONS["eyes"], *REGIONS["brows"], *GROUPS["nose_bridge"], NAMED["left_mouth_corner"]]
        np.testing.assert_allclose(keypoints[still], KEYPOINTS[still], atol=0.5)
        assert (np.diff(keypoints[[51, 62, 66, 57], 1]) >= 0).all(), "lips never cross"
    assert min(gaps) < 0.1 and max(gaps) > 0.45


def test_inputs_are_left_alone_and_odd_faces_pass_through() -> None:
    crop, keypoints = _dot(40), KEYPOINTS.copy()
    for move in (move_lids, move_lips):
        move(crop, keypoints, np.random.default_rng(0))
        np.testing.assert_array_equal(crop, _dot(40))
        np.testing.assert_array_equal(keypoints, KEYPOINTS)
        flat = np.full_like(KEYPOINTS, 100)
        same, points = move(crop, flat, np.random.default_rng(0))
        np.testing.assert_array_equal(points, flat)
        np.testing.assert_array_equal(same, crop)


def test_lipstick_changes_the_lips_and_nothing_else() -> None:
    crop = np.full((SIZE, SIZE), 150, np.uint8)
    levels = []
    for seed in range(30):
        colored = color_lips(crop, KEYPOINTS, np.random.default_rng(seed))
        x, y = np.rint((KEYPOINTS[57] + KEYPOINTS[66]) / 2).astype(int)
        levels.append(int(colored[y, x]))
        inside = np.rint(KEYPOINTS[[62, 66]].mean(axis=0)).astype(int)
        assert abs(int(colored[inside[1], inside[0]]) - 150) < 25
        assert (colored[: int(KEYPOINTS[48:60, 1].min()) - 8] == 150).all()
    assert min(levels) < 100 and max(levels) > 160
    assert (crop == 150).all()
    outside = KEYPOINTS + np.array([0, 2 * SIZE])
    np.testing.assert_array_equal(color_lips(crop, outside.astype(np.float32), np.random.default_rng(0)), crop)
