"""Ears: whether they are seen or lie under hair; what goes back to a covered one vanishes under that hair.

There is no segmentation of hair here. But the arms of glasses end at the ears, the pose says where those are, and ears
have the colour of the face's skin.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from model.mean_face import HEAD_POINTS
from realtime.face_light import Light, colors_at, skin_likeness
from realtime.face_view import FaceView

SIDES: Final = ("left", "right")
_OUT: Final = 0.06
_UP_DOWN: Final = (-0.2, 0.22)
_FORTH_BACK: Final = (-0.16, 0.06)
"""Eye distances from the ear's middle where its colour is looked at."""
_FEWEST: Final = 0.5
"""Share of these places inside the frame without which an ear is taken to be seen."""
_ALIKE: Final = (0.08, 0.3)
"""Mean likeness with skin: up to the first it is hair, from the second on an ear, perhaps with some hair on it."""
_TURNED_DEGREES: Final = (8.0, 18.0)
"""Of yaw: up to the first an ear is seen too much from the front to tell; from the second on it counts."""
_BACK: Final = (0.0, 0.45)
"""Eye distances behind the eyes between which things vanish under the hair."""
_BESIDE: Final = 0.5
_TOP: Final = (-0.45, -0.3)
"""Eye distances: farther in, or above the first, nothing goes to an ear; below the second all does."""


def _places() -> Array:
    """(2, N, 3) head coordinates on both ears."""
    ys, zs = np.meshgrid(np.linspace(*_UP_DOWN, 7), np.linspace(*_FORTH_BACK, 4))
    offsets = np.column_stack([np.full(ys.size, _OUT), ys.ravel(), zs.ravel()])
    sides = zip(SIDES, (-1, 1), strict=True)
    return np.stack([HEAD_POINTS[f"{side}_ear"] + offsets * (sign, 1, 1) for side, sign in sides])


_PLACES: Final = _places()


def ears_seen(canvas_bgr: Image, view: FaceView, light: Light) -> Array:
    """(2,) for the left and right ear 1 where it may be seen, 0 where it lies under hair, or between.

    Args:
        canvas_bgr: before anything is drawn on it.
        view: the face.
        light: on it.
    """
    seen = np.ones(2)
    if view.pose is None:
        return seen
    for index, (places, sign) in enumerate(zip(_PLACES, (1, -1), strict=True)):
        turned = _ramp(sign * np.degrees(view.pose.yaw_rad), *_TURNED_DEGREES)
        if turned <= 0:
            continue
        colors = colors_at(canvas_bgr, view.project(places))
        if len(colors) >= _FEWEST * len(places):
            alike = float(skin_likeness(colors[None], light).mean())
            seen[index] = 1 - turned * (1 - _ramp(alike, *_ALIKE))
    return seen


def under_hair(points: Array) -> npt.NDArray[np.float32]:
    """(N, 2) how much of what lies at (N, 3) head coordinates the hair over the left and the right ear would hide."""
    x, y, z = points.T
    back = np.clip((z - _BACK[0]) / (_BACK[1] - _BACK[0]), 0, 1) * np.clip((y - _TOP[0]) / (_TOP[1] - _TOP[0]), 0, 1)
    return np.column_stack([back * (x < -_BESIDE), back * (x > _BESIDE)]).astype(np.float32)


def _ramp(value: float, zero: float, one: float) -> float:
    return min(max((value - zero) / (one - zero), 0.0), 1.0)
