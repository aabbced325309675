"""What a face has to do for a layer to show: one measure beyond a level, several together, a switch, a count."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from realtime.face_view import FaceView

_RELEASE_SHARE = 0.2
_RELEASE_LEAST = 0.02
"""Left out, `until` lies a fifth of the level before it: a measure that trembles at the level does not flicker."""

_HINTS: Final = {
    ("mouth_opening", True): "Open your mouth",
    ("jaw_open", True): "Open your mouth",
    ("smile", True): "Smile",
    ("brow_raise", True): "Raise your eyebrows",
    ("left_eye_opening", False): "Close an eye",
    ("right_eye_opening", False): "Close an eye",
    ("eye_opening", False): "Close your eyes",
}
"""By measure, and whether it has to rise."""
_GESTURES: Final = {"pitch": "Nod", "yaw": "Shake your head", "roll": "Tilt your head"}
"""What moves the head, where it has to be done on purpose."""


@dataclass(slots=True)
class Memory:
    """What a condition remembers of one face.

    Attributes:
        held: whether it held in the last frame.
        times_s: when what is counted came to hold.
        parts: the memories of the conditions inside it.
    """

    held: bool = False
    times_s: list[float] = field(default_factory=list)
    parts: "dict[int, Memory]" = field(default_factory=dict)

    def part(self, index: int = 0) -> "Memory":
        """That of a condition inside."""
        return self.parts.setdefault(index, Memory())


class Condition(Protocol):
    """Something that holds for a face or does not.

    Attributes:
        hint: what makes it hold, for the user: `Open your mouth`; empty where nothing has to be done.
    """

    @property
    def hint(self) -> str: ...

    def holds(self, view: FaceView, memory: Memory) -> bool:
        """Whether it holds in this frame; to be called once a frame, with the face's own memory."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """A measure above or below a level, with hysteresis.

    Attributes:
        measure: one of `face_view.CONDITION_NAMES`.
        above, below: it begins to hold above or below this; one of the two is given.
        until: it ceases to hold once the measure is back past this.

    Raises:
        ValueError: not just one of `above` and `below`, or `until` on the wrong side.
    """

    measure: str
    above: float | None = None
    below: float | None = None
    until: float | None = None

    def __post_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise ValueError("needs one of above and below; give just one")
        if self.until is not None and (self.until - self._level) * self._sign > 0:
            raise ValueError(f"until = {self.until:g} lies beyond the level {self._level:g}; put it before")

    @property
    def hint(self) -> str:
        return _HINTS.get((self.measure, self.above is not None), "")

    def holds(self, view: FaceView, memory: Memory) -> bool:
        value = view.measure(self.measure)
        margin = max(_RELEASE_SHARE * abs(self._level), _RELEASE_LEAST)
        release = self.until if self.until is not None else self._level - self._sign * margin
        memory.held = value is not None and (value - (release if memory.held else self._level)) * self._sign > 0
        return memory.held

    @property
    def _level(self) -> float:
        return float(self.above if self.above is not None else self.below or 0.0)

    @property
    def _sign(self) -> int:
        return 1 if self.above is not None else -1


@dataclass(frozen=True, slots=True)
class Every:
    """Holds while all of its parts do."""

    parts: tuple[Condition, ...]

    @property
    def hint(self) -> str:
        return _joined(self.parts, " and ")

    def holds(self, view: FaceView, memory: Memory) -> bool:
        return all(_all_held(self.parts, view, memory))


@dataclass(frozen=True, slots=True)
class Some:
    """Holds while one of its parts does."""

    parts: tuple[Condition, ...]

    @property
    def hint(self) -> str:
        return _joined(self.parts, " or ")

    def holds(self, view: FaceView, memory: Memory) -> bool:
        return any(_all_held(self.parts, view, memory))


@dataclass(frozen=True, slots=True)
class Toggle:
    """Begins to hold when its part comes to hold, and ceases when it does so again."""

    part: Condition

    @property
    def hint(self) -> str:
        return _gesture(self.part)

    def holds(self, view: FaceView, memory: Memory) -> bool:
        if _comes(self.part, view, memory):
            memory.held = not memory.held
        return memory.held


@dataclass(frozen=True, slots=True)
class Count:
    """Holds for one frame when its part came to hold so often; `hold_s` keeps the layer, or a toggle switches it.

    Attributes:
        part: what is counted.
        count: how often.
        within_s: seconds from the first time to the last.
    """

    part: Condition
    count: int
    within_s: float = 3.0

    @property
    def hint(self) -> str:
        doing = _gesture(self.part)
        return f"{doing}, {self.count} times" if doing else ""

    def holds(self, view: FaceView, memory: Memory) -> bool:
        if _comes(self.part, view, memory):
            memory.times_s.append(view.time_s)
        memory.times_s = [time_s for time_s in memory.times_s if 0 <= view.time_s - time_s <= self.within_s]
        if len(memory.times_s) < self.count:
            return False
        memory.times_s = []
        return True


def _all_held(parts: tuple[Condition, ...], view: FaceView, memory: Memory) -> list[bool]:
    """What each part says; all are asked, for each follows the face over time."""
    return [part.holds(view, memory.part(index)) for index, part in enumerate(parts)]


def _comes(part: Condition, view: FaceView, memory: Memory) -> bool:
    """Whether the part holds in this frame and did not in the last; one that holds from the start has not come."""
    inner = memory.part(1)
    first, before = not inner.times_s, inner.held
    inner.times_s = [view.time_s]
    inner.held = part.holds(view, memory.part(0))
    return inner.held and not before and not first


def _joined(parts: tuple[Condition, ...], word: str) -> str:
    hints = list(dict.fromkeys(part.hint for part in parts if part.hint))
    return word.join([*hints[:1], *(hint[0].lower() + hint[1:] for hint in hints[1:])])


def _gesture(part: Condition) -> str:
    return part.hint or (_GESTURES.get(part.measure, "") if isinstance(part, Beyond) else "")
