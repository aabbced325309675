"""A microphone for tests: it beeps when it is told to, by a clock of its own, and can misbehave."""

import threading
import time
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from realtime.audio.base import SoundChunk
from realtime.sources.live.newest import CaptureError

CHUNK_S = 0.02
BEEP_S = 0.08
_TONE_HZ = 1000


class Clock:
    """`time.perf_counter()`, or a time that only moves when the test says so."""

    def __init__(self, set_s: float | None = None) -> None:
        self._set_s = set_s
        self.changed = threading.Condition()

    def now_s(self) -> float:
        return time.perf_counter() if self._set_s is None else self._set_s

    def set(self, time_s: float) -> None:
        with self.changed:
            self._set_s = time_s
            self.changed.notify_all()

    def wait(self, until_s: float) -> None:
        """Wait a little, or until then. The lock is held by the caller."""
        self.changed.wait(None if self._set_s is not None else max(until_s - time.perf_counter(), 0.001))


class FakeSoundDevice:
    """A microphone that hears beeps of 80 ms; `open` makes the capture.

    `mode` is `good`, `nothing` (reads fail), `blocks` (reads hang until the mode changes), `mute` (only zeros) or
    `gone` (it cannot be opened, and an open one gives nothing). What is heard in any but the first is lost.

    Args:
        clock: what the test goes by; everything is given in its time.
        drift: how much faster than it claims the device's own clock runs.
        jitter_s: times of chunks are late by up to this.
        latency_s: after it was heard, sound comes so late.
    """

    def __init__(
        self, clock: Clock, rate_hz: int = 48_000, drift: float = 0.0, jitter_s: float = 0.0, latency_s: float = 0.0
    ) -> None:
        self.clock = clock
        self.rate_hz = rate_hz
        self.beeps_s: list[float] = []
        self.opened = self.closed = 0
        self._mode = "good"
        self._true_rate_hz = rate_hz * (1 + drift)
        self._jitter_s = jitter_s
        self._latency_s = latency_s
        self._random = np.random.default_rng(0)
        self._waits_for_s = clock.now_s()

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        with self.clock.changed:
            self._mode = mode
            self.clock.changed.notify_all()

    @property
    def listened_to_s(self) -> float:
        """The time that a reader waits for."""
        return self._waits_for_s

    def open(self) -> "FakeSoundCapture":
        if self._mode == "gone":
            raise CaptureError("it is not there")
        self.opened += 1
        return FakeSoundCapture(self)

    def advance(self, time_s: float) -> None:
        """Move a clock that is set, and wait until all that was heard by then was read."""
        self.clock.set(time_s)
        with self.clock.changed:
            done = self.clock.changed.wait_for(lambda: self._mode != "good" or self._waits_for_s > time_s, 10)
        assert done, "nobody reads this microphone"

    def hear(self, begin_s: float, count: int) -> tuple[npt.NDArray[np.float32], float]:
        """`count` samples from `begin_s` on, once they are over, and when they say they began."""
        end_s = begin_s + count / self._true_rate_hz
        with self.clock.changed:
            self._waits_for_s = end_s + self._latency_s
            self.clock.changed.notify_all()
            while self._mode not in ("good", "mute") or self.clock.now_s() < self._waits_for_s:
                if self._mode in ("nothing", "gone"):
                    raise CaptureError("no sound comes")
                self.clock.wait(self._waits_for_s)
        times_s = begin_s + np.arange(count) / self._true_rate_hz
        loud = np.zeros(count, bool)
        for beep_s in self.beeps_s:
            loud |= (times_s >= beep_s) & (times_s < beep_s + BEEP_S)
        samples = np.sin(2 * np.pi * _TONE_HZ * times_s) * np.where(loud, 0.6, 0.001) * (self._mode != "mute")
        return samples.astype(np.float32), begin_s + float(self._random.uniform(0, self._jitter_s))


class FakeSoundCapture:
    """One opening of a `FakeSoundDevice`."""

    def __init__(self, device: FakeSoundDevice) -> None:
        self._device = device
        self._next_s = device.clock.now_s() if device.opened > 1 else device._waits_for_s

    def read(self) -> SoundChunk:
        device = self._device
        count = round(CHUNK_S * device.rate_hz)
        samples, heard_s = device.hear(self._next_s, count)
        self._next_s += count / device._true_rate_hz
        if device.clock.now_s() - self._next_s > 1:
            self._next_s = device.clock.now_s()  # it hung: what came meanwhile is lost
        return SoundChunk(samples, device.rate_hz, heard_s)

    def close(self) -> None:
        self._device.closed += 1


def onsets_s(path: Path) -> tuple[list[float], list[float]]:
    """When flashes are seen and beeps are heard in a recording."""
    with av.open(str(path)) as container:
        seen = [(float(f.time or 0), f.to_ndarray(format="gray").mean() > 128) for f in container.decode(video=0)]
    flashes_s = [
        time_s for (time_s, on), (_, before) in zip(seen, [(0.0, False), *seen], strict=False) if on and not before
    ]
    times_s, samples = sound_of(path)
    loud_s = times_s[np.abs(samples) > 0.1]
    return flashes_s, [float(t) for t, before in zip(loud_s, [-1.0, *loud_s], strict=False) if t - before > BEEP_S]


def sound_of(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Time and value of every sample of a recording."""
    times_s, values = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            values.append(frame.to_ndarray()[0])
            times_s.append(float(frame.time or 0) + np.arange(frame.samples) / frame.sample_rate)
    return np.concatenate(times_s), np.concatenate(values).astype(np.float32)
