"""The head as what hides: where bodies lie behind it, they are not drawn."""

from dataclasses import dataclass, field
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array
from model.mean_face import HEAD_POINTS, SKULL_CENTER, SKULL_SEMI_AXES
from model.pose import HeadPose
from realtime.drawing.planes import Planes, spread
from realtime.drawing.triangles import Numbers, double_areas
from realtime.filters.layers.mesh import OUTLINE, head_mesh, triangles
from realtime.filters.solids.raster import depth_planes, paint

_INSET: Final = 0.96
"""Of the skull, so that what sits close on it does not sink in."""
_FLAT: Final = 0.05
"""Eye distances that the face counts as lying farther back: cheeks differ, and glasses must not sink in."""
_EAR_AXES: Final = (0.09, 0.30, 0.17)
_HAIR: Final = (0.16, 0.1, -0.2)
_HAIR_BACK: Final = 0.5
"""How much wider, higher and longer than the skull the hair is, and how far behind it, eye distances: it hides the back
of a brim or a wreath beside the temples, and nothing before the ears."""
_BIAS: Final = 0.03
"""Eye distances that something must lie behind the head to be hidden."""
_DOUBT: Final = 0.3
"""Eye distances around the face within which pixels are looked at one by one."""
_DOUBT_RADIUS: Final = 1.45
"""Half axes of the skull within which they are; it takes in the ears."""
_STEP: Final = 8
"""Pixels between the places where the depth of skull and ears is computed; between them it is interpolated."""


@cache
def _ellipsoids() -> tuple[tuple[Array, Array], ...]:
    """Middle and half axes of skull, hair and ears, head axes; the skull is the first."""
    ears = [
        (np.array(HEAD_POINTS[f"{side}_ear"]) + np.array((sign * 0.04, 0.02, 0.06)), np.array(_EAR_AXES))
        for side, sign in (("left", -1), ("right", 1))
    ]
    hair = np.add(SKULL_CENTER, (0, 0, _HAIR_BACK)), np.add(SKULL_SEMI_AXES, _HAIR)
    return (np.array(SKULL_CENTER), np.array(SKULL_SEMI_AXES) * _INSET), hair, *ears


@cache
def _face() -> tuple[Array, npt.NDArray[np.intp]]:
    """(N, 3) mean face with its forehead, and the triangles on it that face forwards."""
    points = head_mesh() + np.array((0, 0, _FLAT))
    inside = max(*OUTLINE, 67) + 1  # what follows is the rim, which lies beyond the face
    table = triangles()[(triangles() < inside).all(axis=1)]
    corners = points[table]
    forwards = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] < 0
    return points, np.where(forwards[:, None], table, table[:, ::-1])


def _in_skull(points: Array) -> npt.NDArray[np.float32]:
    """(N, 3) head coordinates from the skull's middle in its half axes: what has a length below 1 lies inside."""
    middle, axes = _ellipsoids()[0]
    return np.asarray((points - middle) / axes, np.float32)


