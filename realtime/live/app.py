"""From a config to a run: open the devices, assemble the stages, run them, and report."""

import itertools
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from model.plain_text import counted
from model.program.files import NO_FILE, is_no_file, same_file
from realtime.assembly import Assembly
from realtime.audio.switchable import SwitchableMicrophone
from realtime.control.controls import Controls
from realtime.control.settings import (
    Settings,
    change_settings,
    filter_folders,
    load_settings,
)
from realtime.cores import network_threads
from realtime.errors import ConfigError, DisplayError, SinkError
from realtime.filters.stack import FilterStack
from realtime.live.comparison import Comparison, name_of
from realtime.live.config import BROWSER, LiveConfig
from realtime.live.devices import (
    Devices,
    choose_microphone,
    switchable_microphone,
    switchable_source,
)
from realtime.live.folders import Folders
from realtime.live.front_ends import add_front_ends, open_page, open_source
from realtime.live.page import LivePage
from realtime.live.panel import add_panel
from realtime.sinks.face_log import KeypointLogSink
from realtime.sinks.points_server import LOOPBACK, PointsServerSink
from realtime.sinks.recording.formats import check_writable
from realtime.sinks.recording.recorder import RecorderSink
from realtime.sinks.status import StatusSink
from realtime.sinks.virtual_camera import VirtualCameraSink
from realtime.sources.base import Source
from realtime.sources.live.switchable import DEMO, SwitchableSource
from realtime.stats import Stats
from realtime.tracking.tracker import open_tracker

KEY_RECORDING = "recording-{time}.mp4"
"""Name of recordings that the key r starts."""
DEMO_RECORDING = Path("demo-{time}.mp4")
"""Where the demo is recorded when there is neither a camera nor a display."""


def run_live(config: LiveConfig, devices: Devices | None = None) -> None:
    """Run the live program until its source ends or the user stops it.

    Args:
        config: what was asked for.
        devices: cameras, microphones and display; those of this machine by default.

    Raises:
        RealtimeError, ModelError: something cannot be opened, read or written; what was recorded until then is kept.
    """
    devices = devices or Devices()
    kept = _kept_settings(config)
    settings = Settings() if config.source_chosen else kept
    no_window = "no window was wanted" if config.window is False else devices.no_display()
    if config.window and no_window:
        raise DisplayError(no_window)
    if config.page is not None and not config.window:
        no_window = "the page is shown instead"
    _check_outputs(config)
    page = open_page(config, _say) if config.page is not None else None
    try:
        _run(config, devices, kept, settings, page, no_window)
    finally:
        if page:
            page.close()


def _run(
    config: LiveConfig,
    devices: Devices,
    kept: Settings,
    settings: Settings,
    page: LivePage | None,
    no_window: str | None,
) -> None:
    """The run, from its source to its report.

    Args:
        config: what was asked for.
        devices: this machine.
        kept, settings: what was kept from the last run, and what of it counts in this one.
        page: serves already; None for no page.
        no_window: why there is no window; None where there is one.
    """
    watched = not no_window or page is not None
    if page is not None and config.source == BROWSER:
        devices = replace(devices, open_microphone=page.open_microphone)
    # A mistake in an option shows before a camera is opened.
    with Assembly(config.look, recording=config.record is not None, threads=network_threads()) as stages:
        source, stands_in = open_source(config, settings, devices, page, watched, _say)
        controls = stages.controls
        if watched and config.source in (None, DEMO):
            source = switchable_source(config, settings, source, devices, controls)
        source = stages.open(source)
        stages.live = source.info.live
        if config.compare is not None:
            stages.drawing = stages.closing(_comparison(config, config.compare, stages, source.info.still))
        # Mirrored, what is written on the two halves could not be read.
        kept_mirror = settings.mirror if source.info.live else None
        wishes = (config.mirror, False if config.compare else kept_mirror, source.info.live)
        controls.countdown_s, controls.sounds = config.countdown_s, config.sounds
        controls.mirror = next(wish for wish in wishes if wish is not None)
        target = config.record
        if stands_in and not watched and not target:
            target, controls.recording = DEMO_RECORDING, True
        _say(f"source: {source.info.name}")
        folders = Folders.of(config.output_dir)
        path = target or (folders.recordings / KEY_RECORDING if watched else None)
        recorder, microphone = _add_recorder(config, source, path, watched, devices, stages)
        _add_outputs(config, source, stages)
        if watched:
            stand_in = "No camera found: demo" if stands_in else ""
            panel = add_panel(stages, source, stand_in, recorder, microphone, folders, kept, _say)
            add_front_ends(config, stages, devices, panel, page, folders, no_window)
        with _stopping_on_signals(controls):
            stages.run(config.max_frames)
        stages.stats.drops += recorder.drops if recorder else 0
    if config.stats:
        stages.stats.save(config.stats)
    if watched:
        _remember(config, source, controls)
    _report(stages.stats, recorder, config)


