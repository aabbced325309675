"""Solid bodies: where they lie, what hides what, light, both sides, smooth edges."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from model.face import Face
from realtime.face_light import Light
from realtime.face_view import FaceView, Viewer
from realtime.filters.layers.solid import Solid
from realtime.filters.packs import registry
from realtime.filters.solids.body import Surface, joined
from realtime.filters.solids.build import lathe, sweep
from tests.realtime.filters.faces import turned_face
from tests.realtime.filters.layers.test_overlay import blinking

RED = (0.0, 0.0, 1.0, 1.0)
BLUE = (1.0, 0.0, 0.0, 1.0)
PLAIN = Surface()
BALL = [(0.0, 0.2), *((0.2 * np.sin(a), 0.2 * np.cos(a)) for a in np.linspace(0.2, 2.9, 12)), (0.0, -0.2)]


def view_of(face: Face) -> FaceView:
    (view,) = Viewer().views([face], (640, 480), 0.0)
    return view


def drawn(solid: Solid, face: Face, gray: int = 0, opacity: float = 1.0) -> np.ndarray:
    canvas = np.full((480, 640, 3), gray, np.uint8)
    solid.draw(canvas, view_of(face), opacity)
    return canvas


def ball(where: tuple[float, float, float], color: tuple[float, ...] = RED, surface: Surface = PLAIN) -> Solid:
    return Solid(lathe(BALL, 24, color, surface).moved(np.eye(3), np.array(where)))


def middle(canvas: np.ndarray, channel: int = 2) -> np.ndarray:
    rows, columns = np.nonzero(canvas[..., channel] > 40)
    return np.array([columns.mean(), rows.mean()])


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (35, 0, 0), (-50, 10, 20), (0, 25, -30)])
def test_a_ball_lies_where_the_pose_puts_it(yaw: float, pitch: float, roll: float) -> None:
    face = turned_face(yaw, pitch, roll, center=(320.0, 240.0))
    place = np.array([[0.3, 0.2, -0.9]])
    wanted = view_of(face).project(place)[0]
    assert np.abs(middle(drawn(ball((0.3, 0.2, -0.9)), face)) - wanted).max() < 2


def test_the_head_hides_what_lies_behind_it() -> None:
    face = turned_face(center=(320.0, 260.0))
    behind, before = drawn(ball((0.0, 0.0, 2.4)), face), drawn(ball((0.0, 0.0, -0.8)), face)
    assert not behind.any() and before.any()
    beside = drawn(ball((0.0, -2.2, 0.9)), face)
    assert beside.any()


def test_hair_hides_the_back_of_a_wreath_beside_the_temples_and_nothing_beside_or_before_the_ears() -> None:
    face = turned_face(center=(320.0, 260.0))
    for place, seen in (((0.9, -0.3, 1.95), False), ((1.3, -0.3, 0.9), True), ((0.98, -0.1, 0.4), True)):
        assert drawn(ball(place), face).any() == seen, place


def test_the_far_arm_of_glasses_is_hidden_by_the_face_and_the_near_one_shows() -> None:
    arms = {
        side: Solid(sweep([(sign * 0.7, 0, 0.0), (sign * 0.93, 0.03, 0.9)], 0.02, 8, RED, Surface()))
        for side, sign in (("left", -1), ("right", 1))
    }
    for yaw, near, far in ((40, "left", "right"), (-40, "right", "left")):
        face = turned_face(yaw, center=(320.0, 240.0))
        areas = {side: int((drawn(arm, face)[..., 2] > 40).sum()) for side, arm in arms.items()}
        assert areas[near] > 4 * max(areas[far], 10), areas


def test_the_back_of_a_crown_is_hidden_and_turns_with_the_head() -> None:
    ring = lathe([(1.15, -0.85), (1.15, -1.0)], 48, RED, Surface(both_sides=True)).moved(
        np.eye(3), np.array([0, 0, 0.87])
    )
    back = ring.vertices[ring.triangles].mean(axis=1)[:, 2] > 1.75
    rear = Solid(replace(ring, triangles=ring.triangles[back], parts=ring.parts[back]))
    face = turned_face(center=(320.0, 300.0))
    whole, hidden = drawn(Solid(ring), face)[..., 2] > 40, drawn(rear, face)[..., 2] > 40
    assert hidden.sum() < 0.02 * whole.sum()
    tilted = drawn(Solid(ring), turned_face(roll_deg=25, center=(320.0, 300.0)))[..., 2] > 40
    rows, columns = np.nonzero(tilted)
    assert np.polyfit(columns, rows, 1)[0] == pytest.approx(np.tan(np.radians(25)), abs=0.12)


def test_nothing_changes_outside_the_body() -> None:
    face = turned_face(20, center=(320.0, 240.0))
    canvas = drawn(ball((0.5, -0.5, -0.6)), face, gray=77)
    changed = np.argwhere((canvas != 77).any(axis=2))
    wanted = view_of(face).project(np.array([[0.5, -0.5, -0.6]]))[0]
    assert np.abs(changed[:, ::-1] - wanted).max() < 40


def test_nearer_parts_hide_farther_ones_and_edges_are_smooth() -> None:
    near = lathe(BALL, 24, RED, Surface()).moved(np.eye(3), np.array([0, 0, -1.4]))
    far = lathe(BALL, 24, BLUE, Surface()).moved(1.5 * np.eye(3), np.array([0, 0, -0.8]))
    for bodies in ((near, far), (far, near)):
        canvas = drawn(Solid(joined(bodies)), turned_face(center=(320.0, 240.0)))
        x, y = middle(canvas).round().astype(int)
        assert canvas[y, x, 2] > 100 and canvas[y, x, 0] < 40 and (canvas[..., 0] > 100).any()
    row = drawn(ball((0, 0, -0.8)), turned_face(center=(320.0, 240.0)))[240, :, 2]
    assert ((row > 8) & (row < 60)).any()


def test_a_sheet_is_seen_from_behind_only_where_it_says_so() -> None:
    disc = [(0.4, 0.0), (0.0, 0.0)]
    for both, seen in ((False, False), (True, True)):
        body = lathe(disc, 24, RED, Surface(both_sides=both))
        quarter = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
        towards, away = (
            Solid(body.moved(turn, np.array([0, 0, -0.8]))) for turn in (quarter, quarter @ np.diag([1.0, -1, -1]))
        )
        face = turned_face(center=(320.0, 240.0))
        shown = [bool(drawn(solid, face).any()) for solid in (towards, away)]
        assert sorted(shown) == [seen, True]


def test_glass_lets_through_what_lies_behind() -> None:
    pane = ball((0, 0, -1.2), (1.0, 1.0, 1.0, 0.3))
    bright, dark = (drawn(pane, turned_face(center=(320.0, 240.0)), gray)[240, 320] for gray in (200, 0))
    assert (np.abs(bright.astype(int) - dark - 140) < 12).all()


def test_a_body_is_lit_like_the_face_unless_it_glows() -> None:
    view = view_of(turned_face(center=(320.0, 240.0)))
    dim = replace(view, light=Light(np.array([0.3, 0.3, 0.3]), np.full(3, 50.0), np.full(3, 20.0)))
    levels = []
    for solid in (ball((0, 0, -0.8)), replace(ball((0, 0, -0.8)), lit=False)):
        canvas = np.zeros((480, 640, 3), np.uint8)
        solid.draw(canvas, dim, 1.0)
        levels.append(int(canvas[..., 2].max()))
    assert levels[0] < 0.4 * levels[1]


@pytest.mark.parametrize("eye_distance", [12.0, 40.0, 400.0])
def test_bodies_are_drawn_at_any_size(eye_distance: float) -> None:
    face = turned_face(10, eye_distance=eye_distance, center=(320.0, 240.0))
    area = (drawn(ball((0, 0, -0.5)), face)[..., 2] > 60).sum()
    assert area == pytest.approx(np.pi * (0.2 * eye_distance * 1.1) ** 2, rel=0.45)


def test_without_a_pose_or_before_the_nose_nothing_is_drawn() -> None:
    view = view_of(turned_face())
    for solid, seen in ((ball((0, 0, -0.8)), replace(view, pose=None)), (ball((0, 0, -30)), view)):
        canvas = np.zeros((480, 640, 3), np.uint8)
        solid.draw(canvas, seen, 1.0)
        assert not canvas.any()
    assert not drawn(ball((0, 0, -0.8)), turned_face(), opacity=0.0).any()


def test_solid_glasses_do_not_slip_at_blinks() -> None:
    (use,) = registry.load("round-glasses").layers
    glasses = use.layer
    assert isinstance(glasses, Solid)
    for yaw in (-30, 0, 30):
        face = turned_face(yaw, 5, 5, eye_distance=150)
        places = [view_of(each).project(glasses.body.vertices, glasses._pinned) for each in (face, blinking(face))]
        assert np.hypot(*(places[1] - places[0]).T).max() <= 0.005 * 150


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (5, 4, 0), (10, 8, 0), (-35, 0, 10)])
def test_no_slit_shows_the_hair_between_a_hats_brim_and_its_lining(yaw: float, pitch: float, roll: float) -> None:
    face = turned_face(yaw, pitch, roll, 90, (320.0, 300.0))
    points = (2 * face.keypoints_px + 0.5).astype(np.float32)
    (view,) = Viewer().views([Face(points, 0.9, 0, face.box)], (1280, 960), 0.0)
    light, dark = np.full((960, 1280, 3), 255, np.uint8), np.zeros((960, 1280, 3), np.uint8)
    for canvas in (light, dark):
        registry.load("top-hat").draw(canvas, [view])
    covered = cv2.bitwise_not(cv2.subtract(light, dark).min(axis=2))
    missing = cv2.subtract(cv2.morphologyEx(covered, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), covered)
    sizes = cv2.connectedComponentsWithStats((missing > 60).astype(np.uint8), connectivity=8)[2][1:, cv2.CC_STAT_AREA]
    assert sizes.max(initial=0) < 6
