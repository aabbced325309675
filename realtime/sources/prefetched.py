"""Fetches a recorded source's frames ahead, in a thread of its own, while the consumer works on earlier ones."""

import threading
from collections import deque
from collections.abc import Iterator

from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo

_DEPTH = 3
"""Frames fetched ahead: enough to even out slow ones, few enough for memory at 3840x2160."""


class PrefetchedSource(Source):
    """Another source's frames, the same ones in the same order, decoded or drawn on another core.

    Not for live sources, which are to give the newest frame and not those before. Errors of the other source come
    after the frames that it gave. Closes the other, `inner`, with itself.
    """

    def __init__(self, inner: Source) -> None:
        self.inner = inner
        self._changed = threading.Condition()
        self._ready: deque[Frame] = deque()
        self._ended = False
        self._closed = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    @property
    def info(self) -> SourceInfo:
        return self.inner.info

    def frames(self) -> Iterator[Frame]:
        if not self._closed:
            self._thread = threading.Thread(target=self._fetch, name="prefetch")
            self._thread.start()
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._ready or self._ended or self._closed)
                    if self._closed or not self._ready:
                        break
                    frame = self._ready.popleft()
                    self._changed.notify_all()
                yield frame
        finally:
            # Left early and never closed, the thread would wait for ever, and the program with it.
            self._stop()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self._stop()
        self.inner.close()

    def _stop(self) -> None:
        """End the thread, to which the other source belongs until then."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _fetch(self) -> None:
        try:
            for frame in self.inner.frames():
                with self._changed:
                    self._changed.wait_for(lambda: len(self._ready) < _DEPTH or self._closed)
                    if self._closed:
                        break
                    self._ready.append(frame)
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 - crosses the thread: raised again in the consumer
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()
