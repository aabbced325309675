"""PrivacyGuard: what is covered in each frame of a run, decided from this frame and those before it.

The detector network searches every frame before it is shown. The cascades run beside it, and what they see is covered
one frame later, or at once in runs over files. What was covered stays covered, growing, for a second or until a cut; a
face that is lost for longer than a blink of the detectors makes the whole frame be covered.
"""

import math
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from model.arrays import Image
from realtime.face_view import FaceView
from realtime.privacy.cover import Cover, Covers, coarse_gray, cover_region, is_cut
from realtime.privacy.sight import PrivacySight
from realtime.privacy.view import region_of

HOLD_S: Final = 1.0
"""A head that is not seen any more stays covered for so long."""
_GROWTH: Final = 0.8
"""By how much its cover grows in that time."""
_UNSURE_S: Final = 0.2
"""From so long on the whole frame is covered, where the head did not leave at the frame's border."""
_TRACKED_FRAMES: Final = 3
"""A head counts as a face that was visible when it was tracked in this many frames."""


class Sight(Protocol):
    """Finds heads, as `realtime.privacy.sight.PrivacySight` does."""

    def by_network(self, image: Image) -> list[Cover]: ...

    def by_cascades(self, image: Image) -> list[Cover]: ...


@dataclass(slots=True)
class _Head:
    """A head that is covered: where it was seen last, when, and in how many frames its face was tracked."""

    cover: Cover
    seen_s: float
    tracked: int = 0


class PrivacyGuard:
    """Says what to cover, frame by frame; `update` is called once a frame, in order of time.

    Args:
        sight: finds heads; its cascades are used by a thread of their own.
        live: whether frames must not wait for the cascades.
    """

    def __init__(self, sight: Sight, *, live: bool) -> None:
        self._sight, self._live = sight, live
        self._heads: list[_Head] = []
        self._thumbnail: Image | None = None
        self._searched = False
        self._pending: Future[list[Cover]] | None = None
        self._pending_scene = self._scene = 0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="privacy")

    def close(self) -> None:
        """End the thread; may be called more than once."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def update(self, image: Image, views: Sequence[FaceView], time_s: float) -> Covers:
        """What to cover in a (H, W, 3) BGR image of which `views` are the tracked faces."""
        thumbnail = coarse_gray(image)
        if self._thumbnail is None or is_cut(self._thumbnail, thumbnail):
            self._heads, self._searched = [], False
            self._scene += 1
        self._thumbnail = thumbnail
        tracked = [cover_region(region_of(view)) for view in views]
        self._note([*tracked, *self._sight.by_network(image), *self._by_cascades(image)], len(tracked), time_s)
        height, width = image.shape[:2]
        ovals, unsure = [], not self._searched
        for head in self._heads:
            lost_s = time_s - head.seen_s
            ovals.append(head.cover.grown(1 + _GROWTH * min(lost_s / HOLD_S, 1)))
            visible = head.tracked >= _TRACKED_FRAMES
            unsure = unsure or (lost_s > _UNSURE_S and visible and not head.cover.leaves(width, height))
        return Covers(tuple(ovals), unsure)

    def _by_cascades(self, image: Image) -> list[Cover]:
        """What the cascades see in this frame, or saw in the last one that they are done with."""
        if not self._live:
            self._searched = True
            return self._sight.by_cascades(image)
        found: list[Cover] = []
        if self._pending is not None and self._pending.done():
            if self._pending_scene == self._scene:
                found = self._pending.result()
                self._searched = True
            self._pending = None
        if self._pending is None:
            self._pending_scene = self._scene
            self._pending = self._executor.submit(self._sight.by_cascades, image.copy())
        return found

    def _note(self, seen: Sequence[Cover], tracked: int, time_s: float) -> None:
        """Take in the heads of a frame, the first of which are tracked faces, and forget those lost for long."""
        taken: set[int] = set()
        for place, cover in enumerate(seen):
            near = [
                (math.hypot(head.cover.x - cover.x, head.cover.y - cover.y), number)
                for number, head in enumerate(self._heads)
                if head.cover.near(cover)
            ]
            number = min(near)[1] if near else len(self._heads)
            if not near:
                self._heads.append(_Head(cover, time_s))
            head = self._heads[number]
            if number in taken:
                # Two see the same head: the larger cover is the safer one.
                head.cover = max(head.cover, cover, key=lambda oval: oval.half_width)
            else:
                head.cover, head.seen_s = cover, time_s
            head.tracked += place < tracked
            taken.add(number)
        shown = [head.cover for head in self._heads if head.seen_s == time_s]
        self._heads = [
            head
            for head in self._heads
            if head.seen_s == time_s
            # What lies in a head that is seen was a part of it.
            or (time_s - head.seen_s <= HOLD_S and not any(_within(head.cover, cover) for cover in shown))
        ]


def _within(cover: Cover, other: Cover) -> bool:
    return other.holds(cover.x, cover.y) and cover.half_width < 1.6 * other.half_width


def open_guard(weights: Path, *, live: bool) -> PrivacyGuard:
    """A guard with these keypoint weights.

    Raises:
        WeightsError, DetectorError: weights or the installed OpenCV cannot be used.
    """
    return PrivacyGuard(PrivacySight(weights), live=live)
