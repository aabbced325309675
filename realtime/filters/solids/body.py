"""A solid body: triangles with normals, colours and how they shine, in the head's own axes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image

MAX_TRIANGLES: Final = 5000
"""Of one body; 2,000 take some 3 to 4 ms a frame."""
MAX_PARTS: Final = 250
_OPAQUE: Final = 0.99


@dataclass(frozen=True, slots=True)
class Surface:
    """What one part of a body is made of.

    Attributes:
        shine: strength of the highlight, 0 to 1.
        metal: 0 for paint, cloth or skin, 1 for polished metal, which mirrors its surroundings.
        both_sides: seen from behind as well, as sheets are; otherwise the back is left out.
        texture: (H, W, 4) uint8 picture, straight alpha, that `Body.uv` refers to; None for plain colours.
    """

    shine: float = 0.0
    metal: float = 0.0
    both_sides: bool = False
    texture: Image | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Body:
    """Triangles in head axes (see `model.mean_face`): x right, y down, z away; eye distances from between the eyes.

    Attributes:
        vertices: (V, 3).
        normals: (V, 3), of length 1, outwards.
        colors: (V, 4) blue, green, red and opacity, 0 to 1, straight.
        uv: (V, 2) places on the texture, shares of its width and height from the top left.
        triangles: (T, 3) vertices, counter-clockwise as seen from outside.
        parts: (T,) which of `surfaces` each triangle is of.
        surfaces: what each part is made of.

    Raises:
        ValueError: the arrays do not fit each other, or a number is not finite.
    """

    vertices: Array = field(repr=False)
    normals: Array = field(repr=False)
    colors: Array = field(repr=False)
    uv: Array = field(repr=False)
    triangles: npt.NDArray[np.intp] = field(repr=False)
    parts: npt.NDArray[np.intp] = field(repr=False)
    surfaces: tuple[Surface, ...]

    def __post_init__(self) -> None:
        count = len(self.vertices)
        shapes = (self.vertices.shape, self.normals.shape, self.colors.shape, self.uv.shape, self.triangles.shape)
        if shapes != ((count, 3), (count, 3), (count, 4), (count, 2), (len(self.triangles), 3)):
            raise ValueError(f"a body's arrays do not fit each other: {shapes}")
        if not all(np.isfinite(values).all() for values in (self.vertices, self.normals, self.colors, self.uv)):
            raise ValueError("a body needs finite numbers")
        if self.triangles.size and not (self.triangles.min() >= 0 and self.triangles.max() < count):
            raise ValueError(f"a triangle names a vertex that is not there (there are {count})")
        if self.parts.shape != (len(self.triangles),) or not 0 < len(self.surfaces) <= MAX_PARTS:
            raise ValueError(f"a body has 1 to {MAX_PARTS} parts, and each triangle is of one of them")
        if self.parts.size and not (self.parts.min() >= 0 and self.parts.max() < len(self.surfaces)):
            raise ValueError("a triangle is of a part that is not there")
        if len(self.triangles) > MAX_TRIANGLES:
            raise ValueError(f"{len(self.triangles)} triangles are more than {MAX_TRIANGLES}; give it fewer")

    @property
    def opaque(self) -> npt.NDArray[np.bool_]:
        """(T,) whether nothing shows through a triangle."""
        return np.asarray(self.colors[self.triangles, 3].min(axis=1) >= _OPAQUE)

    def moved(self, matrix: Array, offset: Array) -> "Body":
        """Turned and scaled by a (3, 3) matrix without mirroring, then moved by (3,)."""
        scale = np.cbrt(np.linalg.det(matrix))
        return replace(self, vertices=self.vertices @ matrix.T + offset, normals=self.normals @ matrix.T / scale)


def joined(bodies: Sequence[Body]) -> Body:
    """Several bodies as one; raises `ValueError` where there are none, or too many triangles or parts."""
    if not bodies:
        raise ValueError("a body needs at least one part; add one")
    vertex_starts = np.cumsum([0, *(len(body.vertices) for body in bodies[:-1])])
    part_starts = np.cumsum([0, *(len(body.surfaces) for body in bodies[:-1])])
    return Body(
        vertices=np.concatenate([body.vertices for body in bodies]),
        normals=np.concatenate([body.normals for body in bodies]),
        colors=np.concatenate([body.colors for body in bodies]),
        uv=np.concatenate([body.uv for body in bodies]),
        triangles=np.concatenate([body.triangles + start for body, start in zip(bodies, vertex_starts, strict=True)]),
        parts=np.concatenate([body.parts + start for body, start in zip(bodies, part_starts, strict=True)]),
        surfaces=tuple(surface for body in bodies for surface in body.surfaces),
    )
