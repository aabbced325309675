"""The solid models of the shipped filters: `python -m assets.models` writes them again.

Axes of glTF: x right, y up, z to the viewer; one unit is one eye distance, and the origin lies between the eyes.
"""

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FILTERS: Final = Path(__file__).parent / "filters"
SKULL: Final = np.array([0.0, 0.0, -0.9])
"""The vertical axis that hats are built around."""
_SIDES: Final = 32
_ACROSS: Final = 6
"""Flat sides of a ring's thickness."""
_GOLD: Final = (246, 190, 76)


def crown() -> Any:
    """A gold band with eight points, pearls on them, gems around it and white fur below."""
    import trimesh

    base = 0.78
    scene = trimesh.Scene()
    angles = np.linspace(0, 2 * math.pi, 64, endpoint=False)
    wave = np.abs(((angles / (2 * math.pi) * 8 + 0.5) % 1) * 2 - 1)
    top = base + 0.34 + 0.46 * (1 - wave) ** 1.4
    rows = np.array([0.0, 0.12, 0.30, 0.55, 0.8, 1.0])
    heights = base + rows[:, None] * (top - base)
    radii = 1.06 + 0.13 * ((heights - base) / 0.8) ** 1.3
    _add(scene, "band", _sheet(radii, heights, angles), _GOLD, metal=1.0, roughness=0.25, both=True)
    for height, thick in ((base + 0.09, 0.035), (base + 0.3, 0.028)):
        _add(
            scene,
            f"rim {height:.2f}",
            _ring(1.075 + 0.02 * (height > 1), height, thick),
            _GOLD,
            metal=1.0,
            roughness=0.2,
        )
    points = SKULL + np.array(
        [(1.2 * math.sin(a), base + 0.86, 1.2 * math.cos(a)) for a in np.arange(8) * 2 * math.pi / 8]
    )
    _add(scene, "pearls", _balls(points, 0.07, 1), (244, 238, 226), roughness=0.15)
    gems = [_at(1.1, base + 0.195, (k + 0.5) * 2 * math.pi / 16) for k in range(16)]
    for name, color, chosen in (("rubies", (176, 14, 42), gems[::2]), ("sapphires", (24, 62, 178), gems[1::2])):
        _add(scene, name, _balls(np.array(chosen), 0.065, 0), color, roughness=0.1)
    _add(scene, "fur", _fur(base - 0.03), (243, 240, 234), roughness=1.0)
    return scene


def flower_crown() -> Any:
    """A wreath of leaves with roses, daisies and berries around the front and sides."""
    import trimesh

    rng = np.random.default_rng(7)
    height = 0.72
    scene = trimesh.Scene()
    _add(scene, "twig", _ring(1.04, height, 0.035, 24), (92, 74, 44), roughness=1.0)
    leaves = [_leaf(angle, height, rng) for angle in np.linspace(0, 2 * math.pi, 44, endpoint=False)]
    greens = [np.array((58, 112, 52)) * rng.uniform(0.75, 1.25) for _ in leaves]
    _add(scene, "leaves", *_painted(leaves, greens), roughness=0.8, both=True)
    shades = ((222, 84, 112), (246, 176, 186), (250, 236, 222), (212, 52, 74), (248, 196, 120))
    petals: list[Any] = []
    colors: list[Array] = []
    hearts: list[Array] = []
    for index, angle in enumerate(np.linspace(-2.2, 2.2, 11)):
        size = 0.27 if index % 2 == 0 else 0.2
        where, out = _at(1.1, height + 0.03 * math.sin(5 * angle), angle), _outward(angle)
        for ring, (count, open_, far) in enumerate(((6, 1.05, 1.0), (5, 0.6, 0.72), (3, 0.25, 0.5))):
            if index % 2 and ring == 2:
                continue
            for k in range(count):
                around = 2 * math.pi * (k + 0.5 * ring) / count + index
                petals.append(_petal(where + 0.03 * ring * out, out, around, open_, far * size))
                colors.append(np.array(shades[index % len(shades)]) * (1 - 0.1 * ring))
        if index % 2:
            hearts.append(where + 0.06 * out)
    _add(scene, "petals", *_painted(petals, colors, deep=0.55), roughness=0.9, both=True)
    _add(scene, "hearts", _balls(np.array(hearts), 0.07, 0), (236, 178, 44), roughness=0.8)
    berries = [_at(1.13, height + rng.uniform(-0.09, 0.1), angle) for angle in np.linspace(-2.0, 2.0, 10) + 0.2]
    _add(scene, "berries", _balls(np.array(berries), 0.045, 0), (150, 18, 36), roughness=0.2)
    return scene


