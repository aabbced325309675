"""The far side of a head that is turned nearly to its profile: points there are guesses, and what lies on them fades.

Beyond some 35 degrees of yaw the far cheek, and then half the mouth, are hidden. Labels put hidden points on the
outline or beyond it, so that a beard's rim or lipstick would hang in the air before the face.
"""

from typing import Final

import cv2
import numpy as np

from model.arrays import Array
from realtime.drawing.primitives import PixelRect, soft_mask
from realtime.face_view import FaceView
from realtime.filters.layers.openings import Opening

_WHOLE_DEGREES: Final = 32.0
_GONE_DEGREES: Final = 40.0
"""Of yaw: up to the first all is drawn, from the second on nothing beyond the profile."""
_FEATHER: Final = 0.06
"""Softness of the profile, eye distances."""
_PROFILE: Final = ((27, 0.0), (28, 0.0), (30, 0.02), (33, 0.0), (51, 0.02), (57, 0.02), (8, 0.12))
"""Points that the profile passes, from above, and how far beyond each, eye distances."""
_REACH: Final = 3.0
"""How far the faded side reaches, eye distances."""


def far_side(view: FaceView, region: PixelRect) -> Opening | None:
    """What lies beyond the profile, to be cut out of a mask over `region`; None where the head shows both sides."""
    yaw_degrees = 0.0 if view.pose is None else float(np.degrees(view.pose.yaw_rad))
    share = float(np.clip((abs(yaw_degrees) - _WHOLE_DEGREES) / (_GONE_DEGREES - _WHOLE_DEGREES), 0, 1))
    if share <= 0:
        return None
    outline = _beyond(view, 1.0 if yaw_degrees > 0 else -1.0)
    mask = soft_mask(region, [outline], _FEATHER * view.unit_px)
    return Opening(region, np.asarray(cv2.convertScaleAbs(mask, alpha=share)) if share < 1 else mask)


def _beyond(view: FaceView, side: float) -> Array:
    """(N, 2) outline of all on the far side of the profile; `side` is 1 where that is the picture's right."""
    across, down = view.along_face((side, 0.0)), view.along_face((0.0, 1.0))
    profile = np.array([view.keypoints_px[index] + beyond * across for index, beyond in _PROFILE])
    profile = np.vstack([profile[:1] - _REACH * down, profile, profile[-1:] + _REACH * down])
    return np.vstack([profile, (profile + _REACH * across)[::-1]])
