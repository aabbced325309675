"""The triangle mesh over the face: its points, its triangles, and how it is drawn."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from model.geometry import apply, fit_affine
from model.keypoints import GROUPS
from model.mean_face import HEAD_POINTS, MEAN_FACE
from realtime.drawing.primitives import Color, draw_dots, draw_lines
from realtime.drawing.triangles import double_areas, fill_triangles, two_sides
from realtime.face_view import FaceView
from realtime.filters.base import Layer

_COLUMNS: Final = range(7)
_FOREHEAD: Final = tuple(f"forehead_{column}" for column in _COLUMNS)
_BROW_UP: Final = tuple(f"brow_up_{column}" for column in _COLUMNS)
_ROWS: Final = np.array([HEAD_POINTS[name] for name in (*_BROW_UP, *_FOREHEAD)])
FIRST_BROW_UP: Final = len(MEAN_FACE)
"""Mesh points from here on are not keypoints."""
_FIRST_FOREHEAD: Final = FIRST_BROW_UP + len(_BROW_UP)
OUTLINE: Final = (*GROUPS["jaw"], *(_FIRST_FOREHEAD + column for column in reversed(_COLUMNS)))
"""Mesh points around face and forehead, in order."""
INNER_OUTLINE: Final = (*GROUPS["jaw"], *(FIRST_BROW_UP + column for column in reversed(_COLUMNS)))
"""Mesh points around the face to half-way up the forehead, in order: no hair inside."""
RIM: Final = 0.22
"""The rim lies beyond the outline by this share of the way from the face's middle."""
_NARROWEST: Final = 0.01
"""Eye distances between columns of the forehead where the head ends."""
_LEAST_AREA: Final = 0.004
"""Share of its area on the mean face that a triangle keeps, however it is seen."""
_KEYPOINT_MOBILITY: Final = 0.1
"""How readily keypoints give way, where forehead and rim have 1."""
_MOST_PUSHES: Final = 40
_MOST_BLENDS: Final = 12


def head_mesh() -> Array:
    """(N, 3) head coordinates of the mesh on the mean face: keypoints, two rows of forehead, rim."""
    solid = np.vstack([MEAN_FACE, _ROWS])
    return np.vstack([solid, _rim(solid)])


def face_mesh(view: FaceView) -> Array:
    """(N, 2) pixels of the mesh on a face; none of its triangles is turned over, however far the head is turned."""
    rows = _ended_at_the_silhouette(view.project(_ROWS), view)
    points = np.vstack([view.keypoints_px, rows])
    return unfolded(np.vstack([points, _rim(points)]), view.unit_px)


def _ended_at_the_silhouette(rows: Array, view: FaceView) -> Array:
    """The forehead's rows, (14, 2) pixels, with what the turned head hides moved to where the head ends."""
    across = np.array([np.cos(view.roll_rad), np.sin(view.roll_rad)])
    gap_px = _NARROWEST * view.unit_px
    middle = len(_COLUMNS) // 2
    steps = gap_px * np.arange(middle + 1)
    moved = rows.copy()
    for row in moved.reshape(2, len(_COLUMNS), 2):
        along = row @ across
        right = np.maximum.accumulate(along[middle:] - steps) + steps
        left = np.minimum.accumulate(along[middle::-1] + steps) - steps
        target = np.concatenate([left[::-1], right[1:]])
        row += (target - along)[:, None] * across
    return moved


def unfolded(points: Array, unit_px: float) -> Array:
    """A mesh like (N, 2) `points` whose triangles all keep their sense; forehead and rim give way before keypoints.

    Each triangle that is turned over, or nearly, is pushed open along the gradient of its area, as constraints are
    met in position-based dynamics (Mueller et al., 2007). Where that does not come to an end, as on profiles, the
    points around go towards the mean face's mesh, which has nothing turned over.
    """
    sense, least = senses()
    wanted = least * unit_px**2
    for _ in range(_MOST_PUSHES):
        ab, ac, area = _edges(points, sense)
        short = np.flatnonzero(area < wanted)
        if not short.size:
            return points
        points = points + _pushes(ab[short], ac[short], area[short], wanted[short], short, sense)
    flat = head_mesh()[:, :2]
    goal = np.asarray(apply(fit_affine(flat, points), flat), np.float64)
    share = np.zeros(len(points))
    for _ in range(_MOST_BLENDS):
        blended = points + share[:, None] * (goal - points)
        folded = _edges(blended, sense)[2] <= 0
        if not folded.any():
            return blended
        share[triangles()[folded]] += 1 / 4
        # Those next to them give way half as far.
        near = np.zeros(len(points))
        np.maximum.at(near, triangles(), share[triangles()].max(axis=1, keepdims=True))
        share = np.minimum(np.maximum(share, near / 2), 1)
    return goal