def party_hat() -> Any:
    """A paper cone with slanted stripes and foil stars, a frill below and a tinsel pompom."""
    import trimesh
    from PIL import Image, ImageDraw

    scene = trimesh.Scene()
    base, tall, wide = 1.02, 1.55, 0.66
    rows, columns = 6, 33
    v = np.linspace(0, 1, rows)
    angles = np.linspace(0, 2 * math.pi, columns)
    radii = wide * (1 - v) + 0.012
    places = np.stack(
        [
            radii[:, None] * np.sin(angles)[None],
            np.broadcast_to((base + tall * v)[:, None], (rows, columns)),
            radii[:, None] * np.cos(angles)[None],
        ],
        axis=2,
    )
    mesh = _grid(places + SKULL + np.array((0, 0, 0.22)))
    side = 512
    picture = Image.new("RGB", (2 * side, side), (34, 72, 168))
    draw = ImageDraw.Draw(picture)
    for k in range(-8, 24):
        x = k * side / 4
        draw.polygon([(x, side), (x + side / 8, side), (x + side / 8 + side, 0), (x + side, 0)], fill=(250, 206, 66))
        draw.line([(x - 6, side), (x + side - 6, 0)], fill=(226, 52, 92), width=14)
    rng = np.random.default_rng(3)
    for _ in range(34):
        _star(draw, rng.uniform(0, 2 * side), rng.uniform(0.15, 1) * side, rng.uniform(14, 26))
    share = np.stack(np.meshgrid(np.linspace(0, 1, columns), v), axis=2).reshape(-1, 2)
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=picture.quantize(64).convert("RGB"), metallicFactor=0.0, roughnessFactor=0.55, doubleSided=True
    )
    mesh.visual = trimesh.visual.TextureVisuals(uv=share, material=material)
    scene.add_geometry(mesh, geom_name="cone")
    frill = _fur(base + 0.01, wide + 0.03, 0.06)
    frill.apply_translation((0, 0, 0.22))
    _add(scene, "frill", frill, (226, 52, 92), roughness=0.5)
    top = SKULL + np.array((0, base + tall + 0.02, 0.22))
    tinsel = [_spike(top, direction, 0.24, 0.03) for direction in _sphere(150, 5)]
    tones = [np.array((236, 60, 104)) if k % 3 else np.array((252, 214, 92)) for k in range(len(tinsel))]
    _add(scene, "pompom", *_painted(tinsel, tones, deep=0.6), roughness=0.4, both=True)
    return scene


MODELS: Final[dict[str, Callable[[], Any]]] = {
    "crown/crown.glb": crown,
    "flower-crown/flowers.glb": flower_crown,
    "party-hat/hat.glb": party_hat,
}
"""File below `FILTERS` -> what it holds, a trimesh scene."""


def glb(scene: Any) -> bytes:
    """A scene as a binary glTF file."""
    stream = io.BytesIO()
    scene.export(stream, file_type="glb", include_normals=True)
    return stream.getvalue()


def _at(radius: float, height: float, angle: float) -> Array:
    """A place around the head; 0 is in front, and grows to the right of the picture."""
    return np.asarray(SKULL + np.array((radius * math.sin(angle), height, radius * math.cos(angle))))


def _outward(angle: float) -> Array:
    return np.array([math.sin(angle), 0.12, math.cos(angle)])


def _grid(places: Array) -> Any:
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


def _sheet(radii: Array, heights: Array, angles: Array) -> Any:
    turned = np.stack([radii * np.sin(angles), heights, radii * np.cos(angles)], axis=2)
    return _grid(np.concatenate([turned, turned[:, :1]], axis=1) + SKULL)


def _ring(radius: float, height: float, thick: float, sides: int = _SIDES) -> Any:
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
    return _grid(places + SKULL)


def _fur(height: float, radius: float = 1.07, thick: float = 0.11) -> Any:
    rng = np.random.default_rng(11)
    mesh = _ring(radius, height, thick)
    # The ends of a ring lie in one place, and stay together.
    _, same = np.unique(mesh.vertices.round(6), axis=0, return_inverse=True)
    tousled = mesh.vertices + rng.normal(0, 0.16 * thick, (same.max() + 1, 3))[same.reshape(-1)]
    return _grid(tousled.reshape(_ACROSS + 1, -1, 3))


def _balls(places: Array, radius: float, fineness: int) -> Any:
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


def _petal(where: Array, out: Array, around: float, open_: float, size: float) -> Any:
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
    return _grid(places)


def _leaf(angle: float, height: float, rng: np.random.Generator) -> Any:
    where = _at(1.06, height, angle)
    out, along, across = _frame(_outward(angle), rng.uniform(-1, 1) + (0 if rng.random() < 0.5 else math.pi))
    size = rng.uniform(0.2, 0.32)
    places = np.empty((3, 3, 3))
    for row, v in enumerate((0.0, 0.5, 1.0)):
        for column, u in enumerate((-1, 0, 1)):
            width = size * 0.3 * math.sin(math.pi * min(v + 0.08, 0.97)) * u
            places[row, column] = where + size * v * along + width * across + (0.05 + 0.05 * abs(u)) * out
    return _grid(places)


def _spike(where: Array, direction: Array, length: float, width: float) -> Any:
    out, along, across = _frame(direction, 0.7)
    return _grid(
        np.array(
            [
                [where - width * along, where + width * along],
                [where + length * out, where + length * out + 0.01 * across],
            ]
        )
    )


def _sphere(count: int, seed: int) -> Array:
    """(N, 3) directions spread over a sphere."""
    k = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * k / count), math.pi * (1 + math.sqrt(5)) * k + seed
    return np.stack([np.sin(polar) * np.cos(turn), np.cos(polar), np.sin(polar) * np.sin(turn)], axis=1)


def _star(draw: Any, x: float, y: float, size: float) -> None:
    corners = [
        (x + r * math.sin(k * math.pi / 5), y - 1.3 * r * math.cos(k * math.pi / 5))
        for k in range(10)
        for r in [size if k % 2 == 0 else 0.42 * size]
    ]
    draw.polygon(corners, fill=(255, 246, 214))


def _painted(meshes: list[Any], colors: list[Array], deep: float = 0.7) -> tuple[Any, Array]:
    """Meshes as one, and a colour for each vertex, darker at the foot of each."""
    import trimesh

    shades = []
    for mesh, color in zip(meshes, colors, strict=True):
        foot = np.linspace(0, 1, len(mesh.vertices))[:, None]
        shades.append(np.clip((deep + (1 - deep) * foot) * color, 0, 255))
    return trimesh.util.concatenate(meshes), np.concatenate(shades)


def _add(
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


def main() -> None:
    """Write every model."""
    for name, make in MODELS.items():
        (FILTERS / name).write_bytes(glb(make()))


if __name__ == "__main__":
    main()
