"""The contracts of sound that is being heard."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class SoundChunk:
    """A little sound, one channel, of about a fiftieth of a second.

    Attributes:
        samples: (N,) float32 in [-1, 1], N at least 1.
        rate_hz: samples a second, as the device claims; its clock may run a little faster or slower.
        heard_s: `time.perf_counter()` when the first sample was heard.

    Raises:
        ValueError: the samples are not of that shape or type.
    """

    samples: npt.NDArray[np.float32] = field(repr=False)
    rate_hz: int
    heard_s: float

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32 or not len(self.samples):
            raise ValueError(f"samples must be (N,) float32, got {self.samples.shape} {self.samples.dtype}")

    @property
    def end_s(self) -> float:
        """When its last sample ended, by the rate that the device claims."""
        return self.heard_s + len(self.samples) / self.rate_hz


class SoundCapture(Protocol):
    """An opened microphone. Used by one thread at a time.

    `read` blocks until the next chunk and raises `CaptureError` where none comes. `heard_s` of chunks that follow each
    other may jitter by some tens of milliseconds; a longer jump is sound that was lost. `close` frees the device.
    """

    def read(self) -> SoundChunk: ...

    def close(self) -> None: ...


class Listener(Protocol):
    """What one recording hears; used by one thread. `close` lets it go."""

    def take(self, timeout_s: float = 0.0) -> list[SoundChunk]:
        """The chunks that came since the last call, waiting for the first of them where none is there yet."""
        ...

    def close(self) -> None: ...


class Hearing(Protocol):
    """Something that recordings can listen to."""

    def listen(self, since_s: float) -> Listener | None:
        """Hear what comes, and what has come already since `since_s` on `time.perf_counter()`; None for silence."""
        ...
