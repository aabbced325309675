"""The one loop: source, tracker, filters, sinks. Only this module knows the order."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from model.face import Face
from realtime.control.controls import Controls
from realtime.face_view import Viewer
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
    """Take every frame of `source` through the stages until it ends, `controls.quit` is set, or after `max_frames`.

    Pose and measures of each face are computed here, once, and carried to filters and sinks. Closes nothing: whoever
    opened a stage closes it. Errors of a stage pass through.
    """
    viewer = Viewer()
    for frame in islice(stats.timed("capture", source.frames()), max_frames):
        with stats.time("track"):
            faces = tracker.update(frame)
        with stats.time("measure"):
            views = viewer.views(faces, frame.size_wh, frame.time_s)
        with stats.time("filter"):
            canvas = frame.pixels_bgr.copy()
            filters.draw(canvas, views, frame.time_s)
        output = Output(frame, replace(frame, pixels_bgr=canvas), faces, views)
        for sink in sinks:
            with stats.time(sink.name):
                sink.write(output)
        stats.frame_done(frame, faces)
        if controls.quit:
            break
