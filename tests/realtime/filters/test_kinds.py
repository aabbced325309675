"""What each kind of layer promises of its own."""

from typing import Any

import cv2
import numpy as np
import pytest

from model.face import Face
from model.geometry import bounding_box
from model.mean_face import HEAD_POINTS, MEAN_FACE
from realtime.drawing.primitives import region_around
from realtime.drawing.sticker import Sticker
from realtime.face_view import FaceView, Viewer
from realtime.filters.filter import LayeredFilter
from realtime.filters.layers import mesh, shapes
from realtime.filters.layers.mask import Mask
from realtime.filters.layers.overlay import Anchor, Overlay, from_keys
from realtime.filters.packs.manifest import filter_of
from tests.realtime.filters.faces import face_at, head_pose, turned_face
from tests.realtime.filters.sample_packs import KIND_SAMPLES, pack_of

BLACK = Sticker.from_straight(np.full((60, 160, 4), (0, 0, 0, 255), np.uint8))


def made(**layer: Any) -> LayeredFilter:
    return filter_of(pack_of([layer]))


def grey(level: int = 120) -> np.ndarray:
    return np.full((480, 640, 3), level, np.uint8)


def view_of(face: Face) -> FaceView:
    (view,) = Viewer().views([face], (640, 480), 0.0)
    return view


@pytest.mark.parametrize("yaw", [-40, -25, 0, 15, 40])
def test_posed_glasses_keep_their_corners_on_the_turned_head(yaw: float) -> None:
    # 160 x 60 pixels at 80 an eye distance: two eye distances wide, in the plane 0.1 before the eyes' depth.
    keys = {"place": "posed", "offset": (0.0, 0.0), "scale": 1.0, "blend": "normal"}
    glasses = from_keys(None, None, (79.5, 29.5), 80.0, -0.1, (0.0, 0.0), None, False, image=BLACK, **keys)
    depth = MEAN_FACE[36:48, 2].mean() - 0.1
    corners = np.array([[0, 0], [159, 0], [159, 59], [0, 59]], np.float64)
    solid = np.column_stack([(corners - (79.5, 29.5)) / 80, np.full(4, depth)])
    for pitch, roll in ((0, 0), (12, -8)):
        expected = head_pose(yaw, pitch, roll).project(solid)
        matrix = glasses.matrix(view_of(turned_face(yaw, pitch, roll)))
        mapped = np.column_stack([corners, np.ones(4)]) @ matrix.T
        assert np.abs(mapped[:, :2] / mapped[:, 2:] - expected).max() < 0.03 * 100


def test_a_posed_arm_turns_about_its_hinge_and_hides_behind_the_head() -> None:
    keys = {"place": "posed", "offset": (0.0, 0.0), "scale": 1.0, "blend": "normal"}
    arm = from_keys(None, None, (240.0, 30.0), 240.0, 0.0, (-80.0, 0.0), (120.0, 30.0), True, image=BLACK, **keys)
    frontal = arm.matrix(view_of(turned_face()))
    hinge = frontal @ (120, 30, 1)
    assert np.allclose(
        hinge[:2] / hinge[2], head_pose().project(np.array([[-0.5, 0, MEAN_FACE[36:48, 2].mean()]])), atol=1
    )
    for yaw, seen in ((35, True), (-35, False)):
        canvas = grey()
        arm.draw(canvas, view_of(turned_face(yaw)), 1.0)
        assert (canvas.min() < 20) == seen, yaw


def test_anchors_of_a_posed_picture_lie_on_their_points() -> None:
    anchors = (Anchor("left_eye", (20.0, 30.0)), Anchor("right_eye", (140.0, 30.0)))
    matrix = Overlay(BLACK, anchors, place="posed").matrix(view_of(turned_face()))
    for anchor in anchors:
        x, y, w = matrix @ (*anchor.at, 1)
        assert np.hypot(*(np.array([x, y]) / w - view_of(turned_face()).point(anchor.keypoint))) < 2
    with pytest.raises(ValueError, match="a posed picture needs 2 anchors apart"):
        Overlay(BLACK, anchors[:1], place="posed")


def test_head_points_are_where_the_pose_puts_them() -> None:
    view = view_of(turned_face(20, 10, -15))
    expected = head_pose(20, 10, -15).project(np.array([HEAD_POINTS["crown"], HEAD_POINTS["left_ear"]]))
    assert np.abs(view.points(["crown", "left_ear"]) - expected).max() < 3
    flat = Face(np.zeros((68, 2), np.float32), 0.9, 0, bounding_box(np.zeros((68, 2), np.float32)))
    assert Viewer().views([flat], (640, 480), 0.0) == [], "collapsed: nothing to draw on"


