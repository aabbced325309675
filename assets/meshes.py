"""Meshes that the shipped solid models are built of; see `assets.models`, which has the axes and the unit."""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SKULL: Final = np.array([0.0, 0.0, -0.9])
"""The vertical axis that hats are built around."""
_SIDES: Final = 32
_ACROSS: Final = 6
"""Flat sides of a ring's thickness."""


def at(radius: float, height: float, angle: float) -> Array:
    """A place around the head; 0 is in front, and grows to the right of the picture."""
    return np.asarray(SKULL + np.array((radius * math.sin(angle), height, radius * math.cos(angle))))


def outward(angle: float) -> Array:
    """The direction away from the head at that angle, a little upwards."""
    return np.array([math.sin(angle), 0.12, math.cos(angle)])


def grid(places: Array) -> Any:
    """A sheet through (R, C, 3) places; from its outside, rows go up and columns to the right."""
    import trimesh

    rows, columns = places.shape[:2]
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + columns], axis=1),
            np.stack([corner + 1, corner + columns + 1, corner + columns], axis=1),
        ]
    )
    vertices = places.reshape(-1, 3)
    return trimesh.Trimesh(vertices, faces, vertex_normals=_normals(vertices, faces), process=False)


def _normals(vertices: Array, faces: npt.NDArray[np.intp]) -> Array:
    """(V, 3) normals, those of the faces around by their areas; vertices in one place share theirs."""
    corners = vertices[faces]
    of_faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    _, same = np.unique(vertices.round(6), axis=0, return_inverse=True)
    summed = np.zeros((same.max() + 1, 3))
    np.add.at(summed, same.reshape(-1)[faces], of_faces[:, None])
    normals = summed[same.reshape(-1)]
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


def sheet(radii: Array, heights: Array, angles: Array) -> Any:
    """A closed wall around the head, through (R, C) radii and heights at (C,) angles."""
    turned = np.stack([radii * np.sin(angles), heights, radii * np.cos(angles)], axis=2)
    return grid(np.concatenate([turned, turned[:, :1]], axis=1) + SKULL)


def ring(radius: float, height: float, thick: float, sides: int = _SIDES) -> Any:
    """A round ring around the head, `thick` from its middle to its outside."""
    around, across = np.linspace(0, 2 * math.pi, sides + 1), np.linspace(0, -2 * math.pi, _ACROSS + 1)
    from_axis = radius + thick * np.cos(across)[:, None]
    places = np.stack(
        [
            from_axis * np.sin(around),
            np.broadcast_to(height - thick * np.sin(across)[:, None], (_ACROSS + 1, sides + 1)),
            from_axis * np.cos(around),
        ],
        axis=2,
    )
    return grid(places + SKULL)


def fur(height: float, radius: float = 1.07, thick: float = 0.11, sides: int = _SIDES) -> Any:
    """A ring whose surface is tousled."""
    rng = np.random.default_rng(11)
    mesh = ring(radius, height, thick, sides)
    # The ends of a ring lie in one place, and stay together.
    _, same = np.unique(mesh.vertices.round(6), axis=0, return_inverse=True)
    tousled = mesh.vertices + rng.normal(0, 0.08 * thick, (same.max() + 1, 3))[same.reshape(-1)]
    return grid(tousled.reshape(_ACROSS + 1, -1, 3))


def balls(places: Array, radius: float, fineness: int) -> Any:
    """Balls of one radius at (N, 3) places, each an icosphere of that fineness."""
    import trimesh

    ball = trimesh.creation.icosphere(fineness, 1.0)
    return trimesh.util.concatenate(
        [
            trimesh.Trimesh(radius * ball.vertices + place, ball.faces, vertex_normals=ball.vertices, process=False)
            for place in places
        ]
    )


def _frame(out: Array, around: float) -> tuple[Array, Array, Array]:
    """Outwards, and two directions across it, turned by `around`."""
    out = out / np.linalg.norm(out)
    side = np.cross((0.0, 1.0, 0.0), out)
    side /= np.linalg.norm(side)
    up = np.cross(out, side)
    return out, math.cos(around) * side + math.sin(around) * up, math.cos(around) * up - math.sin(around) * side


