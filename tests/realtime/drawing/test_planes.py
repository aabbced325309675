"""What varies over triangles: linear between the corners, their mean on slivers, nothing elsewhere."""

import numpy as np
import pytest

from realtime.drawing.planes import planes, spread, spread_colors

CORNERS = np.array([[(1.0, 1.0), (9.0, 2.0), (2.0, 8.0)], [(3.0, 3.0), (9.0, 3.01), (6.0, 3.0)]])
SLOPES = np.array([(2.0, -1.0, 5.0), (0.5, 3.0, 100.0)])
"""A pixel to the right, down, and at (0, 0), of two values."""


def values_at(places: np.ndarray) -> np.ndarray:
    return np.asarray(places @ SLOPES[:, :2].T + SLOPES[:, 2])


@pytest.mark.parametrize("first", [(0, 0), (4, 7)])
def test_values_are_linear_over_a_triangle(first: tuple[int, int]) -> None:
    numbers = np.ones((300, 70), np.int32)
    numbers[0] = 0
    found = spread(planes(CORNERS, values_at(CORNERS)), numbers, first)
    rows, columns = np.mgrid[:300, :70]
    wanted = values_at(np.stack([columns + first[0], rows + first[1]], axis=-1))
    assert np.abs(found - wanted)[1:].max() < 1e-3 and not found[0].any()


def test_slivers_have_their_mean_unless_they_are_wanted_steep() -> None:
    values = values_at(CORNERS)
    numbers = np.full((4, 5), 2, np.int32)
    assert np.abs(spread(planes(CORNERS, values), numbers) - values[1].mean(axis=0)).max() < 1e-4
    steep = spread(planes(CORNERS, values, least_area=1e-3), numbers)
    assert steep[3, 3] == pytest.approx(values[1, 0], abs=0.01)


def test_colors_are_rounded_and_kept_in_range() -> None:
    values = np.full((2, 3, 4), (10.4, 99.6, 300.0, 255.0))
    assert spread_colors(planes(CORNERS, values), np.ones((2, 3), np.int32))[1, 2].tolist() == [10, 100, 255, 255]
