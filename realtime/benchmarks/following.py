"""What a step of the tracker costs: by stage, by frame size, by number of faces, and beside other trackers."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from model.arrays import Image
from model.crop import Region, crop_gray, region_from_keypoints
from model.detection.combined import open_detector
from model.detection.plan import Proposal, SearchPlan
from model.face import Face
from model.finder import FaceFinder
from model.geometry import Box
from model.predictor import KeypointPredictor, Prediction
from realtime.benchmarks.clips import Clip, crowd_clip, portrait_clip
from realtime.benchmarks.peers import Peer
from realtime.benchmarks.timing import BenchTable, Cell, Times, in_turns, median, one_core, ratio
from realtime.frame import Frame
from realtime.tracking.smoothing import FaceSmoother
from realtime.tracking.tracker import FaceTracker

SIZES_WH = ((640, 480), (1280, 720), (3840, 2160))
FACES = (1, 2, 4, 8)
STAGES = ("crop", "network", "smoothing", "detect")


@dataclass(slots=True)
class _Clock:
    """Seconds of the stages within the frame at hand."""

    spent_s: dict[str, float] = field(default_factory=dict)

    def add(self, stage: str, start_s: float) -> None:
        self.spent_s[stage] = self.spent_s.get(stage, 0.0) + time.perf_counter() - start_s


class _ClockedPredictor(KeypointPredictor):
    """The program's predictor, its time noted."""

    def __init__(self, weights: Path, clock: _Clock) -> None:
        super().__init__(weights)
        self._clock = clock

    def predict_crops(self, crops_gray: Image) -> Prediction:
        start_s = time.perf_counter()
        found = super().predict_crops(crops_gray)
        self._clock.add("network", start_s)
        return found

    def predict(self, image: Image, regions: Sequence[Region], *, passes: int = 1, glance: bool = False) -> Prediction:
        start_s = time.perf_counter()
        found = super().predict(image, regions, passes=passes, glance=glance)
        self._clock.add("predict", start_s)
        return found


class _ClockedDetector:
    """The program's detector, its time noted."""

    def __init__(self, clock: _Clock) -> None:
        self._detector = open_detector()
        self._clock = clock

    @property
    def plan(self) -> SearchPlan:
        return self._detector.plan

    def detect(self, image: Image) -> Sequence[Proposal]:
        return self._detector.detect(image)

    def search(self, image: Image, search: Any, ignore: Sequence[Box] = ()) -> Sequence[Proposal]:
        # In a thread of its own, whose processor time it is: by the clock it also waits for the step and others.
        start_s = time.thread_time()
        found = self._detector.search(image, search, ignore)
        self._clock.spent_s["detect"] = self._clock.spent_s.get("detect", 0.0) + time.thread_time() - start_s
        return found


class _Walk:
    """A tracker on its way through a clip, timed step by step and stage by stage."""

    def __init__(self, clip: Clip, weights: Path) -> None:
        self.name = clip.name
        self.clock = _Clock()
        self.step = Times()
        self.stages: dict[str, list[float]] = {stage: [] for stage in (*STAGES, "rest")}
        self.faces: list[Face] = []
        self._frames: Iterator[Frame] = clip.frames()
        self._tracker = FaceTracker(FaceFinder(_ClockedDetector(self.clock), _ClockedPredictor(weights, self.clock)))
        self._smoothers: dict[int, FaceSmoother] = {}

    def go(self, counts: bool) -> None:
        """One step; only those that count are kept."""
        frame = next(self._frames)
        self.clock.spent_s.clear()
        step = self.step if counts else Times()
        with step.taken(self._tracker.wait):
            self.faces = self._tracker.update(frame)
        start_s = time.perf_counter()
        for face in self.faces:
            self._smoothers.setdefault(face.face_id, FaceSmoother()).update(face.keypoints_px, frame.time_s)
        smoothing_s = time.perf_counter() - start_s
        if counts:
            spent = self.clock.spent_s
            network_s, detect_s = spent.get("network", 0.0), spent.get("detect", 0.0)
            crop_s = spent.get("predict", 0.0) - network_s
            parts = {"crop": crop_s, "network": network_s, "smoothing": smoothing_s, "detect": detect_s}
            for stage, seconds in parts.items():
                self.stages[stage].append(seconds)
            self.stages["rest"].append(step.wall_s[-1] - crop_s - network_s - smoothing_s)

    def close(self) -> None:
        """End the tracker's thread."""
        self._tracker.close()

    def row(self, first: "_Walk") -> tuple[Cell, ...]:
        """The table's row; ratios are to `first`."""
        at_rest = {stage: median(times) * 1e3 for stage, times in self.stages.items() if stage != "detect"}
        detect_ms = float(np.mean(self.stages["detect"])) * 1e3
        return (
            self.name,
            float(len(self.faces)),
            self.step.p50_ms,
            self.step.p95_ms,
            self.step.cpu_ms,
            self.step.mean_cpu_ms,
            *(at_rest[stage] for stage in ("crop", "network", "smoothing")),
            detect_ms,
            at_rest["rest"],
            ratio(self.step.mean_cpu_ms, first.step.mean_cpu_ms),
        )


COLUMNS = ("", "faces", "p50 ms", "p95 ms", "cpu p50", "cpu mean", *STAGES, "rest", "cpu ratio")


def by_size(weights: Path, seconds: float, frames: int) -> BenchTable:
    """The step with one face, by frame size."""
    walks = _walk([portrait_clip(size_wh, frames) for size_wh in SIZES_WH], weights, seconds)
    return BenchTable(
        "Tracker step, one face, one core, by frame size",
        COLUMNS,
        [walk.row(walks[0]) for walk in walks],
        (
            "cpu: processor time of the step with its search, which runs in another thread and which no step waits for",
            "stages: median ms by the clock; detect: mean processor time over all frames, since it runs in only some",
        ),
    )


