"""What stays free of paint: the open part of mouth and eyes, distinguished from lips and lids by shape and colour."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from model.keypoints import GROUPS, NUM_KEYPOINTS
from realtime.drawing.primitives import PixelRect, polygon_mask, region_around, soft_mask
from realtime.face_view import FaceView
from realtime.filters.layers.shapes import group, smooth

Part = Literal["mouth", "left_eye", "right_eye"]
EYES: Final[tuple[Part, ...]] = ("left_eye", "right_eye")

_MOUTH_GAP: Final = (0.045, 0.095)
_EYE_GAP: Final = (0.022, 0.045)
"""Eye distances between lips, or lids: up to the first nothing is open, from the second on all that is measured.
Keypoints of closed lips rarely meet; those of closed lids nearly do, and narrow eyes are open at 0.07."""
_RING: Final = {"mouth": (0.035, 0.02), "left_eye": (0.007, 0.006), "right_eye": (0.007, 0.006)}
"""Eye distances inside and outside the measured outline where colour decides what a pixel belongs to."""
_PALE: Final = (0.45, 0.75)
"""Shares of the lips' redness: below the first it is teeth, above the second lip."""
_BRIGHT: Final = (1.2, 1.5)
"""In a picture without colour: shares of the lips' brightness; from the second on it is teeth."""
_DARK: Final = (0.4, 0.65)
"""Shares of the lips' brightness: below the first it is the mouth's inside, above the second lip."""
_SOFTNESS: Final = 0.07
"""Share of both lips' height, or the eye's, by which makeup's edge is blurred."""
_GLARE: Final = 0.5
"""How much redness a pixel as bright again as the lips counts less, share of theirs."""
_CRISP_PX: Final = 0.6
_SOFTEST: Final = 0.14
"""Most that an edge is blurred, share of the gap."""
_COLOURLESS: Final = 0.05
"""Redness below which lips cannot be distinguished from teeth by it."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An open mouth or eye, or what else stays free of paint.

    Attributes:
        region: of the canvas.
        mask: (h, w) uint8 over it, 255 where nothing is painted.
    """

    region: PixelRect
    mask: Image

    def cut(self, shown: Image, region: PixelRect) -> None:
        """Take it out of a mask over another region of the same canvas, in place."""
        own = self.region
        x0, y0 = max(own.x0, region.x0), max(own.y0, region.y0)
        x1, y1 = min(own.x1, region.x1), min(own.y1, region.y1)
        if x1 > x0 and y1 > y0:
            part = shown[y0 - region.y0 : y1 - region.y0, x0 - region.x0 : x1 - region.x0]
            hole = self.mask[y0 - own.y0 : y1 - own.y0, x0 - own.x0 : x1 - own.x0]
            part[:] = cv2.min(part, cv2.bitwise_not(hole))


def opening(canvas_bgr: Image, view: FaceView, part: Part, sigma_px: float) -> Opening | None:
    """What is open of a part, None where it is closed or outside the canvas.

    The hole closes with the gap. Within a ring about the measured outline, lip- or skin-coloured pixels belong to lip
    or lid; teeth, the eye's white and darkness do not.

    Args:
        canvas_bgr: before anything is painted there; not changed.
        view: the face.
        part: which.
        sigma_px: softness of the edge.
    """
    found = _outlined(canvas_bgr, view, part, sigma_px)
    if found is None:
        return None
    region, whole, core, share, sigma_px = found
    likely = cv2.max(*_foreign(region.of(canvas_bgr), _around(view, part, region, whole)))
    if sigma_px > _CRISP_PX:
        likely = cv2.GaussianBlur(likely, (0, 0), sigma_px / 2)
    mask = cv2.max(cv2.multiply(whole, likely, scale=1 / 255), cv2.min(core, whole))
    return Opening(region, cv2.convertScaleAbs(mask, alpha=share) if share < 1 else mask)


def pale_part(canvas_bgr: Image, view: FaceView, part: Part, sigma_px: float) -> Opening | None:
    """What is open and pale: teeth, or the white of an eye; as `opening`."""
    found = _outlined(canvas_bgr, view, part, sigma_px)
    if found is None:
        return None
    region, whole, _, share, sigma_px = found
    pale, _ = _foreign(region.of(canvas_bgr), _around(view, part, region, whole))
    pale = cv2.GaussianBlur(pale, (0, 0), max(sigma_px, _CRISP_PX))
    return Opening(region, cv2.convertScaleAbs(cv2.min(whole, pale), alpha=share))


