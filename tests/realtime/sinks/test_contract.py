"""What every sink keeps to."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from realtime.audio.sounds import Player
from realtime.control.controls import Controls
from realtime.control.state import State
from realtime.sinks.base import Sink
from realtime.sinks.face_log import KeypointLogSink
from realtime.sinks.image import ImageSink
from realtime.sinks.points_server import PointsServerSink
from realtime.sinks.progress import ProgressSink
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.inline import InlineVideoSink
from realtime.sinks.recording.recorder import RecorderSink
from realtime.sinks.snapshot import SnapshotSink
from realtime.sinks.sounds import SoundSink
from realtime.sinks.status import StatusSink
from realtime.sinks.virtual_camera import VirtualCameraSink
from realtime.sinks.window.window import WindowSink
from tests.realtime.sinks.outputs import FakeGui, face, output, panel_of
from tests.realtime.sinks.test_virtual_camera import MemoryBackend

Maker = Callable[[Path], Sink]


def tabbed() -> FakeGui:
    gui = FakeGui()
    gui.keys = ["tab"]
    return gui


def virtual_camera() -> VirtualCameraSink:
    pyvirtualcam = pytest.importorskip("pyvirtualcam", reason="needs pyvirtualcam (optional)")
    pyvirtualcam.register_backend("memory", MemoryBackend)
    return VirtualCameraSink((64, 48), 30, "memory")


class Troubled:
    """A device that always has the same trouble."""

    status = "no picture for 2 s; trying again"


def points_server() -> PointsServerSink:
    pytest.importorskip("websockets", reason="needs websockets (optional)")
    return PointsServerSink(0)


SINKS: dict[str, Maker] = {
    "recorder": lambda folder: RecorderSink(Controls(recording=True), folder / "out.mp4", live=False),
    "recorder of animations": lambda folder: RecorderSink(Controls(recording=True), folder / "out.gif", live=True),
    "log": lambda folder: KeypointLogSink(folder / "out.csv"),
    "log of lines": lambda folder: KeypointLogSink(folder / "out.jsonl"),
    "snapshot": lambda folder: SnapshotSink(Controls(snapshot_requested=True), folder),
    "controls": lambda folder: panel_of(Controls(message="hi"), ["a"]),
    "sounds": lambda folder: SoundSink(State, Player([])),
    "window": lambda folder: WindowSink(panel_of(Controls(mirror=True), ["a"]), gui=FakeGui()),
    "window with strip": lambda folder: WindowSink(panel_of(Controls(), ["a"]), preview=lambda *_: None, gui=tabbed()),
    "virtual camera": lambda folder: virtual_camera(),
    "status": lambda folder: StatusSink(Controls(), Troubled(), "well again", lambda line: None),
    "points server": lambda folder: points_server(),
    "recorder inline": lambda folder: InlineVideoSink(folder / "out.mp4", RecorderConfig()),
    "image": lambda folder: ImageSink(folder / "out.png"),
    "progress": lambda folder: ProgressSink(1.0, lambda share: None),
}


@pytest.fixture(params=SINKS)
def maker(request: pytest.FixtureRequest) -> tuple[str, Maker]:
    return request.param, SINKS[request.param]


def test_its_name_is_its_row_in_the_statistics(maker: tuple[str, Maker], tmp_path: Path) -> None:
    name, make = maker
    sink = make(tmp_path)
    assert name.startswith(sink.name)
    sink.close()


def test_what_it_is_given_stays_as_it_was(maker: tuple[str, Maker], tmp_path: Path) -> None:
    sink = maker[1](tmp_path)
    given = output(3, faces=[face(1)])
    original_bgr, annotated_bgr = given.original.pixels_bgr.copy(), given.annotated.pixels_bgr.copy()
    sink.write(given)
    sink.close()
    np.testing.assert_array_equal(given.original.pixels_bgr, original_bgr)
    np.testing.assert_array_equal(given.annotated.pixels_bgr, annotated_bgr)


@pytest.mark.parametrize("written", [0, 1, 5])
def test_it_closes_after_any_number_of_frames_and_more_than_once(
    maker: tuple[str, Maker], tmp_path: Path, written: int
) -> None:
    sink = maker[1](tmp_path)
    for index in range(written):
        sink.write(output(index, faces=[face()] if index % 2 else []))
    sink.close()
    sink.close()


def test_no_thread_is_left(maker: tuple[str, Maker], tmp_path: Path) -> None:
    before = set(threading.enumerate())
    sink = maker[1](tmp_path)
    sink.write(output())
    sink.close()
    assert set(threading.enumerate()) <= before


def test_frames_of_any_size_are_taken(maker: tuple[str, Maker], tmp_path: Path) -> None:
    sink = maker[1](tmp_path)
    for index, size_wh in enumerate([(33, 47), (160, 20), (1, 1), (20, 160)]):
        sink.write(output(index, size_wh=size_wh))
    sink.close()
