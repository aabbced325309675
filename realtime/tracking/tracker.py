"""FaceTracker: frames in, the faces over time out.

Regions come from each face's last points; the cascade looks for further faces a slice at a time, so that no frame
waits for a whole search. A face stays as long as the network's score says that its points are a face's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.crop import Region, region_from_keypoints
from model.detection import detector_for
from model.face import Face
from model.predictor import DETECTION_PASSES, KeypointPredictor, Prediction
from model.weights_info import WeightsInfo
from realtime.frame import Frame
from realtime.stats import Stats
from realtime.tracking.search import Detector, FaceSearch, SearchPace
from realtime.tracking.smoothing import FaceSmoother, SmoothingConfig
from realtime.tracking.track import Sight, Track, apart


class Predictor(Protocol):
    """What the tracker needs of `model.predictor.KeypointPredictor`."""

    @property
    def info(self) -> WeightsInfo: ...

    def predict(self, image: npt.NDArray[np.uint8], regions: Sequence[Region], *, passes: int = 1) -> Prediction: ...


_NEARBY = 2.2
"""A face found so many of its sides from where one was lost a moment ago may be that one."""
_SMALLEST_PX = 8.0
"""Faces whose points' box is smaller are noise."""


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """How faces are followed.

    Attributes:
        search: how often further faces are looked for.
        hold_s: how long a face is still shown, where it was last seen, when its score falls.
        remember_s: how long a lost face's id waits for it to come back.
        recut_shift: a face whose points came out this share of the region's side off its centre is cut again.
        max_faces: more are not followed.
        smoothing: settings of the One Euro filter; None shows the points as found.
    """

    search: SearchPace = field(default_factory=SearchPace)
    hold_s: float = 0.12
    remember_s: float = 1.0
    recut_shift: float = 0.10
    max_faces: int = 16
    smoothing: SmoothingConfig | None = field(default_factory=SmoothingConfig)


