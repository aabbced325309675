"""No triangle of the mesh is turned over: not on heads turned as far as they are followed, not on closed lips."""

from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.arrays import Array
from model.face import Face
from model.finder import open_finder
from model.geometry import bounding_box
from model.keypoints import GROUPS, LIP_PAIRS
from model.mean_face import MEAN_FACE
from realtime.drawing.primitives import polygon_mask, region_around
from realtime.face_view import FaceView, Viewer
from realtime.filters.layers.mesh import OUTLINE, face_mesh, head_mesh, triangles
from realtime.filters.mesh_map import MeshSource, warp_map
from realtime.sources.files.video import VideoSource
from tests.model.test_pose import SIZE_WH, true_pose


def areas(points: Array) -> Array:
    corners = points[triangles()]
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])


def turned_over(view: FaceView) -> int:
    return int((areas(face_mesh(view)) * areas(head_mesh()[:, :2]) <= 0).sum())


def view_of(keypoints: Array) -> FaceView:
    points = keypoints.astype(np.float32)
    (view,) = Viewer().views([Face(points, 0.9, 0, bounding_box(points))], SIZE_WH, 0.0)
    return view


def seen(yaw: float, pitch: float, roll: float, rng: np.random.Generator | None = None) -> Array:
    """Points of a head as labels have them: its hidden outline lies where the visible one is."""
    face = MEAN_FACE + (0 if rng is None else rng.normal(0, 0.02, MEAN_FACE.shape))
    points = true_pose(yaw, pitch, roll).project(face)
    jaw, across = list(GROUPS["jaw"]), np.array([np.cos(np.radians(roll)), np.sin(np.radians(roll))])
    along = points[jaw] @ across
    ends = np.concatenate([np.minimum.accumulate(along[8::-1])[::-1], np.maximum.accumulate(along[8:])[1:]])
    points[jaw] += (ends - along)[:, None] * across
    return np.asarray(points)


@pytest.mark.parametrize(("yaw", "pitch"), list(product((-55, -40, -25, -15, 0, 15, 25, 40, 55), (-25, 0, 25))))
def test_no_triangle_is_turned_over_at_any_pose(yaw: float, pitch: float) -> None:
    rng = np.random.default_rng(0)
    for roll in (-40, 0, 20):
        assert turned_over(view_of(seen(yaw, pitch, roll))) == 0
        assert turned_over(view_of(seen(yaw, pitch, roll, rng))) == 0


def test_a_head_that_looks_ahead_keeps_its_mesh() -> None:
    view = view_of(seen(0, 0, 0))
    mesh = face_mesh(view)
    np.testing.assert_array_equal(mesh[: len(MEAN_FACE)], view.keypoints_px)
    np.testing.assert_allclose(mesh, true_pose().project(head_mesh())[:, :2], atol=0.25 * view.unit_px)


def test_lips_that_cross_are_opened() -> None:
    points = seen(10, 0, 0)
    for upper, lower in LIP_PAIRS:
        points[upper, 1] = points[lower, 1] + 0.5
    view = view_of(points)
    assert turned_over(view) == 0
    assert np.abs(face_mesh(view)[: len(MEAN_FACE)] - points).max() < 0.03 * view.unit_px


@pytest.mark.shared
@pytest.mark.parametrize(("name", "least_yaw"), [("head_pose_female.gif", 35), ("head_pose_male.gif", 0)])
def test_nor_on_heads_that_turn(shared_dir: Path, name: str, least_yaw: float) -> None:
    finder, viewer, yaws = open_finder(), Viewer(), []
    with VideoSource(shared_dir / "videos" / name) as source:
        for frame in source.frames():
            for view in viewer.views(finder.find(frame.pixels_bgr), frame.size_wh, frame.time_s):
                assert turned_over(view) == 0, frame.index
                yaws.append(abs(np.degrees(view.measures.yaw)) if view.measures else 0.0)
    assert max(yaws) > least_yaw


def temple_ink(view: FaceView) -> float:
    """How much of a black stripe on the far temple of a picture is painted, eye distances of black pixels."""
    target, picture = face_mesh(view), np.zeros((300, 300), np.uint8)
    picture[:190, np.abs(np.arange(300) - 150) > 72] = 255
    region = region_around(target, 1, np.zeros((*SIZE_WH[::-1], 3), np.uint8))
    assert region is not None
    found = warp_map(MeshSource.of(head_mesh()[:, :2] * 100 + 150), target, region, 0.03 * view.unit_px)
    ink = cv2.remap(picture, found.places, None, cv2.INTER_LINEAR).astype(float) * found.cover / 255**2
    across, middle = view.along_face((1.0, 0.0)), view.keypoints_px[27] - region.origin
    rows, columns = np.mgrid[: ink.shape[0], : ink.shape[1]]
    right = (columns - middle[0]) * across[0] + (rows - middle[1]) * across[1] > 0
    assert view.pose is not None
    return float(ink[right == (view.pose.yaw_rad > 0)].sum() / view.unit_px)


@pytest.mark.parametrize("pitch", [-8, 8])
@pytest.mark.parametrize(("yaw", "most"), [(-36, 1.4), (-31, 1.4), (-26, 2.6), (26, 2.6), (31, 1.4)])
def test_what_a_turned_head_hides_draws_no_line_along_its_far_temple(yaw: float, pitch: float, most: float) -> None:
    assert temple_ink(view_of(seen(yaw, pitch, 0))) < most < 0.4 * temple_ink(view_of(seen(0, pitch, 0)))


@pytest.mark.parametrize("pitch", [-10, 0, 10])
def test_a_head_that_looks_ahead_is_painted_to_the_rim(pitch: float) -> None:
    view = view_of(seen(0, pitch, 0))
    target = face_mesh(view)
    region = region_around(target, 1, np.zeros((*SIZE_WH[::-1], 3), np.uint8))
    assert region is not None
    cover = warp_map(MeshSource.of(head_mesh()[:, :2] * 100 + 150), target, region, 0.03 * view.unit_px).cover
    inside = polygon_mask(region.size_wh, [target[list(OUTLINE)] - region.origin])
    assert cover[inside > 0].min() > 250
