"""Triangles onto pixels, without OpenGL: which triangle each pixel shows, then everything for all pixels at once.

The triangles of a part are painted from far to near with their number as colour, which OpenCV does in a microsecond
each; what lies behind is painted over. Only where two parts meet, such as a hat and its ribbon, depths are compared.
What varies over a triangle (colour, depth, place on a texture) is a plane over its pixels, so a pixel costs the same
however small its triangle is.
"""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from realtime.drawing.triangles import FIXED_BITS, Numbers, fill_triangles, on_grid, two_sides

_LEAST_AREA: Final = 1.0
"""Twice the pixels of a triangle below which what varies over it is taken as its mean: planes of slivers are steep."""
_BAND: Final = 32_000
"""Values that are worked on at a time."""
_MOST_PASSES: Final = 12
"""Parts beyond are painted together."""

Planes = npt.NDArray[np.float32]
"""(3, T + 1, C): for each triangle the change of C values a pixel to the right and down, and their value at (0, 0).

Row 0 is that of no triangle.
"""


def paint(corners_px: Array, depths: Array, size_wh: tuple[int, int], parts: npt.NDArray[np.intp]) -> Numbers:
    """Which of T triangles each pixel shows.

    Args:
        corners_px: (T, 3, 2) in the region's pixels; whole numbers are pixel centres.
        depths: (T, 3) of the corners; larger is farther.
        size_wh: (width, height) of the region.
        parts: (T,) the part that each triangle is of. Within a part, nearer triangles are painted over farther ones;
            between two, each pixel shows the nearer.
    """
    numbers = np.zeros((size_wh[1], size_wh[0]), np.int32)
    fixed = on_grid(corners_px)
    farthest_first = np.argsort(-(depths[:, 0] + depths[:, 1] + depths[:, 2]))
    groups = np.minimum(parts, _MOST_PASSES - 1)[farthest_first]
    present = np.flatnonzero(np.bincount(groups)).tolist()
    if len(present) < 2:
        fill_triangles(numbers, fixed, farthest_first.tolist())
        return numbers
    table = depth_planes(corners_px, depths)
    for part in present:
        order = farthest_first[groups == part]
        low, high = (edge >> FIXED_BITS for edge in (fixed[order].min(axis=(0, 1)), fixed[order].max(axis=(0, 1))))
        (x0, y0), (x1, y1) = np.maximum(low - 1, 0).tolist(), np.minimum(high + 3, size_wh).tolist()
        if x1 <= x0 or y1 <= y0:
            continue
        own = np.zeros((y1 - y0, x1 - x0), np.int32)
        fill_triangles(own, fixed - np.array((x0 << FIXED_BITS, y0 << FIXED_BITS), np.int32), order.tolist())
        shown = numbers[y0:y1, x0:x1]
        _merge(shown, own, table, (x0, y0))
    return numbers


def _merge(shown: Numbers, own: Numbers, table: Planes, first: tuple[int, int]) -> None:
    """Lay a part over what is shown, in place: pixels show the nearer of the two; `first` is the (x, y) of both."""
    x, y, width, height = cv2.boundingRect(cv2.compare(cv2.min(shown, own), 0, cv2.CMP_GT))
    both = slice(y, y + height), slice(x, x + width)
    before = shown[both].copy()
    np.maximum(shown, own, out=shown)
    if width:
        at = first[0] + x, first[1] + y
        nearer = spread(table, own[both], at) < spread(table, before, at)
        shown[both] = np.where(nearer[..., 0], own[both], before)


def planes(corners_px: Array, values: npt.NDArray[np.floating], nothing: float = 0.0) -> Planes:
    """What varies over triangles, as planes.

    Args:
        corners_px: (T, 3, 2).
        values: (T, 3, C) at the corners.
        nothing: the values of no triangle.
    """
    ab, ac, area = two_sides(corners_px)
    dab, dac = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    sliver = np.abs(area) < _LEAST_AREA
    inverse = np.where(sliver, 0, 1 / np.where(sliver, 1, area))[:, None]
    table = np.zeros((3, len(corners_px) + 1, values.shape[2]), np.float32)
    table[0, 1:] = per_x = (dab * ac[:, 1:] - dac * ab[:, 1:]) * inverse
    table[1, 1:] = per_y = (dac * ab[:, :1] - dab * ac[:, :1]) * inverse
    at_origin = values[:, 0] - per_x * corners_px[:, 0, :1] - per_y * corners_px[:, 0, 1:]
    table[2, 1:] = np.where(sliver[:, None], (values[:, 0] + values[:, 1] + values[:, 2]) / 3, at_origin)
    table[2, 0] = nothing
    return table


def depth_planes(corners_px: Array, depths: Array) -> Planes:
    """Planes of (T, 3) depths; where there is no triangle, infinity."""
    return planes(corners_px, depths[..., None], np.inf)


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
