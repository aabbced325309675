"""Mask: a picture drawn on the face template, moved with every part of the face."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from realtime.drawing.primitives import BlendMode, blend_masked, region_around, relit
from realtime.drawing.sticker import Sticker
from realtime.face_light import Light, shade_on
from realtime.face_view import FaceView
from realtime.filters.base import Layer
from realtime.filters.far_side import FarSide
from realtime.filters.layers.mesh import face_mesh, head_mesh, used_points
from realtime.filters.layers.openings import EYES, opening
from realtime.filters.mesh_map import MeshSource, warp_map

_HAIR_GREY: Final = 120.0
"""Grey that hair is drawn in."""
_RIM_FEATHER: Final = 0.03
"""Softness of the mask's end at the rim, eye distances."""


@dataclass(frozen=True, slots=True)
class Mask(Layer):
    """A picture warped on the triangle mesh over keypoints and forehead.

    Attributes:
        image: the picture.
        mesh_px: (N, 2) where the mean face's mesh lies in it, picture pixels.
        used: the mesh points of the triangles on which it shows anything.
        keep_open: `eyes`, `mouth`: left as they are.
        feather: softness of what is kept open, eye distances.
        blend: see `drawing.blend_masked`.
        lit: as bright, as tinted and as shaded as the skin; only where colours are laid over it (normal).
        hair: drawn in grey, and shown in the colour of the brows; needs `lit`.
    """

    image: Sticker = field(repr=False)
    mesh_px: npt.NDArray[np.float64] = field(repr=False)
    used: npt.NDArray[np.intp] = field(repr=False)
    keep_open: tuple[str, ...] = ("eyes", "mouth")
    feather: float = 0.02
    blend: BlendMode = "normal"
    lit: bool = True
    hair: bool = False
    _sources: dict[tuple[float, float], MeshSource] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The mesh at each size of the picture that has been shown."""

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        target = face_mesh(view)
        region = region_around(target[self.used], 1, canvas_bgr)
        if opacity <= 0 or region is None:
            return
        extent_px = np.ptp(target, axis=0).max()
        level_bgra, step = self.image.at(view.time_s).level_for(extent_px / np.ptp(self.mesh_px, axis=0).max())
        if step not in self._sources:
            self._sources[step] = MeshSource.of((self.mesh_px + 0.5) / step - 0.5)
        places = warp_map(self._sources[step], target, region, _RIM_FEATHER * view.unit_px)
        parts = (*(EYES if "eyes" in self.keep_open else ()), *(("mouth",) if "mouth" in self.keep_open else ()))
        for part in parts:
            hole = opening(canvas_bgr, view, part, self.feather * view.unit_px)
            if hole is not None:
                hole.cut(places.cover, region)
        hidden = FarSide.of(view)
        if hidden is not None:
            hidden.cut(places.cover, region)
        drawn = cv2.remap(level_bgra, places.places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        color_bgr, alpha = cv2.cvtColor(drawn, cv2.COLOR_BGRA2BGR), cv2.extractChannel(drawn, 3)
        if self.lit and view.light is not None and self.blend == "normal":
            light = replace(view.light, gain_bgr=self._hair_gain(view.light)) if self.hair else view.light
            color_bgr = relit(color_bgr, shade_on(region.of(canvas_bgr), places.cover, light, view.unit_px))
        blend_masked(canvas_bgr, region, color_bgr, alpha, places.cover, opacity, self.blend)

    def _hair_gain(self, light: Light) -> npt.NDArray[np.float64]:
        """(3,) factors that give the picture, whose mean is `_HAIR_GREY`, the colour of the brows."""
        return np.asarray(np.clip(light.hair_bgr / _HAIR_GREY, 0.08, 1.8))


def from_keys(origin: tuple[float, float], eye_distance: float, **rest: Any) -> Mask:
    """A mask from a pack's keys; raises `ValueError` where no part of the picture lies on the face."""
    mesh_px = head_mesh()[:, :2] * eye_distance + origin
    used = used_points(mesh_px, rest["image"].shape_alpha)
    if not len(used):
        raise ValueError("nothing of the picture lies on the face; set origin and eye_distance to where it was drawn")
    return Mask(mesh_px=mesh_px, used=used, **rest)
