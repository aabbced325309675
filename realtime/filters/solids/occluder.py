"""The head as what hides: where bodies lie behind it, they are not drawn."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from model.arrays import Array
from model.mean_face import HEAD_POINTS, SKULL_CENTER, SKULL_SEMI_AXES
from model.pose import HeadPose
from realtime.filters.layers.mesh import OUTLINE, head_mesh, triangles
from realtime.filters.solids.raster import paint, planes, spread_at

_INSET: Final = 0.96
"""Of the skull, so that what sits close on it does not sink in."""
_FLAT: Final = 0.05
"""Eye distances that the face counts as lying farther back: cheeks differ, and glasses must not sink in."""
_EAR_AXES: Final = (0.09, 0.30, 0.17)
_BIAS: Final = 0.03
"""Eye distances that something must lie behind the head to be hidden."""
_DOUBT: Final = 0.3
"""Eye distances around the head within which a triangle's pixels are looked at one by one."""


@cache
def _ellipsoids() -> tuple[tuple[Array, Array], ...]:
    """Middle and half axes of skull and ears, head axes."""
    ears = [
        (np.array(HEAD_POINTS[f"{side}_ear"]) + np.array((sign * 0.04, 0.02, 0.06)), np.array(_EAR_AXES))
        for side, sign in (("left", -1), ("right", 1))
    ]
    return (np.array(SKULL_CENTER), np.array(SKULL_SEMI_AXES) * _INSET), *ears


@cache
def _face() -> tuple[Array, npt.NDArray[np.intp]]:
    """(N, 3) mean face with its forehead, and the triangles on it that face forwards."""
    points = head_mesh() + np.array((0, 0, _FLAT))
    inside = max(*OUTLINE, 67) + 1  # what follows is the rim, which lies beyond the face
    table = triangles()[(triangles() < inside).all(axis=1)]
    corners = points[table]
    forwards = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] < 0
    return points, np.where(forwards[:, None], table, table[:, ::-1])


@dataclass(frozen=True, slots=True)
class Head:
    """A head before the camera, and the region of the frame that is drawn.

    Attributes:
        pose: the head's.
        origin: frame pixel of the region's pixel (0, 0).
        scale: pixels of the region a frame pixel.
        shift: by how many frame pixels what is drawn was moved to stay with the points; the head goes with it.
    """

    pose: HeadPose
    origin: Array
    scale: float
    shift: Array

    def may_hide(self, places: Array, depths: Array) -> npt.NDArray[np.bool_]:
        """(N,) whether (N, 2) places of the region at these depths could lie behind the head, or near its outline."""
        corners, heights = self._face()
        low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
        margin = _DOUBT * self.scale * self.pose.scale_px
        by_face = ((places > low - margin) & (places < high + margin)).all(axis=1) & (depths > heights.min())
        return np.asarray(by_face | (depths > self._skull(places, _DOUBT)))

    def hides(
        self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], depths: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.bool_]:
        """(N,) whether what these pixels of the region show at these depths lies behind the head."""
        nearest = self._skull(np.column_stack([columns, rows]), 0.0)
        corners, heights = self._face()
        low = np.maximum(np.floor(corners.min(axis=(0, 1))), (columns.min(), rows.min())).astype(int)
        high = np.minimum(np.ceil(corners.max(axis=(0, 1))), (columns.max(), rows.max())).astype(int) + 1
        if (high > low).all():
            on = (columns >= low[0]) & (columns < high[0]) & (rows >= low[1]) & (rows < high[1])
            size_wh = int(high[0] - low[0]), int(high[1] - low[1])
            down, right = rows[on] - low[1], columns[on] - low[0]
            shown = paint(corners - low, heights, size_wh)[down, right]
            face = spread_at(planes(corners - low, heights[..., None]), down, right, shown)[:, 0]
            nearest[on] = np.where(shown > 0, np.minimum(nearest[on], face), nearest[on])
        return np.asarray(depths > nearest + _BIAS)

    def _face(self) -> tuple[Array, Array]:
        """(T, 3, 2) corners on the region, and (T, 3) depths, of the face's triangles that are seen."""
        points, table = _face()
        depth_of = points @ self.pose.rotation[2] + self.pose.translation[2]
        corners = ((self.pose.project(points) + self.shift - self.origin) * self.scale)[table]
        ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        seen = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0] < 0
        return corners[seen], depth_of[table[seen]]

    def _skull(self, places: Array, wider: float) -> npt.NDArray[np.float32]:
        """(N,) depths at which the rays through (N, 2) places of the region meet skull or ears; infinite elsewhere."""
        to_ray = 1 / (self.scale * self.pose.focal_px)
        shift = (self.origin - self.shift - self.pose.center_px) / self.pose.focal_px
        rays = places.astype(np.float32) * np.float32(to_ray) + shift.astype(np.float32)
        nearest = np.full(len(places), np.inf, np.float32)
        for middle, axes in _ellipsoids():
            center = self.pose.rotation @ middle + self.pose.translation
            # Nothing of it is seen farther than this from its middle.
            reach = 1.1 * (axes.max() + wider) / max(float(center[2] - axes.max() - wider), 0.1)
            off = np.abs(rays - (center[:2] / center[2]).astype(np.float32))
            near = np.flatnonzero(np.maximum(off[:, 0], off[:, 1]) < reach)
            if near.size:
                depths = _meet(rays[near], center, self.pose.rotation / (axes + wider))
                nearest[near] = np.minimum(nearest[near], depths)
        return nearest


def _meet(rays: npt.NDArray[np.float32], middle: Array, to_sphere: Array) -> npt.NDArray[np.float32]:
    """(N,) depths at which (N, 2) rays (x, y) of depth 1 meet an ellipsoid; infinite where they do not.

    Args:
        rays: from the camera.
        middle: of the ellipsoid, camera axes.
        to_sphere: (3, 3) whose transpose takes camera axes to axes in which it is a sphere of radius 1.
    """
    # |start + s * ray|^2 = 1 for rays (x, y, 1): quadratic forms of x and y, without a product for each ray.
    start = -middle @ to_sphere
    square, half = (to_sphere @ to_sphere.T).astype(np.float32), (to_sphere @ start).astype(np.float32)
    x, y = rays[:, 0], rays[:, 1]
    a = x * (square[0, 0] * x + 2 * square[0, 1] * y + 2 * square[0, 2])
    a += y * (square[1, 1] * y + 2 * square[1, 2]) + square[2, 2]
    b = x * half[0] + y * half[1] + half[2]
    inside = b * b - a * np.float32(start @ start - 1)
    with np.errstate(invalid="ignore"):
        depths = (-b - np.sqrt(inside)) / a
    return np.where(inside > 0, depths, np.float32(np.inf))
