"""Times and counts of one run: what `--stats` writes."""

import json
import random
import time
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np

from model.face import Face
from model.program.files import whole_file
from realtime.errors import SinkError
from realtime.frame import Frame

T = TypeVar("T")

_KEEP = 10_000
"""Times kept of each stage, however long the run: percentiles of this many are off by half a percentile."""


class Reservoir:
    """A fair sample of all values that came: each of them is kept with the same chance (algorithm R, Vitter 1985)."""

    def __init__(self, size: int = _KEEP) -> None:
        self.kept = array("d")
        self._size = size
        self._count = 0
        self._random = random.Random(0)

    def add(self, value: float) -> None:
        """Keep `value`, or not."""
        self._count += 1
        if len(self.kept) < self._size:
            self.kept.append(value)
        elif (place := int(self._random.random() * self._count)) < self._size:
            self.kept[place] = value


class Stats:
    """Collects a run's times by stage. One instance a run, written and read by the main thread only."""

    def __init__(self) -> None:
        self.frames = 0
        self.faces = 0
        self.drops = 0
        self._next_index = 0
        self._started = time.perf_counter()
        self._ended = self._started
        self._times_s: dict[str, Reservoir] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Note that `stage` took `seconds` once."""
        times = self._times_s.get(stage)
        if times is None:
            times = self._times_s[stage] = Reservoir()
        times.add(seconds)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Time the body as one run of `stage`."""
        start = time.perf_counter()
        yield
        self.add(stage, time.perf_counter() - start)

    def timed(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """The items, each fetch timed as one run of `stage`."""
        iterator = iter(items)
        while True:
            start = time.perf_counter()
            try:
                item = next(iterator)
            except StopIteration:
                return
            self.add(stage, time.perf_counter() - start)
            yield item

    def frame_done(self, frame: Frame, faces: Sequence[Face]) -> None:
        """Count a frame that went the whole way, and those that its index says were skipped before it.

        Its age is clock time since a live source captured it.
        """
        self.drops += max(frame.index - self._next_index, 0)
        self._next_index = frame.index + 1
        self.frames += 1
        self.faces += len(faces)
        self._ended = time.perf_counter()
        if frame.captured_s is not None:
            self.add("age", self._ended - frame.captured_s)

    def summary(self) -> dict[str, object]:
        """Counts, frames a second, and p50 and p95 milliseconds of each stage, ready for JSON."""
        seconds = self._ended - self._started
        return {
            "frames": self.frames,
            "faces": self.faces,
            "fps": round(self.frames / seconds, 2) if seconds > 0 else 0.0,
            "drops": self.drops,
            "stages_ms": {
                stage: {
                    "p50": round(float(np.percentile(times.kept, 50)) * 1e3, 3),
                    "p95": round(float(np.percentile(times.kept, 95)) * 1e3, 3),
                }
                for stage, times in self._times_s.items()
            },
        }

    def save(self, path: Path) -> None:
        """Write the summary as JSON; the file is whole or as it was.

        Raises:
            SinkError: the file cannot be written.
        """
        try:
            with whole_file(path) as half:
                half.write_text(json.dumps(self.summary(), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise SinkError(
                f"cannot write statistics to {path}: {error.strerror}; choose a folder that exists and is writable"
            ) from error
