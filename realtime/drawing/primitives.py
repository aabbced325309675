"""Drawing primitives: the only place that puts pixels on a canvas.

Everything here draws in place on a (H, W, 3) uint8 BGR canvas, is clipped to it, and touches only the pixels of its own
region, so the cost follows what is drawn and not the frame. Pictures are *premultiplied* BGRA: colours already times
alpha, so that interpolation at an edge never brings in the colour of transparent pixels (dark or bright fringes).
Integer coordinates are pixel centres.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.geometry import Points
from realtime.drawing.sticker import Sticker

Color: TypeAlias = tuple[int, int, int]
"""Blue, green, red."""
BlendMode: TypeAlias = Literal["normal", "multiply", "screen", "soft_light"]

_SHIFT = 4
"""Fractional bits of OpenCV's drawing coordinates: sixteenths of a pixel."""
_FAR_PX = 1 << 15
"""Drawing coordinates are clamped to this: beyond it OpenCV's integers overflow, and it is far outside any frame."""
_LARGE_DOT_PX = 8
_ONE = 128
"""What stands for a factor of 1 in 8 bits."""


@dataclass(frozen=True, slots=True)
class PixelRect:
    """A rectangle of canvas pixels, half-open, inside the canvas and not empty."""

    x0: int
    y0: int
    x1: int
    y1: int

    def of(self, canvas: Image) -> Image:
        """The canvas's pixels in it, a view."""
        return canvas[self.y0 : self.y1, self.x0 : self.x1]

    @property
    def size_wh(self) -> tuple[int, int]:
        """(width, height)."""
        return self.x1 - self.x0, self.y1 - self.y0

    @property
    def origin(self) -> npt.NDArray[np.float64]:
        """(x0, y0)."""
        return np.array([self.x0, self.y0], np.float64)


def region_around(points_px: Points, margin_px: float, canvas_bgr: Image) -> PixelRect | None:
    """The part of the canvas within `margin_px` of the box around (N, 2) points; None where there is none."""
    return _region_of(points_px.tolist(), margin_px, canvas_bgr)


def _region_of(points: Sequence[Sequence[float]], margin_px: float, canvas_bgr: Image) -> PixelRect | None:
    xs, ys = zip(*points, strict=True)
    height, width = canvas_bgr.shape[:2]
    bounds = min(xs) - margin_px, min(ys) - margin_px, max(xs) + margin_px, max(ys) + margin_px
    if not all(map(math.isfinite, (*bounds, sum(xs), sum(ys)))):
        return None
    x0, y0 = max(math.floor(bounds[0]), 0), max(math.floor(bounds[1]), 0)
    x1, y1 = min(math.ceil(bounds[2]) + 1, width), min(math.ceil(bounds[3]) + 1, height)
    return PixelRect(x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def blend_premultiplied(
    canvas_bgr: Image,
    overlay_bgra: Image,
    x: int,
    y: int,
    opacity: float = 1.0,
    mode: BlendMode = "normal",
    gain_bgr: npt.NDArray[np.float64] | None = None,
) -> None:
    """Lay a premultiplied picture over the canvas with its top left pixel at (x, y), clipped.

    Args:
        canvas_bgr: drawn on in place.
        overlay_bgra: (h, w, 4) uint8, premultiplied; not changed.
        x, y: canvas pixel of the overlay's first pixel; may lie outside.
        opacity: factor on the whole picture, 0 to 1.
        mode: how colours meet: laid over, darkened (multiply), lightened (screen), or tinted (soft light, in
            Pegtop's form `(1 - 2b) a^2 + 2ab`, which has no kink).
        gain_bgr: (3,) factors on its blue, green and red; None leaves them.
    """
    height, width = canvas_bgr.shape[:2]
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + overlay_bgra.shape[1], width), min(y + overlay_bgra.shape[0], height)
    if x1 <= x0 or y1 <= y0 or opacity <= 0:
        return
    overlay = overlay_bgra[y0 - y : y1 - y, x0 - x : x1 - x]
    if opacity < 1:
        overlay = cv2.convertScaleAbs(overlay, alpha=opacity)
    color_bgr = cv2.cvtColor(overlay, cv2.COLOR_BGRA2BGR)
    if gain_bgr is not None:
        color_bgr = relit(color_bgr, gain_bgr[None, None])
    _blend(canvas_bgr[y0:y1, x0:x1], color_bgr, cv2.extractChannel(overlay, 3), mode)


