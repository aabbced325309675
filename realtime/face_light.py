"""The light on a face: how bright and of what tint, read from its skin and the white of its eyes."""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from model.keypoints import keypoint_index

_SKIN_CORNERS: Final = (
    ("left_eye_5", "jaw_2", "nose_base_0"),
    ("left_eye_5", "nose_base_0", "outer_lip_0"),
    ("right_eye_4", "jaw_14", "nose_base_4"),
    ("right_eye_4", "nose_base_4", "outer_lip_6"),
    ("left_eye_3", "nose_bridge_1", "nose_base_0"),
    ("right_eye_0", "nose_bridge_1", "nose_base_4"),
    ("left_brow_4", "right_brow_0", "nose_bridge_0"),
)
"""Triangles of the face that are skin on nearly everybody: cheeks, sides of the nose, between the brows."""
_EYE_CORNERS: Final = tuple(
    (f"{side}_eye_{a}", f"{side}_eye_{b}", f"{side}_eye_{c}")
    for side in ("left", "right")
    for a, b, c in ((0, 1, 5), (3, 2, 4))
)
"""Triangles of the eyes beside the iris."""
_SKIN_LEVEL: Final = 178.0
_WHITE_LEVEL: Final = 200.0
"""Brightness of light skin, and of the eyes' white, in the light that the pictures are drawn for."""
_SKIN_TINT: Final = np.array([0.76, 1.0, 1.34])
"""Blue and red of skin in white light, shares of green: the median over people."""
_LEVEL_SLOPE: Final = 0.75
_LEVELS: Final = (0.3, 1.12)
_TINT_SLOPE: Final = 0.5
_TINTS: Final = (0.86, 1.12)
"""Pictures follow the light less than the skin does, and within these factors: skin differs in colour as light does."""
_LIGHTEST_HAIR: Final = 0.72
"""Share of the skin's brightness."""
_GREY: Final = 0.06
"""A picture whose skin is less red than this, as a share of green, has no colours to follow."""

_SHADE_CELLS: Final = 28
"""Local shading is computed on a grid of this many cells a side."""
_SHADE_SOFTNESS: Final = 0.16
"""Blur of local shading, eye distances: wider than wrinkles, narrower than a cheek."""
_SHADES: Final = (0.45, 1.4)
_SHADE_SLOPE: Final = 0.8
_FEATURE: Final = 0.4
"""What is darker than this share of the skin is a brow, an iris, a beard or hair, not shade."""
_SKIN_DARK: Final = (0.38, 0.62)
"""Shares of the skin's brightness: below the first it is hair, beard or a frame, above the second skin."""
_SKIN_COLOR: Final = (0.24, 0.48)
"""Distance from the skin's blue, green and red, shares of their mean: skin up to the first, from the second on none."""


@dataclass(frozen=True, slots=True)
class Light:
    """The light on a face.

    Attributes:
        gain_bgr: (3,) factors on a picture's blue, green and red, to look as if it were lit alike.
        skin_bgr: (3,) the skin's colour, 0 to 255, to which local shading is relative.
        hair_bgr: (3,) the brows' colour, which beards have too.
        ears: (2,) how much of the left and right ear is seen: 1, or 0 under hair.
    """

    gain_bgr: Array = field(repr=False)
    skin_bgr: Array = field(repr=False)
    hair_bgr: Array = field(repr=False)
    ears: Array = field(default_factory=lambda: np.ones(2))

    @property
    def skin_level(self) -> float:
        """Brightness of the skin, 1 to 255."""
        return max(float(self.skin_bgr.mean()), 1.0)

    def towards(self, other: "Light", share: float) -> "Light":
        """Part of the way to another light."""
        gain = self.gain_bgr + share * (other.gain_bgr - self.gain_bgr)
        skin = self.skin_bgr + share * (other.skin_bgr - self.skin_bgr)
        hair = self.hair_bgr + share * (other.hair_bgr - self.hair_bgr)
        return Light(gain, skin, hair, self.ears + share * (other.ears - self.ears))


def _places(corners: tuple[tuple[str, str, str], ...], steps: int) -> Array:
    """(N, 68) weights of keypoints whose sums are places spread over triangles."""
    shares = [(a, b, steps - a - b) for a in range(1, steps) for b in range(1, steps - a)]
    rows = np.zeros((len(corners) * len(shares), 68))
    for row, (names, share) in enumerate((names, share) for names in corners for share in shares):
        np.add.at(rows[row], [keypoint_index(name) for name in names], np.array(share) / steps)
    return rows


_BROWS: Final = _places(
    tuple(
        (f"{side}_brow_{at}", f"{side}_brow_{at + 1}", f"{side}_brow_{at}")
        for side in ("left", "right")
        for at in range(4)
    ),
    4,
)
_SKIN: Final = _places(_SKIN_CORNERS, 6)
_EYES: Final = _places(_EYE_CORNERS, 5)


