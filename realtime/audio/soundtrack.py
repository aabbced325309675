"""The sound of one recording: what a microphone hears, laid on the recording's own time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.packet import Packet

from realtime.audio.base import Listener, SoundChunk
from realtime.audio.clock import LOST_S

Samples = npt.NDArray[np.float32]

RATE_HZ = 48_000
"""Of recorded sound, whatever the microphone's: Opus knows no other."""
BITS_PER_S = {"aac": 128_000, "libopus": 64_000}
_PATIENCE_S = 0.5
"""Sound that comes later than this after its picture is recorded as silence, so that the file does not wait for it."""
_STAMPS_PER_S = 1_000_000
_STRETCH = 1000
"""Samples a second that may be added or taken away to stay in step, 2 %; more cannot be a clock."""


class Resampler:
    """FFmpeg's `aresample`, which stretches sound so that it keeps to the times of its chunks.

    Args:
        rate_hz: of the chunks.
        start_s: time 0 on the chunks' clock.
    """

    def __init__(self, rate_hz: int, start_s: float) -> None:
        self.rate_hz = rate_hz
        self._start_s = start_s
        # The filters do not keep their graph alive.
        self._graph = Graph()
        self._source = self._graph.add_abuffer(
            sample_rate=rate_hz, format="flt", layout="mono", time_base=Fraction(1, _STAMPS_PER_S)
        )
        resample = self._graph.add("aresample", f"{RATE_HZ}:async={_STRETCH}")
        shape = self._graph.add("aformat", f"sample_rates={RATE_HZ}:sample_fmts=fltp:channel_layouts=mono")
        self._sink = self._graph.add("abuffersink")
        self._source.link_to(resample)
        resample.link_to(shape)
        shape.link_to(self._sink)
        self._graph.configure()

    def convert(self, chunk: SoundChunk | None) -> Iterator[tuple[int, Samples]]:
        """Sound at `RATE_HZ`, and the number of its first sample counted from time 0; None gives what is held back."""
        frame = None
        if chunk is not None:
            frame = AudioFrame.from_ndarray(chunk.samples[None], format="flt", layout="mono")
            frame.sample_rate, frame.time_base = self.rate_hz, Fraction(1, _STAMPS_PER_S)
            frame.pts = round((chunk.heard_s - self._start_s) * _STAMPS_PER_S)
        self._source.push(frame)
        while True:
            try:
                converted = cast(AudioFrame, self._sink.pull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert converted.pts is not None and converted.time_base is not None
            yield round(converted.pts * converted.time_base * RATE_HZ), converted.to_ndarray()[0]


class Timeline:
    """Sound without a gap from time 0 on, at `RATE_HZ`, made of chunks whose clock may be wrong.

    Args:
        start_s: time 0 on the chunks' clock, `time.perf_counter()`.

    Where sound is missing there is silence; what comes for a time that was taken already is left out.
    """

    def __init__(self, start_s: float) -> None:
        self.position = 0
        """Samples taken so far."""
        self._start_s = start_s
        self._laid: Samples = np.empty(0, np.float32)
        self._resampler: Resampler | None = None
        self._next: int | None = None
        self._chunk_end_s = 0.0

    @property
    def end(self) -> int:
        """Samples laid so far, taken ones with them."""
        return self.position + len(self._laid)

    def lay(self, chunk: SoundChunk) -> None:
        """Add the chunk that was heard after those before."""
        follows = abs(chunk.heard_s - self._chunk_end_s) < LOST_S / 2
        if self._resampler is None or not follows or chunk.rate_hz != self._resampler.rate_hz:
            self.flush()
            self._resampler, self._next = Resampler(chunk.rate_hz, self._start_s), None
        self._chunk_end_s = chunk.end_s
        self._convert(chunk)

    def flush(self) -> None:
        """Lay what the resampler holds back; the next chunk begins afresh."""
        if self._resampler is not None:
            self._convert(None)
            self._resampler = None

    def silence(self, until: int) -> None:
        """Lay silence up to the sample `until`, if there is less."""
        missing = until - self.end
        if missing > 0:
            self._laid = np.concatenate([self._laid, np.zeros(missing, np.float32)])

    def take(self, until: int) -> Samples:
        """The samples from `position` on, up to `until` at most."""
        count = max(min(until - self.position, len(self._laid)), 0)
        taken, self._laid = self._laid[:count], self._laid[count:]
        self.position += count
        return taken

    def _convert(self, chunk: SoundChunk | None) -> None:
        assert self._resampler is not None
        for begin, samples in self._resampler.convert(chunk):
            # Only the first time counts: what the resampler gives has no gaps.
            self._next = begin if self._next is None else self._next
            self.silence(self._next)
            self._laid = np.concatenate([self._laid, samples[self.end - self._next :]])
            self._next += len(samples)


class Soundtrack:
    """The sound stream of one file; used by the thread that writes the file, closed by it too.

    Args:
        container: the file, to which the stream is added; not begun yet.
        codec: one of `BITS_PER_S`.
        listener: closed with this.
        start_s: the first picture's time on `time.perf_counter()`.
    """

    def __init__(self, container: OutputContainer, codec: str, listener: Listener, start_s: float) -> None:
        self._listener = listener
        self._timeline = Timeline(start_s)
        self._stream = cast(AudioStream, container.add_stream(codec, rate=RATE_HZ, layout="mono"))
        self._stream.bit_rate = BITS_PER_S[codec]

    def packets(self, until_s: float) -> list[Packet[Any]]:
        """Encode what was heard before `until_s`, seconds after the first picture; it need not be all there yet."""
        for chunk in self._listener.take():
            self._timeline.lay(chunk)
        until = round(until_s * RATE_HZ)
        self._timeline.silence(until - round(_PATIENCE_S * RATE_HZ))
        return self._encode(until)

    def last_packets(self, end_s: float) -> list[Packet[Any]]:
        """Encode everything up to `end_s`, waiting a little for sound that is on its way, and end the stream."""
        end, give_up_s = round(end_s * RATE_HZ), time.monotonic() + _PATIENCE_S
        while self._timeline.end < end and (left_s := give_up_s - time.monotonic()) > 0:
            for chunk in self._listener.take(left_s):
                self._timeline.lay(chunk)
        self._timeline.flush()
        self._timeline.silence(end)
        return [*self._encode(end), *self._stream.encode(None)]

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _encode(self, until: int) -> list[Packet[Any]]:
        position, samples = self._timeline.position, self._timeline.take(until)
        if not len(samples):
            return []
        frame = AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, position, Fraction(1, RATE_HZ)
        return self._stream.encode(frame)
