"""When a layer shows: conditions on what the face does, and limits of the pose it can serve."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from realtime.face_view import FaceView
from realtime.filters.conditions import Condition, Memory

_FADE_DEGREES = 10.0
"""Beyond its pose limits a layer fades out over this many degrees."""


@dataclass(frozen=True, slots=True)
class When:
    """A condition, and how the layer comes and goes.

    Attributes:
        condition: what has to hold.
        fade_s: seconds that coming and going take.
        hold_s: once it held, the layer shows at least this long.
    """

    condition: Condition
    fade_s: float = 0.15
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PoseLimits:
    """Degrees either way within which a layer is right; it fades out over the next ten."""

    yaw: float = 180.0
    pitch: float = 180.0
    roll: float = 180.0

    @classmethod
    def strictest(cls, several: "Iterable[PoseLimits]") -> "PoseLimits":
        """What all of several limits allow; any pose where there are none."""
        each = list(several) or [cls()]
        return cls(*(min(getattr(limits, name) for limits in each) for name in ("yaw", "pitch", "roll")))

    def strength(self, view: FaceView) -> float:
        """1 within the limits, 0 ten degrees beyond; 1 for a face without a pose."""
        if view.pose is None:
            return 1.0
        limits = (self.yaw, self.pitch, self.roll)
        over = max(abs(math.degrees(angle)) - limit for angle, limit in zip(view.pose.angles_rad, limits, strict=True))
        return min(max(1 - over / _FADE_DEGREES, 0.0), 1.0)


ANY_POSE: Final = PoseLimits()


@dataclass(slots=True)
class _Seen:
    memory: Memory = field(default_factory=Memory)
    held_at_s: float = -1e9
    strength: float = 0.0
    time_s: float | None = None


@dataclass(slots=True)
class Gate:
    """How strongly a layer shows on each face, followed over time.

    Attributes:
        when: the condition; None is always.
        limits: poses served.
    """

    when: When | None = None
    limits: PoseLimits = field(default_factory=PoseLimits)
    _seen: dict[int, _Seen] = field(default_factory=dict)

    def keep(self, views: Sequence[FaceView]) -> None:
        """Forget faces that are no longer there."""
        present = {view.face_id for view in views}
        self._seen = {face_id: seen for face_id, seen in self._seen.items() if face_id in present}

    def strength(self, view: FaceView) -> float:
        """0 to 1 for this face in this frame; to be called once a frame."""
        pose_strength = self.limits.strength(view)
        if self.when is None:
            return pose_strength
        seen = self._seen.setdefault(view.face_id, _Seen())
        held = self.when.condition.holds(view, seen.memory)
        if held:
            seen.held_at_s = view.time_s
        shown = held or 0 <= view.time_s - seen.held_at_s < self.when.hold_s
        # What holds when a face is first seen is there at once, as the rest of the filter is.
        passed_s = max(0.0, view.time_s - seen.time_s) if seen.time_s is not None else float("inf")
        step = passed_s / self.when.fade_s if self.when.fade_s > 0 else 1.0
        seen.strength = float(np.clip(seen.strength + (step if shown else -step), 0, 1))
        seen.time_s = view.time_s
        return seen.strength * pose_strength
