"""A microphone in a thread of its own, which never holds up the picture."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from realtime.audio.base import SoundCapture, SoundChunk
from realtime.audio.clock import SteadyClock
from realtime.errors import SourceError
from realtime.sources.live.newest import CaptureError

_KEPT_CHUNKS = 100
"""Kept for a recording that begins, some seconds: its first picture is older than the recording."""
_WAITING_CHUNKS = 3000
"""Wait for a recording at most, a minute; an encoder further behind gets silence."""


@dataclass(frozen=True, slots=True)
class SoundPatience:
    """Time limits of a microphone, seconds.

    Attributes:
        open_s: for opening it at the start.
        stall_s: without sound until that is reported.
        mute_s: of nothing but zeros until that is reported.
        retry_s: between attempts to open it again.
        join_s: `close` waits this long for the thread; one that hangs in a driver is left behind.
    """

    open_s: float = 5.0
    stall_s: float = 1.5
    mute_s: float = 3.0
    retry_s: float = 1.0
    join_s: float = 1.0


class Microphone:
    """Hears a device from now on, until closed; where it breaks down, opens it again and again.

    Args:
        name: for messages.
        opener: opens the device, now and after each breakdown; raises `CaptureError`.
        patience: time limits; None for the usual ones.

    Raises:
        SourceError: the device cannot be opened, or gives no sound in time.

    The thread is a daemon only so that a driver call which never returns cannot keep the program from ending.
    """

    def __init__(self, name: str, opener: Callable[[], SoundCapture], patience: SoundPatience | None = None) -> None:
        self.name = name
        self._opener = opener
        self._patience = patience or SoundPatience()
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._problem = ""
        self._heard = False
        self._newest_s = self._sounding_s = time.perf_counter()
        self._kept: deque[SoundChunk] = deque(maxlen=_KEPT_CHUNKS)
        self._ears: list[Ear] = []
        self._thread = threading.Thread(target=self._work, name="microphone", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._heard or self._problem, self._patience.open_s)
            heard, problem = self._heard, self._problem
        if not heard:
            self.close()
            raise SourceError(f"cannot hear {name}: {problem or f'no sound within {self._patience.open_s:g} s'}")

    @property
    def status(self) -> str:
        """What is wrong at present, in one line; empty while sound comes."""
        now_s = time.perf_counter()
        if self._closed.is_set():
            return ""
        if now_s - self._newest_s >= self._patience.stall_s:
            return f"{self.name}: {self._problem or 'no sound comes'}; recording silence, trying again"
        if now_s - self._sounding_s >= self._patience.mute_s:
            return f"{self.name} gives only silence: it is switched off, or the system keeps it from this program"
        return ""

    def listen(self, since_s: float) -> "Ear":
        """Hear what comes, and what has come already since `since_s`; at most some seconds back."""
        with self._changed:
            ear = Ear(self._changed, self._forget, (chunk for chunk in self._kept if chunk.end_s > since_s))
            self._ears.append(ear)
            return ear

    def close(self) -> None:
        """Stop the thread, which frees the device, and wait for it a limited time. May be called again."""
        self._closed.set()
        self._thread.join(self._patience.join_s)

    def _forget(self, ear: "Ear") -> None:
        if ear in self._ears:
            self._ears.remove(ear)

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                capture = self._opener()
                try:
                    self._read_on(capture)
                finally:
                    capture.close()
            except Exception as error:  # noqa: BLE001 - no microphone may end a picture; the status tells it
                told = str(error) if isinstance(error, CaptureError | SourceError) else f"the driver says {error!r}"
                with self._changed:
                    self._problem = " ".join(told.split())
                    self._changed.notify_all()
            self._closed.wait(self._patience.retry_s)

    def _read_on(self, capture: SoundCapture) -> None:
        clock = SteadyClock()
        while not self._closed.is_set():
            chunk = capture.read()
            duration_s = len(chunk.samples) / chunk.rate_hz
            self._publish(replace(chunk, heard_s=clock.time(chunk.heard_s, duration_s)))

    def _publish(self, chunk: SoundChunk) -> None:
        with self._changed:
            self._newest_s = time.perf_counter()
            if np.any(chunk.samples):
                self._sounding_s = self._newest_s
            self._heard, self._problem = True, ""
            self._kept.append(chunk)
            for ear in self._ears:
                ear.put(chunk)
            self._changed.notify_all()


class Ear:
    """What one recording hears of a microphone; see `Listener`.

    Args:
        changed: guards it, and is notified of new sound.
        forget: called with it when it is closed.
        chunks: what it has heard already.
    """

    def __init__(
        self, changed: threading.Condition, forget: Callable[["Ear"], None], chunks: Iterable[SoundChunk]
    ) -> None:
        self._changed = changed
        self._forget = forget
        self._chunks = deque(chunks, _WAITING_CHUNKS)

    def put(self, chunk: SoundChunk) -> None:
        """Hear a chunk; the microphone's, which holds the lock."""
        self._chunks.append(chunk)

    def take(self, timeout_s: float = 0.0) -> list[SoundChunk]:
        """The chunks that came since the last call, waiting for the first of them where none is there yet."""
        with self._changed:
            self._changed.wait_for(lambda: self._chunks, timeout_s)
            taken = list(self._chunks)
            self._chunks.clear()
            return taken

    def close(self) -> None:
        """Hear no more."""
        with self._changed:
            self._forget(self)
            self._chunks.clear()
