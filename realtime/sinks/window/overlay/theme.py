"""How everything over the picture looks: colours, sizes, icons and plates."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from assets import ICONS_DIR
from model.arrays import Image
from realtime.drawing.primitives import blend_premultiplied
from realtime.drawing.sticker import premultiplied
from realtime.drawing.text import Color, render_plate, render_text, text_size_wh

WHITE: Final[Color] = (255, 255, 255)
SOFT: Final[Color] = (214, 208, 204)
FAINT: Final[Color] = (150, 144, 140)
ACCENT: Final[Color] = (120, 205, 255)
RED: Final[Color] = (72, 72, 240)
PLATE: Final[Color] = (34, 29, 26)
GLASS: Final = 0.78
"""Opacity of plates: dark enough for text on any picture."""
_STEPS: Final = 32
HOVER: Final = 0.14
"""Opacity of the white plate under what the mouse points at."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of the window, pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def holds(self, x: int, y: int) -> bool:
        """Whether a place lies in it."""
        return self.x <= x < self.right and self.y <= y < self.bottom


def text_px(window_wh: tuple[int, int], scale: float = 1.0) -> int:
    """Height of ordinary text in a window; everything else follows it.

    Args:
        window_wh: (width, height) of the window.
        scale: how much larger than usual the user wants things drawn.
    """
    width, height = window_wh
    return int(np.clip(round(min(height / 42, width / 56)), 10, round(20 * max(scale, 1.0))))


def draw_plate(canvas_bgr: Image, rect: Rect, radius_px: int, color: Color = PLATE, opacity: float = GLASS) -> None:
    """A rectangle with round corners."""
    if rect.width <= 0 or rect.height <= 0 or opacity <= 0:
        return
    radius_px = min(radius_px, rect.width // 2, rect.height // 2)
    # In steps, for plates are kept once they are made.
    plate = render_plate((rect.width, rect.height), radius_px, color, max(1, round(opacity * _STEPS)) / _STEPS)
    blend_premultiplied(canvas_bgr, plate, rect.x, rect.y)


def draw_icon(
    canvas_bgr: Image, name: str, center: tuple[int, int], side_px: int, color: Color = WHITE, opacity: float = 1.0
) -> None:
    """An icon of `assets/icons`, centred on a place."""
    blend_premultiplied(
        canvas_bgr, _icon(name, side_px, color), center[0] - side_px // 2, center[1] - side_px // 2, opacity
    )


def draw_text(
    canvas_bgr: Image,
    text: str,
    place: tuple[int, int],
    size_px: int,
    color: Color = WHITE,
    *,
    bold: bool = False,
    centered: bool = False,
    opacity: float = 1.0,
) -> None:
    """One line with its top left corner, or the middle of its upper edge, at a place."""
    drawn = render_text(text, size_px, color, bold)
    x = place[0] - drawn.shape[1] // 2 if centered else place[0]
    blend_premultiplied(canvas_bgr, drawn, x, place[1], opacity)


def line_px(size_px: int) -> int:
    """Height of a line of text."""
    return text_size_wh("", size_px)[1]


@lru_cache(maxsize=128)
def _icon(name: str, side_px: int, color: Color) -> Image:
    """Premultiplied BGRA in one colour."""
    picture_bgra = cv2.imread(str(ICONS_DIR / f"{name}.png"), cv2.IMREAD_UNCHANGED)
    assert picture_bgra is not None, name
    small = cv2.resize(premultiplied(picture_bgra), (side_px, side_px), interpolation=cv2.INTER_AREA)
    tinted: Image = cv2.multiply(small, np.full_like(small, (*color, 255)), scale=1 / 255)
    return tinted
