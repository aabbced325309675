"""What holds for every filter that ships and for every kind of layer."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from model.face import Face
from realtime.face_view import Viewer
from realtime.filters.base import ScreenLayer
from realtime.filters.filter import LayeredFilter
from realtime.filters.gate import Gate
from realtime.filters.packs import registry
from realtime.filters.packs.manifest import filter_of, read_manifest
from realtime.filters.packs.pack import read_pack
from realtime.filters.packs.registry import FilterInfo
from tests.realtime.filters.faces import face_at, turned_face
from tests.realtime.filters.sample_packs import KIND_SAMPLES, pack_of

SHIPPED = registry.available()
EVERY = [*(f"kind {kind}" for kind in KIND_SAMPLES), *SHIPPED]
FACES = [turned_face(), turned_face(10, 5, 20, 60, (150, 300)), face_at((620, 30), 90, 0.3, 2), face_at((-900, 80), 90)]


@cache
def made(name: str) -> LayeredFilter:
    if name.startswith("kind "):
        return filter_of(pack_of([KIND_SAMPLES[name.removeprefix("kind ")]]))
    return registry.load(name)


def _picture() -> np.ndarray:
    """Smooth colours with some texture, so that warps and blurs show."""
    ys, xs = np.mgrid[:480, :640]
    channels = [xs * 0.3 + 20, ys * 0.4 + 20, (xs + ys) * 0.15 + 20 * np.sin(xs / 4) + 40]
    return np.ascontiguousarray(np.stack(channels, axis=2).astype(np.uint8))


PICTURE = _picture()


def picture() -> np.ndarray:
    return PICTURE.copy()


def play(shown: LayeredFilter, faces: list[Face], frames: int = 3) -> np.ndarray:
    canvas = picture()
    for index in range(frames):
        canvas = picture()
        shown.apply(canvas, faces, index / 10)
    return canvas


def numbered(faces: list[Face]) -> list[Face]:
    return [Face(face.keypoints_px, face.score, index, face.box) for index, face in enumerate(faces)]


@pytest.mark.parametrize("name", EVERY)
def test_the_contract(name: str) -> None:
    cv2.setNumThreads(1)
    faces = numbered(FACES)
    keypoints = [face.keypoints_px.copy() for face in faces]
    shown = made(name)
    first = play(shown, faces)
    on_screen = any(isinstance(use.layer, ScreenLayer) for use in shown.layers)
    alone = play(shown, [])
    assert on_screen or np.array_equal(alone, picture()), "without a face the picture is left alone"
    assert np.array_equal(play(shown, faces), first), "the same frames again: nothing is kept of faces that had gone"
    assert all(np.array_equal(a, b.keypoints_px) for a, b in zip(keypoints, faces, strict=True))
    assert np.array_equal(first[400:, 400:], alone[400:, 400:]), "far from every face it is left alone"
    # Frames of any size will do.
    for size in ((1, 1), (1, 300), (200, 2), (37, 53)):
        canvas = np.full((*size, 3), 80, np.uint8)
        shown.apply(canvas, faces, 0.3)
        assert canvas.shape == (*size, 3)


@pytest.mark.parametrize("info", SHIPPED.values(), ids=lambda info: info.name)
def test_what_ships_says_what_it_is(info: FilterInfo) -> None:
    manifest = read_manifest(read_pack(info.path))
    assert manifest.licence == "MIT" and manifest.description[0].isupper() and manifest.title
    pictures = {path.stem for path in info.path.glob("*.png")}
    drawings = {path.stem for path in info.path.glob("*.svg")}
    assert pictures <= drawings, "every picture has the drawing that it was rendered from"
    used = (info.path / "filter.toml").read_text(encoding="utf-8")
    assert all(f'"{stem}.png"' in used for stem in pictures), "no picture lies there unused"


@pytest.mark.parametrize("name", [name for name in EVERY if name not in ("kind swap", "swap")])
def test_something_is_drawn_once_its_conditions_hold(name: str) -> None:
    layers = tuple(replace(use, gate=Gate(limits=use.gate.limits)) for use in made(name).layers)
    shown = LayeredFilter(layers)
    assert (play(shown, numbered(FACES[:1]), 8) != picture()).any()


@pytest.mark.parametrize("kind", [kind for kind in KIND_SAMPLES if not kind.startswith("privacy")])
def test_every_kind_shows_as_strongly_as_asked(kind: str) -> None:
    changes = []
    faces = numbered([turned_face(), turned_face(5, 0, 0, 70, (520, 300))])
    for strength in (0.0, 0.5, 1.0):
        shown, viewer = filter_of(pack_of([KIND_SAMPLES[kind]])), Viewer()
        canvas = picture()
        for index in range(12):
            canvas = picture()
            shown.draw(canvas, viewer.views(faces, (640, 480), index / 20), strength=strength)
        changes.append(np.abs(canvas.astype(int) - picture()).sum())
    assert changes[0] == 0 and 0.2 * changes[2] < changes[1] < 0.8 * changes[2]