def open_tracker(weights: Path, stats: Stats | None = None, threads: int = 1) -> "FaceTracker":
    """A tracker of these weights, with the cascade set to go with them.

    Args:
        weights: of the network.
        stats: where times go.
        threads: so many share the faces of a frame that has several.

    Raises:
        WeightsError, DetectorError: the weights or the installed OpenCV cannot be used.
    """
    predictor = KeypointPredictor(weights, threads)
    return FaceTracker(detector_for(predictor.info.has_score), predictor, stats=stats)


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
        pace = self._config.search
        # Without a score, only the cascade can say that a followed face is still one: it must look often.
        pace = pace if predictor.info.has_score else replace(pace, alert_for_s=math.inf)
        self._search = FaceSearch(detector, pace, self._stats)
        self._tracks: list[Track] = []
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

    def _held(self, track: Track, time_s: float) -> bool:
        return time_s - track.seen_s <= self._config.hold_s

    def _follow(self, frame: Frame) -> None:
        """Predict every followed face anew from where it was."""
        time_s, info = frame.time_s, self._predictor.info
        tracks = [t for t in self._tracks if not t.missed or self._held(t, time_s)]
        sights = self._look_surely(frame, [t.expected(time_s) for t in tracks])
        claims: list[tuple[float, Track, Sight]] = []
        for track, sight in zip(tracks, sights, strict=True):
            track.missed = True
            confirmed = info.has_score or time_s - track.confirmed_s <= self._config.remember_s
            if sight.score >= info.score_threshold and confirmed and _plausible(sight, frame):
                claims.append((track.surprise(sight, time_s), track, sight))
        # Where two came to lie on one face, as when one passes behind the other, it is that of the less surprised.
        taken: list[Sight] = []
        for _, track, sight in sorted(claims, key=lambda claim: claim[0]):
            if not any(sight.same_face(other) for other in taken):
                taken.append(sight)
                track.see(sight, time_s)

    def _look(self, frame: Frame, regions: Sequence[Region], passes: int = 1) -> list[Sight]:
        found = self._predictor.predict(frame.pixels_bgr, regions, passes=passes)
        centers = found.keypoints_px.mean(axis=1).tolist()
        return [
            Sight(points, (x, y), region_from_keypoints(points), score)
            for points, (x, y), score in zip(found.keypoints_px, centers, found.scores.tolist(), strict=True)
        ]

    def _look_surely(self, frame: Frame, regions: list[Region]) -> list[Sight]:
        """One look each, and a second, cut around the first's points, for those that moved or scored low."""
        sights = self._look(frame, regions)
        unsure = [
            i
            for i, (region, sight) in enumerate(zip(regions, sights, strict=True))
            if not self._anchored
            and (
                sight.score < self._predictor.info.admission_score
                or apart(sight.region, region) > self._config.recut_shift * region.side
            )
        ]
        for i, again in zip(unsure, self._look(frame, [sights[i].region for i in unsure]), strict=True):
            if again.score >= sights[i].score:
                sights[i] = again
        return sights

    def _look_around(self, frame: Frame) -> None:
        """Look for faces that are not followed yet."""
        seen = [t for t in self._tracks if not t.missed]
        just_lost = any(t.missed and t.seen_s == self._last_s for t in self._tracks)
        known = [t.sight.points for t in seen] if self._predictor.info.has_score else []
        regions = self._search.update(frame.pixels_bgr, frame.time_s, known, faces=bool(seen), just_lost=just_lost)
        candidates = []
        for region in regions:
            track = next((t for t in seen if _inside(region, t)), None)
            if track:
                track.confirmed_s = frame.time_s
                track.anchor = region if self._anchored else None
            else:
                candidates.append(region)
        candidates = candidates[: self._config.max_faces - len(seen)]
        if not candidates:
            return
        with self._stats.time("predict"):
            # Most of what the cascade offers beside the faces that are followed is none: one look is enough for it.
            first = self._look(frame, candidates)
            likely = [s.region for s in first if s.score >= 0.5 * self._predictor.info.score_threshold]
            sights = first if self._anchored else self._look(frame, likely, passes=DETECTION_PASSES - 1)
        for sight, region in zip(sights, candidates if self._anchored else likely, strict=True):
            if sight.score >= self._predictor.info.admission_score and _plausible(sight, frame):
                self._adopt(sight, frame.time_s, region if self._anchored else None)

    @property
    def _anchored(self) -> bool:
        """Whether faces are cut where the cascade saw them and not around their own points.

        A network without a score was trained on the cascade's kind of crops and cannot say when it has lost a face:
        left to its own points it would walk away from it.
        """
        return not self._predictor.info.has_score

    def _adopt(self, sight: Sight, time_s: float, anchor: Region | None) -> None:
        """A face was found: it is one already followed, one that was lost a moment ago nearby, or a new one."""
        if any(not track.missed and sight.same_face(track.sight) for track in self._tracks):
            return
        lost = [
            (track.surprise(sight, time_s), track)
            for track in self._tracks
            if track.missed and 0.6 < track.sight.region.side / sight.region.side < 1.7
        ]
        surprise, track = min(lost, key=lambda pair: pair[0], default=(np.inf, None))
        if track is None or surprise > _NEARBY * sight.region.side:
            smoother = FaceSmoother(self._config.smoothing) if self._config.smoothing else None
            track = Track(self._next_id, sight, sight.points.astype(np.float64), time_s, time_s, smoother)
            self._tracks.append(track)
            self._next_id += 1
        track.confirmed_s, track.anchor = time_s, anchor
        track.see(sight, time_s)
        track.velocity = (0.0, 0.0)


def _plausible(sight: Sight, frame: Frame) -> bool:
    """Whether the points are large enough, and their middle lies in the frame."""
    width, height = frame.size_wh
    region = sight.region
    return 0 <= region.center_x < width and 0 <= region.center_y < height and region.side >= _SMALLEST_PX


def _inside(region: Region, track: Track) -> bool:
    """Whether a found region is the face of `track`."""
    known = track.anchor or track.sight.region
    return apart(region, known) < 0.5 * known.side
