"""What the whole program costs: frames a second, drawing, the start, memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assets import ASSETS_DIR
from model.detection.combined import open_detector
from model.finder import FaceFinder
from model.predictor import KeypointPredictor
from realtime.assembly import Assembly, Look
from realtime.benchmarks.clips import portrait_clip
from realtime.benchmarks.timing import BenchTable, Cell, Times, in_turns, median, one_core, ratio
from realtime.control.controls import Controls
from realtime.errors import RealtimeError
from realtime.face_view import Viewer
from realtime.filters.packs import registry
from realtime.filters.stack import FilterStack
from realtime.frame import Output
from realtime.sinks.recording.recorder import RecorderSink
from realtime.sources.open import open_source
from realtime.tracking.tracker import FaceTracker

WORN = "sunglasses"
FILTERS = (WORN, "dog", "makeup-natural", "big-eyes", "blur")


@dataclass(slots=True)
class _Finish:
    """A sink that notes when the first frame came, so that opening is not counted."""

    name: str = "finish"
    frames: int = 0
    start: tuple[float, float] = (0.0, 0.0)

    def write(self, output: Output) -> None:
        """Count a frame."""
        if not self.frames:
            self.start = (time.perf_counter(), time.process_time())
        self.frames += 1

    def close(self) -> None:
        """Nothing to close."""


@dataclass(slots=True)
class _Runs:
    """Rounds of one way to run."""

    fps: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)

    def add(self, finish: _Finish) -> None:
        """A round that ends now."""
        wall_s, cpu_s = time.perf_counter() - finish.start[0], time.process_time() - finish.start[1]
        self.fps.append((finish.frames - 1) / wall_s)
        self.cpu_ms.append(cpu_s / (finish.frames - 1) * 1e3)
        self.cores.append(cpu_s / wall_s)


def whole_program(weights: Path, rounds: int, frames: int) -> BenchTable:
    """The demo at 1280x720 with sunglasses, no window: frames a second and processor time.

    Args:
        rounds: of each way to run, in turns.
        frames: of each round.
    """
    finder = FaceFinder(open_detector(), KeypointPredictor(weights))
    ways = {name: _Runs() for name in ("read only", "whole program", "whole program, recording")}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            finish = _Finish()
            with open_source("demo") as source:
                for frame, _ in zip(source.frames(), range(frames), strict=False):
                    finish.write(Output(frame, frame, ()))
                ways["read only"].add(finish)
            for name in ("whole program", "whole program, recording"):
                tracker = FaceTracker(finder)
                target = Path(folder, "recording.mp4") if "recording" in name else None
                ways[name].add(_run(tracker, target, frames))
                tracker.close()
    bare = median(ways["read only"].fps)
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            median(runs.fps),
            float(np.percentile(runs.fps, 5)),
            ratio(median(runs.fps), bare),
            median(runs.cores),
            median(runs.cpu_ms),
            median(runs.cpu_ms) * 30 / 1e3,
        )
        for name, runs in ways.items()
    ]
    columns = ("", "fps p50", "fps p5", "of read only", "cores used", "cpu ms a frame", "cores at 30 fps")
    return BenchTable(f"Demo at 1280x720 with {WORN} and keypoints, no window, {os.cpu_count()} cores", columns, rows)


def _run(tracker: FaceTracker, target: Path | None, frames: int) -> _Finish:
    """One run as the program makes it; returned when the recording is written."""
    finish = _Finish()
    with Assembly(Look((WORN,)), recording=target is not None, tracker=tracker) as stages:
        stages.open(open_source("demo"))
        stages.add(finish)
        if target:
            stages.add(RecorderSink(stages.controls, target, live=False, overwrite=True))
        stages.run(frames)
    return finish


def drawing(weights: Path, seconds: float, frames: int) -> BenchTable:
    """The canvas' copy, pose and measures, and some filters, on one face in 1280x720 on one core."""
    clip = portrait_clip((1280, 720), frames)
    tracker = FaceTracker(FaceFinder(open_detector(), KeypointPredictor(weights)))
    seen = [(frame, tracker.update(frame)) for frame, _ in zip(clip.frames(), clip.images_bgr, strict=False)]
    tracker.close()
    size_wh, viewer, canvas_bgr = (1280, 720), Viewer(), clip.images_bgr[0].copy()
    watcher = Viewer()
    views = [watcher.views(faces, size_wh, frame.time_s) for frame, faces in seen]
    stack = FilterStack(Controls(filters=[WORN]))
    calls: dict[str, Callable[[int], object]] = {
        "copy of the frame": lambda i: clip.images_bgr[i % len(seen)].copy(),
        "pose and measures": lambda i: viewer.views(seen[i % len(seen)][1], size_wh, i / 30),
        f"pose, {WORN}, keypoints": lambda i: stack.apply(canvas_bgr, seen[i % len(seen)][1], i / 30),
    }
    for name in FILTERS:
        if name in registry.available():
            layers = registry.load(name)
            calls[name] = lambda i, layers=layers: layers.draw(canvas_bgr, views[i % len(seen)])  # type: ignore[misc]
    with one_core():
        times = in_turns(calls, seconds)
    copy_ms = times["copy of the frame"].cpu_ms
    rows: list[tuple[Cell, ...]] = [
        (name, t.p50_ms, t.p95_ms, t.cpu_ms, ratio(t.cpu_ms, copy_ms)) for name, t in times.items()
    ]
    columns = ("", "p50 ms", "p95 ms", "cpu p50", "of a copy")
    return BenchTable("Drawing, one face, 1280x720, one core", columns, rows)


def start_up(weights: Path, rounds: int) -> BenchTable:
    """From the start of the process to its end after one annotated frame: more than to the frame itself.

    Raises:
        RealtimeError: the program does not run.
    """
    live = ["-m", "realtime", "--source", "demo", "--no-window", "--filter", WORN, "--weights", str(weights)]
    ways = {
        "Python alone": ["-c", "pass"],
        "with its libraries": ["-c", "import numpy, cv2, onnxruntime, av, typer"],
        "to the first frame, and out": [*live, "--max-frames", "1"],
    }
    times = {name: Times() for name in ways}
    for _ in range(rounds):
        for name, arguments in ways.items():
            with times[name].taken():
                done = subprocess.run(
                    [sys.executable, *arguments],
                    cwd=ASSETS_DIR.parent,
                    capture_output=True,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    check=False,
                )
            if done.returncode:
                raise RealtimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    libraries_ms = times["with its libraries"].p50_ms
    rows: list[tuple[Cell, ...]] = [
        (name, t.p50_ms / 1e3, t.p95_ms / 1e3, ratio(t.p50_ms, libraries_ms)) for name, t in times.items()
    ]
    return BenchTable("Start of the program", ("", "p50 s", "p95 s", "of its libraries"), rows)
