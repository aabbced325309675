"""Points move to where people label them and back, and the table turns and scales with the face."""

from dataclasses import replace

import numpy as np
import pytest

from model.convention import PEOPLE, mirrored_mean, to_drawn, to_network
from model.crop import CropSpec
from model.geometry import apply, similarity
from model.keypoints import MIRROR
from model.mean_face import DATASET_FACE, MEAN_FACE
from model.weights.info import WeightsInfo, metadata_text, parse_metadata

FACE = DATASET_FACE[:, :2] * 100 + 200


def test_the_way_back_undoes_the_table() -> None:
    drawn = to_drawn(FACE[None], PEOPLE)
    assert np.abs(drawn - FACE).max() > 3
    assert np.allclose(to_network(drawn, PEOPLE)[0], FACE)


def test_without_a_table_points_stay() -> None:
    assert np.array_equal(to_drawn(FACE, ()), FACE) and np.array_equal(to_network(FACE, ()), FACE)


@pytest.mark.parametrize(("scale", "turn"), [(1.0, 0.7), (2.5, -2.0)])
def test_the_table_turns_and_scales_with_the_face(scale: float, turn: float) -> None:
    view = similarity(scale, turn, (0.0, 0.0), (30.0, -10.0))
    assert np.allclose(to_drawn(apply(view, FACE), PEOPLE), apply(view, to_drawn(FACE, PEOPLE)), atol=1e-3)


def test_the_shipped_table_is_mirror_symmetric_and_the_mean_face_is_moved_by_it() -> None:
    table = np.array(PEOPLE)
    assert np.allclose(mirrored_mean(table), table, atol=1e-4)
    assert np.allclose(table[MIRROR] * (-1, 1), table, atol=1e-4)
    moved = to_drawn(DATASET_FACE[:, :2], PEOPLE)
    unit = moved[45, 0] - moved[36, 0]
    assert np.allclose((moved - (moved[36] + moved[45]) / 2) / unit, MEAN_FACE[:, :2])


def test_the_table_travels_in_the_weights_and_a_broken_one_is_refused() -> None:
    info = WeightsInfo("r", CropSpec(96, 1.3), 0.4, True, (0.0, 0.0), (0.0, 0.0), "t", PEOPLE)
    assert parse_metadata(metadata_text(info)) == info
    assert parse_metadata(metadata_text(replace(info, convention=()))).convention == ()
    for broken in (PEOPLE[:-1], ((float("nan"), 0.0), *PEOPLE[1:]), ((2.0, 0.0), *PEOPLE[1:])):
        with pytest.raises(ValueError, match="convention must hold"):
            replace(info, convention=broken)
