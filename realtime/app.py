"""From a config to a run: open the source, wire the stages, walk the loop, close everything."""

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from model.detection import HaarFaceDetector
from model.predictor import KeypointPredictor
from realtime import pipeline
from realtime.config import LiveConfig
from realtime.controls import Controls
from realtime.errors import DisplayError, SourceError
from realtime.filters.stack import FilterStack
from realtime.frame import Output
from realtime.sinks.base import Sink
from realtime.sinks.display import display_available
from realtime.sinks.log import KeypointLogSink
from realtime.sinks.recorder import RecorderSink
from realtime.sinks.snapshot import SnapshotSink
from realtime.sinks.window import WindowSink
from realtime.sources.base import Source
from realtime.sources.open import open_source
from realtime.stats import Stats
from realtime.tracking import FaceTracker

FIRST_FILTER = "sunglasses"
"""Worn where the user asked for nothing at all, so that the first run shows what this is about."""
KEY_RECORDING = Path("recording-{time}.mp4")
"""Where recordings begun with the key r go."""
DEMO_RECORDING = Path("demo-{time}.mp4")
"""Where the demo is recorded that plays because there is neither a camera nor a display."""


class StatusSink:
    """Tells of a live source's trouble, once when it begins and once when it ends, on the picture and the terminal."""

    name = "status"

    def __init__(self, source: Source, controls: Controls) -> None:
        self._source = source
        self._controls = controls
        self._told = False

    def write(self, output: Output) -> None:
        """Look at the source's status."""
        status = self._source.status
        if status:
            self._controls.message = status
            if not self._told:
                _say(status)
        elif self._told:
            self._controls.message = "pictures are coming again"
            _say(self._controls.message)
        self._told = bool(status)

    def close(self) -> None:
        """Nothing to close."""


def run_live(config: LiveConfig) -> None:
    """Run the live program until its source ends or the user stops it.

    Raises:
        RealtimeError, ModelError: something cannot be opened, read or written; what was recorded until then is kept.
    """
    no_window = display_available() if config.window is not False else "no window was wanted"
    if config.window and no_window:
        raise DisplayError(no_window)
    stats = Stats()
    if config.stats:
        stats.save(config.stats)  # empty as yet: what is wrong with the path shows now, not after the run
    controls = Controls(
        filters=list(_filters(config)), show_keypoints=config.keypoints, recording=config.record is not None
    )
    # What can be wrong in an option is found out before a camera is opened.
    filters = FilterStack(controls, [config.filters_dir] if config.filters_dir else [])
    tracker = FaceTracker(HaarFaceDetector(), KeypointPredictor(config.weights), stats=stats)
    with ExitStack() as opened:
        opened.callback(tracker.close)
        source, stands_in = _open(config, paced=no_window is None)
        opened.enter_context(source)
        controls.mirror = source.info.live if config.mirror is None else config.mirror
        target = config.record
        if stands_in and no_window and not target:
            target, controls.recording = DEMO_RECORDING, True
        _say(f"source: {source.info.name}")
        recorder = None
        if target or not no_window:
            recorder = RecorderSink(
                controls, target or KEY_RECORDING, live=source.info.live, overwrite=config.overwrite
            )
            opened.callback(recorder.close)
        sinks = _open_sinks(config, source, controls, recorder, None if no_window else filters.names, opened)
        with _stop_on_signals(controls):
            pipeline.run(source, tracker, filters, sinks, controls, stats, config.max_frames)
        # Also closes the recording, so that what is told of it below is true.
        opened.close()
        stats.drops += recorder.drops if recorder else 0
    if config.stats:
        stats.save(config.stats)
    _tell(stats, recorder, config)


def _filters(config: LiveConfig) -> tuple[str, ...]:
    if config.filters is not None:
        return config.filters
    return () if config.source_chosen else (FIRST_FILTER,)


def _open(config: LiveConfig, paced: bool) -> tuple[Source, bool]:
    """The source, and whether it is the demo that stands in for a camera that is not there."""
    if config.source_chosen:
        return open_source(config.source, config.camera, config.size_wh, config.fps, paced), False
    try:
        return open_source(None, None, config.size_wh, config.fps, paced), False
    except SourceError as error:
        _say(f"{error}")
        _say("playing the built-in demo instead")
        return open_source("demo", None, config.size_wh, config.fps, paced), True


def _open_sinks(
    config: LiveConfig,
    source: Source,
    controls: Controls,
    recorder: RecorderSink | None,
    window_filters: list[str] | None,
    opened: ExitStack,
) -> list[Sink]:
    """The sinks in the order they are written, the window last for it tells the others' news; `opened` closes each.

    Args:
        window_filters: filters that its keys go through; None for no window.
    """
    sinks: list[Sink] = [StatusSink(source, controls)]
    if recorder:
        sinks.append(recorder)
    if config.log:
        sinks.append(KeypointLogSink(config.log))
        opened.callback(sinks[-1].close)
    if window_filters is not None:
        sinks.append(SnapshotSink(controls))
        opened.callback(sinks[-1].close)
        sinks.append(WindowSink(controls, window_filters))
        opened.callback(sinks[-1].close)
    return sinks


@contextmanager
def _stop_on_signals(controls: Controls) -> Iterator[None]:
    """Ctrl-C and a polite kill end the run after the frame at hand, so that recordings are closed properly.

    A second Ctrl-C interrupts at once.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        if controls.quit:
            raise KeyboardInterrupt
        controls.quit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(stats: Stats, recorder: RecorderSink | None, config: LiveConfig) -> None:
    """What came of the run, in a few lines."""
    summary = stats.summary()
    drops = f", {stats.drops} dropped" if stats.drops else ""
    _say(f"{stats.frames} frames, {stats.faces} faces, {summary['fps']} frames a second{drops}")
    for path in recorder.paths if recorder else ():
        _say(f"recorded {path}")
    for name, file in (("keypoints", config.log), ("statistics", config.stats)):
        if file:
            _say(f"{name} in {file}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
