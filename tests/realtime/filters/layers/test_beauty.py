"""Beauty: skin smoother and more even, features as sharp as before, eyes and teeth brighter."""

from typing import Any

import cv2
import numpy as np
import pytest

from model.keypoints import GROUPS
from realtime.face_view import Viewer
from realtime.filters.filter import LayeredFilter
from realtime.filters.packs.manifest import filter_of
from tests.realtime.filters.faces import turned_face
from tests.realtime.filters.layers.test_openings import face_with_gap
from tests.realtime.filters.layers.test_openings import picture as mouth
from tests.realtime.filters.sample_packs import pack_of

SKIN, LIP, TOOTH = (140, 165, 205), (105, 95, 180), (170, 205, 215)
FACE = turned_face(eye_distance=180, center=(320, 170))
NOTHING = {"smooth": 0.0, "even": 0.0, "eyes": 0.0, "teeth": 0.0}


def beauty(**amounts: float) -> LayeredFilter:
    layer: dict[str, Any] = {"kind": "beauty", **NOTHING, **amounts}
    return filter_of(pack_of([layer]))


def fill(canvas: np.ndarray, group: str, color: tuple[int, int, int]) -> None:
    cv2.fillPoly(canvas, [FACE.keypoints_px[list(GROUPS[group])].round().astype(np.int32)], color)


def picture(texture: float = 6.0) -> np.ndarray:
    """Skin with texture, brows and eyes dark and sharp, lips with teeth between them."""
    noise = np.random.default_rng(1).normal(0, texture, (480, 640, 1))
    canvas = np.clip(np.array(SKIN) + noise, 0, 255).astype(np.uint8)
    for side in ("left", "right"):
        fill(canvas, f"{side}_eye", (180, 185, 190))
        brow = FACE.keypoints_px[list(GROUPS[f"{side}_brow"])].round().astype(np.int32)
        cv2.polylines(canvas, [brow], False, (30, 35, 45), 7)
    fill(canvas, "outer_lip", LIP)
    fill(canvas, "inner_lip", TOOTH)
    return canvas


def cheek(canvas: np.ndarray) -> np.ndarray:
    x, y = (0.5 * FACE.keypoints_px[2] + 0.5 * FACE.keypoints_px[31]).round().astype(int)
    return canvas[y - 12 : y + 12, x - 12 : x + 12].astype(float)


def test_skin_is_smoothed_and_features_stay_as_they_are() -> None:
    before = picture()
    canvas = before.copy()
    beauty(smooth=1.0).apply(canvas, [FACE], 0.0)
    assert cheek(canvas).std(axis=(0, 1)).max() < 0.5 * cheek(before).std(axis=(0, 1)).min()
    assert np.abs(cheek(canvas).mean(axis=(0, 1)) - cheek(before).mean(axis=(0, 1))).max() < 2
    mask = np.zeros(canvas.shape[:2], np.uint8)
    for group in ("left_eye", "right_eye", "outer_lip", "nose_base", "left_brow", "right_brow"):
        points = FACE.keypoints_px[list(GROUPS[group])].round().astype(np.int32)
        cv2.polylines(mask, [points], group.endswith(("eye", "lip")), 255, 3)
    assert np.abs(canvas.astype(int) - before)[mask > 0].max() <= 3
    assert np.array_equal(canvas[:, :60], before[:, :60]), "nothing beside the face changes"


def test_edges_on_the_skin_stay() -> None:
    before = picture(texture=0.0)
    x, y = (0.5 * FACE.keypoints_px[2] + 0.5 * FACE.keypoints_px[31]).round().astype(int)
    before[y - 25 : y + 25, x : x + 4] = (60, 70, 90)
    canvas = before.copy()
    beauty(smooth=1.0).apply(canvas, [FACE], 0.0)
    edge = canvas[y, x - 6 : x + 2].astype(int).sum(axis=1)
    assert np.abs(np.diff(edge)).max() > 0.7 * np.abs(np.diff(before[y, x - 6 : x + 2].astype(int).sum(axis=1))).max()


def test_tone_is_evened() -> None:
    before = picture(texture=0.0)
    x, y = (0.5 * FACE.keypoints_px[2] + 0.5 * FACE.keypoints_px[31]).round().astype(int)
    cv2.circle(before, (x, y), 14, (115, 130, 205), cv2.FILLED)
    canvas = before.copy()
    beauty(even=1.0).apply(canvas, [FACE], 0.0)
    spot = [abs(float(picture_[y, x, 1]) - SKIN[1]) for picture_ in (before, canvas)]
    assert spot[1] < 0.75 * spot[0]


@pytest.mark.parametrize(("key", "group"), [("eyes", "left_eye"), ("teeth", "inner_lip")])
def test_eyes_and_teeth_are_brighter_and_only_they(key: str, group: str) -> None:
    before = picture()
    face = face_with_gap(0.14) if key == "teeth" else FACE
    if key == "teeth":
        before = mouth(face, TOOTH)
    canvas = before.copy()
    beauty(**{key: 1.0}).apply(canvas, [face], 0.0)
    x, y = face.keypoints_px[list(GROUPS[group])].mean(axis=0).round().astype(int)
    assert canvas[y, x].mean() > before[y, x].mean() + 3
    assert np.array_equal(cheek(canvas), cheek(before))


def test_half_the_strength_does_half() -> None:
    before = picture()
    changes = []
    for strength in (0.0, 0.5, 1.0):
        canvas = before.copy()
        views = Viewer().views([FACE], (640, 480), 0.0)
        beauty(smooth=1.0).draw(canvas, views, strength=strength)
        changes.append(np.abs(cheek(canvas) - cheek(before)).mean())
    assert changes[0] == 0 and 0.35 < changes[1] / changes[2] < 0.65
