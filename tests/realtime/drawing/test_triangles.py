"""Triangles on pixels: areas with their sense, and which triangle each pixel shows."""

import numpy as np
import pytest

from realtime.drawing.triangles import double_areas, fill_triangles, on_grid, two_sides

CLOCKWISE = [(1.0, 1.0), (5.0, 1.0), (1.0, 4.0)]
"""As seen in a picture, where y goes down."""


def test_areas_are_positive_clockwise_and_twice_the_size() -> None:
    corners = np.array([CLOCKWISE, CLOCKWISE[::-1]])
    assert double_areas(corners).tolist() == [12, -12]
    ab, ac, area = two_sides(corners)
    assert (ab[0].tolist(), ac[0].tolist(), area.tolist()) == ([4, 0], [0, 3], [12, -12])


def test_later_triangles_are_painted_over_earlier_ones() -> None:
    corners = np.array([CLOCKWISE, [(1.0, 1.0), (9.0, 1.0), (1.0, 8.0)]])
    for order, shown in ((None, 2), ([0, 1], 2), ([1, 0], 1), ([0], 1)):
        numbers = np.zeros((12, 12), np.int32)
        fill_triangles(numbers, on_grid(corners), order)
        assert numbers[2, 2] == shown
        assert numbers[6, 2] == (2 if order != [0] else 0)
        assert not numbers[0].any() and not numbers[:, 0].any()


def test_all_that_a_side_runs_through_is_painted() -> None:
    numbers = np.zeros((9, 9), np.int32)
    fill_triangles(numbers, on_grid(np.array([[(2.0, 2.4), (6.0, 2.4), (4.0, 5.6)]])))
    assert numbers[:, 4].tolist() == [0, 0, 1, 1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("far", [1e5, 1e9, -1e9])
def test_corners_far_away_do_not_overflow(far: float) -> None:
    numbers = np.zeros((9, 9), np.int32)
    fill_triangles(numbers, on_grid(np.array([[(4.0, -far), (4.0, far), (far, 0.0)]])))
    assert numbers[4, 6 if far > 0 else 2] == 1 and not numbers[4, 1 if far > 0 else 7]