def _edges(points: Array, sense: Array) -> tuple[Array, Array, Array]:
    """(T, 2) two edges of each triangle, and (T,) twice its area, negative where it is turned over."""
    ab, ac, area = two_sides(points[triangles()])
    return ab, ac, sense * area


def _pushes(ab: Array, ac: Array, area: Array, wanted: Array, which: npt.NDArray[np.intp], sense: Array) -> Array:
    """(N, 2) by how much each point gives way to triangles `which`, whose areas are to grow from `area` to `wanted`."""
    vertices = triangles()[which]
    opposite = np.stack([ac - ab, -ac, ab], axis=1)
    gradient = sense[which, None, None] * np.stack([-opposite[..., 1], opposite[..., 0]], axis=2)
    weight = np.where(vertices < len(MEAN_FACE), _KEYPOINT_MOBILITY, 1.0)
    steepness = (weight * (gradient**2).sum(axis=2)).sum(axis=1)
    # A little further than needed, so that it is not met again.
    missing = 1.2 * wanted - area
    push = (missing / np.maximum(steepness, 1e-9))[:, None, None] * weight[..., None] * gradient
    total, count = np.zeros((mesh_size(), 2)), np.zeros(mesh_size())
    np.add.at(total, vertices, push)
    np.add.at(count, vertices, 1)
    return np.asarray(total / np.maximum(count, 1)[:, None])


@cache
def mesh_size() -> int:
    """How many points the mesh has."""
    return len(head_mesh())


def _rim(points: Array) -> Array:
    middle = points[list(GROUPS["nose_bridge"])].mean(axis=0)
    outline = points[list(OUTLINE)]
    return np.asarray(outline + RIM * (outline - middle))


@cache
def triangles() -> npt.NDArray[np.intp]:
    """(T, 3) mesh points of each triangle: Delaunay's on the mean face seen from the front."""
    points = head_mesh()[:, :2].astype(np.float32)
    low, high = points.min(axis=0) - 1, points.max(axis=0) + 1
    division = cv2.Subdiv2D((*low.tolist(), *(high - low).tolist()))
    order = {division.insert((float(x), float(y))): index for index, (x, y) in enumerate(points)}
    found = []
    for corners in np.asarray(division.getTriangleList()).reshape(-1, 3, 2):
        vertices = [order.get(division.findNearest((float(x), float(y)))[0]) for x, y in corners]
        inside = (corners >= low).all() and (corners <= high).all()
        if inside and None not in vertices and len(set(vertices)) == 3:
            found.append(vertices)
    table = np.array(found, np.intp)
    table.setflags(write=False)
    return table


def used_points(mesh_px: Array, alpha: Image) -> npt.NDArray[np.intp]:
    """Mesh points of the triangles on which a picture's (H, W) alpha shows anything; `mesh_px` in its pixels."""
    labels = np.zeros(alpha.shape, np.int32)
    fill_triangles(labels, mesh_px[triangles()])
    shown = np.unique(labels[alpha > 0])
    return np.unique(triangles()[shown[shown > 0] - 1])


@cache
def senses() -> tuple[Array, Array]:
    """(T,) sign of each triangle's area on the mean face, and twice the area it keeps at least, eye distances."""
    area = double_areas(head_mesh()[triangles()][..., :2])
    return np.sign(area), _LEAST_AREA * np.abs(area)


@dataclass(frozen=True, slots=True)
class Mesh(Layer):
    """The mesh drawn as a wire frame.

    Attributes:
        color: of the wires, (blue, green, red).
        thickness: eye distances.
        dots: draw the mesh's points as well.
    """

    color: Color = (255, 220, 120)
    thickness: float = 0.006
    dots: bool = True

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        if opacity <= 0:
            return
        points = face_mesh(view)[: -len(OUTLINE)]
        table = triangles()
        wires = [points[corners] for corners in table[(table < len(points)).all(axis=1)]]
        thickness_px = max(1, round(self.thickness * view.unit_px))
        draw_lines(canvas_bgr, wires, [self.color] * len(wires), thickness_px, opacity, [True] * len(wires))
        if self.dots:
            draw_dots(canvas_bgr, points, max(0.8, 1.6 * self.thickness * view.unit_px), self.color, opacity)
