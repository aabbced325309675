"""Triangles on pixels: how large each is, which way round it goes, and which one each pixel shows."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array

_FIXED_BITS: Final = 4
"""Corners are painted at sixteenths of a pixel."""
_FARTHEST_PX: Final = 20_000.0
"""Corners are taken to be no farther: beyond, OpenCV's integers overflow."""

Numbers = npt.NDArray[np.int32]
"""(H, W) the number of the triangle that a pixel shows, from 1 on; 0 for none."""


def two_sides(corners: Array) -> tuple[Array, Array, Array]:
    """(T, 2) the sides from the first to the second and third corner of (T, 3, 2) triangles, and `double_areas`."""
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return ab, ac, ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]


def double_areas(corners: Array) -> Array:
    """(T,) twice the area of (T, 3, 2) triangles; with y down, positive where they go round clockwise."""
    return two_sides(corners)[2]


def fill_triangles(numbers: npt.NDArray[np.integer], corners_px: Array, order: Sequence[int] | None = None) -> None:
    """Paint triangles with their numbers, from 1 on; later ones over earlier ones.

    Whatever a side runs through is painted: pixels whose centre lies up to a pixel outside as well.

    Args:
        numbers: painted on in place; whole numbers of pixels are their centres.
        corners_px: (T, 3, 2).
        order: which triangles, the first first; None for all as they come.
    """
    near = np.clip(corners_px, -_FARTHEST_PX, _FARTHEST_PX)
    fixed = np.round(near * (1 << _FIXED_BITS)).astype(np.int32)
    fill = cv2.fillConvexPoly
    for index in range(len(fixed)) if order is None else order:
        fill(numbers, fixed[index], index + 1, cv2.LINE_8, _FIXED_BITS)


def triangle_pixels(corners_px: Array, size_wh: tuple[int, int]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The pixels whose centres lie in triangles: each in one of two that share a side.

    Args:
        corners_px: (T, 3, 2); whole numbers are pixel centres.
        size_wh: (width, height) of the picture.

    Returns:
        (P,) pixels, counted row by row, of the first triangle, then of the second, and so on; (T,) how many of each.
    """
    width, height = size_wh
    ys = corners_px[..., 1]
    by_height = np.argsort(ys, axis=1)
    number = np.arange(len(corners_px))
    (x0, y0), (x1, y1), (x2, y2) = (corners_px[number, by_height[:, corner]].T for corner in range(3))
    first = np.clip(np.ceil(y0), 0, height)
    counts = (np.clip(np.ceil(y2), 0, height) - first).astype(np.intp)
    # A side of no height has no rows.
    whole, upper, lower = (
        (xb - xa) / np.where(yb > ya, yb - ya, 1)
        for xa, xb, ya, yb in ((x0, x2, y0, y2), (x0, x1, y0, y1), (x1, x2, y1, y2))
    )
    span = np.repeat(number, counts)
    row = np.arange(len(span)) + np.repeat(first.astype(np.intp) - np.cumsum(counts) + counts, counts)
    one = x0[span] + (row - y0[span]) * whole[span]
    late = row >= y1[span]
    top = np.where(late, x1[span], x0[span])
    other = top + (row - np.where(late, y1[span], y0[span])) * np.where(late, lower[span], upper[span])
    left = np.clip(np.ceil(np.minimum(one, other)), 0, width).astype(np.intp)
    lengths = np.clip(np.ceil(np.maximum(one, other)), 0, width).astype(np.intp) - left
    ends = np.cumsum(lengths)
    pixels = np.repeat(row * width + left - ends + lengths, lengths)
    pixels += np.arange(len(pixels))
    return pixels, np.bincount(span, lengths, len(corners_px)).astype(np.intp)
