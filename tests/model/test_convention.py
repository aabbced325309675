"""Points move to where people label them and back, and the table turns and scales with the face."""

from dataclasses import replace

import numpy as np
import pytest

from model.convention import PEOPLE, TURN_LIMIT, mirrored_mean, nose_turn, to_drawn, to_network
from model.crop import CropSpec
from model.geometry import apply, similarity
from model.keypoints import MIRROR
from model.mean_face import DATASET_FACE, MEAN_FACE
from model.pose import rotation_from_angles
from model.weights.info import WeightsInfo, metadata_text, parse_metadata

FACE = DATASET_FACE[:, :2] * 100 + 200


def turned(yaw_deg: float) -> np.ndarray:
    head = DATASET_FACE @ rotation_from_angles(np.radians(yaw_deg), 0.0, 0.2).T + (0, 0, 8)
    return head[:, :2] / head[:, 2:] * 800 + 200


def test_the_way_back_undoes_the_table() -> None:
    drawn = to_drawn(FACE[None], PEOPLE)
    assert np.abs(drawn - FACE).max() > 3
    assert np.allclose(to_network(drawn, PEOPLE)[0], FACE)


@pytest.mark.parametrize("yaw_deg", [-70, -35, -10, 5, 25, 50])
def test_the_way_back_undoes_the_table_on_turned_heads(yaw_deg: float) -> None:
    face = np.stack([turned(yaw_deg), FACE])
    assert np.allclose(to_network(to_drawn(face, PEOPLE), PEOPLE), face, atol=1e-5)


def test_the_turn_of_a_head_is_read_from_its_nose() -> None:
    turns = [float(nose_turn(turned(yaw))) for yaw in (-30, 0, 10, 30)]
    assert turns == sorted(turns) and abs(turns[1]) < 0.01 and turns[0] == pytest.approx(-turns[3], abs=0.01)
    assert 0.12 < turns[3] < 0.28
    assert float(nose_turn(turned(30) * 3 + 7)) == pytest.approx(turns[3])


def test_on_a_turned_head_the_far_jaw_follows_the_outline() -> None:
    plain = tuple(row[:2] for row in PEOPLE)
    face = turned(30)
    unit = np.linalg.norm(face[45] - face[36])
    further = (to_drawn(face, PEOPLE) - to_drawn(face, plain)) / unit
    # The nose points to the right of the picture: the right side is the far one, and its jaw moves up and inwards.
    assert further[12, 1] < -0.05 and further[4, 1] > 0.05
    frontal = (to_drawn(FACE, PEOPLE) - to_drawn(FACE, plain)) / 100
    assert np.abs(frontal).max() < 0.01


def test_beyond_its_limit_the_turn_adds_no_more() -> None:
    face = turned(60)
    assert abs(float(nose_turn(face))) > TURN_LIMIT
    unit = np.linalg.norm(face[45] - face[36])
    moved = np.linalg.norm(to_drawn(face, PEOPLE) - face, axis=1) / unit
    wanted = np.array(PEOPLE)[:, :2] + TURN_LIMIT * np.array(PEOPLE)[:, 2:]
    assert np.allclose(moved, np.linalg.norm(wanted, axis=1))


def test_points_without_eyes_apart_stay_finite() -> None:
    assert np.isfinite(to_drawn(np.zeros((68, 2)), PEOPLE)).all()


def test_without_a_table_points_stay() -> None:
    assert np.array_equal(to_drawn(FACE, ()), FACE) and np.array_equal(to_network(FACE, ()), FACE)


@pytest.mark.parametrize(("scale", "turn"), [(1.0, 0.7), (2.5, -2.0)])
def test_the_table_turns_and_scales_with_the_face(scale: float, turn: float) -> None:
    view = similarity(scale, turn, (0.0, 0.0), (30.0, -10.0))
    assert np.allclose(to_drawn(apply(view, FACE), PEOPLE), apply(view, to_drawn(FACE, PEOPLE)), atol=1e-3)


def test_the_shipped_table_is_mirror_symmetric_and_the_mean_face_is_moved_by_it() -> None:
    table = np.array(PEOPLE)
    assert np.allclose(mirrored_mean(table), table, atol=1e-4)
    assert np.allclose(table[MIRROR] * (-1, 1, 1, -1), table, atol=1e-4)
    moved = to_drawn(DATASET_FACE[:, :2], PEOPLE)
    unit = moved[45, 0] - moved[36, 0]
    assert np.allclose((moved - (moved[36] + moved[45]) / 2) / unit, MEAN_FACE[:, :2])


def test_the_table_travels_in_the_weights_and_a_broken_one_is_refused() -> None:
    info = WeightsInfo("r", CropSpec(96, 1.3), 0.4, True, (0.0, 0.0), (0.0, 0.0), "t", PEOPLE)
    assert parse_metadata(metadata_text(info)) == info
    assert parse_metadata(metadata_text(replace(info, convention=()))).convention == ()
    old = tuple(row[:2] for row in PEOPLE)
    assert parse_metadata(metadata_text(replace(info, convention=old))).convention == old
    first, others = PEOPLE[0], PEOPLE[1:]
    for row in ((float("nan"), *first[1:]), (2.0, *first[1:]), (*first[:3], 5.0), first[:2], (*first, 0.0)):
        with pytest.raises(ValueError, match="convention must hold"):
            replace(info, convention=(row, *others))
    for broken in (PEOPLE[:-1], tuple(row[:3] for row in PEOPLE)):
        with pytest.raises(ValueError, match="convention must hold"):
            replace(info, convention=broken)
