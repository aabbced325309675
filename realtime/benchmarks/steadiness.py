"""How still points stand, how little they lag, and how they follow fractions of a pixel; raw, smoothed, and others'."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.detection.combined import open_detector
from model.finder import FaceFinder
from model.geometry import apply
from model.keypoints import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from model.predictor import KeypointPredictor
from realtime.benchmarks.peers import Peer
from realtime.benchmarks.timing import BenchTable, Cell, ratio
from realtime.errors import RealtimeError
from realtime.frame import Frame
from realtime.sources.demo import DemoConfig, DemoSource
from realtime.sources.demo_motions import FACE_CENTER, Motion, jumping, sliding, still, swinging
from realtime.tracking.smoothing import SmoothingConfig
from realtime.tracking.tracker import FaceTracker, TrackerConfig

FPS = 30.0
NOISE_SIGMA = 4.0
SWING_HZ = 1.0
SLIDE_PX_S = (6.0, 3.6)
"""A fifth of a pixel a frame along x."""
HOLD_S = 0.5

Points = npt.NDArray[np.floating]
Follow = Callable[[Frame], Points | None]


@dataclass(frozen=True, slots=True)
class _Walk:
    """One follower's points over a clip, from the frame on in which it first found the face.

    Attributes:
        points: (F, N, 2) pixels; where it lost the face, those of the frame before.
        truth: (F, 2) where the middle of the face was.
        unit_px: the eye distance.
        lost: frames without a face.
    """

    points: npt.NDArray[np.float64]
    truth: npt.NDArray[np.float64]
    unit_px: float
    lost: int


@dataclass(frozen=True, slots=True)
class _Follower:
    name: str
    eye_corners: tuple[int, int]
    begin: Callable[[ExitStack], Follow]


def steadiness(weights: Path, peers: list[Peer], frames: int) -> BenchTable:
    """Of the demo's portrait in 1280x720 and, standing still, in 640x480 too.

    Args:
        frames: of each clip.

    Raises:
        RealtimeError: one of them does not find the portrait.
    """
    followers = _followers(weights, peers)
    large, small = (1280, 720), (640, 480)
    stood = [_walked(followers, still(), size_wh, frames, NOISE_SIGMA) for size_wh in (large, small)]
    swung = _walked(followers, swinging(SWING_HZ), large, frames)
    slid = _walked(followers, sliding(SLIDE_PX_S), large, frames)
    jumped = _walked(followers, jumping(hold_s=HOLD_S), large, frames)
    rows: list[tuple[Cell, ...]] = []
    for i, follower in enumerate(followers):
        shakes = [_shake(walks[i]) for walks in stood]
        lost = sum(walks[i].lost for walks in (*stood, swung, slid, jumped))
        rows.append((follower.name, *shakes, *_lag(swung[i]), *_gain(slid[i]), _jump(jumped[i]), float(lost)))
    return BenchTable(
        f"Steadiness, one face, {FPS:g} fps (% of the eye distance)",
        ("", "720p still %", "480p still %", "lag", "reach", "slide", "stray %", "jump %", "lost"),
        rows,
        (
            f"still: RMS of second differences under noise of sigma {NOISE_SIGMA:g}",
            f"lag: frames behind a swing of one face width at {SWING_HZ:g} Hz; reach: its amplitude over the true one",
            f"slide: {SLIDE_PX_S[0] / FPS:.1f} px a frame; motion over the true one (1 is right), and RMS off it",
            "jump: how far the points of the first frame after a jump lie from where they come to rest",
            "lost: frames without a face",
            *(("MediaPipe: of all its points, which it smooths itself",) if peers else ()),
        ),
    )


def _followers(weights: Path, peers: list[Peer]) -> list[_Follower]:
    predictor = KeypointPredictor(weights)

    def ours(smoothing: SmoothingConfig | None) -> Callable[[ExitStack], Follow]:
        def begin(opened: ExitStack) -> Follow:
            tracker = FaceTracker(FaceFinder(open_detector(), predictor), TrackerConfig(smoothing=smoothing))
            opened.callback(tracker.close)
            return lambda frame: next((face.keypoints_px for face in tracker.update(frame)), None)

        return begin

    def theirs(peer: Peer) -> Callable[[ExitStack], Follow]:
        return lambda opened: lambda frame: peer.step(peer.input_of(frame.pixels_bgr))

    corners = (LEFT_EYE_OUTER, RIGHT_EYE_OUTER)
    found = [_Follower("raw", corners, ours(None)), _Follower("smoothed", corners, ours(SmoothingConfig()))]
    return found + [_Follower(p.name, p.eye_corners, theirs(p)) for p in peers if p.landmarks]


def _walked(
    followers: list[_Follower], motion: Motion, size_wh: tuple[int, int], frames: int, noise_sigma: float = 0.0
) -> list[_Walk]:
    """The walks of all followers through one clip."""
    config = DemoConfig(size_wh, FPS, duration_s=frames / FPS, motion=motion, noise_sigma=noise_sigma)
    found: list[list[Points | None]] = [[] for _ in followers]
    truth = []
    with ExitStack() as opened:
        source = opened.enter_context(DemoSource(config))
        follows = [follower.begin(opened) for follower in followers]
        for frame in source.frames():
            truth.append(apply(source.portrait_to_frame(frame.time_s), np.array(FACE_CENTER)))
            for follow, points in zip(follows, found, strict=True):
                points.append(follow(frame))
    return [_walk(*pair, np.stack(truth)) for pair in zip(followers, found, strict=True)]


def _walk(follower: _Follower, found: list[Points | None], truth: npt.NDArray[np.float64]) -> _Walk:
    first = next((i for i, points in enumerate(found) if points is not None), len(found))
    if first > len(found) // 2:
        raise RealtimeError(f"{follower.name} does not find the demo's portrait; leave out --part steadiness")
    kept: list[npt.NDArray[np.float64]] = []
    for points in found[first:]:
        kept.append(kept[-1] if points is None else np.asarray(points, np.float64))
    left, right = follower.eye_corners
    unit_px = float(np.linalg.norm(kept[0][right] - kept[0][left]))
    return _Walk(np.stack(kept), truth[first:], unit_px, sum(points is None for points in found))


def _shake(walk: _Walk) -> float:
    """RMS over points and frames of the length of the second differences, in percent."""
    settled = walk.points[len(walk.points) // 4 :]
    second = np.diff(settled, 2, axis=0)
    return 100 * float(np.sqrt((second**2).sum(axis=2).mean())) / walk.unit_px


def _lag(walk: _Walk) -> tuple[float, float]:
    """Frames behind the swing along x, and amplitude over the true one: a sine is fitted to both."""

    def phasor(x: npt.NDArray[np.float64]) -> complex:
        turn = 2 * np.pi * SWING_HZ * np.arange(len(x)) / FPS
        design = np.column_stack([np.cos(turn), np.sin(turn), np.ones(len(x))])
        cos, sin, _ = np.linalg.lstsq(design, x, rcond=None)[0]
        return complex(cos, -sin)

    start = len(walk.points) // 4
    found, true = phasor(walk.points[start:, :, 0].mean(axis=1)), phasor(walk.truth[start:, 0])
    lag = float(np.angle(true / found)) / (2 * np.pi * SWING_HZ) * FPS
    return lag, abs(found) / abs(true)


def _gain(walk: _Walk) -> tuple[float | None, float]:
    """Motion of the points over the true one, and how far in percent each strays from its line, RMS."""
    start = len(walk.points) // 4
    truth = walk.truth[start:] - walk.truth[start:].mean(axis=0)
    moved = walk.points[start:] - walk.points[start:].mean(axis=0)
    along = moved.mean(axis=1)
    gain = ratio(float((along * truth).sum()), float((truth**2).sum()))
    stray = moved - truth[:, None]
    return gain, 100 * float(np.sqrt((stray**2).sum(axis=2).mean())) / walk.unit_px


def _jump(walk: _Walk) -> float | None:
    """Distance in percent of the points just after a jump from those at the end of the rest that follows."""
    jumps = np.flatnonzero(np.abs(np.diff(walk.truth[:, 0])) > walk.unit_px / 2) + 1
    rest = round(HOLD_S * FPS) - 1
    errors = [
        float(np.linalg.norm(walk.points[at] - walk.points[at + rest], axis=1).mean())
        for at in jumps
        if at + rest < len(walk.points)
    ]
    return 100 * float(np.mean(errors)) / walk.unit_px if errors else None
