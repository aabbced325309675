"""Ovals over heads, with hair and ears."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.crop import Region
from realtime.face_view import FaceView

_UP: Final = 0.16
"""A head's middle lies this many sides of the points' box above the box's, along the face."""
_HALF_WIDTH, _HALF_HEIGHT = 0.78, 1.0
"""Of the oval, in sides of the points' box: ears and hair are in it."""


@dataclass(frozen=True, slots=True)
class Cover:
    """An oval in full-frame pixels.

    Attributes:
        x, y: its middle.
        half_width, half_height: of the upright oval.
        roll_rad: how far it is turned clockwise on the screen.
    """

    x: float
    y: float
    half_width: float
    half_height: float
    roll_rad: float = 0.0

    def grown(self, factor: float) -> "Cover":
        """The same oval, `factor` times as large."""
        return replace(self, half_width=self.half_width * factor, half_height=self.half_height * factor)

    def moved(self, x: float, y: float) -> "Cover":
        """The same oval elsewhere."""
        return replace(self, x=self.x + x, y=self.y + y)

    def near(self, other: "Cover") -> bool:
        """Whether both may be of one head."""
        reach = 0.9 * max(self.half_width, other.half_width)
        return math.hypot(self.x - other.x, self.y - other.y) < reach and 0.4 < self.half_width / other.half_width < 2.5

    def holds(self, x: float, y: float) -> bool:
        """Whether a place lies inside."""
        cos, sin = math.cos(self.roll_rad), math.sin(self.roll_rad)
        right, down = x - self.x, y - self.y
        along, across = cos * right + sin * down, cos * down - sin * right
        return (along / self.half_width) ** 2 + (across / self.half_height) ** 2 <= 1

    def leaves(self, width: int, height: int) -> bool:
        """Whether the oval reaches out of a frame of that size: a head that may be on its way out."""
        w, h = 0.6 * self.half_width, 0.6 * self.half_height
        return self.x < w or self.y < h or self.x > width - w or self.y > height - h

    def outline(self, points: int = 48) -> npt.NDArray[np.float32]:
        """(N, 2) places around the oval."""
        turns = np.arange(points) * (2 * np.pi / points)
        along, across = self.half_width * np.cos(turns), self.half_height * np.sin(turns)
        cos, sin = math.cos(self.roll_rad), math.sin(self.roll_rad)
        return np.stack([self.x + cos * along - sin * across, self.y + sin * along + cos * across], 1).astype(
            np.float32
        )


@dataclass(frozen=True, slots=True)
class Covers:
    """What is to be covered in a frame.

    Attributes:
        ovals: over heads.
        unsure: a face was visible a moment ago and is not now, or the scene has just changed: cover everything.
    """

    ovals: tuple[Cover, ...] = field(default=(), repr=False)
    unsure: bool = False


class Guard(Protocol):
    """Says what is covered in each frame, as `realtime.privacy.guard.PrivacyGuard` does."""

    def update(self, image: Image, views: Sequence[FaceView], time_s: float) -> Covers: ...

    def close(self) -> None: ...


def cover_region(region: Region) -> Cover:
    """The oval over the head of a face whose points fill `region`."""
    up = _UP * region.side
    x, y = region.center_x + up * math.sin(region.roll_rad), region.center_y - up * math.cos(region.roll_rad)
    return Cover(x, y, _HALF_WIDTH * region.side, _HALF_HEIGHT * region.side, region.roll_rad)


def cover_square(x: float, y: float, side: float) -> Cover:
    """The oval over a head that a cascade boxed by a square of that side around its middle."""
    return Cover(x, y, 0.75 * side, 0.9 * side)


def coarse_gray(image: Image) -> Image:
    """A (22, 40) or so grey thumbnail, in which cuts are seen."""
    height, width = image.shape[:2]
    scale = (880 / (width * height)) ** 0.5
    # Every eighth row and column tells enough.
    thin = max(1, min(width, height) // 90)
    few = (max(2, round(width * scale)), max(2, round(height * scale)))
    gray = cv2.cvtColor(np.ascontiguousarray(image[::thin, ::thin]), cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(gray, few, interpolation=cv2.INTER_AREA), np.uint8)


def is_cut(before: Image, now: Image) -> bool:
    """Whether two thumbnails are of different scenes: most of it differs from all that was there or next to it."""
    if before.shape != now.shape:
        return True
    around = np.ones((3, 3), np.uint8)
    change = cv2.max(cv2.subtract(now, cv2.dilate(before, around)), cv2.subtract(cv2.erode(before, around), now))
    return bool((change > 10).mean() > 0.3 or cv2.absdiff(before, now).mean() > 28)
