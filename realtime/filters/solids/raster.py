"""Triangles onto pixels, without OpenGL: which triangle each pixel shows, then everything for all pixels at once.

The pixels of a part's triangles are given their number from far to near; what lies behind is painted over. Only
where two parts meet, such as a hat and its ribbon, depths are compared.
"""

import itertools
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array
from realtime.drawing.planes import Planes, planes, spread
from realtime.drawing.triangles import Numbers, triangle_pixels

_MOST_PASSES: Final = 12
"""Parts beyond are painted together."""


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
