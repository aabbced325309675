"""The reader thread of a live source: it keeps only the newest picture, and reopens the capture when it fails."""

import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")


class CaptureError(Exception):
    """A capture could not be opened, or gave no picture. Stays inside the live sources; one line says why."""


class Capture(Protocol):
    """An opened camera or address. Used by one thread at a time.

    `read` blocks until the next picture, (H, W, 3) uint8 BGR that nobody else writes to, and raises `CaptureError`
    where none comes. `close` frees the device. `label` says what was got: `MJPG, V4L2`.
    """

    @property
    def label(self) -> str: ...

    def read(self) -> npt.NDArray[np.uint8]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """Time limits of a live source, seconds.

    Attributes:
        open_s: for opening.
        first_s: for the first picture after that.
        measure_s: longest time spent on measuring the rate at the start.
        stall_s: without a new picture until that is reported and the last one is repeated; a capture that sends one
            picture over and over counts as sending none.
        hold_s: between the repetitions.
        skip_s: without a picture, while a capture says so at each read, until it counts as broken down.
        retry_s, retry_max_s: between attempts to open again; doubles from the first to the second.
        still_max_s: the same where an attempt only brought the very same picture, as virtual cameras showing a still
            do; doubles from `stall_s`.
        join_s: `close` waits this long for the thread; one that hangs in a driver is left behind.
    """

    open_s: float = 10.0
    first_s: float = 6.0
    measure_s: float = 0.4
    stall_s: float = 1.5
    hold_s: float = 0.2
    skip_s: float = 0.5
    retry_s: float = 0.25
    retry_max_s: float = 1.0
    still_max_s: float = 30.0
    join_s: float = 1.0


@dataclass(frozen=True, slots=True)
class CapturedPicture:
    """A captured picture; `serial` counts them from 1, `captured_s` is `time.perf_counter()` at its arrival."""

    pixels_bgr: npt.NDArray[np.uint8]
    serial: int
    captured_s: float


_MAX_HANGING = 3
"""Threads left hanging in driver calls until no further one is started."""
_REPEAT_PAUSE_S = 0.1
"""Between reads of a capture that repeats itself: decoding one picture at full rate would cost a tenth of a core."""
_DIGEST_STRIDE = 8
_SKIP_PAUSE_S = 0.02
_REPEATS = "the same picture comes over and over"
_RATE_INTERVALS = 5
_RATE_S = 0.1
"""Over how many intervals, and how long, the rate is measured at least."""


def rate_of(arrivals_s: Sequence[float]) -> float | None:
    """Pictures a second, from the times at which they came; None as long as too few came to tell."""
    # The first interval after opening says nothing of the rate: buffers filled up meanwhile.
    intervals_s = np.diff(np.array(arrivals_s, np.float64))[1:]
    if not intervals_s.size:
        return None
    # Nor do pictures that came out of a buffer together, as at the beginning of a stream. One long stall is not
    # what the others are compared with.
    usual_s = np.quantile(intervals_s, 0.9, method="lower")
    intervals_s = intervals_s[intervals_s >= usual_s / 4]
    known = len(intervals_s) >= _RATE_INTERVALS and intervals_s.sum() >= _RATE_S
    return 1 / float(np.median(intervals_s)) if known else None


@dataclass(slots=True)
class _Worker:
    """One reader thread's own state. Given up by setting `stopped`: it ends when the driver call returns."""

    stopped: threading.Event = field(default_factory=threading.Event)
    calling: str = ""
    call_began_s: float = 0.0
    thread: threading.Thread | None = None


