"""Beauty: skin smoothed and evened without touching what is no skin, eyes and teeth brighter."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from realtime.drawing.primitives import PixelRect, mix, polygon_mask, region_around, relit
from realtime.face_light import Light, skin_likeness
from realtime.face_view import FaceView
from realtime.filters.base import Layer
from realtime.filters.layers import shapes
from realtime.filters.layers.mesh import OUTLINE, face_mesh
from realtime.filters.layers.openings import EYES, Opening, opening, pale_part

_GRID_SIDE: Final = 64
"""Where the skin is, and how its tone is evened, is computed on a grid of this many cells a side."""
_RADIUS: Final = 0.055
"""Half the window over which skin is smoothed, eye distances."""
_TEXTURE: Final = 15.0
"""Differences of brightness below this, of 255, are skin's texture; well above it they are the face's features.
The square root of epsilon in He, Sun and Tang, "Guided Image Filtering", 2010."""
_KEPT: Final = 0.25
"""Share of the texture that is left at full strength: skin without any looks like plastic."""
_NEAR: Final = 0.05
_FAR: Final = 0.35
"""Blurs between which tone is evened, eye distances: blotches and rings lie between, the light on the face beyond."""
_EVENED: Final = 0.7
_MOST_EVENED: Final = 1.3
_EYE_GAMMA: Final = 0.72
_EYE_COLOR: Final = 0.7
_TEETH_GAMMA: Final = 0.8
_TEETH_COLOR: Final = 0.35
"""Tone curve, and share of the colour that is left, of eyes and teeth at full strength."""


@dataclass(frozen=True, slots=True)
class Beauty(Layer):
    """Skin, eyes and teeth made better, each as strongly as wanted, 0 to 1.

    Attributes:
        smooth: skin's texture; eyes, brows, lips, nostrils, hair and beard stay sharp.
        even: skin's tone: blotches, shine and rings under the eyes.
        eyes: brightness of open eyes.
        teeth: brightness and whiteness of teeth that show.
    """

    smooth: float = 0.7
    even: float = 0.5
    eyes: float = 0.4
    teeth: float = 0.4

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        if opacity <= 0:
            return
        parts = self._parts(canvas_bgr, view)
        outline = face_mesh(view)[list(OUTLINE)]
        region = region_around(outline, 1, canvas_bgr)
        if region is not None and view.light is not None and max(self.smooth, self.even) > 0:
            self._treat_skin(canvas_bgr, region, view, view.light, opacity)
        for part, amount, gamma, color in parts:
            if part is not None:
                under = part.region.of(canvas_bgr)
                mix(canvas_bgr, part.region, _brighter(under, gamma, color), part.mask, opacity * amount)

    def _parts(self, canvas_bgr: Image, view: FaceView) -> list[tuple[Opening | None, float, float, float]]:
        """Eyes and teeth, each with amount and curve; before the skin is changed, for colour tells what they are."""
        found = []
        if self.eyes > 0:
            eyes = [opening(canvas_bgr, view, eye, 0.012 * view.unit_px) for eye in EYES]
            found += [(eye, self.eyes, _EYE_GAMMA, _EYE_COLOR) for eye in eyes]
        if self.teeth > 0:
            teeth = pale_part(canvas_bgr, view, "mouth", 0.008 * view.unit_px)
            found.append((teeth, self.teeth, _TEETH_GAMMA, _TEETH_COLOR))
        return found

    def _treat_skin(self, canvas_bgr: Image, region: PixelRect, view: FaceView, light: Light, opacity: float) -> None:
        pixels = region.of(canvas_bgr)
        step = max(1, -(-max(region.size_wh) // _GRID_SIDE))
        grid_wh = (-(-region.size_wh[0] // step), -(-region.size_wh[1] // step))
        # What is left over on the right and below would stretch the grid, so it is repeated.
        small = cv2.resize(_padded(pixels, grid_wh, step), grid_wh, interpolation=cv2.INTER_AREA)
        skin = _skin(small, region, view, light, step)
        if self.even > 0:
            factors = _evening(small, skin, view.unit_px / step, opacity * self.even * _EVENED)
            pixels[:] = relit(pixels, factors)
        if self.smooth > 0:
            weight = cv2.resize(skin, (grid_wh[0] * step, grid_wh[1] * step), interpolation=cv2.INTER_LINEAR)
            weight = weight[: pixels.shape[0], : pixels.shape[1]]
            change = _smoothing(pixels, view.unit_px) * (weight * np.float32(opacity * self.smooth))
            pixels[:] = cv2.add(pixels, cv2.merge([change] * 3), dtype=cv2.CV_8U)


def _padded(pixels: Image, grid_wh: tuple[int, int], step: int) -> Image:
    height, width = pixels.shape[:2]
    right, below = grid_wh[0] * step - width, grid_wh[1] * step - height
    return np.asarray(cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REPLICATE))


def _skin(small: Image, region: PixelRect, view: FaceView, light: Light, step: int) -> npt.NDArray[np.float32]:
    """(rows, columns) float32, 1 where a cell of the grid over a region is skin, 0 where it is anything else."""

    def on_grid(points: Array) -> Array:
        return np.asarray((points - region.origin + 0.5) / step - 0.5)

    size_wh = (small.shape[1], small.shape[0])
    inside = polygon_mask(size_wh, [on_grid(face_mesh(view)[list(OUTLINE)])])
    spared = polygon_mask(size_wh, [on_grid(each) for each in _features(view)])
    sigma = max(0.025 * view.unit_px / step, 0.5)
    where = cv2.GaussianBlur(cv2.min(inside, cv2.bitwise_not(spared)), (0, 0), sigma).astype(np.float32) / 255
    likely = skin_likeness(small, light)
    return np.asarray(where * cv2.GaussianBlur(likely, (0, 0), 0.8), np.float32)


def _features(view: FaceView) -> list[Array]:
    """Outlines of what is no skin: eyes with their lashes, brows, lips, nostrils."""
    unit_px = view.unit_px
    found = [_grown(shapes.group(view, eye), 0.055 * unit_px) for eye in EYES]
    found.append(_grown(shapes.group(view, "outer_lip"), 0.03 * unit_px))
    found.append(_grown(shapes.group(view, "nose_base"), 0.035 * unit_px))
    found += [_grown(shapes.group(view, f"{side}_brow"), 0.065 * unit_px) for side in ("left", "right")]
    return found


def _grown(points: Array, by_px: float) -> Array:
    """(n, 2) convex outline of points, widened."""
    circle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    disc = by_px * np.column_stack([np.cos(circle), np.sin(circle)])
    around = (points[:, None] + disc).reshape(-1, 2).astype(np.float32)
    return np.asarray(cv2.convexHull(around)[:, 0], np.float64)


def _evening(small: Image, skin: npt.NDArray[np.float32], unit: float, amount: float) -> npt.NDArray[np.float32]:
    """(rows, columns, 3) factors that take skin's tone towards that around it; `unit` in cells an eye distance."""
    weight = skin + np.float32(1e-3)
    colors = (small.astype(np.float32) + 1) * weight[..., None]
    near, far = (
        cv2.GaussianBlur(colors, (0, 0), sigma) / cv2.GaussianBlur(weight, (0, 0), sigma)[..., None]
        for sigma in (max(_NEAR * unit, 0.5), max(_FAR * unit, 0.6))
    )
    ratio = np.clip(far / near, 1 / _MOST_EVENED, _MOST_EVENED)
    return np.asarray(1 + amount * skin[..., None] * (ratio - 1), np.float32)


