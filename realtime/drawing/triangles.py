"""Triangles on pixels: how large each is, which way round it goes, and which one each pixel shows."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array

FIXED_BITS: Final = 4
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


def on_grid(corners_px: Array) -> npt.NDArray[np.int32]:
    """(T, 3, 2) corners at which triangles are painted, in units of 2 ** -FIXED_BITS pixels."""
    near = np.clip(corners_px, -_FARTHEST_PX, _FARTHEST_PX)
    return np.round(near * (1 << FIXED_BITS)).astype(np.int32)


def fill_triangles(numbers: Numbers, fixed: npt.NDArray[np.int32], order: Sequence[int] | None = None) -> None:
    """Paint triangles with their numbers, from 1 on; later ones over earlier ones.

    Whatever a side runs through is painted: pixels whose centre lies up to half a pixel outside as well.

    Args:
        numbers: painted on in place; whole numbers of pixels are their centres.
        fixed: (T, 3, 2) corners, from `on_grid`.
        order: which triangles, the first first; None for all as they come.
    """
    fill = cv2.fillConvexPoly
    for index in range(len(fixed)) if order is None else order:
        fill(numbers, fixed[index], index + 1, cv2.LINE_8, FIXED_BITS)