def test_the_mesh_covers_the_face_once() -> None:
    points = mesh.head_mesh()[:, :2]
    corners = points[mesh.triangles()]
    edges = corners[:, 1:] - corners[:, :1]
    areas = np.abs(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]) / 2
    hull = points[-len(mesh.OUTLINE) :]
    x, y = hull.T
    outline_area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    assert areas.min() > 0 and outline_area <= areas.sum() * 1.001
    assert set(mesh.triangles().ravel()) == set(range(len(points)))


def test_a_mask_moves_each_of_its_points_onto_the_faces() -> None:
    # A white dot of the picture on each of three points must be drawn on these points of the live face.
    template = mesh.head_mesh()[:, :2] * 100 + (125, 120)
    face = turned_face(12, -6, 10)
    for index in (30, 8, 24):
        bgra = np.full((300, 250, 4), (0, 0, 0, 255), np.uint8)
        x, y = template[index].round().astype(int)
        bgra[y - 2 : y + 3, x - 2 : x + 3, :3] = 255
        used = mesh.used_points(template, bgra[..., 3])
        shown = Mask(Sticker.from_straight(bgra), template, used, keep_open=())
        canvas = grey()
        shown.draw(canvas, view_of(face), 1.0)
        region = region_around(face.keypoints_px[[index]], 8, canvas)
        assert region is not None
        weight = np.maximum(region.of(canvas)[..., 1].astype(float) - 125, 0)
        ys, xs = np.mgrid[region.y0 : region.y1, region.x0 : region.x1]
        seen = np.array([(weight * xs).sum(), (weight * ys).sum()]) / weight.sum()
        assert np.hypot(*(seen - face.keypoints_px[index])) < 1.5, index


def test_a_mask_keeps_open_what_the_pack_says() -> None:
    bgra = np.full((300, 250, 4), (0, 0, 255, 255), np.uint8)
    template = mesh.head_mesh()[:, :2] * 100 + (125, 120)
    face = turned_face()
    eye, nose = face.keypoints_px[36:42].mean(axis=0).round().astype(int), face.keypoints_px[30].round().astype(int)
    used = mesh.used_points(template, bgra[..., 3])
    for keep_open in ((), ("eyes",)):
        canvas = grey()
        Mask(Sticker.from_straight(bgra), template, used, keep_open, 0.005).draw(canvas, view_of(face), 1.0)
        assert canvas[nose[1], nose[0]].tolist() == [0, 0, 255]
        assert (canvas[eye[1], eye[0], 0] > 100) == ("eyes" in keep_open)


def test_makeup_colours_its_part_and_leaves_eyes_alone() -> None:
    face = turned_face(eye_distance=220)
    lip = face.keypoints_px[57] * 0.5 + face.keypoints_px[66] * 0.5
    canvas = grey(200)
    made(kind="makeup", part="lips", color="#ff0000", feather=0.01).apply(canvas, [face], 0.0)
    at = lip.round().astype(int)
    assert canvas[at[1], at[0]].tolist() == [0, 0, 200]
    for part in ("liner", "shadow", "brows", "blush"):
        canvas = grey(200)
        made(kind="makeup", part=part, color="#000000").apply(canvas, [face], 0.0)
        for eye in (face.keypoints_px[36:42], face.keypoints_px[42:48]):
            at = eye.mean(axis=0).round().astype(int)
            assert canvas[at[1], at[0]].tolist() == [200, 200, 200], part
        _, columns = np.nonzero((canvas != 200).any(axis=2))
        middle = face.keypoints_px[27:31, 0].mean()
        assert abs((columns < middle).sum() - (columns > middle).sum()) < 0.1 * len(columns), "both sides alike"


def test_a_warp_is_local_and_seamless() -> None:
    ys, xs = np.mgrid[:480, :640]
    ramp = np.repeat((xs * 0.35).astype(np.uint8)[..., None], 3, axis=2)
    face = turned_face()
    canvas = ramp.copy()
    made(kind="warp", points=[{"keypoint": "nose_tip", "radius": 0.5, "bulge": 1.0}]).apply(canvas, [face], 0.0)
    center = face.keypoints_px[30]
    distance = np.hypot(xs - center[0], ys - center[1])
    assert np.array_equal(canvas[distance > 53], ramp[distance > 53])
    changed = np.abs(canvas[..., 0].astype(int) - ramp[..., 0])
    assert changed[distance < 40].max() >= 2
    assert changed[(distance > 46) & (distance <= 53)].max() <= 1, "nothing jumps at the edge"
    assert (np.diff(canvas[..., 0].astype(int), axis=1) >= -1).all(), "nothing folds over"


