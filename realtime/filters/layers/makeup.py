"""Makeup: colour on a part of the face, feathered, with eyes and teeth left alone."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from model.arrays import Array, Image
from realtime.drawing.primitives import BlendMode, Color, region_around, soft_mask, tint
from realtime.face_view import FaceView
from realtime.filters.base import Layer
from realtime.filters.far_side import FarSide
from realtime.filters.layers import shapes
from realtime.filters.layers.openings import EYES, Opening, opening, softness
from realtime.filters.layers.openings import Part as OpenPart

Part = Literal["lips", "blush", "liner", "shadow", "brows"]

FEATHER: Final[dict[str, float]] = {"lips": 0.012, "blush": 0.09, "liner": 0.006, "shadow": 0.035, "brows": 0.015}
"""Blur of each part's outline where the pack says nothing, eye distances."""
_LEAST_BLUR_PX: Final = 0.5
"""On small faces a line is thinner than a pixel, and would come out as specks."""
_OPEN: Final[dict[str, tuple[OpenPart, ...]]] = {
    "lips": ("mouth",),
    "blush": (),
    "liner": EYES,
    "shadow": EYES,
    "brows": (),
}
"""What stays free of each part's colour."""
_GONE_DEGREES: Final = 30.0
_LEAVING_DEGREES: Final = 12.0
"""Of yaw: the far side's shapes have faded out at the first, over the second."""
_SHINE_BGR: Final = (255, 250, 248)


@dataclass(frozen=True, slots=True)
class Makeup(Layer):
    """One colour on one part of the face.

    Attributes:
        part: which.
        color: (blue, green, red).
        blend: see `drawing.blend_premultiplied`.
        feather: blur of the outline, eye distances; None is the part's own.
        size: factor on the shape's size; of no effect on lips.
        gloss: strength of the shine on the lower lip, 0 to 1.
    """

    part: Part
    color: Color
    blend: BlendMode = "multiply"
    feather: float | None = None
    size: float = 1.0
    gloss: float = 0.0

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        if opacity <= 0:
            return
        outlines = self._outlines(view)
        sigma_px = (FEATHER[self.part] if self.feather is None else self.feather) * view.unit_px
        sigma_px = max(sigma_px, _LEAST_BLUR_PX)
        # Before anything is painted, for colour tells lips from teeth.
        holes = [
            *(opening(canvas_bgr, view, part, softness(view, part)) for part in _OPEN[self.part]),
            FarSide.of(view),
        ]
        for outline, seen in outlines:
            if seen > 0:
                self._paint(canvas_bgr, view, [outline], holes, sigma_px, self.color, opacity * seen, self.blend)
        if self.part == "lips" and self.gloss > 0:
            shine, gloss = [shapes.lower_lip_shine(view)], opacity * self.gloss
            self._paint(canvas_bgr, view, shine, holes, 0.02 * view.unit_px, _SHINE_BGR, gloss, "soft_light")
            self._paint(canvas_bgr, view, shine, holes, 0.014 * view.unit_px, _SHINE_BGR, 0.3 * gloss, "screen")

    def _outlines(self, view: FaceView) -> list[tuple[Array, float]]:
        """Shapes to paint, each with how much of it is to be seen."""
        if self.part == "lips":
            return [(shapes.lips(view), 1.0)]
        shape = {
            "blush": shapes.cheek,
            "liner": shapes.liner,
            "shadow": shapes.lid_shadow,
            "brows": shapes.brow,
        }[self.part]
        sides = ("left", "right")
        return [(shape(view, side, self.size), _visible(view, side)) for side in sides]

    def _paint(
        self,
        canvas_bgr: Image,
        view: FaceView,
        outlines: list[Array],
        holes: list[Opening | FarSide | None],
        sigma_px: float,
        color: Color,
        opacity: float,
        blend: BlendMode,
    ) -> None:
        region = region_around(np.concatenate(outlines), 3 * sigma_px + 1, canvas_bgr)
        if region is None:
            return
        mask = soft_mask(region, outlines, sigma_px)
        for hole in holes:
            if hole is not None:
                hole.cut(mask, region)
        tint(canvas_bgr, region, mask, color, opacity, blend)


def _visible(view: FaceView, side: str) -> float:
    """1 for a side of the face that is seen, 0 where the head has turned it away."""
    if view.pose is None:
        return 1.0
    away = np.degrees(view.pose.yaw_rad) * (1 if side == "right" else -1)
    return float(np.clip((_GONE_DEGREES - away) / _LEAVING_DEGREES, 0, 1))
