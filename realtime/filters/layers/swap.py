"""Swap: the faces of the people in view exchanged, colours matched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.keypoints import GROUPS
from realtime.drawing.primitives import mix, region_around, soft_mask
from realtime.face_view import FaceView
from realtime.filters.base import Layer
from realtime.filters.layers.mesh import INNER_OUTLINE, face_mesh, warp_map

_CONTRAST: Final = (0.6, 1.6)
"""Contrast is matched within these factors; beyond, noise would be blown up."""
_JAW_SEAM: Final = 0.87
_BROW_SEAM: Final = 0.9
"""Where the seam runs, shares of the way from the face's middle to its outline: inside the jaw, which is often hair or
background, but well above the brows, which would else be seen twice."""
_SEAM: Final = np.array([_JAW_SEAM] * len(GROUPS["jaw"]) + [_BROW_SEAM] * (len(INNER_OUTLINE) - len(GROUPS["jaw"])))
_SMALLEST_SIDE_PX: Final = 8


@dataclass(frozen=True, slots=True)
class _Taken:
    """A face's pixels before anything was drawn."""

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
                faces.append((view.face_id, _Taken(region.of(canvas_bgr).copy(), mesh - region.origin)))
        givers = faces[1:] + faces[:1] if len(faces) > 1 else []
        self._taken = {face_id: giver for (face_id, _), (_, giver) in zip(faces, givers, strict=False)}

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        giver = self._taken.get(view.face_id)
        target = face_mesh(view)
        outline = target[list(INNER_OUTLINE)]
        middle = outline.mean(axis=0)
        seam = middle + _SEAM[:, None] * (outline - middle)
        region = region_around(seam, 3 * self.feather * view.unit_px, canvas_bgr)
        if opacity <= 0 or giver is None or region is None:
            return
        places = warp_map(giver.mesh_px, target, region, 1.0)
        face_bgr = cv2.remap(giver.pixels_bgr, places.x, places.y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        mask = cv2.min(soft_mask(region, [seam], self.feather * view.unit_px), places.cover)
        mix(canvas_bgr, region, _matched(face_bgr, region.of(canvas_bgr), mask), mask, opacity)


def _matched(face_bgr: Image, skin_bgr: Image, mask: Image) -> Image:
    """The face with mean and contrast of the skin that it is laid on, channel by channel, within the mask."""
    inside = cv2.threshold(mask, 200, 255, cv2.THRESH_BINARY)[1]
    if not inside.any():
        return face_bgr
    mean, deviation = (value.ravel() for value in cv2.meanStdDev(face_bgr, mask=inside))
    goal_mean, goal_deviation = (value.ravel() for value in cv2.meanStdDev(skin_bgr, mask=inside))
    gain = np.clip(goal_deviation / np.maximum(deviation, 1.0), *_CONTRAST)
    table = np.clip((np.arange(256)[:, None] - mean) * gain + goal_mean, 0, 255).round().astype(np.uint8)
    return np.asarray(cv2.LUT(face_bgr, table[None]))
