"""Ears: seen where their places have the skin's colour; what goes back to a covered one vanishes, and nothing else."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from model.mean_face import HEAD_POINTS
from realtime.face_light import light_on
from realtime.face_view import FaceView, Viewer
from realtime.filters.ears import ears_seen, under_hair
from realtime.filters.lighting import Lighting
from realtime.filters.packs.registry import load
from tests.realtime.filters.faces import turned_face

SKIN, HAIR = (135, 165, 215), (30, 32, 38)


def view_of(yaw: float) -> FaceView:
    (view,) = Viewer().views([turned_face(yaw, eye_distance=120, center=(320.0, 240.0))], (640, 480), 0.0)
    return view


def picture(view: FaceView, ears: tuple[int, int, int]) -> np.ndarray:
    """Skin everywhere, with a colour about the ears and behind them; not about the far one, which the face hides."""
    canvas = np.full((480, 640, 3), SKIN, np.uint8)
    for side, sign in (("left", -1), ("right", 1)):
        if view.pose is None or sign * view.pose.yaw_rad > 0.2:
            continue
        ear = np.array(HEAD_POINTS[f"{side}_ear"])
        for back in (-0.2, 0.0, 0.3):
            x, y = view.project(ear[None] + (sign * 0.06, 0.0, back))[0].round().astype(int)
            cv2.circle(canvas, (int(x), int(y)), 50, ears, -1)
    return canvas


def seen(view: FaceView, canvas: np.ndarray) -> list[float]:
    light = light_on(canvas, view.keypoints_px)
    assert light is not None
    return [float(each) for each in ears_seen(canvas, view, light)]


@pytest.mark.parametrize(("yaw", "near"), [(30, 0), (-30, 1)])
def test_an_ear_is_seen_where_it_has_the_colour_of_skin(yaw: float, near: int) -> None:
    view = view_of(yaw)
    assert seen(view, picture(view, SKIN)) == [1, 1]
    covered = seen(view, picture(view, HAIR))
    assert covered[near] < 0.05 and covered[1 - near] == 1


def test_nothing_is_covered_on_a_face_from_the_front_without_a_pose_or_at_the_frames_edge() -> None:
    front, side = view_of(0), view_of(30)
    assert seen(front, picture(front, HAIR)) == [1, 1]
    assert seen(replace(side, pose=None), picture(side, HAIR)) == [1, 1]
    light = light_on(picture(side, HAIR), side.keypoints_px)
    assert light is not None
    x = int(side.keypoints_px[:, 0].min())
    moved = replace(side, keypoints_px=side.keypoints_px - (x, 0))
    assert ears_seen(picture(side, HAIR), moved, light).min() == 1


def test_it_comes_and_goes_over_time_like_the_light() -> None:
    view, lighting = view_of(30), Lighting()
    shares = []
    for index in range(30):
        canvas = picture(view, SKIN if index < 3 else HAIR)
        (lit,) = lighting.lit(canvas, [replace(view, time_s=0.1 * index)])
        assert lit.light is not None
        shares.append(lit.light.ears[0])
    assert shares[2] == 1 and 0.6 < shares[3] < 1 and shares[-1] < 0.1
    assert np.all(np.diff(shares) <= 1e-9)


def test_hair_hides_what_lies_beside_and_behind_the_eyes_and_no_rims_and_hats() -> None:
    hidden = under_hair(np.array([(-0.7, 0, -0.1), (-0.9, 0.1, 0.8), (0.9, 0.1, 0.8), (0.9, -0.7, 0.9), (0.1, 0, 0.8)]))
    assert hidden.tolist() == [[0, 0], [1, 0], [0, 1], [0, 0], [0, 0]]


@pytest.mark.parametrize("name", ["round-glasses", "sunglasses", "pixel-glasses"])
def test_arms_of_glasses_vanish_under_hair_and_reach_an_ear_that_is_seen(name: str) -> None:
    view = view_of(35)
    light = light_on(picture(view, SKIN), view.keypoints_px)
    assert light is not None
    changed = {}
    for ears in (1.0, 0.0):
        canvas = np.full((480, 640, 3), SKIN, np.uint8)
        before = canvas.copy()
        load(name).draw(canvas, [replace(view, light=replace(light, ears=np.array([ears, 1.0])))])
        off = np.abs(canvas.astype(int) - before).max(axis=2) > 12
        changed[ears] = {
            where: bool(off[round(y) - 9 : round(y) + 10, round(x) - 4 : round(x) + 5].any())
            for where, (x, y) in zip(
                ("rim", "ear"), view.project(np.array([(-0.66, -0.02, -0.2), (-0.87, 0.02, 0.6)])), strict=True
            )
        }
    assert changed[1.0] == {"rim": True, "ear": True} and changed[0.0] == {"rim": True, "ear": False}


@pytest.mark.parametrize("name", ["top-hat", "crown", "flower-crown", "party-hat"])
def test_hats_stay_on_hair(name: str) -> None:
    view = view_of(35)
    light = light_on(picture(view, SKIN), view.keypoints_px)
    assert light is not None
    drawn = []
    for ears in (1.0, 0.0):
        canvas = np.full((480, 640, 3), SKIN, np.uint8)
        load(name).draw(canvas, [replace(view, light=replace(light, ears=np.array([ears, ears])))])
        drawn.append(canvas.astype(int))
    assert (np.abs(drawn[0] - drawn[1]).max(axis=2) > 12).sum() < 0.005 * (drawn[0] != SKIN).any(axis=2).sum()
