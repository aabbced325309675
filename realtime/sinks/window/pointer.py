"""What the mouse does over the window."""

from dataclasses import dataclass
from typing import Literal

PointerKind = Literal["move", "press", "release", "leave", "up", "down", "left", "right"]
"""`up` to `right` are turns of the wheel."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """One event of the mouse.

    Attributes:
        kind: what happened.
        x, y: where, in pixels of the picture shown.
    """

    kind: PointerKind
    x: int
    y: int