def _comparison(config: LiveConfig, other: Path, stages: Assembly, still: bool) -> Comparison:
    """The picture twice: by the run's own network, and by another; raises `WeightsError`."""
    tracker = open_tracker(other, threads=network_threads(), detector=config.detector)
    tracker.look_closely(still)
    filters = FilterStack(stages.controls, filter_folders(config.filters_dir))
    return Comparison(stages.filters, tracker, filters, (name_of(config.weights), name_of(other)))


def _check_outputs(config: LiveConfig) -> None:
    """Find out before anything is opened that each output is a file of its own, and that the statistics can be written.

    Raises:
        ConfigError: an output is a device or a pipe, the source, other weights or another output, under whatever name.
        SinkError: the statistics exist and are not to be replaced, or cannot be written.
    """
    outputs = [
        (option, path)
        for option, path in (("--record", config.record), ("--log", config.log), ("--stats", config.stats))
        if path
    ]
    for option, path in outputs:
        if is_no_file(path):
            raise ConfigError(f"{option} {path}: {NO_FILE}; give the name of a file")
        if config.source and same_file(path, Path(config.source)):
            raise ConfigError(f"{option} {path} is the source itself, which would be lost; choose another name")
        if any(same_file(path, weights) for weights in (config.weights, config.compare) if weights):
            raise ConfigError(f"{option} {path} is the weights file, which would be lost; choose another name")
    for (option, path), (other, second) in itertools.combinations(outputs, 2):
        if same_file(path, second):
            raise ConfigError(f"{option} {path} and {other} {second} are one file; give each a name of its own")
    if config.stats:
        check_writable(config.stats, config.overwrite)


def _add_recorder(
    config: LiveConfig, source: Source, path: Path | None, with_key: bool, devices: Devices, stages: Assembly
) -> tuple[RecorderSink | None, SwitchableMicrophone | None]:
    """Add the recorder, and the status of source and microphone; None where nothing will be recorded.

    Args:
        path: where to record.
        with_key: a window can start recordings, and choose a microphone, at any time.
    """
    stages.add(StatusSink(stages.controls, source, "pictures are coming again", _say))
    if path is None:
        if config.microphone is not None:
            _say("the microphone is not used: nothing is recorded; add --record FILE")
        return None, None
    first = choose_microphone(config, source, path, devices, _say)
    switchable = None
    if first or (with_key and isinstance(source, SwitchableSource)):
        switchable = stages.closing(switchable_microphone(first, devices, stages.controls))
        stages.add(StatusSink(stages.controls, switchable, "sound is coming again", _say))
    recorder = RecorderSink(
        stages.controls,
        path,
        live=source.info.live,
        overwrite=config.overwrite,
        config=config.encoding,
        microphone=switchable,
    )
    return stages.add(recorder), switchable


def _add_outputs(config: LiveConfig, source: Source, stages: Assembly) -> None:
    """Add the log, the points server and the virtual camera that were asked for."""
    if config.log:
        stages.add(KeypointLogSink(config.log, config.overwrite))
    if config.serve_points is not None:
        server = stages.add(PointsServerSink(config.serve_points, config.serve_host or LOOPBACK))
        page = server.address.replace("ws", "http", 1)
        _say(f"serving points at {server.address}; to look at them, open {page} in a browser")
    if config.virtual_camera:
        try:
            stages.add(VirtualCameraSink(source.info.size_wh, source.info.fps or 30.0))
        except SinkError as error:
            _say(str(error))


def _kept_settings(config: LiveConfig) -> Settings:
    """What was kept; damaged settings stop only those runs that need them to choose a camera."""
    try:
        return load_settings()
    except ConfigError:
        if config.source_chosen:
            return Settings()
        raise


def _remember(config: LiveConfig, source: Source, controls: Controls) -> None:
    """Keep camera, size and mirror for the next run."""
    changes: dict[str, object] = {}
    if source.info.live and config.source is None:
        changed_to = source.changed_to if isinstance(source, SwitchableSource) else None
        if changed_to is not None:
            changes["camera"] = int(changed_to)
        elif config.camera is not None:
            changes["camera"] = config.camera
        changes["mirror"] = controls.mirror
        if config.size_wh:
            changes["size_wh"] = config.size_wh
    change_settings(_say, **changes)


@contextmanager
def _stopping_on_signals(controls: Controls) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the run after the current frame, so that recordings are closed properly.

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


def _report(stats: Stats, recorder: RecorderSink | None, config: LiveConfig) -> None:
    """Say in a few lines what the run did."""
    summary = stats.summary()
    drops = f", {stats.drops} dropped" if stats.drops else ""
    _say(f"{counted(stats.frames, 'frame')}, {counted(stats.faces, 'face')}, {summary['fps']} frames a second{drops}")
    for path in recorder.paths if recorder else ():
        _say(f"recorded {path}")
    for name, file in (("keypoints", config.log), ("statistics", config.stats)):
        if file:
            _say(f"{name} in {file}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
