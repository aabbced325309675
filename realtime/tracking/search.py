"""FaceSearch: the cascade, a slice at a time on a thread of its own, so that no frame waits for it.

What a search found is used a fixed time after the frame it looked at, whether it was done earlier or has to be waited
for. Times are the frames' own, so a run over a file repeats exactly, and a live one never waits unless a search takes
longer than that.
"""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from model.arrays import Image
from model.crop import Region
from model.detection import ROLLED_SEARCHES, UPRIGHT_SEARCHES, Detection, Search
from model.finder import Detector
from model.geometry import Box, Points, bounding_box
from realtime.stats import Stats

_WITH_FACES = UPRIGHT_SEARCHES
_CALM = tuple(part for small in UPRIGHT_SEARCHES[1:] for part in (UPRIGHT_SEARCHES[0], small))
"""While none was lost lately: large faces, those of people before a webcam, are looked for in every second slice."""
_WITHOUT_FACES = (UPRIGHT_SEARCHES[0], *ROLLED_SEARCHES, *UPRIGHT_SEARCHES[1:])
"""Rolled faces are looked for only while there is no face at all: they are rare and cost as much."""
_EARLY_S = 0.004
"""Frames of a camera come so much early or late."""


@dataclass(frozen=True, slots=True)
class SearchPace:
    """When slices are searched while a face is followed. Without any, they follow each other.

    Attributes:
        alert_s: from one slice to the next, for `alert_for_s` after a face was lost, which may come back.
        calm_s: the same once none was lost for so long; a further face is found within half a second where it is
            large, and about a second where it is small.
        delay_s: until a slice's finds are used.
    """

    alert_s: float = 0.1
    alert_for_s: float = 10.0
    calm_s: float = 1 / 6
    delay_s: float = 0.1


class FaceSearch:
    """Looks for faces through the frames of one run. `update` is called once a frame, by one thread.

    Args:
        detector: used by one thread at a time.
        pace: see `SearchPace`.
        stats: where the time of `detect` goes.
    """

    def __init__(self, detector: Detector, pace: SearchPace, stats: Stats) -> None:
        self._detector = detector
        self._pace = pace
        self._stats = stats
        self._begun = False
        self._slices = 0
        self._lost_s = -math.inf
        self._next_s = -math.inf
        self._due_s = -math.inf
        self._pending: Future[tuple[list[Detection], float]] | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="face-search")

    def restart(self) -> None:
        """Begin anew, as before the first frame."""
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
            just_lost: a face was followed until this frame: then one slice is searched at once, for it may have jumped.
        """
        if not self._begun:
            self._begun, self._next_s = True, time_s + self._pace.calm_s
            return self._now(lambda: self._detector.detect(image))
        if just_lost:
            self._settle()
            self._slices, self._lost_s = 1, time_s
            boxes = [bounding_box(points) for points in known]
            return self._now(lambda: self._detector.search(image, _WITH_FACES[0], boxes))
        found: list[Region] = []
        soon_s = time_s + _EARLY_S
        if self._pending and (soon_s >= self._due_s or not faces):
            found = self._settle()
        if not self._pending and (soon_s >= self._next_s or not faces):
            self._begin_slice(image, time_s, known, faces)
        return found

    def _begin_slice(self, image: Image, time_s: float, known: Sequence[Points], faces: bool) -> None:
        alert = time_s - self._lost_s < self._pace.alert_for_s
        rota = (_WITH_FACES if alert else _CALM) if faces else _WITHOUT_FACES
        part = rota[self._slices % len(rota)]
        self._slices += 1
        self._next_s = time_s + (self._pace.alert_s if alert else self._pace.calm_s)
        self._due_s = time_s + self._pace.delay_s
        boxes = [bounding_box(points) for points in known]
        self._pending = self._executor.submit(self._timed, image, part, boxes)

    def wait(self) -> None:
        """Let the slice under way end; what it found stays for the frame that it is due in."""
        if self._pending:
            self._pending.exception()

    def close(self) -> None:
        """Wait for the slice at hand and end the thread; may be called more than once."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _timed(self, image: Image, part: Search, known: Sequence[Box]) -> tuple[list[Detection], float]:
        start = time.perf_counter()
        return self._detector.search(image, part, known), time.perf_counter() - start

    def _settle(self) -> list[Region]:
        """What the slice under way found, if there is one; waits for it. Its errors are raised here."""
        pending, self._pending = self._pending, None
        if pending is None:
            return []
        found, seconds = pending.result()
        self._stats.add("detect", seconds)
        return [detection.region for detection in found]

    def _now(self, search: Callable[[], list[Detection]]) -> list[Region]:
        with self._stats.time("detect"):
            return [detection.region for detection in search()]
