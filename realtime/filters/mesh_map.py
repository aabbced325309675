"""Pictures moved with the mesh over the face: from its shape in a picture to its shape on a face."""

from dataclasses import dataclass, field
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from model.geometry import fit_affine
from model.keypoints import GROUPS
from realtime.drawing.planes import planes, spread
from realtime.drawing.primitives import PixelRect
from realtime.drawing.triangles import double_areas, fill_triangles
from realtime.filters.layers.mesh import (
    FIRST_BROW_UP,
    OUTLINE,
    head_mesh,
    mesh_size,
    senses,
    triangles,
)

_LEAST_DOUBLE_AREA: Final = 1e-3
"""Cells of the grid; smaller triangles show nothing."""
_SQUEEZED: Final = (0.12, 0.36)
"""Share of the usual area that a triangle on the outline has left: up to the first it shows nothing, for the turned
head hides what lies on it and the picture would be a smear; from the second on it shows all."""
_MAP_SIDE: Final = 96
"""Maps are computed on a grid of at most this many cells a side and enlarged: the cost stops growing with the face."""


@dataclass(frozen=True, slots=True)
class MeshSource:
    """The mesh in a picture, and what of it is the same for every face that it is moved to.

    Attributes:
        points: (N, 2) picture pixels.
        corners: (T, 3, 2) float32, those of its triangles.
        low, high: (T + 1, 2) float32, between which each triangle lies; row 0 is that of no triangle.
    """

    points: Array = field(repr=False)
    corners: npt.NDArray[np.float32] = field(repr=False)
    low: npt.NDArray[np.float32] = field(repr=False)
    high: npt.NDArray[np.float32] = field(repr=False)

    @classmethod
    def of(cls, points: Array) -> "MeshSource":
        """From (N, 2) picture pixels."""
        corners = points[triangles()].astype(np.float32)
        low, high = np.full((2, len(corners) + 1, 2), [[[-np.inf]], [[np.inf]]], np.float32)
        low[1:], high[1:] = corners.min(axis=1), corners.max(axis=1)
        return cls(points, corners, low, high)


@dataclass(frozen=True, slots=True)
class MeshMap:
    """Where each pixel of a canvas region comes from.

    Attributes:
        places: (h, w, 2) float32, pixel x and y of the picture.
        cover: (h, w) uint8, 255 well inside the mesh, 0 from its edge on.
    """

    places: npt.NDArray[np.float32]
    cover: Image


def warp_map(source: MeshSource, target: Array, region: PixelRect, feather_px: float) -> MeshMap:
    """Where each pixel of a canvas region comes from, when a picture's mesh is moved onto a face's.

    Args:
        source: the mesh in the picture.
        target: (N, 2) mesh in the canvas's pixels.
        region: of the canvas.
        feather_px: softness of the cover's edge.

    Triangles that the turned head hides, seen from behind or squeezed on its outline, show nothing.
    """
    width, height = region.size_wh
    step = max(1, -(-max(width, height) // _MAP_SIDE))
    # One cell more on each side, so that what is enlarged and cut out is right up to the region's edge.
    columns, rows = -(-width // step) + 2, -(-height // step) + 2
    to_grid = (target - region.origin + 0.5) / step + 0.5
    corners = to_grid[triangles()]
    area = senses()[0] * double_areas(corners)
    # There are fewer than 256 triangles, and small pictures are painted faster.
    painted = np.zeros((rows, columns), np.uint8)
    # Slivers first: where they meet others on the coarse grid, those count.
    order = np.argsort(area)
    fill_triangles(painted, corners, order[np.searchsorted(area, _LEAST_DOUBLE_AREA, sorter=order) :].tolist())
    inside = cv2.LUT(painted, _levels(_seen(area)))
    soft = cv2.GaussianBlur(inside, (0, 0), max(feather_px / step, 0.5), borderType=cv2.BORDER_REPLICATE)
    # Half of the blur lies outside, where there is nothing to show: what is left begins at the edge.
    cover = cv2.addWeighted(soft, 2, soft, 0, -255)
    labels = painted.astype(np.int32)
    table = planes(corners, source.corners, _LEAST_DOUBLE_AREA)
    # Cells of no triangle go on with the map of the whole, so that nothing jumps between cells.
    table[:, 0] = fit_affine(to_grid, source.points).T
    places = spread(table, labels)
    # A cell's middle may lie outside of its triangle, and the map of a sliver is so steep that it leads far away.
    np.maximum(places, np.take(source.low, labels, axis=0), out=places)
    np.minimum(places, np.take(source.high, labels, axis=0), out=places)
    full, cover = (
        cv2.resize(grid, (columns * step, rows * step), interpolation=cv2.INTER_LINEAR)[
            step : step + height, step : step + width
        ]
        for grid in (places, cover)
    )
    return MeshMap(full, cover)


def _levels(seen: Array) -> Image:
    """(256,) for each label in a picture of triangles what the cover begins with, half of which is taken off again."""
    levels = np.zeros(256, np.uint8)
    levels[1 : len(seen) + 1] = np.where(seen > 0, 127.5 + 127.5 * seen, 0)
    return levels


@dataclass(frozen=True, slots=True)
class _Usual:
    """What triangles of the mean face have for area.

    Attributes:
        per_area: (T,) 1 over twice the area.
        outer: (O,) triangles that reach jaw or forehead from within.
        corners: (3 O,) their mesh points.
        per_around: (N,) 1 over twice the area of those around a point; 0 where there are none.
        rim: (T,) whether a triangle reaches the rim.
        kept: (T,) whether it shows all however it is squeezed, as lips and lids do, which close.
    """

    per_area: Array
    outer: npt.NDArray[np.intp]
    corners: npt.NDArray[np.intp]
    per_around: Array
    rim: npt.NDArray[np.bool_]
    kept: npt.NDArray[np.bool_]


@cache
def _usual() -> _Usual:
    table = triangles()
    area = np.abs(double_areas(head_mesh()[table][..., :2]))
    rim = (table >= mesh_size() - len(OUTLINE)).any(axis=1)
    outer = np.flatnonzero(((table >= FIRST_BROW_UP) | (table < len(GROUPS["jaw"]))).any(axis=1) & ~rim)
    corners = table[outer].ravel()
    around = np.bincount(corners, np.repeat(area[outer], 3), mesh_size())
    per_around = np.divide(1, around, out=np.zeros_like(around), where=around > 0)
    kept = np.asarray((table < FIRST_BROW_UP).all(axis=1))
    return _Usual(1 / area, outer, corners, per_around, np.asarray(rim), kept)


def _seen(area: Array) -> Array:
    """(T,) how much each triangle shows, 0 to 1; `area` is twice its area, below 0 where it is seen from behind."""
    usual = _usual()
    left = area * usual.per_area
    scale = 1 / max(float(np.partition(left, len(left) // 2)[len(left) // 2]), _LEAST_DOUBLE_AREA)
    shares = _shown(left * scale)
    # The rim lies beyond: it shows no more than what it borders on does on the whole.
    around = np.bincount(usual.corners, np.repeat(area[usual.outer], 3), mesh_size()) * usual.per_around
    borders = _shown(around * scale)
    borders[usual.per_around == 0] = 1
    shares[usual.rim] = np.minimum(shares[usual.rim], borders[triangles()[usual.rim]].min(axis=1))
    shares[usual.kept] = 1
    return shares


def _shown(left: Array) -> Array:
    """How much is shown of what has a share of its usual area left."""
    squeezed, whole = _SQUEEZED
    return np.asarray(np.minimum(np.maximum((left - squeezed) * (1 / (whole - squeezed)), 0), 1))
