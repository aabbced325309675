"""THE crop: a face's region of an image -> the network's input, and the matrix back.

Training, evaluation and the live program all cut faces with this module and no other, so that what the network
sees live is what it was trained on.

A region is a square that may be turned and may leave the image. Where it does, the border pixels are repeated.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.geometry import Box, Matrix, Points, similarity
from model.keypoints import GROUPS, NUM_KEYPOINTS

HAAR_TO_POINTS_SHIFT_Y = 0.16
"""The points' box centre lies this many Haar box heights below the Haar box centre (`train measure-crops`)."""
HAAR_TO_POINTS_SIDE = 0.89
"""Longer side of the points' box over the side of the Haar box (`train measure-crops`)."""

_EYE_TO_EYE = np.zeros(NUM_KEYPOINTS)
"""Times the points: from the centre of the left eye to that of the right."""
_EYE_TO_EYE[list(GROUPS["right_eye"])] = 1 / len(GROUPS["right_eye"])
_EYE_TO_EYE[list(GROUPS["left_eye"])] = -1 / len(GROUPS["left_eye"])


@dataclass(frozen=True, slots=True)
class Region:
    """Where the 68 points of a face are expected: a turned square, full-frame pixels.

    Attributes:
        center_x, center_y: centre of the points' upright box.
        side: longer side of the points' box, measured upright; a crop is `CropSpec.scale` times as wide.
        roll_rad: how far the face is turned clockwise on the screen; 0 is upright.
    """

    center_x: float
    center_y: float
    side: float
    roll_rad: float = 0.0

    def __post_init__(self) -> None:
        values = (self.center_x, self.center_y, self.side, self.roll_rad)
        if not all(map(math.isfinite, values)) or self.side <= 0:
            raise ValueError(f"a region needs finite values and a positive side, got {self}")


@dataclass(frozen=True, slots=True)
class CropSpec:
    """How a network wants its faces cut; travels inside the weights file.

    Attributes:
        size_px: the crop is `size_px` x `size_px` grey pixels.
        scale: side of the crop over side of the region.
        shift_y: how many sides of the region the crop's centre lies below the region's, along the face.
    """

    size_px: int
    scale: float
    shift_y: float = 0.0

    def __post_init__(self) -> None:
        if not (16 <= self.size_px <= 1024 and 0.5 <= self.scale <= 8 and -2 <= self.shift_y <= 2):
            raise ValueError(f"a crop needs size_px in 16..1024, scale in 0.5..8 and shift_y in -2..2, got {self}")


def region_from_box(box: Box) -> Region:
    """Region of the face whose 68 points fill `box`, taken to be upright."""
    return Region(*box.center, side=max(box.width, box.height))


def region_from_haar(box: Box, roll_rad: float = 0.0) -> Region:
    """Region of the face that the frontal Haar cascade boxed.

    The Haar box centres on the nose's root, the points' box lies lower; see the constants above.

    Args:
        box: the cascade's box; of a frame turned upright by `roll_rad`, already moved back by its centre.
        roll_rad: how far the searched frame had been turned, so that "below" is along the face.
    """
    x, y = box.center
    shift = HAAR_TO_POINTS_SHIFT_Y * box.height
    return Region(
        x - shift * np.sin(roll_rad),
        y + shift * np.cos(roll_rad),
        side=HAAR_TO_POINTS_SIDE * max(box.width, box.height),
        roll_rad=roll_rad,
    )


def roll_from_keypoints(keypoints: Points) -> float:
    """Roll in radians of a (68, 2) face, from the centre of one eye to the other's; 0 is upright."""
    dx, dy = _EYE_TO_EYE @ keypoints
    return math.atan2(dy, dx)


def region_from_keypoints(keypoints: Points) -> Region:
    """Region of a face whose (68, 2) points are known: their box measured upright.

    Raises:
        ValueError: the points are not finite.
    """
    roll = roll_from_keypoints(keypoints)
    cos, sin = math.cos(roll), math.sin(roll)
    upright = keypoints @ np.array([[cos, -sin], [sin, cos]])
    (left, top), (right, bottom) = upright.min(axis=0).tolist(), upright.max(axis=0).tolist()
    x, y = (left + right) / 2, (top + bottom) / 2
    return Region(cos * x - sin * y, sin * x + cos * y, max(right - left, bottom - top, 1e-2), roll)


