"""When a layer shows: conditions on what the face does, and limits of the pose it can serve."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from realtime.face_view import FaceView

_RELEASE_SHARE = 0.2
_RELEASE_LEAST = 0.02
"""Left out, `until` lies a fifth of the level before it: a measure that trembles at the level does not flicker."""
_FADE_DEGREES = 10.0
"""Beyond its pose limits a layer fades out over this many degrees."""


_HINTS: Final = {
    ("mouth_opening", True): "Open your mouth",
    ("smile", True): "Smile",
    ("brow_raise", True): "Raise your eyebrows",
    ("left_eye_opening", False): "Close an eye",
    ("right_eye_opening", False): "Close an eye",
    ("eye_opening", False): "Close your eyes",
}
"""By measure, and whether it has to rise."""


@dataclass(frozen=True, slots=True)
class When:
    """A condition with hysteresis.

    Attributes:
        measure: one of `face_view.CONDITION_NAMES`.
        above, below: it begins to hold above or below this; one of the two is given.
        until: it ceases to hold once the measure is back past this.
        fade_s: seconds that coming and going take.
        hold_s: once it held, the layer shows at least this long.

    Raises:
        ValueError: not just one of `above` and `below`, or `until` on the wrong side.
    """

    measure: str
    above: float | None = None
    below: float | None = None
    until: float | None = None
    fade_s: float = 0.15
    hold_s: float = 0.0

    def __post_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise ValueError("needs one of above and below; give just one")
        if self.until is not None and (self.until - self._level) * self._sign > 0:
            raise ValueError(f"until = {self.until:g} lies beyond the level {self._level:g}; put it before")

    @property
    def hint(self) -> str:
        """What makes it hold, for the user: `Open your mouth`; empty for the head's turn, which comes by itself."""
        return _HINTS.get((self.measure, self.above is not None), "")

    @property
    def _level(self) -> float:
        return float(self.above if self.above is not None else self.below or 0.0)

    @property
    def _sign(self) -> int:
        return 1 if self.above is not None else -1

    def holds(self, value: float, held: bool) -> bool:
        """Whether it holds at `value`, given whether it held before."""
        margin = max(_RELEASE_SHARE * abs(self._level), _RELEASE_LEAST)
        release = self.until if self.until is not None else self._level - self._sign * margin
        return (value - (release if held else self._level)) * self._sign > 0


@dataclass(frozen=True, slots=True)
class PoseLimits:
    """Degrees either way within which a layer is right; it fades out over the next ten."""

    yaw: float = 180.0
    pitch: float = 180.0
    roll: float = 180.0

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
    held: bool = False
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
        value = view.measure(self.when.measure)
        seen.held = value is not None and self.when.holds(value, seen.held)
        if seen.held:
            seen.held_at_s = view.time_s
        shown = seen.held or 0 <= view.time_s - seen.held_at_s < self.when.hold_s
        passed_s = max(0.0, view.time_s - seen.time_s) if seen.time_s is not None else 0.0
        step = passed_s / self.when.fade_s if self.when.fade_s > 0 else 1.0
        seen.strength = float(np.clip(seen.strength + (step if shown else -step), 0, 1))
        seen.time_s = view.time_s
        return seen.strength * pose_strength