def _outlined(
    canvas_bgr: Image, view: FaceView, part: Part, sigma_px: float
) -> tuple[PixelRect, Image, Image, float, float] | None:
    """A region of the canvas, masks of all that may be open there and of what must be, how far and how softly."""
    top, bottom = _edges(part) @ view.keypoints_px
    up = np.array([math.sin(view.roll_rad), -math.cos(view.roll_rad)])
    gap_px = (bottom - top) @ -up
    closed, open_wide = _MOUTH_GAP if part == "mouth" else _EYE_GAP
    share = min((float(gap_px.max()) / view.unit_px - closed) / (open_wide - closed), 1.0)
    if not share > 0:
        return None
    inner_px, outer_px = (reach * view.unit_px for reach in _RING[part])
    outer = _widened(top, bottom, gap_px, up, outer_px)
    # A wide blur would draw a veil over narrow eyes.
    sigma_px = min(sigma_px, max(_SOFTEST * float(gap_px.max()), _CRISP_PX))
    region = region_around(outer, 3 * sigma_px + 1, canvas_bgr)
    if region is None:
        return None
    whole = soft_mask(region, [outer], sigma_px)
    core = soft_mask(region, [_widened(top, bottom, gap_px, up, -inner_px)], max(sigma_px, inner_px / 3))
    return region, whole, core, share, sigma_px


def softness(view: FaceView, part: Part) -> float:
    """Blur of an opening's edge under makeup, pixels: in proportion to the lips' height, or the eye's."""
    outer, inner = group(view, "outer_lip" if part == "mouth" else part), group(view, "inner_lip")
    height_px = float(np.ptp(outer @ view.along_face((0.0, 1.0)))) / view.unit_px
    if part == "mouth":
        height_px -= float(np.ptp(inner @ view.along_face((0.0, 1.0)))) / view.unit_px
    return _SOFTNESS * max(height_px, 0.0)


@cache
def _edges(part: Part) -> Array:
    """(2, N, 68): times the keypoints, the upper and the lower edge, both from the left to the right corner."""
    points = np.eye(NUM_KEYPOINTS)[list(GROUPS["inner_lip" if part == "mouth" else part])]
    half = len(points) // 2
    lower = smooth(np.vstack([points[half:], points[:1]]), False)[::-1]
    return np.stack([smooth(points[: half + 1], False), lower])


@cache
def _outline_around(part: Part) -> Array:
    """(N, 68): times the keypoints, the outer outline of the lips, or one about an eye."""
    points = np.eye(NUM_KEYPOINTS)[list(GROUPS["outer_lip" if part == "mouth" else part])]
    return smooth(points, True) if part == "mouth" else points.mean(axis=0) + 1.45 * (points - points.mean(axis=0))


def _widened(top: Array, bottom: Array, gap_px: Array, up: Array, by_px: float) -> Array:
    """The outline between two edges, each moved outwards; inwards not past the middle."""
    moved = np.maximum(by_px, -gap_px / 2)[:, None] * up
    return np.concatenate([top + moved, (bottom - moved)[::-1]])


def _around(view: FaceView, part: Part, region: PixelRect, whole: Image) -> Image:
    """(h, w) mask of the lips, or of the skin around an eye, that gives the colour to compare with."""
    outline = _outline_around(part) @ view.keypoints_px
    return np.asarray(cv2.subtract(polygon_mask(region.size_wh, [outline - region.origin]), whole))


def _foreign(pixels_bgr: Image, own: Image) -> tuple[Image, Image]:
    """(h, w) uint8 each: 255 where a pixel is paler, and where it is darker, than those of the (h, w) mask `own`."""
    own = cv2.threshold(own, 128, 255, cv2.THRESH_BINARY)[1]
    if not cv2.countNonZero(own):
        return np.full(own.shape, 255, np.uint8), np.full(own.shape, 255, np.uint8)
    pixels = cv2.blur(pixels_bgr, (3, 3)).astype(np.float32)
    _, green, red = cv2.split(pixels)
    total = red + green + 1
    redness = (red - green) / total
    own_bright, own_red = cv2.mean(total, own)[0], cv2.mean(redness, own)[0]
    bright = total * (1 / own_bright)
    if own_red > _COLOURLESS:
        # Pale lips differ from teeth in brightness more than in redness.
        glare = np.minimum(np.maximum(bright - 1, 0), 1)
        pale = _ramp(redness * (1 / own_red) - _GLARE * glare, _PALE[1], _PALE[0])
    else:
        pale = _ramp(bright, *_BRIGHT)
    return pale, _ramp(bright, _DARK[1], _DARK[0])


def _ramp(values: npt.NDArray[np.float32], zero: float, one: float) -> Image:
    """0 up to `zero`, 255 from `one` on, straight between; uint8."""
    scaled = np.maximum((values - zero) * (255 / (one - zero)), 0)
    return np.asarray(cv2.convertScaleAbs(scaled))  # which ends at 255
