"""Packs made in memory, one layer of every kind among them."""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from realtime.filters.packs.pack import MANIFEST, Pack

HEAD = 'schema = 1\ntitle = "Test"\nauthor = "Tests"\nlicence = "MIT"\ndescription = "For tests"\n'


def picture_png(size_wh: tuple[int, int] = (250, 300)) -> bytes:
    """A four-colour disc on nothing."""
    width, height = size_wh
    ys, xs = np.mgrid[:height, :width]
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[..., 0] = np.where(xs < width / 2, 220, 20)
    rgba[..., 1] = np.where(ys < height / 2, 200, 40)
    rgba[..., 2] = 90
    rgba[..., 3] = np.where(np.hypot((xs - width / 2) / width, (ys - height / 2) / height) < 0.48, 255, 0)
    stream = io.BytesIO()
    Image.fromarray(rgba).save(stream, "PNG")
    return stream.getvalue()


@cache
def model_glb() -> bytes:
    """A painted ball in front of the face, and a box with a texture on the head, as trimesh writes them."""
    import trimesh

    ball = trimesh.creation.icosphere(1, 0.3)
    ball.apply_translation((0, 0, 0.5))
    colors = np.full((len(ball.vertices), 4), 255, np.uint8)
    colors[:, 0] = np.where(ball.vertices[:, 1] > 0, 255, 0)
    ball.visual = trimesh.visual.ColorVisuals(ball, vertex_colors=colors)
    box = trimesh.creation.box((1.5, 0.5, 1.0))
    box.unmerge_vertices()
    texture = Image.open(io.BytesIO(picture_png((64, 64)))).convert("RGB")
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=texture, metallicFactor=0.0, roughnessFactor=0.4, doubleSided=True
    )
    places = box.vertices[:, :2] - box.vertices[:, :2].min(axis=0)
    box.visual = trimesh.visual.TextureVisuals(uv=places, material=material)
    scene = trimesh.Scene([ball])
    scene.add_geometry(box, transform=trimesh.transformations.translation_matrix((0, 1.0, -0.5)))
    return bytes(scene.export(file_type="glb"))


CUBE = b"LUT_3D_SIZE 2\n" + b"".join(b"%d %d %d\n" % (1 - r, g, b) for b in (0, 1) for g in (0, 1) for r in (0, 1))
"""Red turned over."""
_ON_TEMPLATE = {"origin": [125, 120], "eye_distance": 100}
_ON_FACE = {"origin": [125, 90], "eye_distance": 147}
"""The picture just covers the face: 1.7 by 2.04 eye distances."""
_PULL = {"keypoint": "left_eye", "radius": 0.5, "bulge": 0.6}

KIND_SAMPLES: dict[str, dict[str, Any]] = {
    "overlay": {"kind": "overlay", "image": "a.png", **_ON_FACE},
    "overlay affine": {
        "kind": "overlay",
        "image": "a.png",
        "place": "affine",
        "follow": ["left_eye", "right_eye", "chin"],
        **_ON_FACE,
    },
    "overlay posed": {"kind": "overlay", "image": "a.png", "place": "posed", "depth": -0.1, **_ON_FACE},
    "mask": {"kind": "mask", "image": "a.png", **_ON_TEMPLATE},
    "makeup": {"kind": "makeup", "part": "lips", "color": "#b0123a", "gloss": 0.5},
    "makeup blush": {"kind": "makeup", "part": "blush", "color": "#e05060", "blend": "soft_light"},
    "makeup liner": {"kind": "makeup", "part": "liner", "color": "#101010", "blend": "normal"},
    "makeup shadow": {"kind": "makeup", "part": "shadow", "color": "#503080"},
    "makeup brows": {"kind": "makeup", "part": "brows", "color": "#302010"},
    "beauty smooth": {"kind": "beauty", "smooth": 1.0, "even": 0.0, "eyes": 0.0, "teeth": 0.0},
    "beauty": {"kind": "beauty"},
    "warp": {"kind": "warp", "points": [_PULL, {**_PULL, "keypoint": "right_eye"}, {**_PULL, "keypoint": "chin"}]},
    "privacy pixelate": {"kind": "privacy"},
    "privacy blur": {"kind": "privacy", "style": "blur"},
    "privacy block": {"kind": "privacy", "style": "block", "color": "#102030"},
    "particles": {"kind": "particles", "image": "a.png", "keypoint": "mouth", "rate": 30},
    "swap": {"kind": "swap"},
    "mesh": {"kind": "mesh"},
    "keypoints": {"kind": "keypoints"},
    "overlay screen": {"kind": "overlay", "image": "a.png", "place": "screen", "at": [0.2, 0.2]},
    "text": {"kind": "text", "text": "Hello"},
    "grade": {"kind": "grade", "lut": "a.cube"},
    "model": {"kind": "model", "model": "a.glb"},
    "model of parts": {
        "kind": "model",
        "part": [
            {"lathe": [[1.1, 0], [1.1, -0.6], [0, -0.8]], "at": [0, -0.9, 0.87], "color": "#c02040", "sides": 16},
            {"sweep": [[0.3, 0, -0.3], [0.6, 0, -0.2], [0.9, 0, 0.9]], "radius": 0.05, "mirrored": True, "metal": 1},
            {"lathe": [[0.3, 0], [0, 0]], "turn": [0, -90, 0], "at": [0, 0, -0.4], "both_sides": True, "opacity": 0.5},
        ],
    },
    "grade inked": {"kind": "grade", "lut": "a.cube", "edges": 0.5},
}
"""Name -> a layer; every kind, place, part and style is there."""


def toml(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return repr(value)


def manifest_of(layers: Sequence[dict[str, Any]]) -> str:
    """A `filter.toml`."""
    return HEAD + "".join(
        "\n[[layer]]\n" + "".join(f"{name} = {toml(value)}\n" for name, value in layer.items()) for layer in layers
    )


def pack_of(layers: Sequence[dict[str, Any]] | str) -> Pack:
    """A pack with these layers (or this manifest), the picture `a.png`, the table `a.cube` and the model `a.glb`."""
    text = layers if isinstance(layers, str) else manifest_of(layers)
    return Pack(
        "test", Path("test"), {MANIFEST: text.encode(), "a.png": picture_png(), "a.cube": CUBE, "a.glb": model_glb()}
    )
