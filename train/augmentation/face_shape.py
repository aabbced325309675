"""Faces of other proportions: the picture and its labels bent smoothly, as if another person sat there.

The dataset shows 347 people. Chins and foreheads grow and shrink, jaws taper, and a coarse random field moves brows,
eyes, nose and mouth a little against each other.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image

Points = npt.NDArray[np.float32]

_GRID: Final = 6
"""Knots of the random field along each axis."""
_FIELD: Final = 0.022
_TAPER: Final = 0.10
_STRETCH: Final = 0.08
"""Standard deviations, in shares of the points' box: of each knot; of the width's change from brows to chin; of the
lower face's growth."""
_FINE: Final = 32
"""Cells in which the field is evaluated."""


def reshape_face(crop: Image, keypoints: Points, rng: np.random.Generator) -> tuple[Image, Points]:
    """Bend an upright (S, S) face to other proportions.

    Args:
        crop: (S, S) grey, the face in its middle.
        keypoints: (68, 2) in its pixels.
        rng: draws the proportions.

    Returns:
        The crop and its points, both new.
    """
    size = crop.shape[0]
    face = float(np.ptp(keypoints, axis=0).max())
    knots = rng.normal(0, _FIELD * face, (2, _GRID, _GRID)).astype(np.float32)
    taper, stretch = rng.normal(0, _TAPER), rng.normal(0, _STRETCH)
    place = (np.arange(_FINE, dtype=np.float32) + 0.5) * (size / _FINE) - 0.5
    x, y = ((place - center) / face for center in (keypoints.max(axis=0) + keypoints.min(axis=0)) / 2)
    # Beyond the face nothing is bent further than at its edge.
    x, y = np.clip(x, -0.8, 0.8), np.clip(y, -0.8, 0.8)[:, None]
    to_x = cv2.resize(knots[0], (_FINE, _FINE), interpolation=cv2.INTER_CUBIC) + np.float32(taper * face) * x * y
    to_y = cv2.resize(knots[1], (_FINE, _FINE), interpolation=cv2.INTER_CUBIC) + np.float32(stretch * face) * y * y
    grid = np.arange(size, dtype=np.float32)
    source_x = cv2.resize(to_x, (size, size), interpolation=cv2.INTER_LINEAR) + grid
    source_y = cv2.resize(to_y, (size, size), interpolation=cv2.INTER_LINEAR) + grid[:, None]
    bent = cv2.remap(crop, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return bent, _moved(keypoints, to_x, to_y, size)


def _moved(keypoints: Points, to_x: npt.NDArray[np.float32], to_y: npt.NDArray[np.float32], size: int) -> Points:
    """Where the points lie in the bent picture: the map of its pixels to their sources, inverted step by step."""
    moved = keypoints.copy()
    for _ in range(8):
        cell = (moved + 0.5) * np.float32(_FINE / size) - 0.5
        shift = [
            cv2.remap(to, cell[:, 0], cell[:, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
            for to in (to_x, to_y)
        ]
        moved = keypoints - np.stack(shift, axis=-1)
    return moved.astype(np.float32)
