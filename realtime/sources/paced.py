"""Plays a recorded source at its own speed."""

import threading
import time
from collections.abc import Iterator

from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo

_LATE_S = 0.25
"""Further behind than this, the schedule moves instead of the missed time being rushed through."""


class PacedSource(Source):
    """Another source's frames, none of them before its time, none of them dropped. Closes the other with itself."""

    def __init__(self, inner: Source) -> None:
        self._inner = inner
        self._closed = threading.Event()

    @property
    def info(self) -> SourceInfo:
        return self._inner.info

    def frames(self) -> Iterator[Frame]:
        start_s = time.perf_counter()
        for frame in self._inner.frames():
            wait_s = start_s + frame.time_s - time.perf_counter()
            if wait_s > 0:
                self._closed.wait(wait_s)
            elif wait_s < -_LATE_S:
                start_s -= wait_s
            if self._closed.is_set():
                return
            yield frame

    def close(self) -> None:
        self._closed.set()
        self._inner.close()
