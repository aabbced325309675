"""How the process grows while the program runs."""

import importlib
import importlib.util
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from realtime.assembly import Assembly, Look
from realtime.audio.base import SoundChunk
from realtime.audio.microphone import Microphone
from realtime.benchmarks.clips import FPS, Clip, crowd_clip, portrait_clip
from realtime.benchmarks.timing import BenchTable, Cell
from realtime.frame import Frame
from realtime.sinks.recording.recorder import RecorderSink
from realtime.sources.base import Source, SourceInfo

WORN: Final = "sunglasses"
FACES: Final = 3
KINDS: Final = ("mkv", "mp4")
HOUR_FRAMES: Final = 60 * 60 * 30
_WARM_SHARE: Final = 0.5
"""Of the frames that do not count towards an hour: buffers fill, once, and libraries load what they need."""
_RATE_HZ: Final = 48_000
_CHUNK: Final = _RATE_HZ // 50


class _Replay(Source):
    """A clip as a source, of this many frames, as fast as they are fetched or, `paced`, as from a camera."""

    def __init__(self, clip: Clip, frames: int, watch: Callable[[int], None], paced: bool) -> None:
        self._clip = clip
        self._count = frames
        self._watch = watch
        self._paced = paced

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("replay", (640, 480), FPS, live=self._paced)

    def frames(self) -> Iterator[Frame]:
        start_s = time.perf_counter()
        for frame, index in zip(self._clip.frames(), range(self._count), strict=False):
            self._watch(index)
            if not self._paced:
                yield frame
                continue
            time.sleep(max(0.0, start_s + frame.time_s - time.perf_counter()))
            yield Frame(frame.pixels_bgr.copy(), index, frame.time_s, start_s + frame.time_s)

    def close(self) -> None:
        """Nothing to close."""


class _Tone:
    """A microphone that hears a tone for ever."""

    def __init__(self) -> None:
        self._samples = 0.1 * np.sin(2 * np.pi * 440 * np.arange(_CHUNK) / _RATE_HZ).astype(np.float32)
        self._next_s = time.perf_counter()

    def read(self) -> SoundChunk:
        """The next fiftieth of a second, once it is over."""
        heard_s = self._next_s
        self._next_s += _CHUNK / _RATE_HZ
        time.sleep(max(0.0, self._next_s - time.perf_counter()))
        return SoundChunk(self._samples, _RATE_HZ, heard_s)

    def close(self) -> None:
        """Nothing to close."""


def memory(weights: Path, seconds: float) -> BenchTable:
    """How the process grows while the program runs, and what that makes in an hour at 30 frames a second.

    Args:
        weights: the keypoint network.
        seconds: how long it runs at 30 frames a second, with several faces, recorded with sound. The frames of a second
            run of that length, with one face, are replayed as fast as possible.
    """
    columns = ("", "minutes", "MB at start", "grown by half-time", "grown since", "MB an hour", "+-")
    if memory_bytes() is None:
        return BenchTable("Memory", columns, [], ("the system does not say how much is in use; pip install psutil",))
    frames = max(8, round(FPS * seconds))
    rows: list[tuple[Cell, ...]] = [
        *(
            (
                f"camera, {FACES} faces, recorded with sound to {kind}",
                frames / FPS / 60,
                *_recorded(weights, frames, kind),
            )
            for kind in KINDS
        ),
        ("one face, replayed as fast as it can", frames / FPS / 60, *_replayed(weights, frames)),
    ]
    notes = (
        "an hour: the slope of the second half; the first, in which buffers fill, is given beside it",
        "mp4 keeps where each picture and sound lies until the recording ends, some 20 MB an hour; mkv nearly nothing",
        "+-: half the difference of that half's own two halves; where it is large, run longer: --seconds 2400",
    )
    return BenchTable("Memory", columns, rows, notes)


class _Samples:
    """Memory in use, noted some 400 times a run."""

    def __init__(self, frames: int) -> None:
        self.taken: list[tuple[int, float]] = []
        self._every = max(1, frames // 400)

    def __call__(self, index: int) -> None:
        if index % self._every == 0:
            self.taken.append((index, (memory_bytes() or 0) / 1e6))


def _replayed(weights: Path, frames: int) -> tuple[float, float, float, float, float]:
    samples = _Samples(frames)
    with Assembly(Look((WORN,), weights=weights)) as stages:
        stages.open(_Replay(portrait_clip((640, 480), min(frames, 60)), frames, samples, paced=False))
        stages.run()
    return growth(samples.taken)


def _recorded(weights: Path, frames: int, kind: str) -> tuple[float, float, float, float, float]:
    samples = _Samples(frames)
    with tempfile.TemporaryDirectory() as folder, Assembly(Look((WORN,), weights=weights), recording=True) as stages:
        # As in the program, the microphone is closed after the recorder that listens to it.
        microphone = stages.closing(Microphone("tone", _Tone))
        stages.open(_Replay(crowd_clip(FACES, min(frames, 60), (640, 480)), frames, samples, paced=True))
        stages.add(RecorderSink(stages.controls, Path(folder, f"out.{kind}"), live=True, microphone=microphone))
        stages.run()
    return growth(samples.taken)


def growth(samples: Sequence[tuple[int, float]]) -> tuple[float, float, float, float, float]:
    """MB at the start, grown in the first half and in the second, and the second's MB an hour with its uncertainty.

    Args:
        samples: at least 8 pairs of a frame's index and the MB in use, evenly apart.
    """
    indices, used_mb = (np.array(values, np.float64) for values in zip(*samples, strict=True))
    warm = int(_WARM_SHARE * len(used_mb))
    middle = (warm + len(used_mb)) // 2

    def an_hour(part: slice) -> float:
        return float(np.polyfit(indices[part], used_mb[part], 1)[0]) * HOUR_FRAMES

    apart = an_hour(slice(warm, middle)) - an_hour(slice(middle, None))
    grown = used_mb[warm] - used_mb[0], used_mb[-1] - used_mb[warm]
    return float(used_mb[0]), float(grown[0]), float(grown[1]), an_hour(slice(warm, None)), abs(apart) / 2


def memory_bytes() -> int | None:
    """What this process holds in memory; None where there is no way to know."""
    if importlib.util.find_spec("psutil"):
        return int(importlib.import_module("psutil").Process().memory_info().rss)
    pages = Path("/proc/self/statm")
    if pages.is_file():
        return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None