def petal(where: Array, out: Array, around: float, open_: float, size: float) -> Any:
    """A curved petal of a flower that looks `out`, open by `open_` radians."""
    out, along, across = _frame(out, around)
    places = np.empty((3, 3, 3))
    for row, v in enumerate((0.06, 0.55, 1.0)):
        for column, u in enumerate((-1, 0, 1)):
            bend = open_ * (0.7 + 0.3 * v)
            length = size * v * (1 - 0.12 * u * u)
            width = size * 0.52 * math.sin(0.35 + 2.0 * v) * u
            lift = math.cos(bend) * length + 0.16 * size * u * u * v
            places[row, column] = where + math.sin(bend) * length * along + lift * out + width * across
    return grid(places)


def rose_heart(where: Array, out: Array, around: float, size: float) -> Any:
    """The rolled petals in the middle of a rose that looks `out`: one sheet that winds outwards and opens."""
    out, along, across = _frame(out, around)
    turn = np.linspace(0, 2.4 * 2 * math.pi, 25)
    share = turn / turn[-1]
    wave = 1 + 0.07 * np.sin(2.6 * turn)
    rows = (
        (0.04 + 0.16 * share, 0.0 * share),
        (0.06 + 0.34 * share, 0.34 - 0.12 * share),
        ((0.07 + 0.47 * share) * wave, 0.56 - 0.2 * share),
    )
    places = [
        where
        + size * (radius * np.cos(turn))[:, None] * along
        + size * (radius * np.sin(turn))[:, None] * across
        + size * height[:, None] * out
        for radius, height in rows
    ]
    return grid(np.stack(places))


def leaf(angle: float, height: float, rng: np.random.Generator) -> Any:
    """A leaf of a wreath at that angle and height; its size and its turn are by chance."""
    where = at(1.06, height, angle)
    out, along, across = _frame(outward(angle), rng.uniform(-1, 1) + (0 if rng.random() < 0.5 else math.pi))
    size = rng.uniform(0.2, 0.32)
    places = np.empty((3, 3, 3))
    for row, v in enumerate((0.0, 0.5, 1.0)):
        for column, u in enumerate((-1, 0, 1)):
            width = size * 0.3 * math.sin(math.pi * min(v + 0.08, 0.97)) * u
            places[row, column] = where + size * v * along + width * across + (0.05 + 0.05 * abs(u)) * out
    return grid(places)


def spike(where: Array, direction: Array, length: float, width: float) -> Any:
    """A narrow strip that ends in a point, as of tinsel."""
    out, along, across = _frame(direction, 0.7)
    return grid(
        np.array(
            [
                [where - width * along, where + width * along],
                [where + length * out, where + length * out + 0.01 * across],
            ]
        )
    )


def sphere(count: int, seed: int) -> Array:
    """(N, 3) directions spread over a sphere."""
    k = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * k / count), math.pi * (1 + math.sqrt(5)) * k + seed
    return np.stack([np.sin(polar) * np.cos(turn), np.cos(polar), np.sin(polar) * np.sin(turn)], axis=1)


def painted(meshes: list[Any], colors: list[Array], deep: float = 0.7) -> tuple[Any, Array]:
    """Meshes as one, and a colour for each vertex, darker at the foot of each."""
    import trimesh

    shades = []
    for mesh, color in zip(meshes, colors, strict=True):
        foot = np.linspace(0, 1, len(mesh.vertices))[:, None]
        shades.append(np.clip((deep + (1 - deep) * foot) * color, 0, 255))
    return trimesh.util.concatenate(meshes), np.concatenate(shades)


def add(
    scene: Any, name: str, mesh: Any, color: Any, *, metal: float = 0.0, roughness: float = 0.5, both: bool = False
) -> None:
    """Add a mesh of one material; `color` is one, or one for each vertex."""
    import trimesh

    shades = np.asarray(color, np.float64)
    painted = shades.ndim == 2
    material = trimesh.visual.material.PBRMaterial(
        baseColorFactor=[255, 255, 255, 255] if painted else [*map(int, shades), 255],
        metallicFactor=metal,
        roughnessFactor=roughness,
        doubleSided=both,
    )
    mesh.visual = trimesh.visual.TextureVisuals(material=material)
    if painted:
        rgba = np.column_stack([shades, np.full(len(shades), 255)]).round().astype(np.uint8)
        mesh.visual.vertex_attributes["color"] = rgba
    scene.add_geometry(mesh, geom_name=name)
