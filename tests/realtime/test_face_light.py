"""The light on a face, and what is drawn in it."""

import cv2
import numpy as np
import pytest

from model.keypoints import GROUPS
from realtime.face_light import Light, light_on
from realtime.face_view import Viewer
from realtime.filters.lighting import Lighting
from realtime.filters.packs.manifest import filter_of
from tests.realtime.filters.faces import turned_face
from tests.realtime.filters.sample_packs import KIND_SAMPLES, pack_of

LIGHT_SKIN, DARK_SKIN = (135, 165, 215), (45, 60, 92)
FACE = turned_face(eye_distance=150, center=(320, 170))


def picture(skin: tuple[int, int, int], white: int = 205) -> np.ndarray:
    canvas = np.full((480, 640, 3), skin, np.uint8)
    for side in ("left_eye", "right_eye"):
        cv2.fillPoly(canvas, [FACE.keypoints_px[list(GROUPS[side])].round().astype(np.int32)], (white, white, white))
    return canvas


def light(canvas: np.ndarray) -> Light:
    found = light_on(canvas, FACE.keypoints_px.astype(np.float64))
    assert found is not None
    return found


def test_pictures_are_as_dark_as_the_room_but_not_as_the_skin() -> None:
    day = light(picture(LIGHT_SKIN))
    night = light((picture(LIGHT_SKIN) * 0.3).astype(np.uint8))
    dark_skin = light(picture(DARK_SKIN))
    assert 0.9 < day.gain_bgr.mean() <= 1.12
    assert 0.3 <= night.gain_bgr.mean() < 0.6 * day.gain_bgr.mean()
    assert dark_skin.gain_bgr.mean() > 0.85 * day.gain_bgr.mean(), "the white of the eyes tells the light"


def test_the_tint_follows_and_pictures_without_colour_give_none() -> None:
    warm = light(picture((80, 150, 225))).gain_bgr
    assert warm[2] > 1.05 * warm[0]
    grey = light(picture((150, 150, 150))).gain_bgr
    assert np.ptp(grey) == 0


@pytest.mark.parametrize("kind", ["overlay", "overlay posed", "mask"])
def test_lit_layers_follow_the_light_and_others_do_not(kind: str) -> None:
    means = {}
    for lit in (True, False):
        for level in (1.0, 0.3):
            shown = filter_of(pack_of([{**KIND_SAMPLES[kind], "lit": lit}]))
            canvas = (picture(LIGHT_SKIN) * level).astype(np.uint8)
            shown.apply(canvas, [FACE], 0.0)
            x, y = FACE.keypoints_px[28].round().astype(int)
            means[lit, level] = float(canvas[y - 8 : y + 8, x - 20 : x + 20].mean())
    assert means[True, 0.3] < 0.65 * means[True, 1.0]
    assert abs(means[False, 0.3] - means[False, 1.0]) < 3


def test_a_mask_takes_the_faces_shadow() -> None:
    shown = filter_of(pack_of([KIND_SAMPLES["mask"]]))
    even, canvas = picture(LIGHT_SKIN), picture(LIGHT_SKIN)
    canvas[:, :320] = (canvas[:, :320] * 0.55).astype(np.uint8)
    shown.apply(even, [FACE], 0.0)
    shown.apply(canvas, [FACE], 1.0)
    sides = []
    for point in (4, 12):
        x, y = (0.6 * FACE.keypoints_px[point] + 0.4 * FACE.keypoints_px[30]).round().astype(int)
        before = even[y - 5 : y + 5, x - 5 : x + 5].astype(float)
        sides.append(canvas[y - 5 : y + 5, x - 5 : x + 5].mean() / before.mean())
    assert sides[0] < 0.75 * sides[1]


def test_light_is_followed_within_about_a_second_and_forgotten_with_the_face() -> None:
    lighting = Lighting()
    day, night = picture(LIGHT_SKIN), (picture(LIGHT_SKIN) * 0.3).astype(np.uint8)
    gains = []
    for index in range(46):
        views = Viewer().views([FACE], (640, 480), index / 30)
        (view,) = lighting.lit(day if index < 10 else night, views)
        assert view.light is not None
        gains.append(view.light.gain_bgr.mean())
    assert np.ptp(gains[:10]) < 1e-9
    goal = light(night).gain_bgr.mean()
    assert gains[15] - goal > 0.3 * (gains[0] - goal), "no jump"
    assert gains[45] - goal < 0.1 * (gains[0] - goal)
    assert max(np.abs(np.diff(gains))) < 0.25 * (gains[0] - goal)
    lighting.lit(night, [])
    (view,) = lighting.lit(day, Viewer().views([FACE], (640, 480), 2.0))
    assert view.light is not None and view.light.gain_bgr.mean() == gains[0]


def test_a_face_outside_the_frame_has_no_light() -> None:
    assert light_on(picture(LIGHT_SKIN), FACE.keypoints_px.astype(np.float64) + 2000) is None


def test_hair_has_the_colour_of_the_brows_and_masks_take_it() -> None:
    pixels = {}
    for name, brow in (("black", (12, 14, 18)), ("red", (30, 60, 130))):
        canvas = picture(LIGHT_SKIN)
        for side in ("left", "right"):
            points = FACE.keypoints_px[list(GROUPS[f"{side}_brow"])].round().astype(np.int32)
            cv2.polylines(canvas, [points], False, brow, 9)
        assert np.abs(light(canvas).hair_bgr - brow).max() < 12, name
        filter_of(pack_of([{**KIND_SAMPLES["mask"], "hair": True}])).apply(canvas, [FACE], 0.0)
        x, y = FACE.keypoints_px[28].round().astype(int)
        pixels[name] = canvas[y - 8 : y + 8, x - 20 : x + 20].mean(axis=(0, 1))
    assert pixels["red"][2] > 3 * pixels["black"][2]
    assert light(picture(LIGHT_SKIN)).hair_bgr.mean() < 0.75 * np.mean(LIGHT_SKIN), (
        "no brows to be seen: darker than skin"
    )
