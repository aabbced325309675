"""The far side of a head that is turned nearly to its profile: points there are guesses, and what lies on them ends.

Beyond some 35 degrees of yaw more and more of the far cheek, and then half the mouth, are hidden. Labels put hidden
points on the outline or beyond it, so that a beard's rim or lipstick would hang in the air before the face. So nothing
is drawn farther beyond the profile than the mean face reaches there.
"""

from typing import Final

import numpy as np

from model.arrays import Array
from realtime.drawing.primitives import PixelRect, soft_mask
from realtime.face_view import FaceView
from realtime.filters.layers.openings import Opening

_WHOLE_DEGREES: Final = 32.0
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


def far_side(view: FaceView, region: PixelRect) -> Opening | None:
    """What lies beyond the profile, to be cut out of a mask over `region`; None where the head shows both sides."""
    yaw_degrees = 0.0 if view.pose is None else float(np.degrees(view.pose.yaw_rad))
    if abs(yaw_degrees) <= _WHOLE_DEGREES:
        return None
    return Opening(region, soft_mask(region, [_beyond(view, yaw_degrees)], _FEATHER * view.unit_px))


def _beyond(view: FaceView, yaw_degrees: float) -> Array:
    """(N, 2) outline of all on the far side of what is seen."""
    across, down = view.along_face((1.0 if yaw_degrees > 0 else -1.0, 0.0)), view.along_face((0.0, 1.0))
    margin = np.interp(abs(yaw_degrees), *_MARGIN)
    seen = [np.interp(abs(yaw_degrees), _AT_DEGREES, reach) + margin for reach in _SEEN.T]
    end = view.keypoints_px[list(_PROFILE)] + np.array(seen)[:, None] * across
    end = np.vstack([end[:1] - _REACH * down, end, end[-1:] + _REACH * down])
    return np.vstack([end, (end + _REACH * across)[::-1]])
