"""Swap: the faces of the people in view exchanged, their skin in the wearer's colour and light."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from model.keypoints import GROUPS
from realtime.drawing.primitives import PixelRect, mix, polygon_mask, region_around, soft_mask
from realtime.face_light import Light, skin_likeness
from realtime.face_view import FaceView
from realtime.filters.base import Layer
from realtime.filters.layers import shapes
from realtime.filters.layers.mesh import INNER_OUTLINE, face_mesh
from realtime.filters.layers.openings import EYES
from realtime.filters.mesh_map import MeshSource, warp_map

_JAW_SEAM: Final = 0.87
_BROW_SEAM: Final = 0.9
"""Where the seam runs, shares of the way from the face's middle to its outline: inside the jaw, which is often hair or
background, but well above the brows, which would else be seen twice."""
_SEAM: Final = np.array([_JAW_SEAM] * len(GROUPS["jaw"]) + [_BROW_SEAM] * (len(INNER_OUTLINE) - len(GROUPS["jaw"])))
_SMALLEST_SIDE_PX: Final = 8
_APART_DEGREES: Final = (19.0, 32.0)
"""Turns of two heads against each other: up to the first they swap, from the second on each keeps its own face. A face
has nothing to show on the side that the other one shows."""
_GAP_APART: Final = (0.04, 0.09)
"""Eye distances between the openings of two mouths: up to the first they swap, from the second on each has its own."""
_GRID_SIDE: Final = 48
_TONE: Final = 0.25
"""Blur of the skin's tone that is taken over, eye distances."""
_TONES: Final = (0.25, 3.5)
_SKIN_FROM: Final = (0.35, 0.7)
"""Shares of the skin's brightness: what is darker than the first keeps its colour, as brows do; the rest takes the
wearer's."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A face before anything was drawn: its pixels, and where in them its mesh is."""

    view: FaceView
    pixels_bgr: Image
    mesh_px: npt.NDArray[np.float64]


