"""What is known of each followed face from frame to frame."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.crop import Region
from model.face import Face
from model.geometry import bounding_box
from model.keypoints import eye_distance
from realtime.tracking.smoothing import FaceSmoother

_SAME_FACE = 0.35
"""Points that lie so many eye distances apart on average are on one face."""
_REACH = 0.3
"""A face is looked for at most so many of its sides from where it was."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the network saw in one region.

    Attributes:
        points: (68, 2) full-frame pixels.
        center: (x, y), their mean: steadier than the middle of their box.
        region: where these points lie.
        score: as the network gave it.
    """

    points: npt.NDArray[np.float32]
    center: tuple[float, float]
    region: Region
    score: float

    def same_face(self, other: "Sight") -> bool:
        """Whether both lie on one face."""
        if math.dist(self.center, other.center) > _SAME_FACE * self.region.side:
            return False  # the cheap answer to most pairs
        return bool(np.linalg.norm(self.points - other.points, axis=1).mean() < _SAME_FACE * eye_distance(self.points))


@dataclass(slots=True)
class Track:
    """One face that is followed, or was until a moment ago."""

    face_id: int
    sight: Sight
    shown: npt.NDArray[np.float64]
    seen_s: float
    confirmed_s: float
    smoother: FaceSmoother | None
    anchor: Region | None = None
    velocity: tuple[float, float] = (0.0, 0.0)
    missed: bool = False

    def see(self, sight: Sight, time_s: float) -> None:
        elapsed_s = time_s - self.seen_s
        if elapsed_s > 0:
            (x0, y0), (x1, y1) = self.sight.center, sight.center
            self.velocity = (
                0.5 * self.velocity[0] + 0.5 * (x1 - x0) / elapsed_s,
                0.5 * self.velocity[1] + 0.5 * (y1 - y0) / elapsed_s,
            )
        self.sight, self.seen_s, self.missed = sight, time_s, False
        raw = sight.points.astype(np.float64)
        self.shown = self.smoother.update(raw, time_s) if self.smoother else raw

    def expected(self, time_s: float) -> Region:
        """Where the face should be by now, if it went on as before; not far away, for it may have stopped."""
        if self.anchor:
            return self.anchor
        region, elapsed_s = self.sight.region, time_s - self.seen_s
        limit = _REACH * region.side
        x, y = (min(max(speed * elapsed_s, -limit), limit) for speed in self.velocity)
        return Region(region.center_x + x, region.center_y + y, region.side, region.roll_rad)

    def surprise(self, sight: Sight, time_s: float) -> float:
        """How far, in pixels, `sight` lies from where the face should be by now."""
        elapsed_s = min(time_s - self.seen_s, 0.5)
        (x, y), (vx, vy) = self.sight.center, self.velocity
        return math.dist(sight.center, (x + vx * elapsed_s, y + vy * elapsed_s))

    def face(self) -> Face:
        points = self.shown.astype(np.float32)
        return Face(points, min(max(self.sight.score, 0.0), 1.0), self.face_id, bounding_box(points))


def apart(a: Region, b: Region) -> float:
    """Between the centres, in pixels."""
    return math.hypot(a.center_x - b.center_x, a.center_y - b.center_y)
