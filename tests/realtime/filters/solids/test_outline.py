"""Edges of bodies: which sides they are, and how much of a pixel is covered along them."""

import cv2
import numpy as np
import pytest

from model.face import Face
from realtime.drawing.triangles import triangle_pixels
from realtime.face_view import Viewer
from realtime.filters.layers.solid import Solid
from realtime.filters.solids.body import Surface
from realtime.filters.solids.build import lathe, sweep
from realtime.filters.solids.outline import Outline, Sides, smooth
from realtime.filters.solids.raster import depth_planes
from tests.realtime.filters.faces import turned_face

BALL = [(0.0, 0.7), *((0.5 * np.sin(a), 0.7 * np.cos(a)) for a in np.linspace(0.2, 2.9, 12)), (0.0, -0.7)]
CORNERS = np.array([[(6.0, 5.0), (50.0, 11.0), (21.0, 52.0)]])


def outline_of(triangles: list[list[int]], parts: list[int]) -> Outline:
    vertices = np.random.default_rng(0).random((9, 3))
    return Outline.of(vertices, np.tile([0.0, 0.0, -1.0], (9, 1)), np.array(triangles), np.array(parts))


def painted(corners: np.ndarray) -> np.ndarray:
    """(60, 60) the number of the last triangle that each pixel lies in."""
    numbers = np.zeros((60, 60), np.int32)
    pixels, counts = triangle_pixels(corners, (60, 60))
    numbers.ravel()[pixels] = np.repeat(np.arange(1, len(corners) + 1), counts)
    return numbers


def test_two_triangles_share_a_side_and_others_have_none_beyond() -> None:
    outline = outline_of([[0, 1, 2], [2, 1, 3]], [0, 0])
    assert len(outline.ends) == 5
    shared = outline.triangles[:, 1] < 2
    assert shared.sum() == 1 and set(outline.ends[shared][0].tolist()) == {1, 2}
    assert outline.opposite[shared].tolist() == [[0, 3]]
    assert (outline.triangles[~shared, 1] == 2).all()


def test_parts_and_more_than_two_triangles_do_not_share_sides() -> None:
    assert (outline_of([[0, 1, 2], [2, 1, 3]], [0, 1]).triangles[:, 1] == 2).all()
    three = outline_of([[0, 1, 2], [2, 1, 3], [1, 2, 4]], [0, 0, 0])
    assert len(three.ends) == 9 and (three.triangles[:, 1] == 3).all()


def test_a_round_body_is_closed_where_its_vertices_are_twofold() -> None:
    for body in (
        lathe(BALL, 24, (1, 1, 1, 1), Surface()),
        sweep([(0, 0, 0), (1, 0, 0)], 0.1, 8, (1, 1, 1, 1), Surface()),
    ):
        outline = Outline.of(body.vertices, body.normals, body.triangles, body.parts)
        alone = (outline.triangles[:, 1] == len(body.triangles)).sum()
        assert alone <= 2 * 24  # the tiny triangles at poles and ends


def test_what_faces_the_viewer_ends_where_the_next_does_not() -> None:
    outline = outline_of([[0, 1, 2], [2, 1, 3]], [0, 0])
    front, no = np.array([True, False]), np.zeros(2, np.bool_)
    ends, triangles, third = outline.seen(front, no)
    assert len(ends) == 3 and (triangles == 0).all() and set(third.tolist()) == {0, 1, 2}
    assert len(outline.seen(~no, no)[0]) == 4
    assert len(outline.seen(no, no)[0]) == 0 and len(outline.seen(no, ~no)[0]) == 4


def test_edges_of_the_surface_are_shown_too_and_where_it_is_rounded_they_are_not() -> None:
    for profile, edges in (([(1.0, 0.5), (1.0, 0.0), (0.0, 0.0)], 24), ([(1.0, 0.5), (1.0, 0.0), (0.9, -0.3)], 0)):
        body = lathe(profile, 24, (1, 1, 1, 1), Surface())
        outline = Outline.of(body.vertices, body.normals, body.triangles, body.parts)
        assert outline.sharp.sum() == edges
        all_seen, no = np.ones(len(body.triangles), np.bool_), np.zeros(len(body.triangles), np.bool_)
        assert len(outline.seen(all_seen, no)[0]) == edges + (outline.triangles[:, 1] == len(no)).sum()


