"""FaceTracker: frames in, the faces over time out.

Regions come from each face's last points; the cascade looks for further faces a slice at a time, so that no frame
waits for a whole search. A face stays as long as the network's score says that its points are a face's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.crop import Region, region_from_keypoints
from model.face import Face
from model.geometry import bounding_box
from model.keypoints import eye_distance
from model.predictor import DETECTION_PASSES, Prediction, WeightsInfo
from realtime.frame import Frame
from realtime.searching import Detector, FaceSearch
from realtime.smoothing import FaceSmoother, SmoothingConfig
from realtime.stats import Stats


class Predictor(Protocol):
    """What the tracker needs of `model.predictor.KeypointPredictor`."""

    @property
    def info(self) -> WeightsInfo: ...

    def predict(self, image: npt.NDArray[np.uint8], regions: Sequence[Region], *, passes: int = 1) -> Prediction: ...


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """How faces are followed.

    Attributes:
        search_every: frames from one slice of the search to the next while a face is followed.
        search_delay: frames until what a slice found is used; see `FaceSearch`.
        hold_s: how long a face is still shown, where it was last seen, when its score falls.
        remember_s: how long a lost face's id waits for it to come back.
        admit_margin: a new face must score this much above the weights' own threshold, a followed one need not: the
            cascade offers much that is no face, a face's own last place seldom anything else.
        recut_shift: a face whose points came out this share of the region's side off its centre is cut again.
        max_faces: more are not followed.
        smoothing: settings of the One Euro filter; None shows the points as found.
    """

    search_every: int = 3
    search_delay: int = 3
    hold_s: float = 0.12
    remember_s: float = 1.0
    admit_margin: float = 0.25
    recut_shift: float = 0.10
    max_faces: int = 16
    smoothing: SmoothingConfig | None = field(default_factory=SmoothingConfig)


@dataclass(slots=True)
class _Track:
    """One face that is followed, or was until a moment ago."""

    face_id: int
    raw: npt.NDArray[np.float64]
    shown: npt.NDArray[np.float64]
    score: float
    seen_s: float
    confirmed_s: float
    smoother: FaceSmoother | None
    velocity: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    missed: bool = False

    def see(self, points: npt.NDArray[np.floating], score: float, time_s: float) -> None:
        raw = np.asarray(points, np.float64)
        elapsed_s = time_s - self.seen_s
        if elapsed_s > 0:
            self.velocity = 0.5 * self.velocity + 0.5 * (raw.mean(axis=0) - self.raw.mean(axis=0)) / elapsed_s
        self.raw, self.score, self.seen_s, self.missed = raw, score, time_s, False
        self.shown = self.smoother.update(raw, time_s) if self.smoother else raw

    def expected(self, time_s: float) -> Region:
        """Where the face should be by now, if it went on as before."""
        region = region_from_keypoints(self.raw)
        shift = np.clip(self.velocity * (time_s - self.seen_s), -0.3 * region.side, 0.3 * region.side)
        return Region(region.center_x + shift[0], region.center_y + shift[1], region.side, region.roll_rad)

    def surprise(self, points: npt.NDArray[np.floating], time_s: float) -> float:
        """How far, in pixels, `points` lie from where the face should be by now."""
        elapsed_s = min(time_s - self.seen_s, 0.5)
        return float(np.linalg.norm(points.mean(axis=0) - self.raw.mean(axis=0) - self.velocity * elapsed_s))

    def face(self) -> Face:
        points = self.shown.astype(np.float32)
        return Face(points, min(max(self.score, 0.0), 1.0), self.face_id, bounding_box(points))


class FaceTracker:
    """Finds and follows faces. One instance a run; ids rise and are never used again.

    Args:
        detector, predictor: as the program made them.
        config: see `TrackerConfig`.
        stats: where the times of `detect` and `predict` go.
    """

    def __init__(
        self,
        detector: Detector,
        predictor: Predictor,
        config: TrackerConfig | None = None,
        stats: Stats | None = None,
    ) -> None:
        self._predictor = predictor
        self._config = config or TrackerConfig()
        self._stats = stats or Stats()
        self._search = FaceSearch(detector, self._config.search_every, self._config.search_delay, self._stats)
        self._tracks: list[_Track] = []
        self._next_id = 0
        self._last_s = 0.0
        self._size_wh: tuple[int, int] | None = None

    def update(self, frame: Frame) -> list[Face]:
        """The faces of `frame`, smoothed; the longest known first. Frames must come in order of time."""
        if frame.size_wh != self._size_wh:
            self._tracks, self._size_wh = [], frame.size_wh
            self._search.restart()
        with self._stats.time("predict"):
            self._follow(frame)
        self._look_around(frame)
        time_s = self._last_s = frame.time_s
        self._tracks = [t for t in self._tracks if time_s - t.seen_s <= self._config.remember_s]
        return [t.face() for t in self._tracks if not t.missed or self._held(t, time_s)]

    def wait(self) -> None:
        """Let the search under way end, so that its time is not counted as another's; changes no result."""
        self._search.wait()

    def close(self) -> None:
        """End the search's thread; may be called more than once."""
        self._search.close()

    def _held(self, track: _Track, time_s: float) -> bool:
        return time_s - track.seen_s <= self._config.hold_s

    def _follow(self, frame: Frame) -> None:
        """Predict every followed face anew from where it was."""
        time_s, info = frame.time_s, self._predictor.info
        tracks = [t for t in self._tracks if not t.missed or self._held(t, time_s)]
        found = self._predict_surely(frame, [t.expected(time_s) for t in tracks])
        claims: list[tuple[float, _Track, npt.NDArray[np.float32], float]] = []
        for track, points, score in zip(tracks, found.keypoints_px, found.scores, strict=True):
            track.missed = True
            confirmed = info.has_score or time_s - track.confirmed_s <= self._config.remember_s
            if score >= info.score_threshold and confirmed and self._plausible(points, frame):
                claims.append((track.surprise(points, time_s), track, points, float(score)))
        # Where two came to lie on one face, as when one passes behind the other, it is that of the less surprised.
        taken: list[npt.NDArray[np.float32]] = []
        for _, track, points, score in sorted(claims, key=lambda claim: claim[0]):
            if not any(_same_face(points, other) for other in taken):
                taken.append(points)
                track.see(points, score, time_s)

    def _predict_surely(self, frame: Frame, regions: list[Region]) -> Prediction:
        """One prediction each, and a second, cut around the first, for those that moved or scored low."""
        first = self._predictor.predict(frame.pixels_bgr, regions)
        sure = self._admitted
        unsure = []
        for i, (region, points, score) in enumerate(zip(regions, first.keypoints_px, first.scores, strict=True)):
            found = region_from_keypoints(points)
            shift = np.hypot(found.center_x - region.center_x, found.center_y - region.center_y)
            if score < sure or shift > self._config.recut_shift * region.side:
                unsure.append((i, found))
        if unsure:
            again = self._predictor.predict(frame.pixels_bgr, [region for _, region in unsure])
            for (i, _), points, score in zip(unsure, again.keypoints_px, again.scores, strict=True):
                if score >= first.scores[i]:
                    first.keypoints_px[i], first.scores[i] = points, score
        return first

    def _plausible(self, points: npt.NDArray[np.floating], frame: Frame) -> bool:
        """Whether the points are large enough, and their middle lies in the frame."""
        x, y = points.mean(axis=0)
        width, height = frame.size_wh
        return 0 <= x < width and 0 <= y < height and float(eye_distance(points)) >= 4.0

    @property
    def _admitted(self) -> float:
        """Score from which on a new face is shown."""
        return self._predictor.info.score_threshold + self._config.admit_margin

    def _look_around(self, frame: Frame) -> None:
        """Look for faces that are not followed yet."""
        seen = [t for t in self._tracks if not t.missed]
        just_lost = any(t.missed and t.seen_s == self._last_s for t in self._tracks)
        # Without a score, only the cascade can say that a followed face is still one.
        known = [bounding_box(t.raw) for t in seen] if self._predictor.info.has_score else []
        regions = self._search.update(frame.pixels_bgr, known, faces=bool(seen), just_lost=just_lost)
        candidates = []
        for region in regions:
            track = next((t for t in seen if _inside(region, t)), None)
            if track:
                track.confirmed_s = frame.time_s
            else:
                candidates.append(region)
        candidates = candidates[: self._config.max_faces - len(seen)]
        if not candidates:
            return
        with self._stats.time("predict"):
            # Most of what the cascade offers beside the faces that are followed is none: one look is enough for it.
            first = self._predictor.predict(frame.pixels_bgr, candidates)
            likely = first.scores >= 0.5 * self._predictor.info.score_threshold
            regions = [region_from_keypoints(points) for points in first.keypoints_px[likely]]
            found = self._predictor.predict(frame.pixels_bgr, regions, passes=DETECTION_PASSES - 1)
        for points, score in zip(found.keypoints_px, found.scores, strict=True):
            if score >= self._admitted and self._plausible(points, frame):
                self._adopt(points, float(score), frame.time_s)

    def _adopt(self, points: npt.NDArray[np.floating], score: float, time_s: float) -> None:
        """A face was found: it is one already followed, one that was lost a moment ago nearby, or a new one."""
        if any(not track.missed and _same_face(points, track.raw) for track in self._tracks):
            return
        unit = float(eye_distance(points))
        lost = [
            (track.surprise(points, time_s), track)
            for track in self._tracks
            if track.missed and 0.6 < float(eye_distance(track.raw)) / unit < 1.7
        ]
        surprise, track = min(lost, key=lambda pair: pair[0], default=(np.inf, None))
        if track is None or surprise > 4.0 * unit:
            smoother = FaceSmoother(self._config.smoothing) if self._config.smoothing else None
            raw = np.asarray(points, np.float64)
            track = _Track(self._next_id, raw, raw, score, time_s, time_s, smoother)
            self._tracks.append(track)
            self._next_id += 1
        track.confirmed_s = time_s
        track.see(points, score, time_s)
        track.velocity = np.zeros(2)


def _same_face(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> bool:
    """Whether two sets of points lie on one face."""
    return bool(np.linalg.norm(a - b, axis=1).mean() < 0.35 * eye_distance(a))


def _inside(region: Region, track: _Track) -> bool:
    """Whether a found region is the face of `track`."""
    box = bounding_box(track.raw)
    x, y = box.center
    return np.hypot(region.center_x - x, region.center_y - y) < 0.5 * max(box.width, box.height)
