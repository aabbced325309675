"""The one loop: source -> tracker -> filters -> sinks. Only this module knows the order."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from model.face import Face
from realtime.controls import Controls
from realtime.filters.base import Filter
from realtime.frame import Frame, Output
from realtime.sinks.base import Sink
from realtime.sources.base import Source
from realtime.stats import Stats


class Tracker(Protocol):
    """What the loop needs of a tracker."""

    def update(self, frame: Frame) -> list[Face]: ...


def run(
    source: Source,
    tracker: Tracker,
    filters: Filter,
    sinks: Sequence[Sink],
    controls: Controls,
    stats: Stats,
    max_frames: int | None = None,
) -> None:
    """Walk every frame of `source` through the stages until it ends, `controls.quit`, or `max_frames`.

    Closes nothing: who opened a stage closes it. Errors of a stage pass through.
    """
    for frame in islice(stats.timed("capture", source.frames()), max_frames):
        with stats.time("track"):
            faces = tracker.update(frame)
        with stats.time("filter"):
            canvas = frame.pixels_bgr.copy()
            filters.apply(canvas, faces, frame.time_s)
        output = Output(frame, replace(frame, pixels_bgr=canvas), faces)
        for sink in sinks:
            with stats.time(sink.name):
                sink.write(output)
        stats.frame_done(frame, faces)
        if controls.quit:
            break
