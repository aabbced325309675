"""Reports how far a file is done."""

import time
from collections.abc import Callable

from realtime.frame import Output

_REPORT_EVERY_S = 0.2


class ProgressSink:
    """Calls `report` a few times a second with the share that is done.

    Args:
        length_s: of the whole file; None where nobody knows.
        report: called with 0 to 1, or with None where the length is unknown; an error that it raises ends the run.

    Attributes:
        media_s: time of the last frame.
    """

    name = "progress"

    def __init__(self, length_s: float | None, report: Callable[[float | None], None]) -> None:
        self.media_s = 0.0
        self._report = report
        self._length_s = length_s
        self._reported_s = time.monotonic()
        report(0.0 if length_s else None)

    def write(self, output: Output) -> None:
        """Note the frame's time, and report it if it is time to."""
        self.media_s = output.original.time_s
        now_s = time.monotonic()
        if now_s - self._reported_s >= _REPORT_EVERY_S:
            self._reported_s = now_s
            self._report(min(self.media_s / self._length_s, 1.0) if self._length_s else None)

    def close(self) -> None:
        """Nothing to close."""
