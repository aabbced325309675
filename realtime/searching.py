"""FaceSearch: the cascade, a slice at a time on a thread of its own, so that no frame waits for it.

What a search found is used a fixed number of frames after the one it looked at, whether it was done earlier or has to
be waited for. So a run over a file repeats exactly, and a live one never waits unless a search takes longer than that.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.crop import Region
from model.detection import ROLLED_SEARCHES, UPRIGHT_SEARCHES, Detection, Search
from model.geometry import Box
from realtime.stats import Stats

Image = npt.NDArray[np.uint8]

_WITH_FACES = UPRIGHT_SEARCHES
_WITHOUT_FACES = (UPRIGHT_SEARCHES[0], *ROLLED_SEARCHES, *UPRIGHT_SEARCHES[1:])
"""Rolled faces are looked for only while there is no face at all: they are rare and cost as much."""


class Detector(Protocol):
    """What the search needs of `model.detection.HaarFaceDetector`."""

    def detect(self, image: Image) -> list[Detection]: ...

    def search(self, image: Image, search: Search, ignore: Sequence[Box] = ()) -> list[Detection]: ...


class FaceSearch:
    """Looks for faces through the frames of one run. `update` is called once a frame, by one thread.

    Args:
        detector: used by one thread at a time.
        every: frames from one slice to the next while there are faces; without any, slices follow each other.
        delay: frames until a slice's finds are used while there are faces; without any, one frame.
        stats: where the time of `detect` goes.
    """

    def __init__(self, detector: Detector, every: int, delay: int, stats: Stats) -> None:
        self._detector = detector
        self._every = every
        self._delay = delay
        self._stats = stats
        self._frames = 0
        self._slices = 0
        self._pending: Future[tuple[list[Detection], float]] | None = None
        self._due = 0
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="face-search")

    def restart(self) -> None:
        """Begin anew, as before the first frame."""
        self._settle()
        self._frames = self._slices = 0

    def update(self, image: Image, known: Sequence[Box], *, faces: bool, just_lost: bool) -> list[Region]:
        """Where to look for faces in this frame, by what slices of this and earlier frames found.

        Args:
            image: (H, W, 3) BGR uint8 of the frame, which nobody writes to again.
            known: boxes of faces that need not be found again.
            faces: whether any face is followed.
            just_lost: a face was followed until this frame: then one slice is searched at once, for it may have jumped.
        """
        index, self._frames = self._frames, self._frames + 1
        if index == 0:
            return self._now(lambda: self._detector.detect(image))
        if just_lost:
            self._settle()
            self._slices = 1
            return self._now(lambda: self._detector.search(image, _WITH_FACES[0], known))
        found: list[Region] = []
        if self._pending and index >= self._due:
            found = self._settle()
        if not self._pending and (not faces or index % self._every == 0):
            rota = _WITH_FACES if faces else _WITHOUT_FACES
            part = rota[self._slices % len(rota)]
            self._slices += 1
            self._due = index + (self._delay if faces else 1)
            self._pending = self._executor.submit(self._timed, image, part, known)
        return found

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