def by_faces(weights: Path, seconds: float, frames: int) -> BenchTable:
    """The step in 1280x720, by number of faces."""
    walks = _walk([crowd_clip(faces, frames) for faces in FACES], weights, seconds)
    one, most = walks[0].step, walks[-1].step
    further = FACES[-1] - FACES[0]
    note = (
        f"each further face costs {(most.p50_ms - one.p50_ms) / further:.2f} ms (p50), "
        f"{(most.cpu_ms - one.cpu_ms) / further:.2f} (cpu p50), "
        f"{(most.mean_cpu_ms - one.mean_cpu_ms) / further:.2f} (cpu mean, the search's share with it)"
    )
    return BenchTable(
        "Tracker step, 1280x720, one core, by number of faces", COLUMNS, [w.row(walks[0]) for w in walks], (note,)
    )


def _walk(clips: list[Clip], weights: Path, seconds: float) -> list[_Walk]:
    """A walk through each clip, a step of each in turn."""
    with one_core():
        walks = [_Walk(clip, weights) for clip in clips]
        for _ in range(8):
            for walk in walks:
                walk.go(counts=False)
        end_s = time.perf_counter() + seconds
        while len(walks[0].step.wall_s) < 8 or time.perf_counter() < end_s:
            for walk in walks:
                walk.go(counts=True)
        for walk in walks:
            walk.close()
    return walks


def beside_peers(weights: Path, peers: list[Peer], missing: list[str], seconds: float, frames: int) -> BenchTable:
    """Whole tracking steps on the same frames: ours and others'."""
    clip = portrait_clip((640, 480), frames).frames()
    tracker = FaceTracker(FaceFinder(open_detector(), KeypointPredictor(weights)))
    times = {name: Times() for name in ("ours", *(peer.name for peer in peers))}
    found = dict.fromkeys(times, 0)
    rounds = 0
    with one_core():
        end_s = time.perf_counter() + seconds
        while rounds < 10 or time.perf_counter() < end_s:
            # The first two rounds do not count.
            kept = times if rounds >= 2 else {name: Times() for name in times}
            frame = next(clip)
            with kept["ours"].taken(tracker.wait):
                found["ours"] += bool(tracker.update(frame))
            for peer in peers:
                image = peer.input_of(frame.pixels_bgr)
                with kept[peer.name].taken():
                    found[peer.name] += peer.step(image) is not None
            rounds += 1
    tracker.close()
    mine = times["ours"]
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            t.p50_ms,
            t.p95_ms,
            t.cpu_ms,
            t.mean_cpu_ms,
            ratio(mine.p50_ms, t.p50_ms),
            ratio(mine.cpu_ms, t.cpu_ms),
            ratio(mine.mean_cpu_ms, t.mean_cpu_ms),
            100.0 * found[name] / rounds,
        )
        for name, t in times.items()
    ]
    columns = (
        "",
        "p50 ms",
        "p95 ms",
        "cpu p50",
        "cpu mean",
        *(f"ours/it {of}" for of in ("p50", "cpu", "mean")),
        "found %",
    )
    notes = (
        "cpu mean: of all threads, so with our search for further faces, which runs beside the step in some frames; "
        "MediaPipe, asked for one face, looks for none while it tracks",
    )
    return BenchTable("Whole tracking step, one face, 640x480, beside others", columns, rows, (*notes, *missing))


def network(weights: Path, peers: list[Peer], seconds: float) -> BenchTable:
    """The network alone, by batch, on one thread."""
    predictor = KeypointPredictor(weights)
    tracker = FaceTracker(FaceFinder(open_detector(), predictor))
    clip = portrait_clip((640, 480), 8)
    crops = []
    for frame, _ in zip(clip.frames(), clip.images_bgr, strict=False):
        (face, *_) = tracker.update(frame)
        crops.append(crop_gray(frame.pixels_bgr, region_from_keypoints(face.keypoints_px), predictor.info.spec)[0])
    tracker.close()
    batch = np.stack(crops)
    meshes = {peer.name: peer for peer in peers if peer.rgb}
    images = {name: [peer.input_of(image) for image in clip.images_bgr] for name, peer in meshes.items()}
    calls: dict[str, Callable[[int], object]] = {
        "1 face": lambda i: predictor.predict_crops(batch[i % len(batch)][None]),
        f"{len(batch)} faces in one batch": lambda i: predictor.predict_crops(batch),
    }
    for name, peer in meshes.items():
        calls[name] = lambda i, name=name, peer=peer: peer.step(images[name][i % 8])  # type: ignore[misc]
    with one_core():
        times = in_turns(calls, seconds)
    one = times["1 face"]
    rows: list[tuple[Cell, ...]] = []
    for name, t in times.items():
        faces = len(batch) if "batch" in name else 1
        rows.append((name, t.p50_ms, t.p95_ms, t.cpu_ms, t.cpu_ms / faces, ratio(t.cpu_ms, one.cpu_ms)))
    notes = ("MediaPipe: its step while it tracks, crop and landmarks, since its network cannot be called alone",)
    size_mb = weights.stat().st_size / 1e6
    columns = ("", "p50 ms", "p95 ms", "cpu p50", "cpu a face", "cpu ratio")
    title = f"The network alone, one thread; weights of {size_mb:.1f} MB"
    return BenchTable(title, columns, rows, notes if meshes else ())
