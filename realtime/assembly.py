"""The one place that puts the stages of a run together: for the live program, for batches and for benchmarks."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from assets import DEFAULT_WEIGHTS
from model.detection.kinds import DetectorKind
from realtime import pipeline
from realtime.control.controls import Controls
from realtime.control.settings import filter_folders
from realtime.filters.base import Filter
from realtime.filters.stack import FilterStack
from realtime.privacy.cover import Guard
from realtime.privacy.guard import open_guard
from realtime.sinks.base import Sink
from realtime.sources.base import Source
from realtime.stats import Stats
from realtime.tracking.settled import SettledTracker
from realtime.tracking.tracker import FaceTracker, open_tracker


class Closable(Protocol):
    """Whatever has to be closed when a run ends."""

    def close(self) -> None: ...


AnySink = TypeVar("AnySink", bound=Sink)
AnyClosable = TypeVar("AnyClosable", bound=Closable)


@dataclass(frozen=True, slots=True)
class Look:
    """What is drawn, and with which network.

    Attributes:
        filters: names, drawn in this order.
        keypoints: draw the 68 points; None draws them while no filter is worn.
        weights: the keypoint network.
        filters_dir: a folder with more filter packs.
        detector: what finds faces.
        strength: how strongly filters show at first, 0 to 1.
    """

    filters: tuple[str, ...] = ()
    keypoints: bool | None = None
    weights: Path = DEFAULT_WEIGHTS
    filters_dir: Path | None = None
    detector: DetectorKind = DetectorKind.BOTH
    strength: float = 1.0


class Assembly:
    """The stages of one run, opened in order and closed in reverse, whatever happens.

        with Assembly(Look(("sunglasses",))) as stages:
            stages.open(VideoSource(path))
            stages.add(RecorderSink(stages.controls, target, live=False))
            stages.run()

    Args:
        look: what is drawn.
        recording: whether the recorder starts at once.
        threads: how many share the faces of a frame that shows several.
        tracker: used, and left open, instead of one of its own.
        guard: what privacy filters cover, instead of a guard that sees frame by frame.

    Attributes:
        live: whether frames must not wait for a privacy filter's slower searches; set before the run.
        drawing: what draws on each frame: the filters, unless it is set to something else before the run.
        controls, stats, filters, tracker, sinks: the stages; sinks are written in the order in which they were added.

    Raises:
        FilterError, WeightsError, DetectorError: what is to be drawn cannot be.
    """

    def __init__(
        self,
        look: Look,
        *,
        recording: bool = False,
        threads: int = 1,
        tracker: FaceTracker | None = None,
        guard: Callable[[], Guard] | None = None,
    ) -> None:
        self.controls = Controls(
            list(look.filters), show_keypoints=look.keypoints, strength=look.strength, recording=recording
        )
        self.stats = Stats()
        self.live = False
        guard = guard or (lambda: open_guard(look.weights, live=self.live))
        self.filters = FilterStack(self.controls, filter_folders(look.filters_dir), guard=guard)
        self.drawing: Filter = self.filters
        self.sinks: list[Sink] = []
        self._opened = ExitStack()
        self.closing(self.filters)
        self._source: Source | None = None
        self.tracker = tracker or self.closing(open_tracker(look.weights, self.stats, threads, look.detector))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def open(self, source: Source) -> Source:
        """Take frames from `source`, which is closed with the run."""
        self._source = self._opened.enter_context(source)
        return self._source

    def add(self, sink: AnySink) -> AnySink:
        """Write each frame to `sink` as well, which is closed with the run."""
        self.sinks.append(sink)
        return self.closing(sink)

    def closing(self, thing: AnyClosable) -> AnyClosable:
        """Close `thing` with the run."""
        self._opened.callback(thing.close)
        return thing

    def run(self, max_frames: int | None = None) -> None:
        """Take the source's frames through all stages, then close them, so that what was written is whole."""
        if self._source is None:
            raise ValueError("a run needs a source: call open() first")
        still = self._source.info.still
        self.tracker.look_closely(still)
        tracker = SettledTracker(self.tracker) if still else self.tracker
        pipeline.run(self._source, tracker, self.drawing, self.sinks, self.controls, self.stats, max_frames)
        self._opened.close()
