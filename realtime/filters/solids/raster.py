"""Triangles onto pixels, without OpenGL: which triangle each pixel shows, then everything for all pixels at once.

The triangles of a part are painted from far to near with their number as colour, which OpenCV does in a microsecond
each; what lies behind is painted over. Only between parts, such as a hat and its ribbon, depths are compared. What
varies over a triangle (colour, depth, place on a texture) is a plane over its pixels, so a pixel costs the same however
small its triangle is.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array

_FIXED_BITS: Final = 4
_FARTHEST_PX: Final = 20_000.0
_LEAST_AREA: Final = 1.0
"""Twice the pixels of a triangle below which what varies over it is taken as its mean: planes of slivers are steep."""
_BAND_PX: Final = 8_000
_MOST_PASSES: Final = 12
"""Parts beyond are painted together."""

Numbers = npt.NDArray[np.int32]
"""(H, W) the number of the triangle that a pixel shows, from 1 on; 0 for none."""


def paint(
    corners_px: Array, depths: Array, size_wh: tuple[int, int], parts: npt.NDArray[np.intp] | None = None
) -> Numbers:
    """Which of T triangles each pixel shows.

    Args:
        corners_px: (T, 3, 2) in the region's pixels; whole numbers are pixel centres.
        depths: (T, 3) of the corners; larger is farther.
        size_wh: (width, height) of the region.
        parts: (T,) the part that each triangle is of; None where all are of one. Within a part, nearer triangles are
            painted over farther ones; between two, each pixel shows the nearer.
    """
    numbers = np.zeros((size_wh[1], size_wh[0]), np.int32)
    corners = np.clip(corners_px, -_FARTHEST_PX, _FARTHEST_PX)
    fixed = np.round(corners * (1 << _FIXED_BITS)).astype(np.int32)
    farthest_first = np.argsort(-depths.mean(axis=1))
    present = [] if parts is None else np.unique(np.minimum(parts, _MOST_PASSES - 1)).tolist()
    if parts is None or len(present) < 2:
        _fill(numbers, fixed, farthest_first)
        return numbers
    table = planes(corners_px, depths[..., None])
    nearest = np.full(numbers.shape, np.inf, np.float32)
    for part in present:
        order = farthest_first[np.minimum(parts[farthest_first], _MOST_PASSES - 1) == part]
        low = np.maximum(np.floor(corners[order].min(axis=(0, 1))).astype(int) - 1, 0)
        high = np.minimum(np.ceil(corners[order].max(axis=(0, 1))).astype(int) + 2, size_wh)
        if (high <= low).any():
            continue
        window = slice(low[1], high[1]), slice(low[0], high[0])
        own = np.zeros((high[1] - low[1], high[0] - low[0]), np.int32)
        _fill(own, fixed - (low << _FIXED_BITS).astype(np.int32), order)
        away = spread(table, own, (int(low[0]), int(low[1])))[..., 0]
        nearer = (own > 0) & (away < nearest[window])
        np.copyto(numbers[window], own, where=nearer)
        np.copyto(nearest[window], away, where=nearer)
    return numbers


def _fill(numbers: Numbers, fixed: npt.NDArray[np.int32], order: npt.NDArray[np.intp]) -> None:
    fill = cv2.fillConvexPoly
    for index in order.tolist():
        fill(numbers, fixed[index], index + 1, cv2.LINE_8, _FIXED_BITS)


def planes(corners_px: Array, values: Array) -> npt.NDArray[np.float32]:
    """(3, T + 1, C): for each triangle the change of C values a pixel to the right and down, and their value at (0, 0).

    Row 0 is that of no triangle: nothing.

    Args:
        corners_px: (T, 3, 2).
        values: (T, 3, C) at the corners.
    """
    ab, ac = corners_px[:, 1] - corners_px[:, 0], corners_px[:, 2] - corners_px[:, 0]
    dab, dac = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    sliver = np.abs(area) < _LEAST_AREA
    inverse = np.where(sliver, 0, 1 / np.where(sliver, 1, area))[:, None]
    table = np.zeros((3, len(corners_px) + 1, values.shape[2]), np.float32)
    table[0, 1:] = per_x = (dab * ac[:, 1:] - dac * ab[:, 1:]) * inverse
    table[1, 1:] = per_y = (dac * ab[:, :1] - dab * ac[:, :1]) * inverse
    at_origin = values[:, 0] - per_x * corners_px[:, 0, :1] - per_y * corners_px[:, 0, 1:]
    table[2, 1:] = np.where(sliver[:, None], values.mean(axis=1), at_origin)
    return table


def spread(
    table: npt.NDArray[np.float32], numbers: Numbers, first: tuple[int, int] = (0, 0)
) -> npt.NDArray[np.float32]:
    """(H, W, C) values of `planes` at pixels that show the triangles; `first` is the (x, y) of their corner."""
    height, width = numbers.shape
    result = np.empty((height, width, table.shape[2]), np.float32)
    across = np.arange(first[0], first[0] + width, dtype=np.float32)[:, None]
    down = np.arange(first[1], first[1] + height, dtype=np.float32)[:, None, None]
    # Some rows at a time: what is computed in between stays in the processor's cache.
    step = max(1, _BAND_PX // width)
    for start in range(0, height, step):
        rows = slice(start, start + step)
        band = np.take(table[0], numbers[rows], axis=0)
        band *= across
        other = np.take(table[1], numbers[rows], axis=0)
        other *= down[rows]
        band += other
        np.add(band, np.take(table[2], numbers[rows], axis=0), out=result[rows])
    return result


def spread_at(
    table: npt.NDArray[np.float32], rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], numbers: Numbers
) -> npt.NDArray[np.float32]:
    """(N, C) the same at some pixels; `numbers` is (N,)."""
    across, down, still = table[:, numbers]
    return np.asarray(across * columns[:, None].astype(np.float32) + down * rows[:, None].astype(np.float32) + still)
