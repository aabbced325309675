"""Binary glTF (`.glb`) as a body: read by trimesh, within limits that are checked before it reads anything."""

import io
import json
import logging
import struct
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from PIL import Image as Picture

from model.arrays import Array, Image
from realtime.filters.solids.body import MAX_PARTS, MAX_TRIANGLES, Body, Surface, joined

_MAGIC: Final = b"glTF"
_JSON_CHUNK: Final = 0x4E4F534A
_MAX_JSON_BYTES: Final = 2_000_000
_MAX_DEPTH: Final = 40
_MAX_NODES: Final = 200
_MAX_IMAGES: Final = 8
_MAX_TEXTURE_PX: Final = 4_000_000
_TEXTURE_SIDE: Final = 1024
"""Textures are shrunk to this, which is finer than any face on a screen."""
_MOST_VERTICES: Final = 3 * MAX_TRIANGLES
_LEAST_AREA: Final = 1e-9
"""In the file's own unit, of which `scale` makes at most a thousand eye distances."""
_TO_HEAD: Final = np.diag([1.0, -1.0, -1.0])
"""glTF's axes (x right, y up, z to the viewer) to the head's (y down, z away)."""
_COMPRESSED: Final = (
    "KHR_draco_mesh_compression",
    "EXT_meshopt_compression",
    "KHR_mesh_quantization",
    "KHR_texture_basisu",
)
_NO_SHINE: Final = 0.95
"""Roughness from which nothing shines; files that say nothing have 1."""


def read_glb(data: bytes) -> Body:
    """The body in a `.glb` file; one unit of the file is one eye distance, its origin lies between the eyes.

    Raises:
        ValueError: it is no such file, asks for other files, is too large, or uses what is not read here.
    """
    described = _described(data)
    _check(described)
    import trimesh

    logging.getLogger("trimesh").setLevel(logging.CRITICAL)
    try:
        scene = trimesh.load_scene(io.BytesIO(data), file_type="glb", resolver=None)
        meshes = [
            (scene.geometry[name], np.asarray(matrix, np.float64))
            for node in scene.graph.nodes_geometry
            for matrix, name in [scene.graph[node]]
        ]
    except Exception as error:  # its reader raises nearly anything on files made on purpose
        raise ValueError(
            f"cannot be read ({str(error)[:120] or type(error).__name__}); export it as .glb again"
        ) from error
    count = sum(len(mesh.faces) for mesh, _ in meshes if hasattr(mesh, "faces"))
    if count > MAX_TRIANGLES:
        raise ValueError(f"has {count} triangles; reduce it to at most {MAX_TRIANGLES} (Blender: Decimate)")
    if not count:
        raise ValueError("has no triangles; export a mesh")
    try:
        body = joined([_part(mesh, matrix) for mesh, matrix in meshes if hasattr(mesh, "faces") and len(mesh.faces)])
    except Exception as error:  # so do those of pictures
        raise ValueError(f"cannot be used ({str(error)[:120]}); export it as .glb again") from error
    first, second, third = body.vertices[body.triangles].transpose(1, 0, 2)
    if np.abs(np.cross(second - first, third - first)).max() < _LEAST_AREA:
        raise ValueError("has triangles without area alone, so nothing of it would show; check its scale")
    return body


def _described(data: bytes) -> Mapping[str, Any]:
    """The file's JSON."""
    try:
        magic, version, _, length, kind = struct.unpack_from("<4sIIII", data)
    except struct.error as error:
        raise ValueError("is not a binary glTF; export it as .glb") from error
    if magic != _MAGIC or version != 2 or kind != _JSON_CHUNK:
        raise ValueError("is not a binary glTF of version 2; export it as .glb")
    text = data[20 : 20 + length]
    if length > min(len(data) - 20, _MAX_JSON_BYTES):
        raise ValueError("is cut off, or describes more than 2 MB; export it again")
    if max(text.count(b"["), text.count(b"{")) > 200_000 or _deepest(text) > _MAX_DEPTH:
        raise ValueError("is nested too deeply; export it again")
    try:
        described = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"does not describe itself in JSON ({str(error)[:80]}); export it again") from error
    if not isinstance(described, dict):
        raise ValueError("does not describe itself as glTF does; export it again")
    return described


def _deepest(text: bytes) -> int:
    steps = np.zeros(256, np.int8)
    steps[list(b"[{")], steps[list(b"]}")] = 1, -1
    return int(steps[np.frombuffer(text, np.uint8)].cumsum(dtype=np.int64).max(initial=0))


