"""What is known of each tracked face from frame to frame."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.arrays import Array
from model.crop import Region, region_from_keypoints
from model.face import Face
from model.finder import SAME_FACE_DISTANCE, same_face
from model.geometry import bounding_box
from realtime.tracking.smoothing import FaceSmoother

_REACH = 0.3
"""A face is searched at most this many of its sides from where it was."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Keypoints that the network predicted in one frame.

    Attributes:
        keypoints_px: (68, 2) full-frame pixels.
        score: as the network gave it.
        center: (x, y), the mean of the keypoints: steadier than the middle of their box.
        region: where to look for them next.
    """

    keypoints_px: npt.NDArray[np.float32] = field(repr=False)
    score: float
    center: tuple[float, float]
    region: Region

    @classmethod
    def of(cls, keypoints_px: npt.NDArray[np.float32], score: float, region: Region | None = None) -> "Observation":
        """The observation of these keypoints; without a region, they are looked for where they lie."""
        x, y = keypoints_px.mean(axis=0).tolist()
        return cls(keypoints_px, score, (x, y), region or region_from_keypoints(keypoints_px))

    def same_face(self, other: "Observation") -> bool:
        """Whether both lie on one face."""
        if math.dist(self.center, other.center) > SAME_FACE_DISTANCE * self.region.side:
            return False  # the cheap answer to most pairs
        return same_face(self.keypoints_px, other.keypoints_px)


@dataclass(slots=True)
class Track:
    """One face that is tracked, or was until a moment ago.

    Attributes:
        face_id: never used again within a run.
        observation: the last one.
        smoothed_px: (68, 2), what is shown.
        observed_s: time of the last observation.
        detected_s: time at which the detector last proposed this face.
        anchor: the region that the detector proposed, for networks without a score; None otherwise.
        velocity: pixels a second, (x, y).
        missed: the last frame held no observation of it.
    """

    face_id: int
    observation: Observation
    smoothed_px: Array
    observed_s: float
    detected_s: float
    smoother: FaceSmoother | None
    anchor: Region | None = None
    velocity: tuple[float, float] = (0.0, 0.0)
    missed: bool = False

    def update(self, observation: Observation, time_s: float) -> None:
        """Take in what was observed at `time_s`."""
        elapsed_s = time_s - self.observed_s
        if elapsed_s > 0:
            (x0, y0), (x1, y1) = self.observation.center, observation.center
            self.velocity = (
                0.5 * self.velocity[0] + 0.5 * (x1 - x0) / elapsed_s,
                0.5 * self.velocity[1] + 0.5 * (y1 - y0) / elapsed_s,
            )
        self.observation, self.observed_s, self.missed = observation, time_s, False
        raw = observation.keypoints_px.astype(np.float64)
        self.smoothed_px = self.smoother.update(raw, time_s) if self.smoother else raw

    def predict(self, time_s: float) -> Region:
        """Where the face is expected, if it kept moving; not far away, as it may have stopped."""
        if self.anchor:
            return self.anchor
        region, elapsed_s = self.observation.region, time_s - self.observed_s
        limit = _REACH * region.side
        x, y = (min(max(speed * elapsed_s, -limit), limit) for speed in self.velocity)
        return Region(region.center_x + x, region.center_y + y, region.side, region.roll_rad)

    def innovation(self, observation: Observation, time_s: float) -> float:
        """Distance in pixels between `observation` and where the face was expected."""
        elapsed_s = min(time_s - self.observed_s, 0.5)
        (x, y), (vx, vy) = self.observation.center, self.velocity
        return math.dist(observation.center, (x + vx * elapsed_s, y + vy * elapsed_s))

    def face(self) -> Face:
        """The face as shown."""
        keypoints = self.smoothed_px.astype(np.float32)
        score = min(max(self.observation.score, 0.0), 1.0)
        return Face(keypoints, score, self.face_id, bounding_box(keypoints))


def center_distance(a: Region, b: Region) -> float:
    """Distance between the centres of two regions, in pixels."""
    return math.hypot(a.center_x - b.center_x, a.center_y - b.center_y)