class Reader:
    """Reads a capture in a thread of its own, for ever, until closed.

    Args:
        opener: opens the capture, now and after each breakdown; raises `CaptureError`.
        patience: time limits.
        capture: one that is open already, used first.

    The thread is a daemon only so that a driver call which never returns cannot keep the program from ending; in
    every other case `close` stops it, has it free the device, and joins it.
    """

    def __init__(self, opener: Callable[[], Capture], patience: Patience, capture: Capture | None = None) -> None:
        self._opener = opener
        self._patience = patience
        self._changed = threading.Condition()
        self._closed = False
        self._newest: CapturedPicture | None = None
        self._arrivals_s: deque[float] = deque(maxlen=60)
        self._digest: int | None = None
        self._new_s = time.perf_counter()
        self._repeat_limit_s = patience.stall_s
        self._problem = ""
        self._fatal: BaseException | None = None
        self._label: str | None = None
        self._hanging: list[_Worker] = []
        self._worker = self._start(capture)

    @property
    def label(self) -> str | None:
        """What the capture says it is; None until it has been opened for the first time."""
        return self._label

    @property
    def problem(self) -> str:
        """Why no new pictures come; empty while they do."""
        return self._problem

    @property
    def silent_s(self) -> float:
        """Seconds since a picture came that differed from the one before."""
        return time.perf_counter() - self._new_s

    @property
    def measured_fps(self) -> float | None:
        """Pictures a second over the last sixty; None as long as too few came."""
        return rate_of(self._arrivals_s)

    def wait_opened(self, timeout_s: float) -> bool:
        """Wait until the capture is open, or could not be opened; whether it is open."""
        with self._changed:
            self._changed.wait_for(lambda: self._label is not None or self._problem or self._fatal, timeout_s)
            self._raise_fatal()
            return self._label is not None

    def wait_measured(self, timeout_s: float) -> None:
        """Wait until enough pictures came to tell the rate."""
        with self._changed:
            self._changed.wait_for(lambda: self.measured_fps or self._fatal, timeout_s)

    def newer(self, serial: int, timeout_s: float) -> CapturedPicture | None:
        """The newest picture once there is one after `serial`; None if none came in time, or the reader is closed.

        Raises:
            Exception: what the capture raised beyond `CaptureError`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._has_newer(serial) or self._closed or self._fatal, timeout_s)
            self._raise_fatal()
            return self._newest if self._has_newer(serial) and not self._closed else None

    def supervise(self) -> None:
        """Give up a thread that hangs in a driver call, and set another one to work. To be called now and then."""
        worker, now_s = self._worker, time.perf_counter()
        limit_s = self._patience.open_s if worker.calling == "open" else self._patience.stall_s
        self._hanging = [each for each in self._hanging if each.thread is not None and each.thread.is_alive()]
        if self._closed or not worker.calling or now_s - worker.call_began_s < limit_s * 2 ** len(self._hanging):
            return
        with self._changed:
            self._problem = "the driver gives no answer"
        if len(self._hanging) < _MAX_HANGING:
            worker.stopped.set()
            self._hanging.append(worker)
            self._worker = self._start(None)

    def close(self) -> None:
        """Stop the thread, which frees the capture, and wait for it a limited time. May be called again."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._worker.stopped.set()
        thread = self._worker.thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(self._patience.join_s)

    def _has_newer(self, serial: int) -> bool:
        return self._newest is not None and self._newest.serial > serial

    def _raise_fatal(self) -> None:
        if self._fatal is not None:
            raise self._fatal

    def _start(self, capture: Capture | None) -> _Worker:
        worker = _Worker()
        worker.thread = threading.Thread(target=self._work, args=(worker, capture), name="capture", daemon=True)
        worker.thread.start()
        return worker

    def _work(self, worker: _Worker, capture: Capture | None) -> None:
        try:
            self._serve(worker, capture)
        except BaseException as error:  # noqa: BLE001 - crosses the thread: raised again in the consumer
            with self._changed:
                if not worker.stopped.is_set():
                    self._fatal = error
                self._changed.notify_all()

    def _serve(self, worker: _Worker, capture: Capture | None) -> None:
        pause_s = self._patience.retry_s
        while not worker.stopped.is_set():
            began_s = time.perf_counter()
            try:
                if capture is None:
                    capture = self._call(worker, "open", self._opener)
                try:
                    self._read_on(worker, capture)
                finally:
                    capture.close()
            except CaptureError as error:
                with self._changed:
                    if not worker.stopped.is_set():
                        self._problem = str(error)
                        self._changed.notify_all()
            capture = None
            pause_s = self._patience.retry_s if self._new_s > began_s else min(2 * pause_s, self._patience.retry_max_s)
            worker.stopped.wait(pause_s)

    def _read_on(self, worker: _Worker, capture: Capture) -> None:
        """Read until the worker is given up, or the capture breaks down or repeats itself for too long."""
        good_s = opened_s = time.perf_counter()
        with self._changed:
            self._label = capture.label
            self._changed.notify_all()
        while not worker.stopped.is_set():
            try:
                pixels_bgr = self._call(worker, "read", capture.read)
            except CaptureError:
                # Cameras skip a picture now and then; reopening for that would cost a second.
                if time.perf_counter() - good_s > self._patience.skip_s:
                    raise
                worker.stopped.wait(_SKIP_PAUSE_S)
                continue
            good_s = time.perf_counter()
            if worker.stopped.is_set() or self._publish(pixels_bgr):
                continue
            if good_s - max(opened_s, self._new_s) > self._repeat_limit_s:
                self._repeat_limit_s = min(2 * self._repeat_limit_s, self._patience.still_max_s)
                raise CaptureError(_REPEATS)
            worker.stopped.wait(_REPEAT_PAUSE_S)

    @staticmethod
    def _call(worker: _Worker, what: str, driver: Callable[[], T]) -> T:
        """Call into the driver, noting since when, for `supervise`."""
        worker.calling, worker.call_began_s = what, time.perf_counter()
        try:
            return driver()
        finally:
            worker.calling = ""

    def _publish(self, pixels_bgr: npt.NDArray[np.uint8]) -> bool:
        """Make a picture the newest; False if it is not, being the one that came all the time before."""
        digest = zlib.crc32(pixels_bgr[::_DIGEST_STRIDE, ::_DIGEST_STRIDE].tobytes())
        now_s = time.perf_counter()
        with self._changed:
            if digest != self._digest:
                self._digest, self._new_s, self._problem = digest, now_s, ""
                self._repeat_limit_s = self._patience.stall_s
            elif now_s - self._new_s >= self._patience.stall_s:
                self._problem = _REPEATS
                return False
            self._arrivals_s.append(now_s)
            self._newest = CapturedPicture(pixels_bgr, self._newest.serial + 1 if self._newest else 1, now_s)
            self._changed.notify_all()
        return True
