"""Model: a solid body on the head, which turns with it, is lit, and is hidden by it."""

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from realtime.drawing.primitives import blend_premultiplied, region_around
from realtime.face_view import FaceView, steady_indices
from realtime.filters.base import Layer
from realtime.filters.ears import under_hair
from realtime.filters.solids.body import Body
from realtime.filters.solids.group import Group, Scene
from realtime.filters.solids.occluder import Head, Shadow, SkullPoints

_SMALL_PX: Final = 15_000
"""Regions below are drawn at twice the size and shrunk: there, triangles are smaller than pixels."""
_LARGE_PX: Final = 260_000
"""Regions above are drawn smaller and enlarged: the cost stops growing with the face."""
_MARGIN_PX: Final = 2.0
_NEAREST: Final = 0.5
"""Eye distances from the camera at which a body is too near to be drawn."""


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
    _groups: tuple[Group, ...] = field(init=False, repr=False, compare=False)
    _skull_points: SkullPoints = field(init=False, repr=False, compare=False)
    _under_hair: npt.NDArray[np.float32] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pinned", sum((steady_indices(name) for name in self.follow), ()))
        object.__setattr__(self, "_groups", Group.of(self.body))
        object.__setattr__(self, "_skull_points", SkullPoints.of(self.body.vertices))
        object.__setattr__(self, "_under_hair", under_hair(self.body.vertices))

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        if opacity <= 0 or view.pose is None:
            return
        vertices, pose = self.body.vertices, view.pose
        depths = vertices @ pose.rotation[2] + pose.translation[2]
        if depths.min() < _NEAREST:
            return
        places = view.project(vertices, self._pinned) if self._pinned else view.project(vertices)
        xs, ys = np.ascontiguousarray(places.T)
        corners = np.array([(xs.min(), ys.min()), (xs.max(), ys.max())])
        region = region_around(corners, _MARGIN_PX, canvas_bgr) if np.isfinite(corners).all() else None
        if region is None:
            return
        width, height = region.size_wh
        scale = 2.0 if width * height < _SMALL_PX else min(1.0, math.sqrt(_LARGE_PX / (width * height)))
        size_wh = max(1, round(width * scale)), max(1, round(height * scale))
        # Pixels are squares: their corners coincide, not their centres.
        origin = region.origin + (1 / scale - 1) / 2
        head = Head(pose, origin, scale, places[0] - pose.project(vertices[:1])[0])
        places = (places - origin) * scale
        gain_bgr = view.light.gain_bgr if self.lit and view.light is not None else None
        compared = head.compare(self._skull_points, places, depths)
        shown = self._shown(view)
        found = _together(self._groups, Scene(places, depths, size_wh, head, Shadow(head), compared, gain_bgr, shown))
        if found is None:
            return
        picture, x, y = found
        if size_wh != region.size_wh:
            whole = np.zeros((size_wh[1], size_wh[0], 4), np.uint8)
            whole[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
            how = cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
            picture, x, y = cv2.resize(whole, region.size_wh, interpolation=how), 0, 0
        blend_premultiplied(canvas_bgr, picture, region.x0 + x, region.y0 + y, opacity)

    def _shown(self, view: FaceView) -> npt.NDArray[np.float32] | None:
        """(V,) how much of each vertex hair leaves to be seen; None for all."""
        if view.light is None or view.light.ears.min() >= 1:
            return None
        hidden = self._under_hair @ (1 - view.light.ears).astype(np.float32)
        return np.asarray(1 - hidden) if hidden.any() else None


def _together(groups: tuple[Group, ...], scene: Scene) -> tuple[Image, int, int] | None:
    """(h, w, 4) groups over one another, premultiplied, and where they begin; None where nothing of them is seen."""
    layers = [layer for layer in (group.draw(scene) for group in groups) if layer is not None]
    if len(layers) < 2:
        return layers[0] if layers else None
    picture = np.zeros((scene.size_wh[1], scene.size_wh[0], 4), np.uint8)
    for index, (layer, x, y) in enumerate(layers):
        part = picture[y : y + layer.shape[0], x : x + layer.shape[1]]
        if index:
            _lay_over(part, layer)
        else:
            np.copyto(part, layer)
    return picture, 0, 0


def _lay_over(picture: Image, layer: Image) -> None:
    """Lay a premultiplied picture over another, in place."""
    left = cv2.bitwise_not(cv2.extractChannel(layer, 3))
    cv2.add(cv2.multiply(picture, cv2.merge([left, left, left, left]), scale=1 / 255), layer, dst=picture)
