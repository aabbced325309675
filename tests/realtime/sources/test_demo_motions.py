"""Tests of realtime.sources.demo_motions."""

import math

import numpy as np
import pytest

from model.geometry import Matrix, apply
from realtime.sources.demo_motions import (
    FACE_CENTER,
    FACE_WIDTH,
    filmed,
    jumping,
    place,
    rolled,
    sliding,
    still,
    swinging,
)


def _center(matrix: Matrix) -> tuple[float, float]:
    x, y = apply(matrix, np.array(FACE_CENTER))
    return float(x), float(y)


def _roll_deg(matrix: Matrix) -> float:
    return math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))


def test_place_puts_the_face_where_it_is_told() -> None:
    matrix = place((100, 50), scale=2, roll_deg=90)
    assert _center(matrix) == pytest.approx((100, 50))
    # What lies to the right of the face's middle lies below it after a quarter turn clockwise.
    np.testing.assert_allclose(apply(matrix, np.add(FACE_CENTER, (10, 0))), (100, 70))


def test_filmed_has_no_jump_where_it_loops_and_stays_gentle() -> None:
    motion = filmed(10)
    np.testing.assert_allclose(motion(0), motion(10), atol=1e-9)
    matrices = [motion(number / 30) for number in range(301)]
    centers = np.array([_center(matrix) for matrix in matrices])
    assert np.linalg.norm(np.diff(centers, axis=0), axis=1).max() < 8
    assert np.ptp(centers[:, 0]) > 250
    scales = [math.hypot(matrix[0, 0], matrix[1, 0]) for matrix in matrices]
    assert max(scales) / min(scales) > 1.4
    assert np.ptp([_roll_deg(matrix) for matrix in matrices]) > 15


@pytest.mark.parametrize(("time_s", "roll_deg"), [(0, 0), (1, 30), (2, 60), (3, 30), (4, 0)])
def test_rolled_goes_there_and_back(time_s: float, roll_deg: float) -> None:
    assert _roll_deg(rolled(60, 4)(time_s)) == pytest.approx(roll_deg)


def test_upside_down_is_half_a_turn() -> None:
    assert abs(_roll_deg(still(roll_deg=180)(3.0))) == pytest.approx(180)


def test_swinging_spans_a_face_width() -> None:
    motion = swinging(1.0, scale=1.5)
    xs = [_center(motion(number / 100))[0] for number in range(100)]
    assert max(xs) - min(xs) == pytest.approx(1.5 * FACE_WIDTH)
    assert _center(motion(0))[0] == pytest.approx(_center(motion(0.5))[0])


def test_sliding_moves_by_fractions_of_a_pixel() -> None:
    motion = sliding((3.0, -6.0))
    moved = np.array(_center(motion(1 / 30))) - _center(motion(0))
    np.testing.assert_allclose(moved, (0.1, -0.2))


def test_jumping_is_at_rest_between_jumps() -> None:
    motion = jumping(((400, 300), (800, 300)), hold_s=1)
    xs = [_center(motion(number / 30))[0] for number in range(90)]
    assert xs == pytest.approx([400] * 30 + [800] * 30 + [400] * 30)
