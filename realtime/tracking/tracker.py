"""FaceTracker: frames in, the faces over time out.

Regions come from each face's last keypoints; the detector searches for new faces one slice at a time, so that no frame
waits for a whole search. A face stays as long as the network's score says that its keypoints are a face's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from assets import DEFAULT_WEIGHTS
from model.crop import Region
from model.detection.kinds import DetectorKind
from model.detection.plan import SearchPlan
from model.face import Face
from model.finder import FaceFinder, open_finder, plausible
from realtime.frame import Frame
from realtime.stats import Stats
from realtime.tracking.refusals import Refusals
from realtime.tracking.search import FaceSearch
from realtime.tracking.smoothing import FaceSmoother, SmoothingConfig
from realtime.tracking.track import Observation, Track, center_distance

_NEARBY = 2.2
"""A face found within this many of its sides from where one was lost a moment ago may be that one."""


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """How faces are tracked.

    Attributes:
        search: what the detector searches in turn, and when; None takes its own plan.
        hold_s: how long a face is still shown where it was last observed when its score falls.
        remember_s: how long the id of a lost face waits for it to come back.
        recrop_shift: a face whose keypoints came out this share of the region's side off its centre is cropped again.
        max_faces: the most that are tracked.
        smoothing: settings of the One Euro filter; None shows the keypoints as predicted.
    """

    search: SearchPlan | None = None
    hold_s: float = 0.12
    remember_s: float = 1.0
    recrop_shift: float = 0.10
    max_faces: int = 16
    smoothing: SmoothingConfig | None = field(default_factory=SmoothingConfig)


def open_tracker(
    weights: Path | str = DEFAULT_WEIGHTS,
    stats: Stats | None = None,
    threads: int = 1,
    detector: DetectorKind = DetectorKind.BOTH,
) -> "FaceTracker":
    """A tracker with these weights.

    Args:
        weights: the keypoint network.
        stats: where times go.
        threads: how many share the faces of a frame that shows several.
        detector: what proposes faces.

    Raises:
        WeightsError, DetectorError: the weights or the installed OpenCV cannot be used.
    """
    return FaceTracker(open_finder(Path(weights), threads, detector), stats=stats)


class FaceTracker:
    """Finds and tracks faces; a context manager. One instance for each run; ids rise and are never used again.

    Args:
        finder: its detector runs on a thread of its own, its predictor on the caller's.
        config: see `TrackerConfig`.
        stats: where the times of `detect` and `predict` go.
    """

    def __init__(self, finder: FaceFinder, config: TrackerConfig | None = None, stats: Stats | None = None) -> None:
        self._finder = finder
        self._predictor = finder.predictor
        self._config = config or TrackerConfig()
        self._stats = stats or Stats()
        plan = self._config.search or finder.detector.plan
        # Without a score, only the detector can say that a tracked face is still one: it must look often.
        plan = plan if self._predictor.info.has_score else plan.always_alert()
        self._search = FaceSearch(finder.detector, plan, self._stats)
        self._tracks: list[Track] = []
        self._next_id = 0
        self._last_s = 0.0
        self._size_wh: tuple[int, int] | None = None
        self._refusals = Refusals()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def update(self, frame: Frame) -> list[Face]:
        """The faces of `frame`, smoothed, oldest track first. Frames must come in order of time."""
        if frame.size_wh != self._size_wh:
            self._tracks, self._refusals, self._size_wh = [], Refusals(), frame.size_wh
            self._search.restart()
        with self._stats.time("predict"):
            self._update_tracks(frame)
        self._detect(frame)
        time_s = self._last_s = frame.time_s
        self._tracks = [t for t in self._tracks if time_s - t.observed_s <= self._config.remember_s]
        return [t.face() for t in self._tracks if not t.missed or self._held(t, time_s)]

    def look_closely(self, closely: bool) -> None:
        """Whether each face is looked at five times from now on, as a picture is; see `KeypointPredictor`."""
        self._predictor.closely = closely

    def wait(self) -> None:
        """Let the running search end, so that its time is not counted as another's; changes no result."""
        self._search.wait()

    def close(self) -> None:
        """End the search's thread; may be called more than once."""
        self._search.close()

    def _held(self, track: Track, time_s: float) -> bool:
        return time_s - track.observed_s <= self._config.hold_s

    def _update_tracks(self, frame: Frame) -> None:
        """Predict every tracked face from where it is expected."""
        time_s, info = frame.time_s, self._predictor.info
        tracks = [t for t in self._tracks if not t.missed or self._held(t, time_s)]
        observed = self._observe_twice_if_unsure(frame, [t.predict(time_s) for t in tracks])
        claims: list[tuple[float, Track, Observation]] = []
        for track, observation in zip(tracks, observed, strict=True):
            track.missed = True
            confirmed = info.has_score or time_s - track.detected_s <= self._config.remember_s
            good = observation.score >= info.score_threshold and plausible(observation.region, frame.pixels_bgr)
            if confirmed and good:
                claims.append((track.innovation(observation, time_s), track, observation))
        # Where two tracks end up on one face, as when one person passes behind another, the better prediction wins.
        taken: list[Observation] = []
        for _, track, observation in sorted(claims, key=lambda claim: claim[0]):
            if not any(observation.same_face(other) for other in taken):
                taken.append(observation)
                track.update(observation, time_s)

    def _observe(self, frame: Frame, regions: Sequence[Region]) -> list[Observation]:
        found = self._predictor.predict(frame.pixels_bgr, regions)
        seen = zip(found.keypoints_px, found.scores.tolist(), found.regions, strict=True)
        return [Observation.of(*each) for each in seen]

    def _observe_twice_if_unsure(self, frame: Frame, regions: list[Region]) -> list[Observation]:
        """One prediction each, and a second, cropped around the first, for faces that moved or scored low."""
        observed = self._observe(frame, regions)
        if self._anchored:
            return observed
        unsure = [
            i
            for i, (region, observation) in enumerate(zip(regions, observed, strict=True))
            if observation.score < self._predictor.info.admission_score
            or center_distance(observation.region, region) > self._config.recrop_shift * region.side
        ]
        for i, again in zip(unsure, self._observe(frame, [observed[i].region for i in unsure]), strict=True):
            if again.score >= observed[i].score:
                observed[i] = again
        return observed

    def _detect(self, frame: Frame) -> None:
        """Look for faces that are not tracked yet."""
        tracked = [t for t in self._tracks if not t.missed]
        just_lost = any(t.missed and t.observed_s == self._last_s for t in self._tracks)
        known = [t.observation.keypoints_px for t in tracked] if self._predictor.info.has_score else []
        regions = self._search.update(frame.pixels_bgr, frame.time_s, known, faces=bool(tracked), just_lost=just_lost)
        proposals = []
        for region in regions:
            track = next((t for t in tracked if _inside(region, t)), None)
            if track:
                track.detected_s = frame.time_s
                track.anchor = region if self._anchored else None
            else:
                proposals.append(region)
        proposals = [region for region in proposals if not self._refusals.holds(region, frame.time_s)]
        proposals = proposals[: self._config.max_faces - len(tracked)]
        if not proposals:
            return
        with self._stats.time("predict"):
            found = self._finder.admit(frame.pixels_bgr, proposals)
        admitted = [face.proposal for face in found]
        self._refusals.add([region for region in proposals if region not in admitted], frame.time_s)
        for face in found:
            anchor = face.proposal if self._anchored else None
            self._associate(Observation.of(face.keypoints_px, face.score), frame.time_s, anchor)

    @property
    def _anchored(self) -> bool:
        """Whether faces are cropped where the detector proposed them and not around their own keypoints.

        A network without a score was trained on the detector's kind of crops and cannot say when it has lost a face:
        left to its own keypoints it would walk away from it.
        """
        return not self._predictor.info.has_score

    def _associate(self, observation: Observation, time_s: float, anchor: Region | None) -> None:
        """Match a detected face with a track: one that is alive, one lost a moment ago nearby, or a new one."""
        if any(not track.missed and observation.same_face(track.observation) for track in self._tracks):
            return
        lost = [
            (track.innovation(observation, time_s), track)
            for track in self._tracks
            if track.missed and 0.6 < track.observation.region.side / observation.region.side < 1.7
        ]
        distance, track = min(lost, key=lambda pair: pair[0], default=(np.inf, None))
        if track is None or distance > _NEARBY * observation.region.side:
            smoother = FaceSmoother(self._config.smoothing) if self._config.smoothing else None
            keypoints = observation.keypoints_px.astype(np.float64)
            track = Track(self._next_id, observation, keypoints, time_s, time_s, smoother)
            self._tracks.append(track)
            self._next_id += 1
        track.detected_s, track.anchor = time_s, anchor
        track.update(observation, time_s)
        track.velocity = (0.0, 0.0)


def _inside(region: Region, track: Track) -> bool:
    """Whether a proposed region is the face of `track`."""
    known = track.anchor or track.observation.region
    return center_distance(region, known) < 0.5 * known.side
