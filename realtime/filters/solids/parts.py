"""A model from a pack's keys: a file's body or parts described in numbers, and how it sits on the head."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from model.pose import rotation_from_angles
from realtime.drawing.primitives import Color
from realtime.filters.layers.solid import Solid
from realtime.filters.solids.body import Body, Surface, joined
from realtime.filters.solids.build import lathe, sweep

_MIRROR: Final = np.array([-1.0, 1.0, 1.0])

Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """One part that is described in numbers; see docs/filters.md.

    Attributes:
        body: its triangles, on both sides where it is mirrored.

    Raises:
        ValueError: it is neither turned nor swept, or both, or it has no triangles, or too many.
    """

    lathe: tuple[tuple[float, float], ...] | None
    sweep: tuple[Place, ...] | None
    radius: float
    closed: bool
    sides: float
    at: Place
    turn: Place
    mirrored: bool
    color: Color
    opacity: float
    shine: float
    metal: float
    both_sides: bool
    body: Body = field(init=False)

    def __post_init__(self) -> None:
        if (self.lathe is None) == (self.sweep is None):
            raise ValueError("a part needs lathe or sweep; give just one")
        object.__setattr__(self, "body", self._made())

    def _made(self) -> Body:
        surface = Surface(self.shine, self.metal, self.both_sides)
        color = (*(channel / 255 for channel in self.color), self.opacity)
        if self.lathe is not None:
            made = lathe(self.lathe, int(self.sides), color, surface)
        else:
            made = sweep(self.sweep or (), self.radius, int(self.sides), color, surface, closed=self.closed)
        placed = made.moved(_rotation(self.turn), np.array(self.at))
        return joined([placed, _mirrored(placed)]) if self.mirrored else placed


def solid_from_keys(
    model: Body | None,
    part: Sequence[Part] | None,
    scale: float,
    offset: Place,
    turn: Place,
    follow: tuple[str, ...] | None,
    lit: bool,
) -> Solid:
    """A worn body from a pack's keys; raises `ValueError` where they do not fit each other."""
    if (model is None) == (part is None):
        raise ValueError("a model needs a file or parts; give model or part, just one of them")
    body = model if model is not None else joined([each.body for each in part or ()])
    return Solid(body.moved(scale * _rotation(turn), np.array(offset)), follow or (), lit)


def _rotation(turn_deg: Place) -> np.ndarray:
    yaw, pitch, roll = np.radians(turn_deg)
    return rotation_from_angles(yaw, pitch, roll)


def _mirrored(body: Body) -> Body:
    return Body(
        body.vertices * _MIRROR,
        body.normals * _MIRROR,
        body.colors,
        body.uv,
        body.triangles[:, ::-1],
        body.parts,
        body.surfaces,
    )
