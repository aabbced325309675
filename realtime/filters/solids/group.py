"""Triangles of a body that are laid over the picture together: those that nothing shows through, or glass."""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from realtime.drawing.planes import planes, spread, spread_colors
from realtime.drawing.sticker import premultiplied
from realtime.drawing.triangles import Numbers, double_areas
from realtime.filters.solids.body import Body
from realtime.filters.solids.occluder import Head, Shadow
from realtime.filters.solids.outline import Outline, Sides, smooth
from realtime.filters.solids.raster import depth_and_other_planes, paint
from realtime.filters.solids.seams import smooth_seams
from realtime.filters.solids.shading import Material

_LEAST_DOUBLE_AREA: Final = 0.02
"""Pixels; smaller triangles are left out."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A body on the way to its pixels.

    Attributes:
        places: (V, 2) of the vertices, pixels of a region of the frame.
        depths: (V,).
        size_wh: of the region.
        head: before the camera.
        shadow: what it hides.
        compared: (V,) whether the head may hide each vertex, and whether the skull does.
        gain_bgr: (3,) factors of the light on the face; None for a body that glows by itself.
        shown: (V,) how much of each vertex is shown, 0 to 1; None for all of them.
    """

    places: Array
    depths: Array
    size_wh: tuple[int, int]
    head: Head
    shadow: Shadow
    compared: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    gain_bgr: Array | None
    shown: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """T triangles of a body, ready to be drawn on frame after frame.

    Attributes:
        vertices: (T, 3) of the body.
        parts: (T,) of the body.
        both_sides: (T,) whether a triangle is seen from behind as well.
        uv: (V, 2) as in `Body`.
        material: of the body's vertices.
        textures: (part, premultiplied picture) of the parts that have one.
        outline: the triangles' sides.
    """

    vertices: npt.NDArray[np.intp] = field(repr=False)
    parts: npt.NDArray[np.intp] = field(repr=False)
    both_sides: npt.NDArray[np.bool_] = field(repr=False)
    uv: Array = field(repr=False)
    material: Material = field(repr=False)
    textures: tuple[tuple[int, Image], ...] = field(repr=False)
    outline: Outline = field(repr=False)

    @classmethod
    def of(cls, body: Body) -> "tuple[Group, ...]":
        """A body's groups, in the order in which they are laid down: what nothing shows through comes first."""
        both_sides = np.array([surface.both_sides for surface in body.surfaces])[body.parts]
        material = Material.of(body)
        textures = tuple(
            (part, premultiplied(surface.texture))
            for part, surface in enumerate(body.surfaces)
            if surface.texture is not None
        )
        return tuple(
            cls(
                body.triangles[own],
                body.parts[own],
                both_sides[own],
                body.uv,
                material,
                textures,
                Outline.of(body.vertices, body.normals, body.triangles[own], body.parts[own]),
            )
            for own in (body.opaque, ~body.opaque)
            if own.any()
        )

    def draw(self, scene: Scene) -> tuple[Image, int, int] | None:
        """(h, w, 4) premultiplied picture and the pixel x, y of the region where it begins; None if nothing is seen."""
        area = double_areas(np.take(scene.places, self.vertices, axis=0))
        seen, near = self._seen(scene, area)
        if not seen.size:
            return None
        behind = area[seen] > 0
        vertices, parts = self.vertices[seen], self.parts[seen]
        corners, depths = np.take(scene.places, vertices, axis=0), np.take(scene.depths, vertices)
        x0, y0, width, height = _box(corners, scene.size_wh)
        if not (width and height):
            return None
        corners -= (x0, y0)
        table, colors = depth_and_other_planes(corners, depths, self._colors(scene, vertices, behind))
        numbers = paint(corners, depths, (width, height), parts, table)
        if near.any():
            window = _box(corners[near], (width, height))
            if window[2] and window[3]:
                scene.shadow.hide(numbers, table, (x0, y0), window)
        drawn = spread_colors(colors, numbers)
        labels = np.take(np.concatenate([[0], _labels(parts)]).astype(np.uint8), numbers)
        self._add_textures(drawn, numbers, labels, corners, vertices)
        seams = smooth_seams(drawn, numbers, table, labels)
        ends, triangles, third = self.outline.seen(area < 0, self.both_sides)
        places = scene.places - (x0, y0)
        sides = Sides(places[ends], scene.depths[ends], places[third], _labels(self.parts[triangles]))
        pixel_depth = 1 / (scene.head.scale * scene.head.pose.scale_px)
        done = smooth(drawn, numbers, table, labels, sides, pixel_depth, seams)
        edges = _edges(labels)
        edges[done] = 0
        cv2.copyTo(cv2.GaussianBlur(drawn, (3, 3), 0.8), edges, drawn)
        return drawn, x0, y0

    def _seen(self, scene: Scene, area: Array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        """(N,) triangles that may be seen, of (T,) areas, and whether the head may hide something of them."""
        corners = np.take(scene.places, self.vertices, axis=0)
        seen = np.where(self.both_sides, np.abs(area), -area) > _LEAST_DOUBLE_AREA
        for axis, end in enumerate(scene.size_wh):
            a, b, c = (corners[:, corner, axis] for corner in range(3))
            seen &= (np.maximum(np.maximum(a, b), c) >= 0) & (np.minimum(np.minimum(a, b), c) <= end)
        near, behind = scene.compared
        a, b, c = self.vertices.T
        which = np.flatnonzero(seen & ~(behind[a] & behind[b] & behind[c]))
        return which, (near[a] | near[b] | near[c])[which]

    def _colors(
        self, scene: Scene, vertices: npt.NDArray[np.intp], behind: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.float32]:
        """(N, 3, 4) blue, green, red, all times opacity, and opacity, at the corners of triangles, 0 to 255."""
        result = np.empty((*vertices.shape, 4), np.float32)
        for side, rotation in ((~behind, scene.head.pose.rotation), (behind, -scene.head.pose.rotation)):
            if side.any():
                used = np.zeros(len(self.uv), np.bool_)
                used[vertices[side]] = True
                which = np.flatnonzero(used)
                colors = np.empty((len(used), 4), np.float32)
                colors[which] = self.material.shade(which, rotation, scene.gain_bgr)
                result[side] = colors[vertices[side]]
        if scene.shown is not None:
            result *= scene.shown[vertices][..., None]
        return result

    def _add_textures(
        self, drawn: Image, numbers: Numbers, labels: Image, corners: Array, vertices: npt.NDArray[np.intp]
    ) -> None:
        """Multiply a picture, in place, by the textures of its parts."""
        if not self.textures:
            return
        table = planes(corners, self.uv[vertices])
        for part, texture in self.textures:
            own = cv2.compare(labels, part % 255 + 1, cv2.CMP_EQ)
            x, y, width, height = cv2.boundingRect(own)
            if width:
                window = slice(y, y + height), slice(x, x + width)
                size = np.array([texture.shape[1], texture.shape[0]], np.float32)
                places = spread(table, numbers[window], (x, y)) * size - np.float32(0.5)
                found = cv2.remap(texture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
                cv2.copyTo(cv2.multiply(drawn[window], found, scale=1 / 255), own[window], drawn[window])


def _box(corners: Array, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """x, y, width and height of the pixels around (T, 3, 2) corners, within a region."""
    x, y = corners[..., 0], corners[..., 1]
    x0, y0 = max(int(x.min()) - 2, 0), max(int(y.min()) - 2, 0)
    return x0, y0, max(min(int(x.max()) + 4, size_wh[0]) - x0, 0), max(min(int(y.max()) + 4, size_wh[1]) - y0, 0)


def _labels(parts: npt.NDArray[np.intp]) -> Image:
    """(N,) numbers of parts in a picture; 0 is for none."""
    return (parts % 255 + 1).astype(np.uint8)


def _edges(labels: Image) -> Image:
    """(h, w) 255 where parts meet, and where they end; 0 elsewhere."""
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.compare(cv2.dilate(labels, kernel), cv2.erode(labels, kernel), cv2.CMP_NE))