def crop_matrix(region: Region, spec: CropSpec) -> Matrix:
    """(2, 3) map from image pixels to crop pixels; the region comes out upright, centred but for the spec's shift."""
    center = (spec.size_px - 1) / 2
    scale = spec.size_px / (region.side * spec.scale)
    target = (center, center - spec.shift_y * spec.size_px / spec.scale)
    return similarity(scale, -region.roll_rad, (region.center_x, region.center_y), target)


def crop_gray(
    image: npt.NDArray[np.uint8],
    region: Region,
    spec: CropSpec,
    border: int = cv2.BORDER_REPLICATE,
) -> tuple[npt.NDArray[np.uint8], Matrix]:
    """Cut `region` out of an image as the network's grey input.

    Only the pixels around the region are read, so the cost follows the crop and not the frame. Faces much larger
    than the crop are first shrunk by whole steps, to the mean of each square, so that fine texture does not alias.

    Args:
        image: (H, W, 3) BGR or (H, W) grey, uint8; not changed.
        region: where the face is, in the image's pixels.
        spec: the network's wish.
        border: OpenCV border mode outside the image.

    Returns:
        The (size_px, size_px) uint8 crop, and the (2, 3) matrix from image to crop pixels.
    """
    matrix = crop_matrix(region, spec)
    height, width = image.shape[:2]
    # The turned square's extent, with a pixel of margin for interpolation.
    half = region.side * spec.scale / 2 * (abs(math.cos(region.roll_rad)) + abs(math.sin(region.roll_rad)))
    step = _shrink_step(region.side * spec.scale / spec.size_px)
    margin = half + abs(spec.shift_y) * region.side + 2.0 * step
    x0 = min(max(math.floor(region.center_x - margin), 0), width - 1)
    y0 = min(max(math.floor(region.center_y - margin), 0), height - 1)
    x1 = min(max(math.ceil(region.center_x + margin) + 1, x0 + 1), width)
    y1 = min(max(math.ceil(region.center_y + margin) + 1, y0 + 1), height)
    patch = image[y0:y1, x0:x1]
    if min(patch.shape[:2]) < step:
        step = 1
    patch = _shrunk_gray(patch, step)
    # Pixel centres: the patch's (u) lies at (u + 0.5) * step - 0.5 from its corner in the image.
    center_x, center_y = ((c + 0.5) / step - 0.5 for c in (region.center_x - x0, region.center_y - y0))
    crop = cv2.warpAffine(
        patch,
        crop_matrix(Region(center_x, center_y, region.side / step, region.roll_rad), spec),
        (spec.size_px, spec.size_px),
        flags=cv2.INTER_LINEAR,
        borderMode=border,
    )
    return crop, matrix


def _shrink_step(shrink: float) -> int:
    """Whole steps by which to shrink before a warp that shrinks by `shrink`; see `_shrunk_gray` for the coarser ones.

    From 8 on they are multiples of 2, from 16 on of 4, and so on.
    """
    step = max(1, min(int(shrink), 64))
    halvings = max(0, step.bit_length() - 3)
    return step >> halvings << halvings


def _shrunk_gray(patch: npt.NDArray[np.uint8], step: int) -> npt.NDArray[np.uint8]:
    """(H // step, W // step) grey means of squares of `step` pixels; up to a square is cut off right and below.

    OpenCV's area averaging is some ten times as fast where sizes divide without a rest; for large steps halving first
    is faster still, and in both, grey is faster than colour where it is small enough to stay in the cache.
    """
    size_wh = patch.shape[1] // step, patch.shape[0] // step
    patch = patch[: size_wh[1] * step, : size_wh[0] * step]
    while step >= 8:
        patch = cv2.resize(patch, (patch.shape[1] // 2, patch.shape[0] // 2), interpolation=cv2.INTER_AREA)
        step //= 2
    if patch.ndim == 3:
        patch = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    return cv2.resize(patch, size_wh, interpolation=cv2.INTER_AREA) if step > 1 else patch
