"""Warp: parts of the face made larger, smaller, or moved; seamless, since it ends in nothing at its edge."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from model.arrays import Image
from realtime.drawing.primitives import PixelRect, polygon_mask, region_around
from realtime.face_view import FaceView
from realtime.filters.base import Layer
from realtime.filters.layers.shapes import head_outline

_GRID_CELLS: Final = 24
"""Displacements are computed on a grid of this many cells a radius, and enlarged."""
_MOST_SHIFT: Final = 0.36
"""A shift beyond this share of the radius would fold the picture over itself: the kernel's steepest slope is 1.54."""
_HEAD_MARGIN: Final = 0.07
_HEAD_SOFTNESS: Final = 0.05
"""How far outside the head's outline, and how softly, a pull ends, eye distances: the outline itself must move whole,
and what is stretched beside it must not fold."""


@dataclass(frozen=True, slots=True)
class Pull:
    """What happens around one point.

    Attributes:
        keypoint: the point.
        radius: nothing changes beyond it, eye distances.
        bulge: > 0 magnifies, < 0 pinches; -1 to 1.
        move: shift of the point, eye distances along the face's axes.
        offset: the middle lies this far from the keypoint, eye distances along the face's axes.
    """

    keypoint: str
    radius: float
    bulge: float = 0.0
    move: tuple[float, float] = (0.0, 0.0)
    offset: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        longest = _MOST_SHIFT * self.radius
        if np.hypot(*self.move) > longest + 1e-9:
            raise ValueError(
                f"move is longer than a radius of {self.radius:g} can bear; make it at most {longest:.3g}, "
                "or the radius larger"
            )


@dataclass(frozen=True, slots=True)
class Warp(Layer):
    """Pulls at points of the face, all at once.

    Attributes:
        points: what happens where.
        head_only: what lies behind the head stays straight: the pull ends just outside its outline.
    """

    points: tuple[Pull, ...]
    head_only: bool = False

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        if opacity <= 0:
            return
        centers = np.array([view.point(pull.keypoint) + view.along_face(pull.offset) for pull in self.points])
        radii = np.array([pull.radius * view.unit_px for pull in self.points])
        corners = np.concatenate([centers - radii[:, None], centers + radii[:, None]])
        region = region_around(corners, 1, canvas_bgr)
        if region is None:
            return
        step = int(np.clip(radii.min() / _GRID_CELLS, 1, 16))
        shift_x, shift_y = self._shifts(view, region, step, centers - region.origin, radii)
        if self.head_only:
            inside = _head_mask(view, region, step, (shift_x.shape[1], shift_x.shape[0]))
            shift_x, shift_y = shift_x * inside, shift_y * inside
        width, height = region.size_wh
        if step > 1:
            full_wh = (shift_x.shape[1] * step, shift_x.shape[0] * step)
            shift_x = cv2.resize(shift_x, full_wh, interpolation=cv2.INTER_LINEAR)[:height, :width]
            shift_y = cv2.resize(shift_y, full_wh, interpolation=cv2.INTER_LINEAR)[:height, :width]
        map_x = shift_x * np.float32(opacity) + np.arange(width, dtype=np.float32)
        map_y = shift_y * np.float32(opacity) + np.arange(height, dtype=np.float32)[:, None]
        part = region.of(canvas_bgr)
        part[:] = cv2.remap(part, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def _shifts(
        self, view: FaceView, region: PixelRect, step: int, centers: np.ndarray, radii: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """How far from each grid cell its colour comes, x and y, pixels, float32."""
        width, height = region.size_wh
        xs = (np.arange(-(-width // step), dtype=np.float32) + 0.5) * step - 0.5
        ys = ((np.arange(-(-height // step), dtype=np.float32) + 0.5) * step - 0.5)[:, None]
        shift_x = np.zeros((len(ys), len(xs)), np.float32)
        shift_y = np.zeros_like(shift_x)
        for pull, (center_x, center_y), radius in zip(
            self.points, centers.astype(np.float32), radii.astype(np.float32), strict=True
        ):
            from_x, from_y = xs - center_x, ys - center_y
            # (1 - r^2)^2 and its slope are 0 at r = 1, so no edge can be seen.
            kernel = np.square(np.maximum(1 - (from_x * from_x + from_y * from_y) / (radius * radius), 0))
            move_x, move_y = view.along_face(pull.move).astype(np.float32)
            # Magnified: the colour comes from nearer the middle. Half the kernel's height keeps the map one to one.
            strength = np.float32(0.5 * pull.bulge)
            shift_x -= kernel * (strength * from_x + move_x)
            shift_y -= kernel * (strength * from_y + move_y)
        return shift_x, shift_y


def _head_mask(view: FaceView, region: PixelRect, step: int, grid_wh: tuple[int, int]) -> np.ndarray:
    """(rows, columns) float32 on the grid of shifts: 1 on the head, falling to 0 beside it."""
    outline = (head_outline(view, _HEAD_MARGIN) - region.origin + 0.5) / step - 0.5
    mask = polygon_mask(grid_wh, [outline])
    sigma = max(_HEAD_SOFTNESS * view.unit_px / step, 0.3)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma).astype(np.float32) / 255)
