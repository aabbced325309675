"""The loop's order and its ends."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.client import connect

from model.arrays import Array
from model.face import Face
from model.pose import HeadPose, estimate_pose
from realtime import face_view
from realtime.assembly import Assembly, Look
from realtime.control.controls import Controls
from realtime.face_view import FaceView
from realtime.frame import Frame, Output
from realtime.pipeline import run
from realtime.sinks.face_log import KeypointLogSink
from realtime.sinks.points_server import PointsServerSink
from realtime.sources.demo import DemoConfig, DemoSource
from realtime.stats import Stats


class Probe:
    """A tracker, a filter and a sink that note what happens."""

    name = "probe"

    def __init__(self, controls: Controls, quit_after: int = 99) -> None:
        self.events: list[str] = []
        self.outputs: list[Output] = []
        self._controls = controls
        self._quit_after = quit_after

    def update(self, frame: Frame) -> list[Face]:
        self.events.append(f"track {frame.index}")
        return []

    def draw(self, canvas_bgr: np.ndarray, views: Sequence[FaceView], time_s: float) -> None:
        self.events.append("filter")
        canvas_bgr[:] = (1, 2, 3)

    def write(self, output: Output) -> None:
        self.events.append("write")
        self.outputs.append(output)
        self._controls.quit = len(self.outputs) >= self._quit_after

    def close(self) -> None:
        self.events.append("close")


def go(probe: Probe, controls: Controls, stats: Stats, max_frames: int | None = None) -> None:
    with DemoSource(DemoConfig(size_wh=(64, 36), fps=5.0, duration_s=2.0)) as source:
        run(source, probe, probe, [probe], controls, stats, max_frames)


def test_every_frame_goes_the_whole_way_in_order() -> None:
    controls, stats = Controls(), Stats()
    probe = Probe(controls)
    go(probe, controls, stats)
    assert probe.events == [event for i in range(10) for event in (f"track {i}", "filter", "write")]
    assert stats.frames == 10
    assert {"capture", "track", "filter", "probe"} <= set(stats.summary()["stages_ms"])  # type: ignore[call-overload]


def test_filters_draw_on_a_copy() -> None:
    controls = Controls()
    probe = Probe(controls)
    go(probe, controls, Stats(), max_frames=1)
    (output,) = probe.outputs
    assert (output.annotated.pixels_bgr == (1, 2, 3)).all()
    assert not (output.original.pixels_bgr == (1, 2, 3)).all()
    assert output.annotated.index == output.original.index


@pytest.mark.parametrize(("max_frames", "quit_after", "expected"), [(3, 99, 3), (None, 4, 4)])
def test_the_run_can_be_ended(max_frames: int | None, quit_after: int, expected: int) -> None:
    controls, stats = Controls(), Stats()
    go(Probe(controls, quit_after), controls, stats, max_frames)
    assert stats.frames == expected


def test_each_face_is_analysed_once_a_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask for its pose: filters, keypoints, log and points server."""
    analysed: list[int] = []
    real = estimate_pose

    def counted(keypoints: Array, size_wh: tuple[int, int], previous: HeadPose | None) -> HeadPose:
        analysed.append(1)
        return real(keypoints, size_wh, previous)

    monkeypatch.setattr(face_view, "estimate_pose", counted)
    with Assembly(Look(("sunglasses", "tiger"))) as stages:
        stages.open(DemoSource(DemoConfig(size_wh=(320, 180))))
        stages.add(KeypointLogSink(tmp_path / "log.csv"))
        server = stages.add(PointsServerSink(0))
        with connect(server.address):
            while not server.readers:
                pass
            stages.run(5)
    assert stages.stats.faces == len(analysed) == 5
