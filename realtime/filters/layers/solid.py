"""Model: a solid body on the head, which turns with it, is lit, and is hidden by it."""

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from realtime.drawing.primitives import blend_premultiplied, region_around
from realtime.face_view import FaceView, steady_indices
from realtime.filters.base import Layer
from realtime.filters.solids.body import Body
from realtime.filters.solids.occluder import Head
from realtime.filters.solids.raster import Numbers, paint, planes, spread, spread_at
from realtime.filters.solids.shading import shade

_SMALL_PX: Final = 30_000
"""Regions below are drawn at twice the size and shrunk."""
_LARGE_PX: Final = 130_000
"""Regions above are drawn smaller and enlarged: the cost stops growing with the face."""
_MARGIN_PX: Final = 2.0
_NEAREST: Final = 0.5
"""Eye distances from the camera at which a body is too near to be drawn."""
_LEAST_DOUBLE_AREA: Final = 0.02
"""Pixels; smaller triangles are left out."""


@dataclass(frozen=True, slots=True)
class Solid(Layer):
    """A body that is worn.

    Attributes:
        body: in head axes.
        follow: points of the face that it stays with; none for those that barely move on the skull.
        lit: as bright and as tinted as the light on the face; False for what glows by itself.
    """

    body: Body = field(repr=False)
    follow: tuple[str, ...] = ()
    lit: bool = True
    _pinned: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _passes: tuple[npt.NDArray[np.intp], ...] = field(init=False, repr=False, compare=False)
    """Triangles that nothing shows through, then the others."""
    _both_sides: npt.NDArray[np.bool_] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pinned", sum((steady_indices(name) for name in self.follow), ()))
        opaque = self.body.opaque
        passes = tuple(np.flatnonzero(which) for which in (opaque, ~opaque) if which.any())
        object.__setattr__(self, "_passes", passes)
        both = np.array([surface.both_sides for surface in self.body.surfaces])
        object.__setattr__(self, "_both_sides", both[self.body.parts])

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        if opacity <= 0 or view.pose is None:
            return
        vertices, pose = self.body.vertices, view.pose
        depths = vertices @ pose.rotation[2] + pose.translation[2]
        if depths.min() < _NEAREST:
            return
        places = view.project(vertices, self._pinned) if self._pinned else view.project(vertices)
        corners = np.stack([places.min(axis=0), places.max(axis=0)])
        region = region_around(corners, _MARGIN_PX, canvas_bgr) if np.isfinite(corners).all() else None
        if region is None:
            return
        width, height = region.size_wh
        scale = 2.0 if width * height < _SMALL_PX else min(1.0, math.sqrt(_LARGE_PX / (width * height)))
        size_wh = max(1, round(width * scale)), max(1, round(height * scale))
        # Pixels are squares: their corners coincide, not their centres.
        origin = region.origin + (1 / scale - 1) / 2
        head = Head(pose, origin, scale, places[0] - pose.project(vertices[:1])[0])
        scene = _Scene((places - origin) * scale, depths, self._colors(view), size_wh)
        picture = np.zeros((size_wh[1], size_wh[0], 4), np.uint8)
        for which in self._passes:
            self._lay(picture, scene, head, which)
        if size_wh != region.size_wh:
            shrinks = scale > 1
            picture = cv2.resize(picture, region.size_wh, None, 0, 0, cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        blend_premultiplied(canvas_bgr, picture, region.x0, region.y0, opacity)

    def _colors(self, view: FaceView) -> Array:
        """(2, V, 4) blue, green, red and opacity of the vertices, 0 to 255, from the front and from behind."""
        assert view.pose is not None
        gain = view.light.gain_bgr if self.lit and view.light is not None else None
        sides = [shade(self.body, view.pose.rotation, gain)]
        if self._both_sides.any():
            sides.append(shade(self.body, -view.pose.rotation, gain))
        alpha = 255 * self.body.colors[:, 3:]
        front, *back = (np.concatenate([side, alpha], axis=1) for side in sides)
        return np.stack([front, *back] if back else [front, front])

    def _lay(self, picture: Image, scene: "_Scene", head: Head, which: npt.NDArray[np.intp]) -> None:
        """Lay some of the triangles over a premultiplied picture."""
        corners = scene.places[self.body.triangles[which]]
        ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
        seen = np.where(self._both_sides[which], np.abs(area), -area) > _LEAST_DOUBLE_AREA
        which, corners, behind = which[seen], corners[seen], area[seen] > 0
        if not len(which):
            return
        vertices, parts = self.body.triangles[which], self.body.parts[which]
        depths = scene.depths[vertices]
        numbers = paint(corners, depths, scene.size_wh, parts)
        _hide(numbers, vertices, corners, scene, head)
        colors = scene.colors[behind.astype(np.intp)[:, None], vertices]
        layer = spread(planes(corners, colors), numbers)
        textured = _textured(layer, numbers, planes(corners, self.body.uv[vertices]), parts, self.body)
        if textured or not (self.body.colors[vertices[:, 0], 3] >= 1).all():
            layer[..., :3] *= layer[..., 3:] / 255
        drawn = cv2.convertScaleAbs(layer)
        labels = np.concatenate([[0], parts % 255 + 1]).astype(np.uint8)
        _soften(drawn, np.take(labels, numbers))
        _over(picture, drawn)


@dataclass(frozen=True, slots=True)
class _Scene:
    """A body on the way to its pixels: (V, 2) places on the region, (V,) depths, (2, V, 4) colours, and the size."""

    places: Array
    depths: Array
    colors: Array
    size_wh: tuple[int, int]


def _hide(numbers: Numbers, vertices: npt.NDArray[np.intp], corners: Array, scene: "_Scene", head: Head) -> None:
    """Take out the pixels whose triangle, of (T, 3) vertices at (T, 3, 2) corners, lies behind the head."""
    near = head.may_hide(scene.places, scene.depths)[vertices].any(axis=1)
    if not near.any():
        return
    rows, columns = np.nonzero(np.take(np.concatenate([[False], near]), numbers))
    if not rows.size:
        return
    table = planes(corners, scene.depths[vertices][..., None])
    depths = spread_at(table, rows, columns, numbers[rows, columns])
    hidden = head.hides(rows, columns, depths[:, 0])
    numbers[rows[hidden], columns[hidden]] = 0


def _textured(
    layer: npt.NDArray[np.float32],
    numbers: Numbers,
    uv: npt.NDArray[np.float32],
    parts: npt.NDArray[np.intp],
    body: Body,
) -> bool:
    """Multiply a straight picture by the textures of its parts; returns whether there was any."""
    done = False
    for index, surface in enumerate(body.surfaces):
        if surface.texture is None:
            continue
        rows, columns = np.nonzero(np.take(np.concatenate([[False], parts == index]), numbers))
        if not rows.size:
            continue
        size = np.array([surface.texture.shape[1], surface.texture.shape[0]], np.float32)
        places = spread_at(uv, rows, columns, numbers[rows, columns]) * size - np.float32(0.5)
        layer[rows, columns] *= _sampled(surface.texture, places).astype(np.float32) / 255
        done = True
    return done


def _sampled(texture: Image, places: npt.NDArray[np.float32]) -> Image:
    """(N, 4) colours of a texture at (N, 2) of its pixels; it repeats beyond its edges."""
    wide = 4096
    rows = math.ceil(len(places) / wide)
    grid = np.zeros((rows * wide, 2), np.float32)
    grid[: len(places)] = places
    found = cv2.remap(texture, grid.reshape(rows, wide, 2), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(found.reshape(-1, 4)[: len(places)])


def _soften(layer: Image, parts: Image) -> None:
    """Smooth a premultiplied picture where parts meet, and where it ends."""
    kernel = np.ones((3, 3), np.uint8)
    edges = cv2.compare(cv2.dilate(parts, kernel), cv2.erode(parts, kernel), cv2.CMP_NE)
    cv2.copyTo(cv2.GaussianBlur(layer, (3, 3), 0.8), edges, layer)


def _over(picture: Image, layer: Image) -> None:
    """Lay a premultiplied picture over another, in place."""
    if not picture[..., 3].any():
        np.copyto(picture, layer)
        return
    left = 255 - cv2.extractChannel(layer, 3)
    cv2.add(cv2.multiply(picture, cv2.merge([left, left, left, left]), scale=1 / 255), layer, dst=picture)
