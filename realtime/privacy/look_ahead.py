"""What is covered in each frame of a file, decided from the whole of it.

A first pass finds the heads of every frame and the cuts. Then each head is followed backwards from where it was found
first to the cut before, and forwards from where it was seen last to the next: a face that is found late, or lost, is
covered anyway. A second pass draws.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from model.arrays import Image
from model.detection.haar import shrink_gray
from realtime.face_view import FaceView
from realtime.frame import Frame
from realtime.privacy.cover import Cover, Covers, coarse_gray, cover_region, is_cut
from realtime.privacy.guard import Sight
from realtime.privacy.view import region_of

_PIXELS: Final = 240 * 240
"""Frames are kept so small while their scene lasts, to follow heads in them."""
_LONGEST_SCENE: Final = 3000
"""Frames after which a scene is ended as if by a cut, to bound memory: at most 170 MB."""
_FEWEST: Final = 3
"""Heads seen in fewer frames are covered in those and a few around them only: most are no heads."""
_BRIEF: Final = 8
_REACH: Final = 0.35
"""A head is looked for within this many of its widths from where it was in the frame before."""
_LIKE: Final = 0.5
"""Correlation from which what is there is the head."""
_FRESH: Final = 0.8
"""The same from which the head is known by how it looks there."""
_DOUBT: Final = 1.25
"""Covers of heads that are followed, and not seen, are so much larger."""


@dataclass(slots=True)
class _Path:
    """A head through a scene: frame -> cover."""

    seen: dict[int, Cover]
    last: int


@dataclass(frozen=True, slots=True)
class _Patch:
    """A part of a small picture: its corner there, and where that lies from the middle of the cover."""

    gray: Image
    left: int
    top: int
    from_x: float
    from_y: float


@dataclass(slots=True)
class CoverPlan:
    """What is covered in each frame.

    Attributes:
        ovals: frame -> covers.
        ahead: frames in which something is covered that was not seen there.
    """

    ovals: list[tuple[Cover, ...]] = field(default_factory=list, repr=False)
    ahead: int = 0


class PlannedGuard:
    """Gives out a plan, a frame at a time; see `realtime.privacy.cover.Guard`."""

    def __init__(self, plan: CoverPlan) -> None:
        self._plan, self._next = plan, 0

    def update(self, image: Image, views: Sequence[FaceView], time_s: float) -> Covers:
        """What to cover in the next frame: what was planned, and the faces that are tracked."""
        planned = self._plan.ovals[self._next] if self._next < len(self._plan.ovals) else ()
        self._next += 1
        tracked = [cover_region(region_of(view)) for view in views]
        return Covers((*planned, *tracked))

    def close(self) -> None:
        """Nothing is to be ended."""


def plan_covers(frames: Iterable[Frame], sight: Sight) -> CoverPlan:
    """Look through all frames of a file.

    Args:
        frames: all of them, in order.
        sight: finds heads.
    """
    plan, scene = CoverPlan(), _Scene()
    thumbnail: Image | None = None
    for frame in frames:
        now = coarse_gray(frame.pixels_bgr)
        if thumbnail is not None and (is_cut(thumbnail, now) or len(scene.pictures) >= _LONGEST_SCENE):
            scene.close(plan)
            scene = _Scene()
        thumbnail = now
        scene.add(frame.pixels_bgr, [*sight.by_network(frame.pixels_bgr), *sight.by_cascades(frame.pixels_bgr)])
    scene.close(plan)
    return plan


class _Scene:
    """The frames between two cuts."""

    def __init__(self) -> None:
        self.pictures: list[Image] = []
        self._scale = 1.0
        self._paths: list[_Path] = []

    def add(self, image: Image, seen: Sequence[Cover]) -> None:
        small, self._scale = shrink_gray(image, _PIXELS)
        number = len(self.pictures)
        self.pictures.append(small)
        for cover in seen:
            near = [path for path in self._paths if path.seen[path.last].near(cover) and number - path.last < 90]
            path = min(near, key=lambda path: _distance(path.seen[path.last], cover), default=None)
            if path is None:
                self._paths.append(_Path({number: cover}, number))
            elif path.last == number:
                path.seen[number] = max(path.seen[number], cover, key=lambda oval: oval.half_width)
            else:
                path.seen[number], path.last = cover, number

    def close(self, plan: CoverPlan) -> None:
        """Follow all heads to both ends of the scene, and write down the covers."""
        count = len(self.pictures)
        ovals: list[list[Cover]] = [[] for _ in range(count)]
        known: list[list[Cover]] = [[] for _ in range(count)]
        for path in self._paths:
            for number, cover in path.seen.items():
                known[number].append(cover)
        guessed: set[int] = set()
        for path in self._paths:
            for number, cover in self._whole(path).items():
                seen = number in path.seen
                if not seen and any(_holds(other, cover) for other in known[number]):
                    continue  # somebody saw it there after all
                ovals[number].append(cover)
                if not seen:
                    guessed.add(number)
        plan.ovals += [tuple(covers) for covers in ovals]
        plan.ahead += len(guessed)

    def _whole(self, path: _Path) -> dict[int, Cover]:
        """The head in every frame of the scene, or around those few in which something was taken for one."""
        count, first = len(self.pictures), min(path.seen)
        brief = len(path.seen) < _FEWEST
        start, stop = (max(0, first - _BRIEF), min(count, path.last + _BRIEF)) if brief else (0, count)
        whole = dict(path.seen)
        numbers = sorted(path.seen)
        for before, after in pairwise(numbers):
            for number in range(before + 1, after):
                share = (number - before) / (after - before)
                whole[number] = _between(path.seen[before], path.seen[after], share).grown(_DOUBT)
        whole |= self._followed(path.seen[first], range(first - 1, start - 1, -1), first)
        whole |= self._followed(path.seen[path.last], range(path.last + 1, stop), path.last)
        return whole

    def _followed(self, cover: Cover, numbers: range, known: int) -> dict[int, Cover]:
        """The head in these frames, one after the other, by how it looked in the frame `known`."""
        found: dict[int, Cover] = {}
        look = self._patch(known, cover, 1.0)
        for number in numbers:
            place = self._patch(number, cover, 1 + 2 * _REACH)
            if look is not None and place is not None and all(np.less_equal(look.gray.shape, place.gray.shape)):
                likeness = cv2.matchTemplate(place.gray, look.gray, cv2.TM_CCOEFF_NORMED)
                _, best, _, (column, row) = cv2.minMaxLoc(likeness)
                if best > _LIKE:
                    x, y = place.left + column - look.from_x, place.top + row - look.from_y
                    cover = replace(cover, x=x / self._scale, y=y / self._scale)
                    fresh = self._patch(number, cover, 1.0) if best > _FRESH else None
                    look = fresh or look
            found[number] = cover.grown(_DOUBT)
        return found

    def _patch(self, number: int, cover: Cover, size: float) -> _Patch | None:
        """The picture in and around a cover."""
        picture = self.pictures[number]
        width, height = (0.8 * size * half * self._scale for half in (cover.half_width, cover.half_height))
        x, y = cover.x * self._scale, cover.y * self._scale
        left, top = max(0, round(x - width)), max(0, round(y - height))
        gray = picture[top : max(0, round(y + height)), left : max(0, round(x + width))]
        return _Patch(gray, left, top, left - x, top - y) if min(gray.shape) >= 4 else None


def _distance(cover: Cover, other: Cover) -> float:
    return float(np.hypot(cover.x - other.x, cover.y - other.y))


def _holds(cover: Cover, other: Cover) -> bool:
    return cover.holds(other.x, other.y) and other.half_width < 1.6 * cover.half_width


def _between(cover: Cover, other: Cover, share: float) -> Cover:
    pairs = (
        (cover.x, other.x),
        (cover.y, other.y),
        (cover.half_width, other.half_width),
        (cover.half_height, other.half_height),
    )
    x, y, width, height = (a + share * (b - a) for a, b in pairs)
    return Cover(x, y, width, height, cover.roll_rad if share < 0.5 else other.roll_rad)
