"""The solid models of the shipped filters: `python -m assets.models` writes them again.

Axes of glTF: x right, y up, z to the viewer; one unit is one eye distance, and the origin lies between the eyes.
"""

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from assets import meshes

FILTERS: Final = Path(__file__).parent / "filters"
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
    meshes.add(scene, "band", meshes.sheet(radii, heights, angles), _GOLD, metal=1.0, roughness=0.25, both=True)
    for height, thick in ((base + 0.09, 0.035), (base + 0.3, 0.028)):
        meshes.add(
            scene,
            f"rim {height:.2f}",
            meshes.ring(1.075 + 0.02 * (height > 1), height, thick),
            _GOLD,
            metal=1.0,
            roughness=0.2,
        )
    points = meshes.SKULL + np.array(
        [(1.2 * math.sin(a), base + 0.86, 1.2 * math.cos(a)) for a in np.arange(8) * 2 * math.pi / 8]
    )
    meshes.add(scene, "pearls", meshes.balls(points, 0.07, 1), (244, 238, 226), roughness=0.15)
    gems = [meshes.at(1.1, base + 0.195, (k + 0.5) * 2 * math.pi / 16) for k in range(16)]
    for name, color, chosen in (("rubies", (176, 14, 42), gems[::2]), ("sapphires", (24, 62, 178), gems[1::2])):
        meshes.add(scene, name, meshes.balls(np.array(chosen), 0.065, 0), color, roughness=0.1)
    meshes.add(scene, "fur", meshes.fur(base - 0.03, sides=48), (243, 240, 234), roughness=1.0)
    return scene


def flower_crown() -> Any:
    """A wreath of leaves with roses, daisies and berries around the front and sides."""
    import trimesh

    rng = np.random.default_rng(7)
    height = 0.72
    scene = trimesh.Scene()
    meshes.add(scene, "twig", meshes.ring(1.04, height, 0.035, 24), (92, 74, 44), roughness=1.0)
    leaves = [meshes.leaf(angle, height, rng) for angle in np.linspace(0, 2 * math.pi, 44, endpoint=False)]
    greens = [np.array((58, 112, 52)) * rng.uniform(0.75, 1.25) for _ in leaves]
    meshes.add(scene, "leaves", *meshes.painted(leaves, greens), roughness=0.8, both=True)
    shades = ((222, 84, 112), (246, 176, 186), (250, 236, 222), (212, 52, 74), (248, 196, 120))
    petals: list[Any] = []
    colors: list[meshes.Array] = []
    hearts: list[meshes.Array] = []
    for index, angle in enumerate(np.linspace(-2.2, 2.2, 11)):
        size = 0.27 if index % 2 == 0 else 0.2
        where, out = meshes.at(1.1, height + 0.03 * math.sin(5 * angle), angle), meshes.outward(angle)
        for ring, (count, open_, far) in enumerate(((6, 1.05, 1.0), (5, 0.75, 0.72))):
            for k in range(count):
                around = 2 * math.pi * (k + 0.5 * ring) / count + index
                petals.append(meshes.petal(where + 0.03 * ring * out, out, around, open_, far * size))
                colors.append(np.array(shades[index % len(shades)]) * (1 - 0.1 * ring))
        if index % 2 == 0:
            petals.append(meshes.rose_heart(where + 0.05 * out, out, index, 0.8 * size))
            colors.append(np.array(shades[index % len(shades)]) * 0.86)
        else:
            hearts.append(where + 0.06 * out)
    meshes.add(scene, "petals", *meshes.painted(petals, colors, deep=0.55), roughness=0.9, both=True)
    meshes.add(scene, "hearts", meshes.balls(np.array(hearts), 0.07, 0), (236, 178, 44), roughness=0.8)
    berries = [meshes.at(1.13, height + rng.uniform(-0.09, 0.1), angle) for angle in np.linspace(-2.0, 2.0, 10) + 0.2]
    meshes.add(scene, "berries", meshes.balls(np.array(berries), 0.045, 0), (150, 18, 36), roughness=0.2)
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
    mesh = meshes.grid(places + meshes.SKULL + np.array((0, 0, 0.22)))
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
    frill = meshes.fur(base + 0.01, wide + 0.03, 0.06)
    frill.apply_translation((0, 0, 0.22))
    meshes.add(scene, "frill", frill, (226, 52, 92), roughness=0.5)
    top = meshes.SKULL + np.array((0, base + tall + 0.02, 0.22))
    tinsel = [meshes.spike(top, direction, 0.24, 0.03) for direction in meshes.sphere(150, 5)]
    tones = [np.array((236, 60, 104)) if k % 3 else np.array((252, 214, 92)) for k in range(len(tinsel))]
    meshes.add(scene, "pompom", *meshes.painted(tinsel, tones, deep=0.6), roughness=0.4, both=True)
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


def _star(draw: Any, x: float, y: float, size: float) -> None:
    corners = [
        (x + r * math.sin(k * math.pi / 5), y - 1.3 * r * math.cos(k * math.pi / 5))
        for k in range(10)
        for r in [size if k % 2 == 0 else 0.42 * size]
    ]
    draw.polygon(corners, fill=(255, 246, 214))


def main() -> None:
    """Write every model."""
    for name, make in MODELS.items():
        (FILTERS / name).write_bytes(glb(make()))


if __name__ == "__main__":
    main()
