"""Names, groups and the mirror table."""

import numpy as np
import pytest

from model.keypoints import GROUPS, MIRROR, NAMED, NAMES, NUM_KEYPOINTS, REGIONS, eye_distance, keypoint_index
from tests.tiny_weights import face_shape


@pytest.mark.parametrize("groups", [GROUPS, REGIONS])
def test_groups_hold_every_point_once(groups: dict[str, tuple[int, ...]]) -> None:
    assert sorted(i for group in groups.values() for i in group) == list(range(NUM_KEYPOINTS))


def test_mirroring_twice_changes_nothing() -> None:
    np.testing.assert_array_equal(MIRROR[MIRROR], np.arange(NUM_KEYPOINTS))


def test_a_mirrored_face_is_a_face() -> None:
    points = face_shape(100)
    mirrored = points[MIRROR] * [-1, 1] + [99, 0]
    np.testing.assert_allclose(mirrored, points, atol=1e-4)


def test_left_and_right_names_mirror_each_other() -> None:
    for name, index in NAMED.items():
        if name.startswith("left_"):
            assert MIRROR[index] == NAMED[name.replace("left_", "right_")]


def test_points_go_by_name() -> None:
    assert len(set(NAMES)) == NUM_KEYPOINTS
    assert keypoint_index("nose_tip") == 30
    assert NAMES[keypoint_index("left_eye_3")] == "left_eye_3"
    with pytest.raises(KeyError, match="no keypoint is called"):
        keypoint_index("elbow")


def test_eye_distance_is_between_the_outer_corners() -> None:
    points = np.zeros((3, NUM_KEYPOINTS, 2))
    points[:, 45] = [3, 4]
    np.testing.assert_allclose(eye_distance(points), [5, 5, 5])
