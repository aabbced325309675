"""Triangles on pixels: areas with their sense, and which triangle each pixel shows."""

import numpy as np
import pytest

from realtime.drawing.triangles import double_areas, fill_triangles, triangle_pixels, two_sides

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
        fill_triangles(numbers, corners, order)
        assert numbers[2, 2] == shown
        assert numbers[6, 2] == (2 if order != [0] else 0)
        assert not numbers[0].any() and not numbers[:, 0].any()


def test_all_that_a_side_runs_through_is_painted() -> None:
    numbers = np.zeros((9, 9), np.int32)
    fill_triangles(numbers, np.array([[(2.0, 2.4), (6.0, 2.4), (4.0, 5.6)]]))
    assert numbers[:, 4].tolist() == [0, 0, 1, 1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("far", [1e5, 1e9, -1e9])
def test_corners_far_away_do_not_overflow(far: float) -> None:
    numbers = np.zeros((9, 9), np.int32)
    fill_triangles(numbers, np.array([[(4.0, -far), (4.0, far), (far, 0.0)]]))
    assert numbers[4, 6 if far > 0 else 2] == 1 and not numbers[4, 1 if far > 0 else 7]


def shares(triangles: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """(T, H, W) which pixels each triangle has."""
    pixels, counts = triangle_pixels(triangles, size_wh)
    shown = np.zeros((len(triangles), size_wh[1] * size_wh[0]), np.bool_)
    shown[np.repeat(np.arange(len(triangles)), counts), pixels] = True
    assert len(pixels) == counts.sum() == shown.sum()
    return shown.reshape(len(triangles), size_wh[1], size_wh[0])


def test_a_triangle_has_the_pixels_whose_centres_it_holds() -> None:
    corners = np.random.default_rng(0).uniform(-6, 30, (40, 3, 2))
    rows, columns = np.mgrid[:20, :24]
    place = np.stack([columns, rows], axis=-1)
    for corner, shown in zip(corners, shares(corners, (24, 20)), strict=True):
        turns = sum(
            np.sign((b - a)[0] * (place - a)[..., 1] - (b - a)[1] * (place - a)[..., 0])
            for a, b in zip(corner, np.roll(corner, -1, axis=0), strict=True)
        )
        assert (shown == (np.abs(turns) == 3)).all()


def test_triangles_side_by_side_share_no_pixel_and_leave_none() -> None:
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0)), axis=-1) * 6
    grid[1:-1, 1:-1] += np.random.default_rng(0).integers(-2, 3, (2, 3, 2))  # on centres of pixels, too
    a, b, c, d = (grid[y : y + 3, x : x + 4].reshape(-1, 2) for y, x in ((0, 0), (0, 1), (1, 0), (1, 1)))
    corners = np.concatenate([np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1)])
    assert (shares(corners, (24, 18)).sum(axis=0) == 1).all()
    assert (shares(corners[:, ::-1], (24, 18)).sum(axis=0) == 1).all()


@pytest.mark.parametrize(
    "corners", [[(3.0, 3.0)] * 3, [(0.2, 5.1), (9.0, 5.4), (4.0, 5.2)], [(99.0, 0.0), (99.0, 9.0), (150.0, 4.0)]]
)
def test_without_a_centre_in_it_a_triangle_has_no_pixel(corners: list[tuple[float, float]]) -> None:
    pixels, counts = triangle_pixels(np.array([corners]), (12, 12))
    assert not len(pixels) and counts.tolist() == [0]
    pixels, counts = triangle_pixels(np.zeros((0, 3, 2)), (12, 12))
    assert not len(pixels) and not len(counts)