def light_on(canvas_bgr: Image, keypoints_px: npt.NDArray[np.float64]) -> Light | None:
    """The light on a face with these (68, 2) points, before anything is drawn on it; None outside the canvas."""
    skin, whites = colors_at(canvas_bgr, _SKIN @ keypoints_px), colors_at(canvas_bgr, _EYES @ keypoints_px)
    if len(skin) < len(_SKIN) / 4:
        return None
    brightness = skin.mean(axis=1)
    level = np.percentile(brightness, 75) / _SKIN_LEVEL
    if len(whites):
        # The white of the eyes is as white in dark faces: what is dark there is the light.
        level = max(level, np.percentile(whites.mean(axis=1), 80) / _WHITE_LEVEL)
    factor = np.clip(level**_LEVEL_SLOPE, *_LEVELS)
    middle = np.median(skin, axis=0)
    tint = (middle + 1) / (middle[1] + 1)
    tinted = np.clip((tint / _SKIN_TINT) ** _TINT_SLOPE, *_TINTS) if tint[2] - 1 > _GREY else np.ones(3)
    return Light(factor * tinted, middle, _hair(colors_at(canvas_bgr, _BROWS @ keypoints_px), middle))


def _hair(brows: Array, skin_bgr: Array) -> Array:
    """(3,) colour of the darker part of (n, 3) samples, for brows are thin; not as light as skin."""
    if not len(brows):
        return skin_bgr * _LIGHTEST_HAIR
    level = brows.mean(axis=1)
    color = brows[level <= np.percentile(level, 30)].mean(axis=0)
    return np.asarray(color * min(1.0, _LIGHTEST_HAIR * skin_bgr.mean() / max(color.mean(), 1.0)))


def colors_at(canvas_bgr: Image, places_px: Array) -> Array:
    """(n, 3) colours at those of (N, 2) places that lie on the canvas."""
    height, width = canvas_bgr.shape[:2]
    inside = ((places_px > -0.5) & (places_px < (width - 0.5, height - 0.5))).all(axis=1)
    columns, rows = places_px[inside].round().astype(np.intp).T
    return np.asarray(canvas_bgr[rows, columns].astype(np.float64))


def shade_on(under_bgr: Image, inside: Image, light: Light, unit_px: float) -> npt.NDArray[np.float32]:
    """How much brighter or darker than the whole face its parts are: light and shadow, not features.

    Args:
        under_bgr: (h, w, 3) a region of the canvas before it is drawn on.
        inside: (h, w) uint8, not 0 where that is face.
        light: on the face.
        unit_px: pixels an eye distance.

    Returns:
        (rows, columns, 3) factors on blue, green and red, on a small grid over the region, the light's gain included.
    """
    height, width = inside.shape
    step = max(1.0, max(height, width) / _SHADE_CELLS)
    grid_wh = (max(1, round(width / step)), max(1, round(height / step)))
    # Every third pixel or so is enough, and reads a ninth of the memory; of colours OpenCV takes them out faster.
    skip = max(1, int(step / 4))
    few_bgr = cv2.warpAffine(
        under_bgr,
        np.array([[skip, 0.0, 0.0], [0.0, skip, 0.0]]),
        (-(-width // skip), -(-height // skip)),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    under = cv2.resize(few_bgr, grid_wh, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(np.ascontiguousarray(inside[::skip, ::skip]), grid_wh, interpolation=cv2.INTER_AREA)
    blue, green, red = cv2.split(under.astype(np.float32))
    ratio = (blue + green + red) * np.float32(1 / (3 * light.skin_level))
    skin = ratio > _FEATURE
    weight = cover * skin.astype(np.float32) + np.float32(0.3)
    sigma = max(_SHADE_SOFTNESS * unit_px / step, 0.5)
    soft = cv2.GaussianBlur(np.where(skin, ratio, np.float32(1)) * weight, (0, 0), sigma)
    shade = cv2.pow(soft / cv2.GaussianBlur(weight, (0, 0), sigma), _SHADE_SLOPE)
    shade = np.minimum(np.maximum(shade, _SHADES[0]), _SHADES[1])
    return np.asarray(shade[..., None] * light.gain_bgr.astype(np.float32))


def skin_likeness(pixels_bgr: Image | Array, light: Light) -> npt.NDArray[np.float32]:
    """(h, w) float32: 1 where the colour is that of the face's skin, 0 where it is hair, a frame, or anything else."""
    colors = pixels_bgr.astype(np.float32) + 1
    level = colors.mean(axis=2, keepdims=True)
    own = light.skin_bgr.astype(np.float32) + 1
    off = np.abs(colors / level - own / own.mean()).max(axis=2)
    bright = (level[..., 0] / own.mean() - _SKIN_DARK[0]) / (_SKIN_DARK[1] - _SKIN_DARK[0])
    alike = (_SKIN_COLOR[1] - off) / (_SKIN_COLOR[1] - _SKIN_COLOR[0])
    return np.asarray(np.clip(np.minimum(bright, alike), 0, 1), np.float32)
