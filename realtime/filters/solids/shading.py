"""How bright a body's vertices are: a soft light from above, a highlight, and what metal mirrors."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from model.arrays import Array
from realtime.filters.solids.body import Body

Floats = npt.NDArray[np.float32]


def _unit(direction: tuple[float, float, float]) -> Floats:
    return np.asarray(np.array(direction) / np.linalg.norm(direction), np.float32)


_LIGHT: Final = _unit((-0.36, -0.66, -0.66))
"""Towards the light, camera axes: above, a little to the left, on the viewer's side."""
_HALFWAY: Final = _unit((*_LIGHT[:2].tolist(), float(_LIGHT[2]) - 1))
"""Between the light and the viewer."""
_AMBIENT: Final = 0.42
_DIFFUSE: Final = 0.68
_WRAP: Final = 0.35
"""How far light reaches around a body's edge, as from a window and not from a lamp."""
_GLOSS: Final = 36.0
_BROAD: Final = 5.0
_METAL: Final = (
    (1, ((0.35, -0.62, 0.24), (0.75, -0.30, 0.16), (0.30, 0.24, 0.14), (0.20, 0.75, 0.2))),
    (0, ((0.55, -0.42, 0.2), (0.35, 0.5, 0.13), (0.22, 0.1, 0.09))),
)
"""What metal mirrors: along an axis of its normal (1 down, 0 to the right) strength, place and width of each light."""
_METAL_FLOOR: Final = 0.52


@dataclass(frozen=True, slots=True)
class Material:
    """What a body's V vertices are made of: all that shading needs and no turn changes.

    Attributes:
        normals: (V, 3) float32, head axes.
        base: (V, 3) float32, blue, green and red, 0 to 1.
        alpha: (V, 1) float32, 0 to 255.
        shine, metal: (V, 1) float32, see `Surface`.
    """

    normals: Floats = field(repr=False)
    base: Floats = field(repr=False)
    alpha: Floats = field(repr=False)
    shine: Floats = field(repr=False)
    metal: Floats = field(repr=False)

    @classmethod
    def of(cls, body: Body) -> "Material":
        """That of a body."""
        of_parts = np.array([(surface.shine, surface.metal) for surface in body.surfaces], np.float32)
        of_vertices = np.zeros((len(body.vertices), 2), np.float32)
        of_vertices[body.triangles] = of_parts[body.parts][:, None]
        colors = body.colors.astype(np.float32)
        return cls(
            body.normals.astype(np.float32), colors[:, :3], 255 * colors[:, 3:], of_vertices[:, :1], of_vertices[:, 1:]
        )

    def shade(self, which: npt.NDArray[np.intp], rotation: Array, gain_bgr: Array | None) -> Floats:
        """(N, 4) blue, green, red, all times opacity, and opacity, at some of the vertices, 0 to 255.

        Args:
            which: (N,) vertices.
            rotation: (3, 3) head axes to camera axes; its negative to see the other side of every triangle.
            gain_bgr: (3,) factors of the light on the face; None for a body that glows by itself.
        """
        normals = self.normals[which] @ rotation.T.astype(np.float32)
        lit = _lit(self.base[which], normals, self.shine[which], self.metal[which])
        lit *= 255 if gain_bgr is None else (255 * gain_bgr).astype(np.float32)
        alpha = self.alpha[which]
        return np.concatenate([np.clip(lit, 0, 255) * (alpha / 255), alpha], axis=1)


def _lit(base: Floats, normals: Floats, shine: Floats, metal: Floats) -> Floats:
    diffuse = np.maximum((normals @ _LIGHT)[:, None] + _WRAP, 0) / (1 + _WRAP)
    halfway = np.clip(normals @ _HALFWAY, 0, 1)[:, None]
    gloss = halfway**_GLOSS
    cloth = base * (_AMBIENT + _DIFFUSE * diffuse) + shine * (0.75 * gloss + 0.16 * halfway**_BROAD)
    if not metal.any():
        return np.asarray(cloth)
    mirrored = np.full_like(shine, _METAL_FLOOR)
    for axis, lights in _METAL:
        along = normals[:, axis : axis + 1]
        for strength, at, width in lights:
            mirrored += strength * np.exp(-(((along - at) / width) ** 2))
    return np.asarray((1 - metal) * cloth + metal * (base * mirrored + 0.9 * gloss))
