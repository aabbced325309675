"""What a person is asked to do before the camera, and when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from math import degrees
from typing import Final

from model.measures import Measures

Condition = Callable[[Measures, Measures], bool]
"""Takes what the face does now, and what it did at rest."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to do.

    Attributes:
        text: what the page says.
        done: whether it is being done; faces differ, so it is compared with the face at rest.
    """

    text: str
    done: Condition


def _turned(angle: str, by_deg: float) -> Condition:
    def done(now: Measures, rest: Measures) -> bool:
        turn = degrees(getattr(now, angle) - getattr(rest, angle))
        return turn >= by_deg if by_deg > 0 else turn <= by_deg

    return done


def _eyes(measures: Measures) -> float:
    return (measures.left_eye_opening + measures.right_eye_opening) / 2


PROMPTS: Final = (
    Prompt("Look straight ahead, at rest", lambda now, rest: max(abs(degrees(now.yaw)), abs(degrees(now.pitch))) < 15),
    Prompt("Turn your head to your left", _turned("yaw", 15)),
    Prompt("Turn your head to your right", _turned("yaw", -15)),
    Prompt("Look up", _turned("pitch", 9)),
    Prompt("Look down", _turned("pitch", -9)),
    Prompt("Lean your head to your left shoulder", _turned("roll", 12)),
    Prompt("Lean your head to your right shoulder", _turned("roll", -12)),
    Prompt("Smile", lambda now, rest: now.smile - rest.smile > 0.35),
    Prompt("Open your mouth", lambda now, rest: now.mouth_opening > 0.35),
    Prompt("Close your eyes", lambda now, rest: _eyes(now) < 0.5 * _eyes(rest)),
    Prompt("Raise your brows", lambda now, rest: now.brow_raise - rest.brow_raise > 0.35),
    Prompt("Say something", lambda now, rest: now.mouth_opening > 0.08),
)
"""Left and right are the person's own; turned to the left, the nose points to the right of a picture that is not
mirrored."""