@dataclass(frozen=True, slots=True)
class SkullPoints:
    """Points as seen from the skull's middle.

    Attributes:
        places: (N, 3) in the skull's half axes: what has a length below 1 lies inside.
        squares: (N,) of their lengths.
    """

    places: npt.NDArray[np.float32] = field(repr=False)
    squares: npt.NDArray[np.float32] = field(repr=False)

    @classmethod
    def of(cls, points: Array) -> "SkullPoints":
        """From (N, 3) head coordinates."""
        places = _in_skull(points)
        return cls(places, (places * places).sum(axis=1))


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

    def compare(
        self, points: "SkullPoints", places: Array, depths: Array
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """(N,) whether points may lie behind the head, and whether they do lie behind the skull.

        The shadow of an ellipsoid is convex: a triangle whose corners lie in it lies in it.

        Args:
            points: N of them.
            places: (N, 2) of the region.
            depths: (N,).
        """
        camera = _in_skull(-self.pose.translation[None] @ self.pose.rotation)[0]
        square = float(camera @ camera)
        # |camera + s * (point - camera)| = radius, from s = 0 at the camera to 1 at the point.
        b = square - points.places @ camera
        a = points.squares + 2 * b - square
        ratio = b * b - a * (square - 1)
        entry = b - np.sqrt(np.maximum(ratio, 0))
        behind = (ratio > 0) & (entry > 0) & (depths * (a - entry) > _BIAS * a)
        ratio = b * b - a * (square - _DOUBT_RADIUS**2)
        near = (ratio > 0) & (b > 0) & ((points.squares < _DOUBT_RADIUS**2) | (b < a))
        low, high, nearest = self._face_bounds()
        x, y = places[:, 0], places[:, 1]
        near |= (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1]) & (depths > nearest)
        return near, behind

    def nearest(self, x0: int, y0: int, width: int, height: int) -> npt.NDArray[np.float32]:
        """(height, width) depths of the head at some pixels of the region; infinite where there is none of it."""
        nearest = np.full((height, width), np.inf, np.float32)
        for (center, axes), (low, high) in zip(self._ellipsoids(), self._ellipsoid_bounds(), strict=True):
            left, top = max(int(low[0]), x0), max(int(low[1]), y0)
            right, bottom = min(int(high[0]), x0 + width), min(int(high[1]), y0 + height)
            if right > left and bottom > top:
                part = nearest[top - y0 : bottom - y0, left - x0 : right - x0]
                self._add_ellipsoid(part, center, axes, (left, top))
        corners, heights = self._face(np.array((x0, y0)), np.array((x0 + width, y0 + height)))
        if len(corners):
            self._add_face(nearest, corners - (x0, y0), heights)
        return nearest

    def _add_face(self, nearest: npt.NDArray[np.float32], corners: Array, heights: Array) -> None:
        """Lower (h, w) depths, in place, to those of triangles with these corners, in the same pixels, and depths."""
        height, width = nearest.shape
        left, top = np.maximum(corners.min(axis=(0, 1)).astype(int) - 1, 0).tolist()
        right, bottom = np.minimum(corners.max(axis=(0, 1)).astype(int) + 3, (width, height)).tolist()
        part, corners = nearest[top:bottom, left:right], corners - (left, top)
        table = depth_planes(corners, heights)
        shown = paint(corners, heights, (right - left, bottom - top), np.zeros(len(corners), np.intp), table)
        cv2.min(part, spread(table, shown)[..., 0], dst=part)

    def _add_ellipsoid(
        self, nearest: npt.NDArray[np.float32], center: Array, axes: Array, first: tuple[int, int]
    ) -> None:
        """Lower depths to those at which the rays through pixels from (x, y) `first` on meet an ellipsoid.

        Args:
            nearest: (h, w), changed in place.
            center: of the ellipsoid, camera axes.
            axes: its half axes, head axes.
            first: pixel of the region.
        """
        height, width = nearest.shape
        rows, columns = -(-height // _STEP), -(-width // _STEP)
        # A cell more on each side, so that what is enlarged and cut out is right up to the edge.
        places = (np.arange(-1, count + 1) * _STEP + (_STEP - 1) / 2 for count in (columns, rows))
        origin = (self.origin - self.shift - self.pose.center_px) / self.pose.focal_px
        x, y = (
            (place + at) / (self.scale * self.pose.focal_px) + start
            for place, at, start in zip(places, first, origin, strict=True)
        )
        y = y[:, None]
        # |start + s * ray|^2 = 1 for rays (x, y, 1) in the axes in which it is a sphere: quadratic forms of x and y.
        to_sphere = self.pose.rotation / axes
        start = -center @ to_sphere
        square, half = to_sphere @ to_sphere.T, to_sphere @ start
        a = square[0, 0] * x * x + 2 * (square[0, 1] * x + square[1, 2]) * y + square[1, 1] * y * y
        a = a + 2 * square[0, 2] * x + square[2, 2]
        b = half[0] * x + half[1] * y + half[2]
        inside = b * b - a * (start @ start - 1)
        size_wh = (columns + 2) * _STEP, (rows + 2) * _STEP
        middle, inside = (
            cv2.resize(grid.astype(np.float32), size_wh, interpolation=cv2.INTER_LINEAR)[
                _STEP : _STEP + height, _STEP : _STEP + width
            ]
            for grid in (-b / a, inside / (a * a))
        )
        depths = cv2.subtract(middle, cv2.sqrt(cv2.max(inside, 0)))
        cv2.copyTo(cv2.min(nearest, depths), cv2.compare(inside, 0, cv2.CMP_GT), nearest)

    def _face_bounds(self) -> tuple[Array, Array, float]:
        """(2,) pixels of the region before and after the face and a little around it, and its nearest depth."""
        corners, depths = self._face_corners(), self._face_depths()
        margin = _DOUBT * self.scale * self.pose.scale_px
        return corners.min(axis=0) - margin, corners.max(axis=0) + margin, float(depths.min())

    def _ellipsoids(self) -> list[tuple[Array, Array]]:
        """Middle in camera axes, and half axes, of skull and ears."""
        return [(self.pose.rotation @ middle + self.pose.translation, axes) for middle, axes in _ellipsoids()]

    def _ellipsoid_bounds(self) -> list[tuple[Array, Array]]:
        """(2,) pixels of the region before and after each ellipsoid."""
        result = []
        for center, axes in self._ellipsoids():
            # Nothing of it is seen farther than this from its middle.
            reach = 1.1 * axes.max() / max(float(center[2] - axes.max()), 0.1) * self.pose.focal_px
            middle = center[:2] * (self.pose.focal_px / center[2]) + self.pose.center_px + self.shift - self.origin
            result.append((np.floor((middle - reach) * self.scale), np.ceil((middle + reach) * self.scale)))
        return result

    def _face_corners(self) -> Array:
        """(N, 2) pixels of the region of the mesh on the face."""
        return np.asarray((self.pose.project(_face()[0]) + self.shift - self.origin) * self.scale)

    def _face_depths(self) -> Array:
        """(N,) of the mesh on the face."""
        return np.asarray(_face()[0] @ self.pose.rotation[2] + self.pose.translation[2])

    def _face(self, low: Array, high: Array) -> tuple[Array, Array]:
        """(T, 3, 2) corners and (T, 3) depths of the face's triangles seen between two pixels of the region."""
        _, table = _face()
        corners = self._face_corners()[table]
        within = (corners.max(axis=1) >= low - 1).all(axis=1) & (corners.min(axis=1) <= high).all(axis=1)
        seen = within & (double_areas(corners) < 0)
        return corners[seen], self._face_depths()[table[seen]]


class Shadow:
    """What lies behind a head; what was found is kept for the body's next part."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._window = (0, 0, 0, 0)
        self._depths = np.empty((0, 0), np.float32)

    def hide(self, numbers: Numbers, table: Planes, at: tuple[int, int], window: tuple[int, int, int, int]) -> None:
        """Take out pixels whose triangle, with these planes of depth, lies behind the head.

        Args:
            numbers: changed in place.
            table: from `depth_planes`.
            at: x and y of the region where `numbers` begins.
            window: x, y, width and height of the part of `numbers` that is looked at.
        """
        x, y, width, height = window
        left, top, right, bottom = x + at[0], y + at[1], x + at[0] + width, y + at[1] + height
        own = self._window
        if not (own[0] <= left and own[1] <= top and right <= own[2] and bottom <= own[3]):
            self._window = own = left, top, right, bottom
            self._depths = self._head.nearest(left, top, width, height) + np.float32(_BIAS)
        depths = self._depths[top - own[1] : bottom - own[1], left - own[0] : right - own[0]]
        shown = numbers[y : y + height, x : x + width]
        np.copyto(shown, 0, where=spread(table, shown, (x, y))[..., 0] > depths)