def relit(color_bgr: Image, factors: npt.NDArray[np.floating]) -> Image:
    """A (h, w, 3) picture times the factors of a small (rows, columns, 3) grid that is enlarged over it; below 2."""
    grid = np.asarray(cv2.convertScaleAbs(factors, alpha=_ONE)).reshape(factors.shape)
    full = cv2.resize(grid, (color_bgr.shape[1], color_bgr.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(color_bgr, full, scale=1 / _ONE))


def blend_masked(
    canvas_bgr: Image,
    region: PixelRect,
    color_bgr: Image,
    alpha: Image,
    mask: Image,
    opacity: float,
    mode: BlendMode,
) -> None:
    """Lay a premultiplied picture over a canvas region, as strongly as its (h, w) uint8 mask says times `opacity`."""
    if opacity < 1:
        mask = cv2.convertScaleAbs(mask, alpha=opacity)
    color_bgr = cv2.multiply(color_bgr, cv2.cvtColor(mask, cv2.COLOR_GRAY2BGR), scale=1 / 255)
    alpha = cv2.multiply(alpha, mask, scale=1 / 255)
    _blend(region.of(canvas_bgr), color_bgr, alpha, mode)


def _blend(canvas: Image, color_bgr: Image, alpha: Image, mode: BlendMode) -> None:
    rest = cv2.cvtColor(cv2.bitwise_not(alpha), cv2.COLOR_GRAY2BGR)
    if mode == "normal":
        cv2.add(cv2.multiply(canvas, rest, scale=1 / 255), color_bgr, dst=canvas)
    elif mode == "multiply":
        cv2.multiply(canvas, cv2.add(rest, color_bgr), dst=canvas, scale=1 / 255)
    elif mode == "screen":
        canvas[:] = cv2.add(canvas, cv2.multiply(cv2.bitwise_not(canvas), color_bgr, scale=1 / 255))
    else:
        # With b' = b * alpha: a + (2b' - alpha) * (a - a^2), all in 0..1.
        change = cv2.addWeighted(color_bgr, 2, cv2.cvtColor(alpha, cv2.COLOR_GRAY2BGR), -1, 0, dtype=cv2.CV_32F)
        spread = cv2.multiply(canvas, cv2.bitwise_not(canvas), scale=1 / 255**2, dtype=cv2.CV_32F)
        canvas[:] = cv2.add(canvas, cv2.multiply(change, spread), dtype=cv2.CV_8U)


def warp_blend(
    canvas_bgr: Image,
    sticker: Sticker,
    matrix: npt.NDArray[np.float64],
    opacity: float = 1.0,
    mode: BlendMode = "normal",
    gain_bgr: npt.NDArray[np.float64] | None = None,
) -> None:
    """Draw a sticker through an affine or perspective map.

    Args:
        canvas_bgr: drawn on in place.
        sticker: what is drawn.
        matrix: (2, 3) affine or (3, 3) perspective map from picture to canvas pixels. Nothing is drawn where it is not
            finite, collapses, or puts a corner behind the viewer.
        opacity: 0 to 1.
        mode: see `blend_premultiplied`.
        gain_bgr: (3,) factors on its blue, green and red; None leaves them.
    """
    # Plain numbers: a filter draws dozens of small pictures a frame, and numpy's calls cost more than their arithmetic.
    (a, b, c), (d, e, f), (g, h, i) = [*matrix.tolist(), [0.0, 0.0, 1.0]][:3]
    x0, y0, x1, y1 = sticker.content
    corners = []
    for x, y in ((x0 - 0.5, y0 - 0.5), (x1 - 0.5, y0 - 0.5), (x1 - 0.5, y1 - 0.5), (x0 - 0.5, y1 - 0.5)):
        w = g * x + h * y + i
        # Not "w <= ...", which would let NaN pass.
        if not w > 1e-6:
            return
        corners.append(((a * x + b * y + c) / w, (d * x + e * y + f) / w))
    (xa, ya), (xb, yb), (xc, yc), (xd, yd) = corners
    area = abs((xc - xa) * (yd - yb) - (xd - xb) * (yc - ya)) / 2
    shown_px = max((x1 - x0) * (y1 - y0), 1)
    # Minified levels bleed into the pixels around the content by up to one of their own.
    region = _region_of(corners, 2, canvas_bgr)
    if region is None or opacity <= 0 or not area > 1e-6 * shown_px:
        return
    level_bgra, (step_x, step_y) = sticker.level_for(math.sqrt(area / shown_px))
    if matrix.shape[0] == 2:
        shift_x, shift_y = (step_x - 1) / 2, (step_y - 1) / 2
        to_region = np.array(
            [
                [a * step_x, b * step_y, a * shift_x + b * shift_y + c - region.x0],
                [d * step_x, e * step_y, d * shift_x + e * shift_y + f - region.y0],
            ]
        )
        drawn = cv2.warpAffine(level_bgra, to_region, region.size_wh, flags=cv2.INTER_LINEAR)
    else:
        to_picture = np.array([[step_x, 0, (step_x - 1) / 2], [0, step_y, (step_y - 1) / 2], [0, 0, 1]])
        to_region = np.array([[1, 0, -region.x0], [0, 1, -region.y0], [0, 0, 1.0]]) @ matrix @ to_picture
        drawn = cv2.warpPerspective(level_bgra, to_region, region.size_wh, flags=cv2.INTER_LINEAR)
    blend_premultiplied(canvas_bgr, drawn, region.x0, region.y0, opacity, mode, gain_bgr)


def draw_dots(
    canvas_bgr: Image,
    centers_px: Points,
    radius_px: float,
    color_bgr: Color | Sequence[Color],
    opacity: float = 1.0,
) -> None:
    """Round, anti-aliased dots at sub-pixel places.

    OpenCV's own small circles come out as diamonds, so small dots are covered by distance: a pixel by as much as the
    disc reaches over its centre. Where two overlap, the later one lies on what was there before both.

    Args:
        canvas_bgr: drawn on in place.
        centers_px: (N, 2); what lies outside the canvas is left out.
        radius_px: of each dot.
        color_bgr: of all, or of each.
        opacity: 0 to 1; of no effect on dots of more than 8 pixels.
    """
    height, width = canvas_bgr.shape[:2]
    reach = radius_px + 1
    seen = ((centers_px > -reach) & (centers_px < (width + reach, height + reach))).all(axis=1)
    centers = centers_px[seen]
    colors = np.broadcast_to(np.asarray(color_bgr, np.float32), (len(centers_px), 3))[seen]
    if radius_px > _LARGE_DOT_PX:
        fixed, radius = np.round(centers * (1 << _SHIFT)).astype(int).tolist(), round(radius_px * (1 << _SHIFT))
        for (x, y), color in zip(fixed, colors.tolist(), strict=True):
            cv2.circle(canvas_bgr, (x, y), radius, color, cv2.FILLED, cv2.LINE_AA, _SHIFT)
        return
    # All dots at once, since a face has 68 of them and numpy's calls cost more than their arithmetic.
    span = np.arange(-int(reach) - 1, int(reach) + 2)
    corners = np.floor(centers).astype(int)
    squares = (span - (centers - corners)[:, :, None]) ** 2
    cover = radius_px + 0.5 - np.sqrt(squares[:, 1, :, None] + squares[:, 0, None, :])
    dot, row, column = np.nonzero(cover > 0)
    ys, xs = corners[dot, 1] + span[row], corners[dot, 0] + span[column]
    share = (np.minimum(cover[dot, row, column], 1) * opacity)[:, None]
    if corners.size and (corners.min() < span[-1] or (corners.max(axis=0) + span[-1] >= (width, height)).any()):
        inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
        dot, ys, xs, share = dot[inside], ys[inside], xs[inside], share[inside]
    under = canvas_bgr[ys, xs]
    canvas_bgr[ys, xs] = np.rint(under + (colors[dot] - under) * share)


def draw_lines(
    canvas_bgr: Image,
    lines_px: Sequence[Points],
    colors_bgr: Sequence[Color],
    thickness_px: int = 1,
    opacity: float = 1.0,
    closed: Sequence[bool] | None = None,
) -> None:
    """Anti-aliased polylines at sub-pixel places, all laid on with one opacity.

    Args:
        canvas_bgr: drawn on in place.
        lines_px: (N, 2) points of each line.
        colors_bgr: a colour a line.
        thickness_px: whole pixels, at least 1.
        opacity: 0 to 1.
        closed: which lines join their last point to their first; none where left out.
    """
    region = region_around(np.concatenate(lines_px), thickness_px + 1, canvas_bgr) if lines_px else None
    if region is None or opacity <= 0:
        return
    under = region.of(canvas_bgr)
    drawn = under.copy()
    for index, (line, color) in enumerate(zip(lines_px, colors_bgr, strict=True)):
        is_closed = closed is not None and closed[index]
        cv2.polylines(drawn, [_fixed_point(line - region.origin)], is_closed, color, thickness_px, cv2.LINE_AA, _SHIFT)
    under[:] = cv2.addWeighted(drawn, opacity, under, 1 - opacity, 0) if opacity < 1 else drawn


def polygon_mask(size_wh: tuple[int, int], polygons: Sequence[Points]) -> Image:
    """(h, w) uint8 mask, 255 inside the union of (N, 2) polygons, anti-aliased."""
    mask = np.zeros((size_wh[1], size_wh[0]), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [_fixed_point(polygon)], 255, cv2.LINE_AA, _SHIFT)
    return mask


def soft_mask(region: PixelRect, polygons_px: Sequence[Points], sigma_px: float) -> Image:
    """(h, w) uint8 mask over a canvas region: 255 inside the union of polygons, blurred by `sigma_px`.

    A wide blur is done on a small grid and enlarged, which looks the same and does not grow dear with its width.
    """
    width, height = region.size_wh
    step = max(1, int(sigma_px / 1.5))
    grid_wh = (-(-width // step), -(-height // step))
    # The middle of the pixel at the origin is half a cell from the grid's edge.
    first = region.origin + (step - 1) / 2
    mask = polygon_mask(grid_wh, [(polygon - first) * (1 / step) for polygon in polygons_px])
    if sigma_px / step > 0.3:
        mask = cv2.GaussianBlur(mask, (0, 0), sigma_px / step, borderType=cv2.BORDER_REPLICATE)
    if step > 1:
        mask = cv2.resize(mask, (grid_wh[0] * step, grid_wh[1] * step), interpolation=cv2.INTER_LINEAR)
        mask = np.ascontiguousarray(mask[:height, :width])
    return mask


def fill_polygon(canvas_bgr: Image, polygon_px: Points, color_bgr: Color) -> None:
    """Fill an (N, 2) polygon with one colour, anti-aliased."""
    cv2.fillPoly(canvas_bgr, [_fixed_point(polygon_px)], color_bgr, cv2.LINE_AA, _SHIFT)


def mix(canvas_bgr: Image, region: PixelRect, picture_bgr: Image, mask: Image, opacity: float) -> None:
    """Lay an opaque (h, w, 3) picture over a canvas region, where its (h, w) uint8 mask says and times `opacity`."""
    share = cv2.cvtColor(cv2.convertScaleAbs(mask, alpha=opacity), cv2.COLOR_GRAY2BGR)
    part = region.of(canvas_bgr)
    under = cv2.multiply(part, cv2.bitwise_not(share), scale=1 / 255)
    part[:] = cv2.add(cv2.multiply(picture_bgr, share, scale=1 / 255), under)


def tint(canvas_bgr: Image, region: PixelRect, mask: Image, color_bgr: Color, opacity: float, mode: BlendMode) -> None:
    """Lay one colour over a canvas region, as strongly as its (h, w) uint8 mask says times `opacity`."""
    if opacity < 1:
        mask = cv2.convertScaleAbs(mask, alpha=opacity)
    shares = cv2.merge([cv2.convertScaleAbs(mask, alpha=value / 255) for value in color_bgr])
    _blend(region.of(canvas_bgr), shares, mask, mode)


def _fixed_point(points_px: Points) -> npt.NDArray[np.int32]:
    # Two calls cost less than `clip`, and there are dozens of small outlines a frame.
    near = np.minimum(np.maximum(points_px, -_FAR_PX), _FAR_PX)
    return np.asarray(np.rint(near * (1 << _SHIFT)), np.int32)


def ink(canvas_bgr: Image) -> Image:
    """(H, W) uint8: dark lines where a frame's brightness changes, like a pen's; their width follows the frame's."""
    grey = cv2.cvtColor(canvas_bgr, cv2.COLOR_BGR2GRAY)
    around = 2 * max(1, round(len(grey) / 160)) + 1
    darker = cv2.subtract(cv2.blur(grey, (around, around)), grey)
    return np.asarray(cv2.subtract(255, cv2.convertScaleAbs(cv2.subtract(darker, 6), alpha=18)))
