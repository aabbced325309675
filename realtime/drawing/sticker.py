"""Pictures made ready to be drawn: premultiplied, at every size."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image

_MIN_LEVEL_PX = 4
"""A pyramid ends once a side is this small."""
_ROWS = 256
"""Rows of a picture that are premultiplied at a time."""
_SHARPNESS = 0.25
"""A level is drawn at 2 ** (_SHARPNESS - 1) to 2 ** _SHARPNESS of its size, 0.59 to 1.19: no shimmer, no blur."""


def premultiplied(picture_bgra: Image) -> Image:
    """A straight-alpha BGRA picture with its colours times alpha."""
    result = picture_bgra.copy()
    for top in range(0, len(result), _ROWS):  # 16 bits a value for a large picture at once would be its fivefold
        rows = result[top : top + _ROWS]
        rows[..., :3] = (rows[..., :3].astype(np.uint16) * rows[..., 3:] + 127) // 255
    return result


@dataclass(frozen=True, slots=True)
class Sticker:
    """A picture ready to be drawn at any size: itself and its halvings, area-averaged, premultiplied.

    Attributes:
        levels_bgra: level 0 is the picture, each next one about half as large.
        content: (x0, y0, x1, y1) of what is not transparent, picture pixels, half-open.
        film: of an animated picture, its frames; it is itself the first.
        ends_s: when each of them ends.
    """

    levels_bgra: tuple[Image, ...] = field(repr=False)
    content: tuple[int, int, int, int]
    film: tuple["Sticker", ...] = field(default=(), repr=False)
    ends_s: tuple[float, ...] = ()

    @classmethod
    def from_frames(cls, frames: Sequence[tuple[Image, float]]) -> "Sticker":
        """From (H, W, 4) uint8 pictures with straight alpha, all of one size, and the seconds that each is shown."""
        film = tuple(cls.from_straight(picture_bgra) for picture_bgra, _ in frames)
        if len(film) == 1:
            return film[0]
        ends_s = tuple(np.cumsum([seconds for _, seconds in frames]).tolist())
        return cls(film[0].levels_bgra, film[0].content, film, ends_s)

    def at(self, time_s: float) -> "Sticker":
        """What it shows at a time; it begins again after its last frame."""
        if not self.film:
            return self
        return self.film[min(bisect_right(self.ends_s, time_s % self.ends_s[-1]), len(self.film) - 1)]

    @property
    def shape_alpha(self) -> Image:
        """(H, W) uint8, where it ever shows anything."""
        alphas = [each.levels_bgra[0][..., 3] for each in self.film or (self,)]
        return np.asarray(np.maximum.reduce(alphas), np.uint8)

    @classmethod
    def from_straight(cls, picture_bgra: Image) -> "Sticker":
        """From a (H, W, 4) uint8 picture with straight alpha, as PNG files hold it."""
        levels = [premultiplied(picture_bgra)]
        while min(levels[-1].shape[:2]) >= 2 * _MIN_LEVEL_PX:
            height, width = levels[-1].shape[:2]
            half_wh = ((width + 1) // 2, (height + 1) // 2)
            levels.append(cv2.resize(levels[-1], half_wh, interpolation=cv2.INTER_AREA))
        x, y, width, height = cv2.boundingRect(cv2.extractChannel(picture_bgra, 3))
        return cls(tuple(levels), (x, y, x + width, y + height))

    def faded(self, shown: npt.NDArray[np.floating]) -> "Sticker":
        """The same with only a share of each pixel left, (H, W) 0 to 1."""
        levels = []
        for level in self.levels_bgra:
            left = cv2.resize(np.asarray(shown, np.float32), level.shape[1::-1], interpolation=cv2.INTER_AREA)
            levels.append(np.rint(level * left[..., None]).astype(np.uint8))
        return Sticker(tuple(levels), self.content, tuple(each.faded(shown) for each in self.film), self.ends_s)

    @property
    def size_wh(self) -> tuple[int, int]:
        """(width, height) of the picture in its own pixels."""
        height, width = self.levels_bgra[0].shape[:2]
        return width, height

    def level_for(self, scale: float) -> tuple[Image, tuple[float, float]]:
        """The level to draw at `scale` canvas pixels a picture pixel, and its picture pixels a level pixel, (x, y).

        Pixel centres are whole numbers, so level pixel u lies at `(u + 0.5) * step - 0.5` of the picture.
        """
        wanted = math.ceil(-math.log2(max(scale, 1e-6)) - _SHARPNESS)
        level = self.levels_bgra[min(max(wanted, 0), len(self.levels_bgra) - 1)]
        height, width = self.levels_bgra[0].shape[:2]
        return level, (width / level.shape[1], height / level.shape[0])