@pytest.mark.parametrize("moved", [(0.0, 0.0), (0.4, 0.3), (-0.45, 0.1), (0.2, -0.5)])
def test_pixels_along_a_side_show_as_much_as_is_covered(moved: tuple[float, float]) -> None:
    corners = CORNERS + moved
    numbers, fine = painted(corners), np.zeros((960, 960), np.uint8)
    cv2.fillConvexPoly(fine, np.round((corners[0] + 0.5) * 16 - 0.5).astype(np.int32), 255)
    fine = cv2.dilate(fine, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))  # a little wider
    wanted = cv2.resize(fine, (60, 60), interpolation=cv2.INTER_AREA).astype(int)
    layer = np.repeat(np.where(numbers > 0, 255, 0).astype(np.uint8)[..., None], 4, axis=2)
    steps = np.abs(layer[..., 0] - wanted)
    turns = np.array([[0, 1], [1, 2], [2, 0]])
    sides = Sides(corners[0][turns], np.ones((3, 2)), corners[0][[2, 0, 1]], np.ones(3, np.uint8))
    done = smooth(layer, numbers, depth_planes(corners, np.ones((1, 3))), (numbers > 0).astype(np.uint8), sides, 0.0)
    left = np.abs(layer[..., 0] - wanted)
    near_corner = np.zeros((60, 60), np.uint8)
    for x, y in np.round(corners[0]).astype(int).tolist():
        cv2.circle(near_corner, (x, y), 3, 255, -1)
    assert steps.max() > 110
    left, steps = left[near_corner == 0], steps[near_corner == 0]
    assert left.max() < 40 and left.mean() < 0.2 * steps.mean()
    assert done.any() and not done[30, 25]


def test_nothing_is_mixed_where_something_nearer_hides_the_side() -> None:
    near = np.array([[(0.0, 0.0), (59.0, 0.0), (59.0, 59.0)], [(0.0, 0.0), (59.0, 59.0), (0.0, 59.0)]])
    corners, depths = np.concatenate([CORNERS, near]), np.array([[2.0] * 3, [1.0] * 3, [1.0] * 3])
    numbers = painted(corners)
    layer = np.random.default_rng(0).integers(0, 255, (60, 60, 4)).astype(np.uint8)
    before = layer.copy()
    sides = Sides(
        CORNERS[0][[[0, 1], [1, 2], [2, 0]]], np.full((3, 2), 2.0), CORNERS[0][[2, 0, 1]], np.ones(3, np.uint8)
    )
    assert not smooth(layer, numbers, depth_planes(corners, depths), np.ones((60, 60), np.uint8), sides, 0.0).any()
    assert (layer == before).all()


@pytest.mark.parametrize(("eye_distance", "yaw"), [(150.0, -35.0), (130.0, 10.0)])
def test_a_body_looks_as_if_drawn_larger_and_shrunk(eye_distance: float, yaw: float) -> None:
    body = lathe(BALL, 30, (0.2, 0.6, 1.0, 1.0), Surface()).moved(np.eye(3), np.array([0.2, -0.2, -0.8]))
    solid, pictures = Solid(body), []
    face = turned_face(yaw, roll_deg=15, eye_distance=eye_distance, center=(320.0, 240.0))
    for times in (1, 2):
        points = ((face.keypoints_px + 0.5) * times - 0.5).astype(np.float32)
        (view,) = Viewer().views([Face(points, 0.9, 0, face.box)], (640 * times, 480 * times), 0.0)
        canvas = np.zeros((480 * times, 640 * times, 3), np.uint8)
        solid.draw(canvas, view, 1.0)
        pictures.append(cv2.resize(canvas, (640, 480), interpolation=cv2.INTER_AREA).astype(int))
    off = np.abs(pictures[0] - pictures[1]).max(axis=2)
    edge = cv2.morphologyEx(
        (pictures[1].max(axis=2) > 20).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)
    )
    assert off[edge > 0].mean() < 10 and off[edge == 0].mean() < 0.1