@dataclass(slots=True)
class Swap(Layer):
    """Each person gets the face of the next one (by face number), the last the first's; one alone keeps their own.

    Attributes:
        feather: softness of the seam, eye distances.
    """

    feather: float = 0.07
    _taken: dict[int, _Taken] = field(default_factory=dict)

    def begin(self, canvas_bgr: Image, views: Sequence[FaceView]) -> None:
        faces: list[tuple[int, _Taken]] = []
        for view in sorted(views, key=lambda view: view.face_id):
            mesh = face_mesh(view)
            region = region_around(mesh[list(INNER_OUTLINE)], 2, canvas_bgr)
            if region is not None and min(region.size_wh) >= _SMALLEST_SIDE_PX:
                faces.append((view.face_id, _Taken(view, region.of(canvas_bgr).copy(), mesh - region.origin)))
        givers = faces[1:] + faces[:1] if len(faces) > 1 else []
        self._taken = {face_id: giver for (face_id, _), (_, giver) in zip(faces, givers, strict=False)}

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        giver = self._taken.get(view.face_id)
        target = face_mesh(view)
        outline = target[list(INNER_OUTLINE)]
        middle = outline.mean(axis=0)
        seam = middle + _SEAM[:, None] * (outline - middle)
        region = region_around(seam, 3 * self.feather * view.unit_px, canvas_bgr)
        if giver is None or region is None:
            return
        opacity *= _alike(view, giver.view)
        if opacity <= 0:
            return
        places = warp_map(MeshSource.of(giver.mesh_px), target, region, 1.0)
        face_bgr = cv2.remap(giver.pixels_bgr, places.places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        mask = cv2.min(soft_mask(region, [seam], self.feather * view.unit_px), places.cover)
        own_mouth = _ramp(abs(_mouth_gap(view) - _mouth_gap(giver.view)), *_GAP_APART)
        if own_mouth > 0:
            lips = shapes.lips(view)
            around = lips.mean(axis=0) + 1.25 * (lips - lips.mean(axis=0))
            kept = soft_mask(region, [around], self.feather * view.unit_px / 2)
            mask = cv2.subtract(mask, cv2.convertScaleAbs(kept, alpha=own_mouth))
        if view.light is not None and giver.view.light is not None:
            tone = _Tone(view, giver.view, region, view.light, giver.view.light)
            face_bgr, mask = tone.taken_over(face_bgr, region.of(canvas_bgr), mask)
        mix(canvas_bgr, region, face_bgr, mask, opacity)


@dataclass(frozen=True, slots=True)
class _Tone:
    """A giver's face in a wearer's tone."""

    wearer: FaceView
    giver: FaceView
    region: PixelRect
    own: Light
    given: Light

    def taken_over(self, face_bgr: Image, under_bgr: Image, mask: Image) -> tuple[Image, Image]:
        """The warped face with the skin of what lies under it, and its mask, without hair at its rim."""
        width, height = self.region.size_wh
        step = max(1.0, max(width, height) / _GRID_SIDE)
        grid_wh = (max(1, round(width / step)), max(1, round(height / step)))
        face, under = (cv2.resize(each, grid_wh, interpolation=cv2.INTER_AREA) for each in (face_bgr, under_bgr))
        face_skin, under_skin = skin_likeness(face, self.given), skin_likeness(under, self.own)
        unit = self.wearer.unit_px / step
        cover = cv2.resize(mask, grid_wh, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        goal = _spread(under, under_skin * cover, self.own.skin_bgr, _TONE * unit)
        given = _spread(face, face_skin * cover, self.given.skin_bgr, _TONE * unit)
        ratio = np.clip(goal / given, *_TONES)
        # Brows and eyes are as dark as the wearer's light makes them, whatever the skin's colour.
        light = np.clip(self.own.gain_bgr.mean() / self.given.gain_bgr.mean(), *_TONES)
        full_wh = (width, height)
        # What no factor reaches, since a channel is next to nothing in the giver's light, is added.
        missing = cv2.resize(goal - given * ratio, full_wh)
        ratio, given = cv2.resize(ratio, full_wh), cv2.resize(given.mean(axis=2), full_wh)
        level = cv2.cvtColor(face_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32) / given
        share = np.clip((level - _SKIN_FROM[0]) / (_SKIN_FROM[1] - _SKIN_FROM[0]), 0, 1)
        eyes = soft_mask(self.region, [shapes.group(self.wearer, eye) for eye in EYES], 0.01 * self.wearer.unit_px)
        share *= 1 - eyes.astype(np.float32) / 255
        factors = np.float32(light) + share[..., None] * (ratio - np.float32(light))
        toned = np.clip(cv2.multiply(face_bgr, factors, dtype=cv2.CV_32F) + share[..., None] * missing, 0, 255)
        kept = cv2.resize(self._rim(np.minimum(face_skin, under_skin), step), full_wh)
        return toned.astype(np.uint8), np.asarray((mask * kept).astype(np.uint8))

    def _rim(self, skin: npt.NDArray[np.float32], step: float) -> npt.NDArray[np.float32]:
        """1 over the features, and beside them where both faces show skin: no fringe is laid on, or painted over."""
        inside = np.vstack([shapes.group(self.wearer, name) for name in ("left_brow", "right_brow", "outer_lip")])
        middle = inside.mean(axis=0)
        hull = cv2.convexHull((middle + 1.03 * (inside - middle)).astype(np.float32))[:, 0].astype(np.float64)
        features = polygon_mask((skin.shape[1], skin.shape[0]), [(hull - self.region.origin + 0.5) / step - 0.5])
        kept = np.maximum(skin, features.astype(np.float32) / 255)
        return np.asarray(cv2.GaussianBlur(kept, (0, 0), max(0.035 * self.wearer.unit_px / step, 0.5)))


def _spread(
    colors_bgr: Image, weight: npt.NDArray[np.float32], skin_bgr: Array, sigma: float
) -> npt.NDArray[np.float32]:
    """(rows, columns, 3) the skin's tone, spread over what is no skin."""
    weighted = colors_bgr.astype(np.float32) * weight[..., None]
    soft, total = (cv2.GaussianBlur(each, (0, 0), max(sigma, 0.5)) for each in (weighted, weight))
    # Far from all skin, the whole face's.
    few = np.float32(0.05)
    return np.asarray((soft + few * skin_bgr.astype(np.float32)) / (total[..., None] + few) + 1)


def _alike(wearer: FaceView, giver: FaceView) -> float:
    """1 for two heads that look the same way, 0 for such as are turned too far against each other."""
    if wearer.pose is None or giver.pose is None:
        return 1.0
    apart = np.degrees(np.abs(np.subtract(wearer.pose.angles_rad[:2], giver.pose.angles_rad[:2]))).max()
    return 1 - _ramp(float(apart), *_APART_DEGREES)


def _mouth_gap(view: FaceView) -> float:
    """How far the lips are apart, eye distances."""
    return float(np.hypot(*(view.point("upper_lip_bottom") - view.point("lower_lip_top")))) / view.unit_px


def _ramp(value: float, zero: float, one: float) -> float:
    return min(max((value - zero) / (one - zero), 0.0), 1.0)
