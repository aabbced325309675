"""On a head turned nearly to its profile nothing is painted beyond the profile; before that, all of it."""

import numpy as np
import pytest

from realtime.drawing.primitives import PixelRect
from realtime.face_view import FaceView
from realtime.filters.far_side import FarSide
from realtime.filters.layers.openings import Opening
from realtime.filters.packs.registry import load
from tests.model.test_pose import SIZE_WH
from tests.realtime.filters.layers.test_mesh import seen, view_of

WHOLE = PixelRect(0, 0, *SIZE_WH)


def far_side(view: FaceView, region: PixelRect) -> Opening | None:
    found = FarSide.of(view)
    return None if found is None else found.opening(region)


@pytest.mark.parametrize("yaw", [-28, -10, 0, 10, 28])
def test_a_head_that_shows_both_sides_is_painted_whole(yaw: float) -> None:
    assert far_side(view_of(seen(yaw, 0, 0)), WHOLE) is None


@pytest.mark.parametrize("yaw", [-50, 50])
@pytest.mark.parametrize("roll", [-30, 0, 20])
def test_beyond_the_profile_all_is_cut_and_the_near_side_is_kept(yaw: float, roll: float) -> None:
    view = view_of(seen(yaw, 0, roll))
    hidden = far_side(view, WHOLE)
    assert hidden is not None
    across = view.along_face((0.4 if yaw > 0 else -0.4, 0.0))
    nose, near_eye = view.keypoints_px[33], view.keypoints_px[36 if yaw > 0 else 45]
    for place, cut in ((nose + across, 255), (nose - across, 0), (near_eye, 0)):
        x, y = np.rint(place).astype(int)
        assert hidden.mask[y, x] == pytest.approx(cut, abs=2)


def test_more_is_cut_as_the_head_turns() -> None:
    reached = []
    for yaw in np.arange(30, 60, 1.0):
        view = view_of(seen(float(yaw), 0, 0))
        hidden = far_side(view, WHOLE)
        x, y = np.rint(view.keypoints_px[51]).astype(int)
        row = np.zeros(0) if hidden is None else np.flatnonzero(hidden.mask[y, x:] > 128)
        reached.append((row[0] if row.size else SIZE_WH[0] - x) / view.unit_px)
    steps = np.diff(reached)[3:]
    assert steps.max() < 0.02 and steps.min() > -0.1
    assert reached[6] > 0.2 and reached[-1] < 0.06


@pytest.mark.parametrize("yaw", [-41, -36, 36, 38])
def test_what_a_turned_head_still_shows_is_painted_whole(yaw: float) -> None:
    view = view_of(seen(yaw, 0, 0))
    hidden = far_side(view, WHOLE)
    assert hidden is not None
    for index in (39, 38, 60) if yaw < 0 else (42, 43, 64):  # the far eye, and the mouth's corner
        x, y = np.rint(view.keypoints_px[index]).astype(int)
        assert hidden.mask[y, x] < 40, index


@pytest.mark.parametrize("name", ["beard", "tears", "makeup-red"])
def test_nothing_hangs_in_the_air_before_a_profile(name: str) -> None:
    view = view_of(seen(50, 0, 0))
    canvas = np.full((SIZE_WH[1], SIZE_WH[0], 3), 150, np.uint8)
    before = canvas.copy()
    load(name).draw(canvas, [view])
    changed = np.abs(canvas.astype(int) - before).max(axis=2) > 12
    assert changed.any()
    profile = float(view.keypoints_px[[27, 30, 33, 51, 57], 0].max())
    assert not changed[:, round(profile + 0.2 * view.unit_px) :].any()


def test_regions_on_the_near_side_need_no_mask() -> None:
    for yaw, roll in ((45, 0), (-45, 20), (40, -30)):
        view = view_of(seen(yaw, 0, roll))
        hidden = far_side(view, WHOLE)
        assert hidden is not None
        for index in range(68):
            x, y = np.rint(view.keypoints_px[index]).astype(int).tolist()
            region = PixelRect(x - 6, y - 6, x + 6, y + 6)
            if far_side(view, region) is None:
                assert not hidden.mask[y - 6 : y + 6, x - 6 : x + 6].any()
        assert far_side(view, PixelRect(x0=0, y0=0, x1=8, y1=8) if yaw > 0 else PixelRect(632, 0, 640, 8)) is None
