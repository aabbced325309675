"""What varies over triangles, as planes over their pixels: a pixel costs the same however small its triangle is."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from realtime.drawing.triangles import Numbers, two_sides

_LEAST_AREA: Final = 1.0
"""Twice the pixels of a triangle below which what varies over it is taken as its mean: planes of slivers are steep."""
_BAND: Final = 64_000
"""Values that are worked on at a time."""

Planes = npt.NDArray[np.float32]
"""(3, T + 1, C): for each triangle the change of C values a pixel to the right and down, and their value at (0, 0).

Row 0 is that of no triangle.
"""


def planes(corners_px: Array, values: npt.NDArray[np.floating], least_area: float = _LEAST_AREA) -> Planes:
    """What varies over triangles, as planes; where there is no triangle it is 0.

    Args:
        corners_px: (T, 3, 2).
        values: (T, 3, C) at the corners.
        least_area: twice the pixels of a triangle below which what varies over it is taken as its mean.
    """
    ab, ac, area = two_sides(corners_px)
    sliver = np.abs(area) < least_area
    inverse = np.where(sliver, 0, 1 / np.where(sliver, 1, area))[:, None]
    (right_b, down_b), (right_c, down_c) = (np.asarray(side * inverse, np.float32).T[..., None] for side in (ab, ac))
    x, y = np.asarray(corners_px[:, 0], np.float32).T[..., None]
    at_a, at_b, at_c = (np.asarray(values[:, corner], np.float32) for corner in range(3))
    to_b, to_c = at_b - at_a, at_c - at_a
    table = np.zeros((3, len(corners_px) + 1, values.shape[2]), np.float32)
    per_x, per_y, still = table[:, 1:]
    np.subtract(to_b * down_c, to_c * down_b, out=per_x)
    np.subtract(to_c * right_b, to_b * right_c, out=per_y)
    np.subtract(at_a, per_x * x + per_y * y, out=still)
    still[sliver] = (at_a[sliver] + at_b[sliver] + at_c[sliver]) / 3
    return table


def spread(table: Planes, numbers: Numbers, first: tuple[int, int] = (0, 0)) -> npt.NDArray[np.float32]:
    """(H, W, C) values at pixels that show the triangles; `first` is the (x, y) of their corner."""
    result = np.empty((*numbers.shape, table.shape[2]), np.float32)
    for rows, band in _bands(table, numbers, first):
        result[rows] = band.reshape(result[rows].shape)
    return result


def spread_colors(table: Planes, numbers: Numbers) -> Image:
    """(H, W, 4) uint8 of values 0 to 255 at pixels that show the triangles."""
    result = np.empty((*numbers.shape, table.shape[2]), np.uint8)
    for rows, band in _bands(table, numbers, (0, 0)):
        cv2.convertScaleAbs(band, dst=result[rows].reshape(band.shape))
    return result


def _bands(table: Planes, numbers: Numbers, first: tuple[int, int]) -> Iterator[tuple[slice, npt.NDArray[np.float32]]]:
    """Some rows at a time, with their (rows, W * C) values: what is computed between stays in the processor's cache."""
    height, width = numbers.shape
    across = np.repeat(np.arange(first[0], first[0] + width, dtype=np.float32), table.shape[2])
    down = np.arange(first[1], first[1] + height, dtype=np.float32)[:, None]
    step = max(1, _BAND // max(width * table.shape[2], 1))
    for start in range(0, height, step):
        rows = slice(start, start + step)
        index = numbers[rows].astype(np.intp)
        per_x, per_y, still = (np.take(values, index, axis=0).reshape(len(index), -1) for values in table)
        per_x *= across
        per_y *= down[rows]
        per_x += per_y
        per_x += still
        yield rows, per_x
