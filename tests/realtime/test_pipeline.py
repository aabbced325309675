"""The loop's order and its ends."""

from collections.abc import Sequence

import numpy as np
import pytest

from model.face import Face
from realtime.controls import Controls
from realtime.frame import Frame, Output
from realtime.pipeline import run
from realtime.sources.demo import DemoConfig, DemoSource
from realtime.stats import Stats


class Probe:
    """A tracker, a filter and a sink that note what happens."""

    name = "probe"
    description = "notes"

    def __init__(self, controls: Controls, quit_after: int = 99) -> None:
        self.events: list[str] = []
        self.outputs: list[Output] = []
        self._controls = controls
        self._quit_after = quit_after

    def update(self, frame: Frame) -> list[Face]:
        self.events.append(f"track {frame.index}")
        return []

    def apply(self, canvas_bgr: np.ndarray, faces: Sequence[Face], time_s: float) -> None:
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
