"""Binary glTF: what is read, and what is refused before anything is read."""

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.models import FILTERS, MODELS, glb
from realtime.errors import FilterError
from realtime.filters.packs.manifest import filter_of
from realtime.filters.packs.pack import Pack
from realtime.filters.solids.body import MAX_TRIANGLES
from realtime.filters.solids.glb import read_glb
from tests.realtime.filters.sample_packs import manifest_of, model_glb

Change = Callable[[dict[str, Any]], object]


def rewritten(change: Change) -> bytes:
    """The sample with its description changed."""
    data = model_glb()
    length = struct.unpack_from("<I", data, 12)[0]
    described = json.loads(data[20 : 20 + length])
    change(described)
    text = json.dumps(described).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest


def test_a_model_is_read_in_the_heads_axes() -> None:
    body = read_glb(model_glb())
    first, second = (0, 1) if body.surfaces[0].texture is None else (1, 0)
    ball, box = (body.vertices[np.unique(body.triangles[body.parts == part])] for part in (first, second))
    assert np.allclose(ball.mean(axis=0), (0, 0, -0.5), atol=0.02)  # in front of the face
    assert np.allclose(box.mean(axis=0), (0, -1, 0.5), atol=1e-6)  # above it
    assert np.allclose(np.ptp(box, axis=0), (1.5, 0.5, 1))
    colors = body.colors[np.unique(body.triangles[body.parts == first])]
    upper = ball[:, 1] < -0.05
    assert (colors[upper, 2] == 1).all() and (colors[ball[:, 1] > 0.05, 2] == 0).all()
    plain, textured = body.surfaces[first], body.surfaces[second]
    assert plain.texture is None and textured.texture is not None and textured.texture.shape == (64, 64, 4)
    assert textured.both_sides and textured.shine == pytest.approx(0.6) and textured.metal == 0
    outwards = (body.normals[np.unique(body.triangles[body.parts == first])] * (ball - (0, 0, -0.5))).sum(axis=1)
    assert (outwards > 0).all()


def deep(described: dict[str, Any]) -> None:
    nested: list[Any] = []
    for _ in range(100):
        nested = [nested]
    described["extras"] = nested


REFUSED: dict[str, tuple[Change, str]] = {
    "another file": (lambda d: d["buffers"][0].update(uri="../secret.bin"), "other files or addresses"),
    "an address": (lambda d: d["images"][0].update(uri="http://example.org/a.png"), "other files or addresses"),
    "compression": (lambda d: d.update(extensionsRequired=["KHR_draco_mesh_compression"]), "without compression"),
    "an unknown extension": (lambda d: d.update(extensionsRequired=["EXT_x"]), "'EXT_x', which is not read"),
    "no list of extensions": (lambda d: d.update(extensionsRequired=None), "describes its extensions in a way that"),
    "no size at all": (lambda d: [n.update(matrix=[0.0] * 15 + [1.0]) for n in d["nodes"]], "without area alone"),
    "a huge list": (lambda d: d["accessors"][0].update(count=10**9), "reduce it to at most"),
    "a negative list": (lambda d: d["accessors"][0].update(count=-1), "reduce it to at most"),
    "a list of words": (lambda d: d["accessors"][0].update(count="many"), "reduce it to at most"),
    "a sparse list": (lambda d: d["accessors"][0].update(sparse={"count": 1}), "sparse"),
    "a list out of nothing": (lambda d: d["accessors"][0].pop("bufferView"), "sparse"),
    "a loop": (lambda d: d["nodes"].append({"children": [len(d["nodes"])]}), "hang under"),
    "a diamond": (lambda d: d["nodes"].extend([{"children": [0]}, {"children": [0]}]), "hang under several"),
    "many nodes": (lambda d: d.update(nodes=[{}] * 1000), "1000 nodes; a model has at most"),
    "deep nesting": (deep, "nested too deeply"),
    "no list": (lambda d: d.update(nodes={"a": 1}), "describes its nodes"),
    "indices out of range": (lambda d: d["accessors"][0].update(byteOffset=10**7), "export it"),
    "a buffer elsewhere": (lambda d: d["bufferViews"][0].update(byteOffset=10**8), "export it"),
    "no mesh": (lambda d: d.update(meshes=[], nodes=[{}], accessors=[]), "export"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_models_that_are_not_read_are_refused_in_one_line(name: str) -> None:
    change, words = REFUSED[name]
    data = rewritten(change)
    with pytest.raises(ValueError, match=words) as caught:
        read_glb(data)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    pack = Pack("test", FILTERS / "test", {"filter.toml": manifest_of([SAMPLE]).encode(), "a.glb": data})
    with pytest.raises(FilterError, match=r"test/a\.glb "):
        filter_of(pack)


SAMPLE = {"kind": "model", "model": "a.glb"}


@pytest.mark.parametrize("data", [b"", b"glTF", b"PK\3\4" + b"\0" * 60, model_glb()[:40], model_glb()[:-2000]])
def test_files_that_are_cut_off_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="export it"):
        read_glb(data)


def test_places_that_are_no_numbers_are_refused() -> None:
    data = model_glb()
    length = struct.unpack_from("<I", data, 12)[0]
    start = 20 + length + 8
    spoilt = data[:start] + np.full((len(data) - start) // 4, np.nan, "<f4").tobytes()
    with pytest.raises(ValueError, match="export it"):
        read_glb(spoilt)


def test_a_broken_texture_is_refused() -> None:
    data = bytearray(model_glb())
    start = data.index(b"IDAT") + 40
    data[start : start + 400] = b"\x99" * 400
    with pytest.raises(ValueError, match="export it"):
        read_glb(bytes(data))


def test_too_many_triangles_are_reported() -> None:
    import trimesh

    data = trimesh.Scene([trimesh.creation.icosphere(3) for _ in range(4)]).export(file_type="glb")
    with pytest.raises(ValueError, match=f"has 5120 triangles; reduce it to at most {MAX_TRIANGLES}"):
        read_glb(bytes(data))


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_models_are_what_the_script_makes(name: str) -> None:
    shipped, made = read_glb((FILTERS / name).read_bytes()), read_glb(glb(MODELS[name]()))
    assert len(shipped.triangles) == len(made.triangles) <= 3000
    assert np.allclose(shipped.vertices, made.vertices, atol=1e-4), "run python -m assets.models"
    assert np.allclose(shipped.colors, made.colors, atol=0.01)