@pytest.mark.parametrize(("move", "where"), [([0.15, 0.0], (1, 0)), ([0.0, -0.15], (0, -1))])
def test_a_warp_moves_along_the_face(move: list[float], where: tuple[int, int]) -> None:
    canvas, face = grey(), face_at((320, 200), 100)
    nose = face.keypoints_px[30].round().astype(int)
    canvas[nose[1] - 3 : nose[1] + 4, nose[0] - 3 : nose[0] + 4] = 255
    made(kind="warp", points=[{"keypoint": "nose_tip", "radius": 0.6, "move": move}]).apply(canvas, [face], 0.0)
    ys, xs = np.nonzero(canvas[..., 0] > 200)
    assert np.allclose([xs.mean() - nose[0], ys.mean() - nose[1]], np.array(where) * 15, atol=2.5)


def test_a_warp_of_the_head_alone_leaves_lines_behind_it_straight() -> None:
    _, xs = np.mgrid[:480, :640]
    ramp = np.repeat((xs * 0.39).astype(np.uint8)[..., None], 3, axis=2)
    face = turned_face(eye_distance=140, center=(320, 180))
    pulls = [{"keypoint": f"jaw_{at}", "radius": 0.65, "move": [move, 0.0]} for at, move in ((3, 0.06), (13, -0.06))]
    changed = {}
    for head_only in (False, True):
        canvas = ramp.copy()
        made(kind="warp", points=pulls, head_only=head_only).apply(canvas, [face], 0.0)
        changed[head_only] = np.abs(canvas[..., 0].astype(int) - ramp[..., 0])
        assert (np.diff(canvas[..., 0].astype(int), axis=1) >= -1).all(), "nothing folds over"
    behind = np.ones((480, 640), np.uint8)
    cv2.fillPoly(behind, [shapes.head_outline(view_of(face), 0.25).round().astype(np.int32)], 0)
    assert changed[True][behind > 0].max() <= 1 < changed[False][behind > 0].max()
    x, y = face.keypoints_px[3].round().astype(int)
    assert changed[True][y, x + 4] >= 2, "the jaw itself moves"


@pytest.mark.parametrize("style", ["pixelate", "blur", "block"])
def test_privacy_leaves_nothing_fine_of_any_face(style: str) -> None:
    random = np.random.default_rng(3)
    noise = random.integers(0, 2, (480, 640), np.uint8) * 255
    canvas = np.ascontiguousarray(np.repeat(noise[..., None], 3, axis=2))
    faces = [turned_face(center=(200, 220)), turned_face(30, center=(460, 220), eye_distance=70)]
    faces = [Face(face.keypoints_px, 0.9, index, face.box) for index, face in enumerate(faces)]
    made(kind="privacy", style=style).apply(canvas, faces, 0.0)
    for face in faces:
        x, y = face.keypoints_px[27].astype(int)
        patch = canvas[y - 15 : y + 15, x - 15 : x + 15].astype(float)
        assert patch.std() < 12, "noise is averaged away"
        covered = shapes.head_outline(view_of(face), 0.0)
        assert covered[:, 1].min() < face.keypoints_px[:, 1].min() - 0.5 * (face.box.height / 2)
        columns = covered[:, 0]
        assert columns.min() <= face.box.x0 + 1 and columns.max() >= face.box.x1 - 1


def test_particles_are_born_when_asked_fly_and_die() -> None:
    layer = {**KIND_SAMPLES["particles"], "rate": 20, "life_s": 0.5, "velocity": [0.0, -2.0], "spread": 0.05}
    shown, face = made(**layer), turned_face()
    heights = []
    for index in range(10):
        canvas = grey()
        shown.apply(canvas, [face], index / 20)
        rows = np.nonzero((canvas != 120).any(axis=2))[0]
        heights.append(rows.min() if len(rows) else 480)
    assert heights[0] == 480 and heights[9] < heights[3] < 480, "they rise"
    swarm = shown.layers[0].layer
    for index in range(30):
        swarm.begin(grey(), [view_of(face)])
        (view,) = Viewer().views([face], (640, 480), 0.5 + index / 20)
        canvas = grey()
        swarm.draw(canvas, view, 0.0)
    assert (canvas == 120).all(), "none is born at opacity 0, and the living have died"
    for index in range(10):
        shown.apply(grey(), [face], 10 + index / 20)
    canvas = grey()
    shown.apply(canvas, [face], 20.0)
    rows = np.nonzero((canvas != 120).any(axis=2))[0]
    assert len(rows) == 0 or rows.min() > 200, "after a gap the old ones do not come back"