def _check(described: Mapping[str, Any]) -> None:
    """Refuse what would lead out of the file, or cost too much; raises `ValueError`."""
    needs = described.get("extensionsRequired", [])
    if not isinstance(needs, list):
        raise ValueError("describes its extensions in a way that is not glTF; export it again")
    for needed in needs:
        hint = "export it without compression" if needed in _COMPRESSED else "export it without"
        raise ValueError(f"needs the extension {str(needed)[:60]!r}, which is not read; {hint}")
    tables = {
        name: described.get(name, []) for name in ("nodes", "meshes", "accessors", "bufferViews", "images", "buffers")
    }
    for name, rows in tables.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f"describes its {name} in a way that is not glTF; export it again")
    if any("uri" in row for row in (*tables["buffers"], *tables["images"])):
        raise ValueError("refers to other files or addresses; export it with everything embedded")
    for name, most in (("nodes", _MAX_NODES), ("meshes", MAX_PARTS), ("images", _MAX_IMAGES), ("accessors", 2000)):
        if len(tables[name]) > most:
            raise ValueError(f"has {len(tables[name])} {name}; a model has at most {most}, join some")
    for row in tables["accessors"]:
        count = row.get("count", 0)
        if not isinstance(count, int) or not 0 <= count <= _MOST_VERTICES:
            raise ValueError(f"has a list of {str(count)[:20]} numbers; reduce it to at most {MAX_TRIANGLES} triangles")
        if "sparse" in row or "bufferView" not in row:
            raise ValueError("has sparse lists of numbers, which are not read; export it without")
    _check_nodes(tables["nodes"])


def _check_nodes(nodes: list[Mapping[str, Any]]) -> None:
    """Each node hangs under one other at most, so that no walk along them is endless or goes through one twice."""
    seen: set[int] = set()
    for index, node in enumerate(nodes):
        children = node.get("children", [])
        if not isinstance(children, list) or not all(isinstance(child, int) for child in children):
            raise ValueError("describes its nodes in a way that is not glTF; export it again")
        if index in children or seen & set(children) or len(set(children)) < len(children):
            raise ValueError("has nodes that hang under several others; export it again")
        seen |= set(children)
    if nodes and seen >= set(range(len(nodes))):
        raise ValueError("has nodes that hang under themselves; export it again")


def _part(mesh: Any, matrix: Array) -> Body:
    """One mesh of the file in head axes."""
    triangles = np.asarray(mesh.faces, np.intp)
    linear = _TO_HEAD @ matrix[:3, :3]
    vertices = np.asarray(mesh.vertices, np.float64) @ linear.T + _TO_HEAD @ matrix[:3, 3]
    if not np.isfinite(vertices).all() or np.abs(vertices).max(initial=0) > 1e4:
        raise ValueError("places are not finite, or far away")
    if np.linalg.det(matrix[:3, :3]) < 0:
        triangles = triangles[:, ::-1]
    normals = np.asarray(mesh.vertex_normals, np.float64) @ np.linalg.pinv(linear)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(length > 1e-12, normals / np.maximum(length, 1e-12), (0.0, 0.0, -1.0))
    visual, material = mesh.visual, getattr(mesh.visual, "material", None)
    base = _color(getattr(material, "baseColorFactor", None))
    colors = np.tile(base, (len(vertices), 1))
    painted = mesh.visual.vertex_attributes.get("color") if hasattr(visual, "vertex_attributes") else None
    if painted is None and getattr(visual, "kind", None) == "vertex":
        painted = visual.vertex_colors
    if painted is not None and np.shape(painted) == (len(vertices), 4):
        colors *= _to_unit(np.asarray(painted))
    texture, uv = getattr(material, "baseColorTexture", None), getattr(visual, "uv", None)
    usable = texture is not None and uv is not None and np.shape(uv) == (len(vertices), 2)
    if getattr(material, "alphaMode", None) in (None, "OPAQUE"):
        colors[:, 3] = 1
    return Body(
        vertices=vertices,
        normals=normals,
        colors=colors[:, [2, 1, 0, 3]],
        # trimesh counts v from below, glTF and pictures from above.
        uv=np.asarray(uv, np.float64) * (1, -1) + (0, 1) if usable else np.zeros((len(vertices), 2)),
        triangles=triangles,
        parts=np.zeros(len(triangles), np.intp),
        surfaces=(_surface(material, _pixels(texture) if usable and texture is not None else None),),
    )


def _surface(material: Any, texture: Image | None) -> Surface:
    roughness, metal = (getattr(material, name, None) for name in ("roughnessFactor", "metallicFactor"))
    rough = 1.0 if roughness is None else float(np.clip(roughness, 0, 1))
    return Surface(
        shine=0.0 if rough > _NO_SHINE else 1 - rough,
        # By the letter, what says nothing is metal; exporters say 0 where it is none, and painted vertices say nothing.
        metal=0.0 if metal is None else float(np.clip(metal, 0, 1)),
        both_sides=bool(getattr(material, "doubleSided", False)),
        texture=texture,
    )


def _color(factor: Any) -> Array:
    """(4,) red, green, blue and opacity, 0 to 1."""
    return np.ones(4) if factor is None or np.shape(factor) != (4,) else _to_unit(np.asarray(factor))


def _to_unit(colors: Array) -> Array:
    scale = 255.0 if np.issubdtype(colors.dtype, np.integer) else 1.0
    return np.clip(np.nan_to_num(colors.astype(np.float64) / scale), 0, 1)


def _pixels(texture: Picture.Image) -> Image:
    """(H, W, 4) uint8 BGRA."""
    width, height = texture.size
    if width * height > _MAX_TEXTURE_PX:
        raise ValueError(
            f"a texture has {width}x{height} pixels; make it at most {_MAX_TEXTURE_PX // 10**6} megapixels"
        )
    small = texture.convert("RGBA")
    small.thumbnail((_TEXTURE_SIDE, _TEXTURE_SIDE))
    return np.ascontiguousarray(np.asarray(small)[..., [2, 1, 0, 3]])
