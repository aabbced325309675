"""The far side of a head that is turned nearly to its profile: points there are guesses, and what lies on them ends.

Beyond some 35 degrees of yaw more and more of the far cheek, and then half the mouth, are hidden. Labels put hidden
points on the outline or beyond it, so that a beard's rim or lipstick would hang in the air before the face. So nothing
is drawn farther beyond the profile than the mean face reaches there.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from model.arrays import Array, Image
from realtime.drawing.primitives import PixelRect, soft_mask
from realtime.face_view import FaceView
from realtime.filters.layers.openings import Opening

_WHOLE_RAD: Final = math.radians(32.0)
"""Of yaw: up to there all is drawn."""
_FEATHER: Final = 0.06
"""Softness of the end, eye distances."""
_PROFILE: Final = (27, 28, 30, 33, 51, 57, 8)
"""Points that the profile passes, from above."""
_AT_DEGREES: Final = (40.0, 50.0, 60.0)
_SEEN: Final = np.array(
    [
        (0.22, 0.09, 0.02, 0.08, 0.10, 0.08, 0.12),
        (0.12, 0.02, 0.02, 0.05, 0.06, 0.04, 0.12),
        (0.04, 0.00, 0.02, 0.02, 0.02, 0.02, 0.12),
    ]
)
"""Eye distances that the mean face reaches beyond each of those points at those angles; a little more at the chin."""
_MARGIN: Final = ((32.0, 40.0, 50.0), (0.5, 0.08, 0.0))
"""Eye distances more that are drawn at some angles, for faces differ: at the first it is all."""
_REACH: Final = 3.0
"""How far what is cut reaches, eye distances."""


@dataclass(frozen=True, slots=True)
class FarSide:
    """What lies beyond the profile of a head.

    Attributes:
        outline: (N, 2) pixels of the canvas.
        away: (2,) towards it, of length 1.
        feather_px: softness of its edge.
        nearest_px: how far along `away` it begins.
    """

    outline: Array = field(repr=False)
    away: tuple[float, float]
    feather_px: float
    nearest_px: float

    @classmethod
    def of(cls, view: FaceView) -> "FarSide | None":
        """That of a face; None where the head shows both sides whole."""
        if view.pose is None or abs(view.pose.yaw_rad) <= _WHOLE_RAD:
            return None
        across = view.along_face((math.copysign(1.0, view.pose.yaw_rad), 0.0))
        x, y = (across / view.unit_px).tolist()
        end = _end(view, abs(math.degrees(view.pose.yaw_rad)), across)
        feather_px, nearest_px = _FEATHER * view.unit_px, float((end @ (x, y)).min())
        return cls(np.concatenate([end, (end + _REACH * across)[::-1]]), (x, y), feather_px, nearest_px)

    def opening(self, region: PixelRect) -> Opening | None:
        """What of a region of the canvas stays free of paint; None where that is nothing."""
        x, y = self.away
        farthest_px = max(x * region.x0, x * region.x1) + max(y * region.y0, y * region.y1)
        # Most shapes of makeup lie on the near side.
        if farthest_px < self.nearest_px - 3 * self.feather_px:
            return None
        return Opening(region, soft_mask(region, [self.outline], self.feather_px))

    def cut(self, shown: Image, region: PixelRect) -> None:
        """Take it out of a mask over a region of the canvas, in place."""
        hidden = self.opening(region)
        if hidden is not None:
            hidden.cut(shown, region)


def _end(view: FaceView, yaw_degrees: float, across: Array) -> Array:
    """(N, 2) where what is seen of the far side ends, from above; `across` is an eye distance along the face."""
    margin = np.interp(yaw_degrees, *_MARGIN)
    later = int(yaw_degrees > _AT_DEGREES[1])
    share = (yaw_degrees - _AT_DEGREES[later]) / (_AT_DEGREES[later + 1] - _AT_DEGREES[later])
    seen = _SEEN[later] + min(max(share, 0.0), 1.0) * (_SEEN[later + 1] - _SEEN[later])
    end = view.keypoints_px[list(_PROFILE)] + (seen + margin)[:, None] * across
    beyond = _REACH * view.along_face((0.0, 1.0))
    return np.concatenate([end[:1] - beyond, end, end[-1:] + beyond])
