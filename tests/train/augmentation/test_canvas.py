"""Training canvases: faces lie where they are said to."""

import cv2
import numpy as np
import pytest

from tests.train.faces import write_faces
from train.augmentation.backdrop import backdrop
from train.augmentation.canvas import CanvasConfig, draw_canvas
from train.data.annotations import read_annotations
from train.data.face_store import FaceStore, load_store
from train.data.label_offset import NO_OFFSET


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FaceStore:
    csv_path, images = write_faces(tmp_path_factory.mktemp("faces"), count=12)
    annotations = read_annotations(csv_path, images)
    return load_store(annotations, list(range(len(annotations))), NO_OFFSET)


def test_the_same_numbers_draw_the_same_canvas(store: FaceStore) -> None:
    first, second = (draw_canvas(store, np.arange(4), CanvasConfig(), np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first.picture, second.picture) and first.faces == second.faces


def test_faces_are_where_they_are_said_to_be(store: FaceStore) -> None:
    """Moving the picture's content back by the region gives the drawn face: light skin around dark eyes."""
    plain = CanvasConfig(
        turn=0, worn=0, hand=0, cover=0, side_light=0, decoys=0, empty=0, smallest_px=60, largest_px=90
    )
    closer = 0
    for seed in range(30):
        canvas = draw_canvas(store, np.arange(1), plain, np.random.default_rng(seed))
        assert canvas.picture.shape == (256, 256) and canvas.picture.dtype == np.uint8
        for face in canvas.faces:
            x, y = round(face.center_x), round(face.center_y)
            patch = cv2.getRectSubPix(canvas.picture, (9, 9), (x, y)).astype(float)
            dx, dy = 0.225 * face.side * np.array([np.cos(face.roll_rad), np.sin(face.roll_rad)])
            up = 0.3 * face.side * np.array([np.sin(face.roll_rad), -np.cos(face.roll_rad)])
            eye = cv2.getRectSubPix(canvas.picture, (5, 5), (float(x + dx + up[0]), float(y + dy + up[1])))
            closer += float(eye.mean()) < float(patch.mean())
    assert closer >= 20


def test_some_canvases_are_empty_and_sizes_spread(store: FaceStore) -> None:
    canvases = [draw_canvas(store, np.arange(8), CanvasConfig(), np.random.default_rng(seed)) for seed in range(60)]
    counts = [len(canvas.faces) for canvas in canvases]
    sides = [face.side for canvas in canvases for face in canvas.faces]
    assert 0 in counts and max(counts) >= 4
    assert min(sides) < 16 and max(sides) > 150
    assert max(abs(face.roll_rad) for canvas in canvases for face in canvas.faces) > 0.8


def test_backdrops_differ(store: FaceStore) -> None:
    pictures = [backdrop(store, 64, np.random.default_rng(seed)) for seed in range(12)]
    assert all(picture.shape == (64, 64) for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) >= 10
