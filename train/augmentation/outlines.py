"""Outlines and lines as coverage, for what is drawn on training faces."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Outlines = Sequence[npt.NDArray[np.floating]]

FIXED_BITS: Final = 4


def filled(outlines: Outlines, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """(H, W) in [0, 1] coverage of closed outlines; overlaps are no more than covered."""
    result = np.zeros(shape, np.uint8)
    for outline in outlines:
        cv2.fillPoly(result, [fixed_point(outline)], 255, cv2.LINE_AA, FIXED_BITS)
    return np.asarray(result / np.float32(255), np.float32)


def drawn(lines: Outlines, shape: tuple[int, ...], thickness: int, *, closed: bool = True) -> npt.NDArray[np.float32]:
    """(H, W) in [0, 1] coverage of lines."""
    result = np.zeros(shape, np.uint8)
    cv2.polylines(result, [fixed_point(line) for line in lines], closed, 255, thickness, cv2.LINE_AA, FIXED_BITS)
    return np.asarray(result / np.float32(255), np.float32)


def fixed_point(points: npt.NDArray[np.floating]) -> npt.NDArray[np.int32]:
    """Points as OpenCV takes them, with `FIXED_BITS` bits behind the point."""
    return np.asarray(np.rint(points * 2**FIXED_BITS), np.int32)
