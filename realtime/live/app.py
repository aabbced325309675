"""From a config to a run: open the source, wire the stages, walk the loop, close everything."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import numpy as np
import numpy.typing as npt

from model.face import Face
from realtime import pipeline
from realtime.audio.microphone import Microphone
from realtime.audio.portaudio import open_microphone
from realtime.controls import Controls
from realtime.cores import network_threads
from realtime.errors import ConfigError, DisplayError, SinkError, SourceError
from realtime.filters.stack import FilterStack
from realtime.frame import Output
from realtime.live.config import LiveConfig
from realtime.settings import Settings, filter_folders, load_settings, save_settings
from realtime.sinks.base import Sink
from realtime.sinks.face_log import KeypointLogSink
from realtime.sinks.points_server import LOOPBACK, PointsServerSink
from realtime.sinks.recording.formats import format_of
from realtime.sinks.recording.recorder import RecorderSink
from realtime.sinks.snapshot import SnapshotSink
from realtime.sinks.virtual_camera import VirtualCameraSink
from realtime.sinks.window.display import display_available
from realtime.sinks.window.window import WindowSink
from realtime.sources.base import Source
from realtime.sources.open import open_source
from realtime.stats import Stats
from realtime.tracking.tracker import open_tracker

FIRST_FILTER = "sunglasses"
"""Worn where the user asked for nothing at all, so that the first run shows what this is about."""
KEY_RECORDING = Path("recording-{time}.mp4")
"""Where recordings begun with the key r go."""
DEMO_RECORDING = Path("demo-{time}.mp4")
"""Where the demo is recorded that plays because there is neither a camera nor a display."""


class StatusSink:
    """Tells of a device's trouble, once when it begins and once when it ends, on the picture and the terminal.

    Args:
        controls: shows it on the picture, for as long as it lasts.
        device: a camera, stream or microphone; its `status` is empty while all is well.
        over: the line for when it is well again.
    """

    name = "status"

    def __init__(self, controls: Controls, device: Source | Microphone, over: str) -> None:
        self._controls = controls
        self._device = device
        self._over = over
        self._told = False

    def write(self, output: Output) -> None:
        """Look at the device's status."""
        status = self._device.status
        if status:
            self._controls.message = status
            if not self._told:
                _say(status)
        elif self._told:
            self._controls.message = self._over
            _say(self._controls.message)
        self._told = bool(status)

    def close(self) -> None:
        """Nothing to close."""


class FilterPreview:
    """Draws one filter alone, for the window's strip of all filters; each is loaded when first asked for.

    Args:
        filters_dir: folder with more packs.
    """

    def __init__(self, filters_dir: Path | None) -> None:
        self._dirs = filter_folders(filters_dir)
        self._stacks: dict[str, FilterStack] = {}

    def __call__(self, name: str, canvas_bgr: npt.NDArray[np.uint8], faces: Sequence[Face], time_s: float) -> None:
        """Draw the filter called `name` on all faces; raises `FilterError` where its pack is broken."""
        if name not in self._stacks:
            self._stacks[name] = FilterStack(Controls([name], show_keypoints=False), self._dirs)
        self._stacks[name].apply(canvas_bgr, faces, time_s)


