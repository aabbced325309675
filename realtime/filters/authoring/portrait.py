"""The portrait that filters are shown on: the demo's, with the points that the shipped network finds on it."""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.face import Face
from model.geometry import Matrix, apply, bounding_box, similarity
from model.keypoints import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from realtime.drawing.primitives import PixelRect, mix
from realtime.errors import FilterError
from realtime.sources.demo import load_portrait

_FOUND_AT = 2.0
"""The portrait is enlarged by this before points are sought, and cut from there: its face is then 240 pixels wide."""
_OUT_OF_FOCUS = 0.035
"""Blur of what lies round the portrait, shares of the picture's longer side."""


def portrait(eye_distance_px: float, size_wh: tuple[int, int], eyes_at: tuple[float, float]) -> tuple[Image, Face]:
    """The portrait, upright, with the outer eye corners' midpoint at a place of the picture.

    Args:
        eye_distance_px: pixels between the outer eye corners.
        size_wh: (width, height) of the picture; round the portrait lies its own mirror image, out of focus.
        eyes_at: (x, y) of that midpoint, as shares of the size.

    Returns:
        (H, W, 3) uint8 BGR, and its face.

    Raises:
        SourceError: the portrait is missing.
        FilterError: no face was found on it.
        ModelError: detector or weights cannot be used.
    """
    image_bgr, points, score = _found()
    left, right = points[LEFT_EYE_OUTER], points[RIGHT_EYE_OUTER]
    across = right - left
    middle = (left + right) / 2
    goal = (eyes_at[0] * size_wh[0], eyes_at[1] * size_wh[1])
    scale = eye_distance_px / float(np.hypot(*across))
    matrix = similarity(scale, -float(np.arctan2(across[1], across[0])), (float(middle[0]), float(middle[1])), goal)
    shown_bgr = _with_surroundings(image_bgr, matrix, size_wh)
    keypoints = apply(matrix, points)
    return shown_bgr, Face(keypoints, score, 0, bounding_box(keypoints))


def _with_surroundings(image_bgr: Image, matrix: Matrix, size_wh: tuple[int, int]) -> Image:
    """The portrait moved by `matrix`; where it ends, its own mirror image out of focus."""
    moved_bgr = cv2.warpAffine(image_bgr, matrix, size_wh, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT_101)
    blurred_bgr = cv2.GaussianBlur(moved_bgr, (0, 0), _OUT_OF_FOCUS * max(size_wh))
    inside = cv2.warpAffine(np.full(image_bgr.shape[:2], 255, np.uint8), matrix, size_wh)
    inside = cv2.GaussianBlur(inside, (0, 0), _OUT_OF_FOCUS * max(size_wh) / 3)
    mix(blurred_bgr, PixelRect(0, 0, *size_wh), moved_bgr, cv2.addWeighted(inside, 2, inside, 0, -255), 1.0)
    return np.asarray(blurred_bgr)


@lru_cache(maxsize=1)
def _found() -> tuple[Image, npt.NDArray[np.float32], float]:
    """The enlarged portrait, the points on it, and their score."""
    # Imported here: listing and checking packs needs neither detector nor network.
    from model.finder import open_finder

    image_bgr = cv2.resize(load_portrait(), None, fx=_FOUND_AT, fy=_FOUND_AT, interpolation=cv2.INTER_CUBIC)
    faces = open_finder(closely=True).find(image_bgr)
    if not faces:
        raise FilterError("no face was found on the portrait; is assets/weights/keypoints.onnx the file that ships?")
    best = max(faces, key=lambda face: face.score)
    return image_bgr, best.keypoints_px, best.score
