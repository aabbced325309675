"""How bright a body's vertices are: a soft light from above, a highlight, and what metal mirrors."""

from typing import Final

import numpy as np

from model.arrays import Array
from realtime.filters.solids.body import Body

_LIGHT: Final = np.array([-0.36, -0.66, -0.66]) / np.linalg.norm([-0.36, -0.66, -0.66])
"""Towards the light, camera axes: above, a little to the left, on the viewer's side."""
_VIEWER: Final = np.array([0.0, 0.0, -1.0])
_HALFWAY: Final = (_LIGHT + _VIEWER) / np.linalg.norm(_LIGHT + _VIEWER)
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


def shade(body: Body, rotation: Array, gain_bgr: Array | None) -> Array:
    """(V, 3) blue, green and red at each vertex, 0 to 255.

    Args:
        body: what is lit.
        rotation: (3, 3) head axes to camera axes; its negative to see the other side of every triangle.
        gain_bgr: (3,) factors of the light on the face; None for a body that glows by itself.
    """
    normals = body.normals @ rotation.T
    shine, metal = (
        _of_vertices(body, np.array([getattr(surface, name) for surface in body.surfaces]))
        for name in ("shine", "metal")
    )
    base = body.colors[:, :3]
    gain = 255.0 if gain_bgr is None else 255 * gain_bgr
    return np.asarray(np.clip(_lit(base, normals, shine, metal) * gain, 0, 255))


def _of_vertices(body: Body, of_parts: Array) -> Array:
    """(V, 1) a surface's number at each of its vertices."""
    result = np.zeros(len(body.vertices))
    result[body.triangles] = of_parts[body.parts][:, None]
    return result[:, None]


def _lit(base: Array, normals: Array, shine: Array, metal: Array) -> Array:
    towards = (normals @ _LIGHT)[:, None]
    diffuse = np.clip((towards + _WRAP) / (1 + _WRAP), 0, None)
    halfway = np.clip(normals @ _HALFWAY, 0, 1)[:, None]
    highlight = shine * (0.75 * halfway**_GLOSS + 0.16 * halfway**_BROAD)
    cloth = base * (_AMBIENT + _DIFFUSE * diffuse) + highlight
    if not metal.any():
        return np.asarray(cloth)
    mirrored = np.full_like(shine, _METAL_FLOOR)
    for axis, lights in _METAL:
        along = normals[:, axis : axis + 1]
        for strength, at, width in lights:
            mirrored += strength * np.exp(-(((along - at) / width) ** 2))
    glint = 0.9 * halfway**_GLOSS
    return np.asarray((1 - metal) * cloth + metal * (base * mirrored + glint))