def run_live(config: LiveConfig) -> None:
    """Run the live program until its source ends or the user stops it.

    Raises:
        RealtimeError, ModelError: something cannot be opened, read or written; what was recorded until then is kept.
    """
    settings = Settings() if config.source_chosen else load_settings()
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
    filters = FilterStack(controls, filter_folders(config.filters_dir))
    tracker = open_tracker(config.weights, stats, threads=network_threads())
    with ExitStack() as opened:
        opened.callback(tracker.close)
        source, stands_in = _open(config, settings, paced=no_window is None)
        opened.enter_context(source)
        wishes = (config.mirror, settings.mirror if source.info.live else None, source.info.live)
        controls.mirror = next(wish for wish in wishes if wish is not None)
        target = config.record
        if stands_in and no_window and not target:
            target, controls.recording = DEMO_RECORDING, True
        _say(f"source: {source.info.name}")
        recorder = microphone = None
        if target or not no_window:
            microphone = _open_microphone(config, source, target or KEY_RECORDING, opened)
            recorder = RecorderSink(
                controls,
                target or KEY_RECORDING,
                live=source.info.live,
                overwrite=config.overwrite,
                config=config.encoding,
                microphone=microphone,
            )
            opened.callback(recorder.close)
        elif config.microphone is not None:
            _say("no sound is recorded, for nothing is: add --record FILE")
        sinks = _open_sinks(config, source, controls, recorder, None if no_window else filters.names, opened)
        if microphone:
            sinks.insert(0, StatusSink(controls, microphone, "sound is coming again"))
        with _stop_on_signals(controls):
            pipeline.run(source, tracker, filters, sinks, controls, stats, config.max_frames)
        # Also closes the recording, so that what is told of it below is true.
        opened.close()
        stats.drops += recorder.drops if recorder else 0
    if config.stats:
        stats.save(config.stats)
    if source.info.live and config.source is None and not no_window:
        _remember(config, settings, controls)
    _tell(stats, recorder, config)


def _remember(config: LiveConfig, settings: Settings, controls: Controls) -> None:
    """Keep camera, size and mirror for the next run; where that fails it is told, for the run itself went well."""
    camera = settings.camera if config.camera is None else config.camera
    try:
        save_settings(Settings(camera, config.size_wh or settings.size_wh, controls.mirror))
    except ConfigError as error:
        _say(str(error))


def _filters(config: LiveConfig) -> tuple[str, ...]:
    if config.filters is not None:
        return config.filters
    return () if config.source_chosen else (FIRST_FILTER,)


def _open(config: LiveConfig, settings: Settings, paced: bool) -> tuple[Source, bool]:
    """The source, and whether it is the demo that stands in for a camera that is not there."""
    if config.source_chosen:
        return open_source(config.source, config.camera, config.size_wh, config.fps, paced), False
    for camera in dict.fromkeys((settings.camera or 0, 0)):
        try:
            return open_source(None, camera, config.size_wh or settings.size_wh, config.fps, paced), False
        except SourceError as error:
            _say(str(error))
    _say("playing the built-in demo instead")
    return open_source("demo", None, config.size_wh, config.fps, paced), True


def _open_microphone(config: LiveConfig, source: Source, target: Path, opened: ExitStack) -> Microphone | None:
    """The microphone that recordings hear; None where there is none to be heard, which is told in one line."""
    if config.microphone is None:
        return None
    if not source.info.live:
        _say("no sound is recorded: the microphone hears now, and only cameras and streams show now")
        return None
    try:
        if format_of(target).sound_codec is None:
            _say(f"no sound is recorded: {target.suffix} files hold none; record to .mp4, .mkv or .webm")
            return None
        microphone = open_microphone(config.microphone)
    except SourceError as error:
        _say(f"{error} (recording without sound)")
        return None
    opened.callback(microphone.close)
    _say(f"sound: {microphone.name}")
    return microphone


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
    sinks: list[Sink] = [StatusSink(controls, source, "pictures are coming again")]
    if recorder:
        sinks.append(recorder)
    if config.log:
        sinks.append(KeypointLogSink(config.log, config.overwrite))
        opened.callback(sinks[-1].close)
    if config.serve_points is not None:
        server = PointsServerSink(config.serve_points, config.serve_host or LOOPBACK)
        _say(f"points at {server.address}, and to look at in a browser at {server.address.replace('ws', 'http', 1)}")
        sinks.append(server)
        opened.callback(server.close)
    if config.virtual_camera:
        try:
            sinks.append(VirtualCameraSink(source.info.size_wh, source.info.fps or 30.0))
            opened.callback(sinks[-1].close)
        except SinkError as error:
            _say(str(error))
    if window_filters is not None:
        sinks.append(SnapshotSink(controls))
        opened.callback(sinks[-1].close)
        shown = WindowSink(
            controls,
            window_filters,
            drops=lambda: recorder.drops if recorder else 0,
            preview=FilterPreview(config.filters_dir),
            countdown_s=config.countdown_s,
        )
        sinks.append(shown)
        opened.callback(shown.close)
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
