"""Live sources: always the newest picture, and life goes on where none comes.

A capture (an opened camera or address) may return nothing, block, raise, or repeat one picture. Within two seconds
each of these shows in `LiveSource.status`; the last picture is then yielded a few times a second, and the capture is
reopened, with pauses that grow, until pictures come again.
"""

import time
from collections.abc import Callable, Iterator

from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo
from realtime.sources.live.newest import Capture, CapturedPicture, CaptureError, Patience, Reader


class LiveSource(Source):
    """The newest picture of a capture, whenever one is asked for.

    `index` counts the pictures that the capture gave, so those that came while the consumer was busy leave gaps;
    `time_s` is the clock since the first. A picture repeated during a stall has no `captured_s`.

    Args:
        name: for messages: `camera 0`.
        opener: opens the capture, now and after each breakdown; raises `CaptureError`.
        patience: time limits; None for the usual ones.
        open_here: open in the calling thread at first (macOS asks for permission only there), else in the reader's.

    Raises:
        SourceError: the capture cannot be opened, or gives no picture in time.
    """

    def __init__(
        self, name: str, opener: Callable[[], Capture], patience: Patience | None = None, open_here: bool = False
    ) -> None:
        self._name = name
        self._patience = patience or Patience()
        self._closed = False
        began_s = time.perf_counter()
        try:
            capture = opener() if open_here else None
        except CaptureError as error:
            raise SourceError(f"cannot open {name}: {error}") from error
        self._reader = Reader(opener, self._patience, capture)
        try:
            self._wait_opened()
            opened_in_s = time.perf_counter() - began_s
            self._first = self._wait_first()
            self._reader.wait_measured(self._patience.measure_s)
        except BaseException:
            self._reader.close()
            raise
        height, width = self._first.pixels_bgr.shape[:2]
        fps = self._reader.measured_fps
        rate = f"{fps:.1f} fps measured" if fps else "slower than can be measured at once"
        got = [f"{width}x{height}", self._reader.label, rate, f"opened in {opened_in_s:.2f} s"]
        self._info = SourceInfo(f"{name} ({', '.join(filter(None, got))})", (width, height), fps, live=True)

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def status(self) -> str:
        """What is wrong at present, in one line; empty while new pictures come."""
        if self._closed or self._reader.silent_s < self._patience.stall_s:
            return ""
        return f"{self._name}: {self._reader.problem or 'no pictures come'}; trying again"

    def frames(self) -> Iterator[Frame]:
        serial, index, time_s = 0, -1, 0.0
        origin_s, last_bgr = self._first.captured_s, self._first.pixels_bgr
        while not self._closed:
            picture = self._reader.newer(serial, self._patience.hold_s)
            if self._closed:
                return
            if picture is not None:
                if index < 0:
                    index, origin_s = 0, picture.captured_s
                else:
                    index += picture.serial - serial
                serial, last_bgr = picture.serial, picture.pixels_bgr
                time_s = max(time_s, picture.captured_s - origin_s)
                # A copy, because the consumer may draw on it, and this one is shown again if no other follows.
                yield Frame(last_bgr.copy(), index, time_s, picture.captured_s)
                continue
            self._reader.supervise()
            if self._reader.silent_s >= self._patience.stall_s:
                index += 1
                time_s = max(time_s, time.perf_counter() - origin_s)
                yield Frame(last_bgr.copy(), index, time_s)

    def close(self) -> None:
        self._closed = True
        self._reader.close()

    def _wait_opened(self) -> None:
        if not self._reader.wait_opened(self._patience.open_s):
            problem = self._reader.problem or f"no answer within {self._patience.open_s:g} s"
            raise SourceError(f"cannot open {self._name}: {problem}")

    def _wait_first(self) -> CapturedPicture:
        picture = self._reader.newer(0, self._patience.first_s)
        if picture is None:
            problem = f" ({self._reader.problem})" if self._reader.problem else ""
            raise SourceError(
                f"{self._name} opened but gave no picture within {self._patience.first_s:g} s{problem}; "
                "close other programs that use it, or restart it"
            )
        return picture
