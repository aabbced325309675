"""Triangles onto pixels, without OpenGL: which triangle each pixel shows, then everything for all pixels at once.

The pixels of a part's triangles are given their number from far to near; what lies behind is painted over. Only
where two parts meet, such as a hat and its ribbon, depths are compared. What varies over a triangle (colour, depth,
place on a texture) is a plane over its pixels, so a pixel costs the same however small its triangle is.
"""

import itertools
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from realtime.drawing.triangles import Numbers, triangle_pixels, two_sides

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


def paint(
    corners_px: Array, depths: Array, size_wh: tuple[int, int], parts: npt.NDArray[np.intp], table: Planes
) -> Numbers:
    """Which of T triangles each pixel shows.

    Args:
        corners_px: (T, 3, 2) in the region's pixels; whole numbers are pixel centres.
        depths: (T, 3) of the corners; larger is farther.
        size_wh: (width, height) of the region.
        parts: (T,) the part that each triangle is of. Within a part, nearer triangles are painted over farther ones;
            between two, each pixel shows the nearer.
        table: planes of depth, from `depth_planes`.
    """
    width, height = size_wh
    numbers = np.zeros((height, width), np.int32)
    groups = np.minimum(parts, _MOST_PASSES - 1)
    # Part by part, the farthest first.
    order = np.lexsort((-(depths[:, 0] + depths[:, 1] + depths[:, 2]), groups))
    pixels, counts = triangle_pixels(corners_px[order], size_wh)
    shown = np.repeat((order + 1).astype(np.int32), counts)
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    own = np.zeros_like(numbers) if len(starts) > 1 else numbers
    ends = np.cumsum(counts)
    bounds = [0, *ends[starts[1:] - 1].tolist(), len(pixels)]
    for begin, end in itertools.pairwise(bounds):
        if begin == 0 or end == begin:
            numbers.ravel()[pixels[begin:end]] = shown[begin:end]
            continue
        part = pixels[begin:end]
        own.ravel()[part] = shown[begin:end]
        rows = slice(int(part.min()) // width, int(part.max()) // width + 1)
        _merge(numbers[rows], own[rows], table, rows.start)
        own.ravel()[part] = 0
    return numbers


def _merge(shown: Numbers, own: Numbers, table: Planes, row: int) -> None:
    """Lay a part over what is shown, in place: pixels show the nearer of the two; both begin at a row of the region."""
    x, y, width, height = cv2.boundingRect(cv2.compare(cv2.min(shown, own), 0, cv2.CMP_GT))
    both = slice(y, y + height), slice(x, x + width)
    before = shown[both].copy()
    np.maximum(shown, own, out=shown)
    if width:
        at = x, row + y
        nearer = spread(table, own[both], at) < spread(table, before, at)
        shown[both] = np.where(nearer[..., 0], own[both], before)


def planes(corners_px: Array, values: npt.NDArray[np.floating]) -> Planes:
    """What varies over triangles, as planes; where there is no triangle it is 0.

    Args:
        corners_px: (T, 3, 2).
        values: (T, 3, C) at the corners.
    """
    ab, ac, area = two_sides(corners_px)
    sliver = np.abs(area) < _LEAST_AREA
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


def depth_planes(corners_px: Array, depths: npt.NDArray[np.floating]) -> Planes:
    """Planes of (T, 3) depths; where there is no triangle, infinity."""
    table = planes(corners_px, depths[..., None])
    table[2, 0] = np.inf
    return table


def depth_and_other_planes(corners_px: Array, depths: Array, values: npt.NDArray[np.floating]) -> tuple[Planes, Planes]:
    """`depth_planes` and `planes`, in one go."""
    both = planes(corners_px, np.concatenate([depths[..., None], values], axis=2, dtype=np.float32))
    table = np.ascontiguousarray(both[..., :1])
    table[2, 0] = np.inf
    return table, np.ascontiguousarray(both[..., 1:])


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
