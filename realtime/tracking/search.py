"""FaceSearch: the detector, a search at a time on a thread of its own, so that no frame waits for it.

What a search found is used a fixed time after the frame it looked at, whether it was done earlier or has to be waited
for. Times are the frames' own, so a run over a file repeats exactly, and a live one never waits unless a search takes
longer than that.
"""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from model.arrays import Image
from model.crop import Region
from model.detection.plan import Detector, Proposal, SearchPlan
from model.geometry import Box, Points, bounding_box
from realtime.stats import Stats

_EARLY_S = 0.004
"""Frames of a camera come so much early or late."""


class FaceSearch:
    """Looks for faces through the frames of one run. `update` is called once a frame, by one thread.

    Args:
        detector: used by one thread at a time.
        plan: what is searched in turn, and when.
        stats: where the time of `detect` goes.
    """

    def __init__(self, detector: Detector, plan: SearchPlan, stats: Stats) -> None:
        self._detector = detector
        self._plan = plan
        self._stats = stats
        self._begun = False
        self._slices = 0
        self._lost_s = -math.inf
        self._next_s = -math.inf
        self._due_s = -math.inf
        self._pending: Future[tuple[Sequence[Proposal], float]] | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="face-search")

    def restart(self) -> None:
        """Start again, as before the first frame."""
        self._settle()
        self._begun, self._slices, self._lost_s = False, 0, -math.inf

    def update(
        self, image: Image, time_s: float, known: Sequence[Points], *, faces: bool, just_lost: bool
    ) -> list[Region]:
        """Where to look for faces in this frame, by what slices of this and earlier frames found.

        Args:
            image: (H, W, 3) BGR uint8 of the frame, which nobody writes to again.
            time_s: the frame's time.
            known: points of faces that need not be found again.
            faces: whether any face is followed.
            just_lost: a face was tracked until this frame: it may have jumped, and is searched for at once.
        """
        if not self._begun:
            self._begun, self._next_s = True, time_s + self._plan.calm_s
            return self._now(lambda: self._detector.detect(image))
        if just_lost:
            self._lost_s = time_s
            if self._plan.waits:
                self._settle()
                self._slices = 1
                boxes = [bounding_box(points) for points in known]
                return self._now(lambda: self._detector.search(image, self._plan.lost, boxes))
            found = self._settle()
            self._begin_search(image, time_s, known, self._plan.lost, self._plan.alert_s)
            return found
        found = []
        soon_s = time_s + _EARLY_S
        if self._pending and (soon_s >= self._due_s or not faces):
            found = self._settle()
        if not self._pending and (soon_s >= self._next_s or not faces):
            alert = time_s - self._lost_s < self._plan.alert_for_s
            turns = (self._plan.alert if alert else self._plan.calm) if faces else self._plan.none
            pause_s = self._plan.alert_s if alert else self._plan.calm_s
            self._begin_search(image, time_s, known, turns[self._slices % len(turns)], pause_s)
            self._slices += 1
        return found

    def _begin_search(self, image: Image, time_s: float, known: Sequence[Points], part: Any, pause_s: float) -> None:
        self._next_s = time_s + pause_s
        self._due_s = time_s + self._plan.delay_s
        boxes = [bounding_box(points) for points in known]
        self._pending = self._executor.submit(self._timed, image, part, boxes)

    def wait(self) -> None:
        """Let the slice under way end; what it found stays for the frame that it is due in."""
        if self._pending:
            self._pending.exception()

    def close(self) -> None:
        """Wait for the slice at hand and end the thread; may be called more than once."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _timed(self, image: Image, part: Any, known: Sequence[Box]) -> tuple[Sequence[Proposal], float]:
        start = time.perf_counter()
        return self._detector.search(image, part, known), time.perf_counter() - start

    def _settle(self) -> list[Region]:
        """What the slice under way found, if there is one; waits for it. Its errors are raised here."""
        pending, self._pending = self._pending, None
        if pending is None:
            return []
        found, seconds = pending.result()
        self._stats.add("detect", seconds)
        return [proposal.region for proposal in found]

    def _now(self, search: Callable[[], Sequence[Proposal]]) -> list[Region]:
        with self._stats.time("detect"):
            return [proposal.region for proposal in search()]