def test_swap_exchanges_two_faces_and_matches_colours() -> None:
    canvas = grey(90)
    left = turned_face(13, center=(170, 200), eye_distance=80)
    right = turned_face(-13, center=(470, 200), eye_distance=80)
    right = Face(right.keypoints_px, 0.9, 1, right.box)
    canvas[:, :320] = (60, 90, 160)
    canvas[:, 320:] = (120, 150, 230)
    nose = [face.keypoints_px[30].round().astype(int) for face in (left, right)]
    mark = canvas[nose[0][1] - 8 : nose[0][1] + 8, nose[0][0] - 8 : nose[0][0] + 8]
    mark[:] = 30
    before = canvas.copy()
    made(kind="swap").apply(canvas, [left, right], 0.0)
    assert canvas[nose[1][1], nose[1][0]].max() < 180, "the mark is on the right face now"
    assert canvas[nose[0][1], nose[0][0]].min() > 45, "and no more on the left one"
    cheek = nose[1] + (-25, -5)
    assert np.abs(canvas[cheek[1], cheek[0]].astype(int) - (120, 150, 230)).max() < 25, "the skin keeps its colour"
    alone = before.copy()
    made(kind="swap").apply(alone, [left], 0.0)
    assert np.array_equal(alone, before)


def two_faces(yaw_deg: float = 0.0) -> tuple[np.ndarray, list[Face]]:
    """Two people with skin of different colours, dark brows, blue eyes and lips; the second turned."""
    canvas = grey(90)
    # 13 degrees: each looks into the camera from their side of the picture.
    faces = [
        turned_face(13, center=(170, 200), eye_distance=80),
        turned_face(yaw_deg - 13, center=(470, 200), eye_distance=80),
    ]
    faces = [Face(face.keypoints_px, 0.9, index, face.box) for index, face in enumerate(faces)]
    for face, skin in zip(faces, ((60, 90, 160), (120, 150, 230)), strict=True):
        points = face.keypoints_px.round().astype(np.int32)
        cv2.fillPoly(canvas, [shapes.head_outline(view_of(face), 0.1).round().astype(np.int32)], skin)
        for brow in (points[17:22], points[22:27]):
            cv2.polylines(canvas, [brow], False, (20, 25, 30), 4)
        for eye in (points[36:42], points[42:48]):
            cv2.fillPoly(canvas, [eye], (190, 120, 60))
        cv2.fillPoly(canvas, [points[48:60]], (70, 60, 150))
    return canvas, faces


def test_swap_keeps_the_colour_of_brows_and_irises() -> None:
    canvas, faces = two_faces()
    made(kind="swap").apply(canvas, faces, 0.0)
    for face in faces:
        brow, eye = face.keypoints_px[19].round().astype(int), face.keypoints_px[36:42].mean(axis=0).round().astype(int)
        assert canvas[brow[1], brow[0]].max() < 75
        blue, green, red = canvas[eye[1], eye[0]].astype(int).tolist()
        assert blue > 1.3 * green > 1.3 * red


def test_heads_turned_far_against_each_other_do_not_swap() -> None:
    for yaw, swapped in ((0.0, True), (12.0, True), (37.0, False)):
        before, faces = two_faces(yaw)
        x, y = faces[0].keypoints_px[30].round().astype(int)
        before[y - 5 : y + 5, x - 5 : x + 5] = (40, 60, 110)
        canvas = before.copy()
        made(kind="swap").apply(canvas, faces, 0.0)
        assert np.array_equal(canvas, before) != swapped, yaw


def test_swap_leaves_an_open_mouth_to_who_opens_it() -> None:
    canvas, faces = two_faces()
    points = faces[0].keypoints_px.copy()
    points[[61, 62, 63], 1] -= 6
    points[[65, 66, 67], 1] += 14
    points[[55, 56, 57, 58, 59], 1] += 14
    faces[0] = Face(points, 0.9, 0, faces[0].box)
    cv2.fillPoly(canvas, [points[60:68].round().astype(np.int32)], (10, 10, 15))
    before = canvas.copy()
    made(kind="swap").apply(canvas, faces, 0.0)
    x, y = points[60:68].mean(axis=0).round().astype(int)
    assert np.abs(canvas[y, x].astype(int) - before[y, x]).max() <= 2
