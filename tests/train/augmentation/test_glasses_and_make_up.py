"""Glasses and make-up change pixels about eyes and lips, and no point and no original."""

from collections.abc import Callable

import numpy as np
import pytest

from model.arrays import Image
from model.keypoints import GROUPS
from model.mean_face import MEAN_FACE
from train.augmentation.glasses import put_on_glasses
from train.augmentation.make_up import light_mouth, paint_lips, shade_eyes

POINTS = (MEAN_FACE[:, :2] * 90 + (128, 110)).astype(np.float32)
BARE = np.full((256, 256), 140, np.uint8)
EYES = POINTS[[*GROUPS["left_eye"], *GROUPS["right_eye"]]]


@pytest.mark.parametrize("change", [put_on_glasses, shade_eyes, paint_lips, light_mouth])
def test_a_seed_gives_the_same_again_and_the_face_before_stays(change: Callable[..., Image]) -> None:
    points = POINTS.copy()
    first, second = (change(BARE, points, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)
    assert (BARE == 140).all() and np.array_equal(points, POINTS)


def test_glasses_lie_around_both_eyes_and_leave_the_mouth() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        changed = put_on_glasses(BARE, POINTS, rng) != BARE
        middle = round(float(POINTS[27, 0]))
        assert changed[:, :middle].mean() > 0.005 and changed[:, middle:].mean() > 0.005
        assert not changed[round(float(POINTS[33, 1])) + 20 :].any()


def test_some_glasses_are_dark_and_most_are_not() -> None:
    rng = np.random.default_rng(1)
    pupils = np.rint(np.stack([EYES[:6].mean(axis=0), EYES[6:].mean(axis=0)])).astype(int)
    seen = np.array([put_on_glasses(BARE, POINTS, rng)[pupils[:, 1], pupils[:, 0]].mean() for _ in range(80)])
    assert 0.1 < (seen < 90).mean() < 0.5


def test_shade_stays_about_the_eyes() -> None:
    rng = np.random.default_rng(2)
    changed = np.array([shade_eyes(BARE, POINTS, rng) != BARE for _ in range(40)])
    assert changed.any(axis=(1, 2)).mean() > 0.7
    assert not changed[:, round(float(POINTS[33, 1])) :].any()


def test_a_face_that_reaches_over_the_rim_is_drawn_as_far_as_it_shows() -> None:
    rng = np.random.default_rng(3)
    for shift in ((-150, 0), (0, -150), (200, 200), (1000, 0)):
        for change in (put_on_glasses, shade_eyes, paint_lips, light_mouth):
            assert change(BARE, (POINTS + np.array(shift)).astype(np.float32), rng).shape == BARE.shape


def test_lips_get_tones_of_their_own_and_nothing_else_changes() -> None:
    upper, lower = (np.rint(POINTS[list(pair)].mean(axis=0)).astype(int) for pair in ((51, 62), (57, 66)))
    levels = []
    for seed in range(40):
        painted = paint_lips(BARE, POINTS, np.random.default_rng(seed))
        levels.append((int(painted[upper[1], upper[0]]), int(painted[lower[1], lower[0]])))
        assert (painted[: round(float(POINTS[33, 1]))] == 140).all()
    first, second = np.array(levels).T
    assert first.min() < 100 and first.max() > 150 and np.abs(first - second).max() > 25


def test_teeth_get_brighter_or_the_mouth_darker() -> None:
    opened = POINTS.copy()
    opened[[65, 66, 67], 1] += 14
    x, y = np.rint(opened[[62, 66]].mean(axis=0)).astype(int)
    levels = [int(light_mouth(BARE, opened, np.random.default_rng(seed))[y, x]) for seed in range(30)]
    assert min(levels) < 125 and max(levels) > 155