def _smoothing(pixels_bgr: Image, unit_px: float) -> npt.NDArray[np.float32]:
    """(h, w) what to add to a picture's brightness to smooth it, edges kept: a guided filter on a coarser grid."""
    full = cv2.cvtColor(pixels_bgr, cv2.COLOR_BGR2GRAY)
    step = max(1, int(_RADIUS * unit_px / 3))
    height, width = full.shape
    grid_wh = (max(1, width // step), max(1, height // step))
    side = 2 * max(1, round(_RADIUS * unit_px / step)) + 1
    guide = cv2.resize(full, grid_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    # The coarse grid averages part of the texture away, so its variance is taken from squares at full size.
    squares = cv2.resize(cv2.multiply(full, full, dtype=cv2.CV_32F), grid_wh, interpolation=cv2.INTER_AREA)
    mean = cv2.blur(guide, (side, side))
    variance = cv2.blur(squares, (side, side)) - mean * mean
    slope = np.maximum(variance, 0) / (variance + np.float32(_TEXTURE**2))
    slope_mean = cv2.blur(slope, (side, side))
    offset = cv2.blur(mean - slope * mean, (side, side))
    slope_full, offset_full = (cv2.resize(each, (width, height)) for each in (slope_mean, offset))
    level = full.astype(np.float32)
    return np.asarray((slope_full * level + offset_full - level) * np.float32(1 - _KEPT), np.float32)


def _brighter(pixels_bgr: Image, gamma: float, color: float) -> Image:
    """Pixels through a tone curve, with part of their colour."""
    curve = (255 * (np.arange(256) / 255) ** gamma).round().astype(np.uint8)
    lifted = cv2.LUT(pixels_bgr, curve)
    grey = cv2.cvtColor(cv2.cvtColor(lifted, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return np.asarray(cv2.addWeighted(lifted, color, grey, 1 - color, 0))
