"""From a config to a run: open the devices, assemble the stages, run them, and report."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from model.arrays import Image
from model.face import Face
from realtime.assembly import Assembly
from realtime.control_panel import ControlPanel, Surroundings
from realtime.controls import Controls
from realtime.cores import network_threads
from realtime.errors import ConfigError, DisplayError, SinkError
from realtime.filters.authoring.portrait import portrait
from realtime.filters.stack import FilterStack
from realtime.live.config import LiveConfig
from realtime.live.devices import Devices, choose_microphone, choose_source
from realtime.settings import Settings, filter_folders, load_settings, save_settings, settings_path
from realtime.sinks.face_log import KeypointLogSink
from realtime.sinks.points_server import LOOPBACK, PointsServerSink
from realtime.sinks.recording.formats import check_writable
from realtime.sinks.recording.recorder import RecorderSink
from realtime.sinks.snapshot import SnapshotSink
from realtime.sinks.status import StatusSink
from realtime.sinks.virtual_camera import VirtualCameraSink
from realtime.sources.base import Source
from realtime.state import FilterEntry
from realtime.stats import Stats

KEY_RECORDING = Path("recording-{time}.mp4")
"""Where recordings go that the key r starts."""
DEMO_RECORDING = Path("demo-{time}.mp4")
"""Where the demo is recorded when there is neither a camera nor a display."""


class FilterPreview:
    """Draws one filter alone, for the window's strip of all filters; each is loaded when it is first asked for.

    Args:
        filters_dir: folder with more packs.
    """

    def __init__(self, filters_dir: Path | None) -> None:
        self._dirs = filter_folders(filters_dir)
        self._stacks: dict[str, FilterStack] = {}

    def __call__(self, name: str, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
        """Draw the filter called `name` on all faces; raises `FilterError` where its pack is broken."""
        if name not in self._stacks:
            self._stacks[name] = FilterStack(Controls([name], show_keypoints=False), self._dirs)
        self._stacks[name].apply(canvas_bgr, faces, time_s)


def run_live(config: LiveConfig, devices: Devices | None = None) -> None:
    """Run the live program until its source ends or the user stops it.

    Args:
        config: what was asked for.
        devices: cameras, microphones and display; those of this machine by default.

    Raises:
        RealtimeError, ModelError: something cannot be opened, read or written; what was recorded until then is kept.
    """
    devices = devices or Devices()
    settings = Settings() if config.source_chosen else load_settings()
    no_window = "no window was wanted" if config.window is False else devices.no_display()
    if config.window and no_window:
        raise DisplayError(no_window)
    _check_outputs(config)
    # A mistake in an option shows before a camera is opened.
    with Assembly(config.look, recording=config.record is not None, threads=network_threads()) as stages:
        source, stands_in = choose_source(config, settings, devices, paced=no_window is None, say=_say)
        source = stages.open(source)
        controls = stages.controls
        wishes = (config.mirror, settings.mirror if source.info.live else None, source.info.live)
        controls.countdown_s = config.countdown_s
        controls.mirror = next(wish for wish in wishes if wish is not None)
        target = config.record
        if stands_in and no_window and not target:
            target, controls.recording = DEMO_RECORDING, True
        _say(f"source: {source.info.name}")
        recorder = _add_recorder(config, source, target, not no_window, devices, stages)
        _add_outputs(config, source, stages)
        if not no_window:
            panel = _add_panel(source, "No camera found: demo" if stands_in else "", recorder, stages)
            stages.add(
                devices.window(
                    panel,
                    preview=FilterPreview(config.look.filters_dir),
                    portrait=_portrait,
                    first_run=not settings_path().exists(),
                )
            )
        with _stopping_on_signals(controls):
            stages.run(config.max_frames)
        stages.stats.drops += recorder.drops if recorder else 0
    if config.stats:
        stages.stats.save(config.stats)
    if source.info.live and config.source is None and not no_window:
        _remember(config, settings, controls)
    _report(stages.stats, recorder, config)


def _check_outputs(config: LiveConfig) -> None:
    """Find out before anything is opened that no output is the source, and that the statistics can be written.

    Raises:
        ConfigError: an output is the source, under whatever name.
        SinkError: the statistics exist and are not to be replaced, or cannot be written.
    """
    source = Path(config.source) if config.source else None
    for option, path in (("--record", config.record), ("--log", config.log), ("--stats", config.stats)):
        if path and source and path.exists() and source.exists() and path.samefile(source):
            raise ConfigError(f"{option} {path} is the source itself, which would be lost; choose another name")
    if config.stats:
        check_writable(config.stats, config.overwrite)


def _add_recorder(
    config: LiveConfig, source: Source, target: Path | None, with_key: bool, devices: Devices, stages: Assembly
) -> RecorderSink | None:
    """Add the recorder, and the status of source and microphone; None where nothing will be recorded.

    Args:
        target: where to record from the start.
        with_key: a window can start recordings at any time.
    """
    stages.add(StatusSink(stages.controls, source, "pictures are coming again", _say))
    if not target and not with_key:
        if config.microphone is not None:
            _say("the microphone is not used: nothing is recorded; add --record FILE")
        return None
    path = target or KEY_RECORDING
    microphone = choose_microphone(config, source, path, devices, _say)
    if microphone:
        stages.closing(microphone)
        stages.add(StatusSink(stages.controls, microphone, "sound is coming again", _say))
    recorder = RecorderSink(
        stages.controls,
        path,
        live=source.info.live,
        overwrite=config.overwrite,
        config=config.encoding,
        microphone=microphone,
    )
    return stages.add(recorder)


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


def _add_panel(source: Source, stand_in: str, recorder: RecorderSink | None, stages: Assembly) -> ControlPanel:
    """Add snapshots and the control panel, which tells the front ends what all other stages say."""
    snapshots = stages.add(SnapshotSink(stages.controls))
    surroundings = Surroundings(
        catalogue=tuple(FilterEntry(name) for name in stages.filters.names),
        source=source.info.name,
        stand_in=stand_in,
        can_record=recorder is not None,
        drops=lambda: recorder.drops if recorder else 0,
        recent=lambda: _recent([*snapshots.paths, *(recorder.paths if recorder else ())]),
    )
    return stages.add(ControlPanel(stages.controls, surroundings))


def _portrait() -> tuple[Image, Face]:
    """Shown on thumbnails while the user has no face."""
    return portrait(80, (400, 400), (0.5, 0.5))


def _recent(paths: Sequence[Path]) -> list[Path]:
    """The files, newest first; the names of pictures and recordings carry their time."""
    return sorted(paths, key=lambda path: path.stem.partition("-")[2], reverse=True)


def _remember(config: LiveConfig, settings: Settings, controls: Controls) -> None:
    """Keep camera, size and mirror for the next run; a failure is only reported, as the run itself went well."""
    camera = settings.camera if config.camera is None else config.camera
    try:
        save_settings(Settings(camera, config.size_wh or settings.size_wh, controls.mirror))
    except ConfigError as error:
        _say(str(error))


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
    _say(f"{stats.frames} frames, {stats.faces} faces, {summary['fps']} frames a second{drops}")
    for path in recorder.paths if recorder else ():
        _say(f"recorded {path}")
    for name, file in (("keypoints", config.log), ("statistics", config.stats)):
        if file:
            _say(f"{name} in {file}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
