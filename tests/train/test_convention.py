"""`train convention` finds the offsets that labels have, and refuses too few faces."""

import numpy as np

from model.convention import to_drawn
from model.keypoints import LID_PAIRS
from model.mean_face import DATASET_FACE
from model.pose import rotation_from_angles
from train.convention import measure_table


def test_the_offsets_of_the_labels_are_found() -> None:
    predicted = np.stack([DATASET_FACE[:, :2] * size + 200 for size in (40, 80, 160)])
    wanted = np.zeros((68, 2))
    wanted[27] = (0, -0.05)
    wanted[21], wanted[22] = (0.06, 0.02), (-0.06, 0.02)
    labels = to_drawn(predicted, wanted.tolist())
    table = np.array(measure_table(predicted, labels))
    assert np.allclose(table[[21, 22, 27, 8], :2], wanted[[21, 22, 27, 8]], atol=1e-4)
    assert np.allclose(table[:, 2:], 0, atol=1e-3)  # frontal faces say nothing of slopes


def test_how_offsets_change_with_the_turn_is_found() -> None:
    heads = [DATASET_FACE @ rotation_from_angles(np.radians(yaw), 0.0, 0.1).T for yaw in (-30, -20, -5, 0, 10, 15, 25)]
    predicted = np.stack([head[:, :2] * 80 + 200 for head in heads])
    wanted = np.zeros((68, 4))
    wanted[3], wanted[13] = (0.01, 0.02, 0.1, 0.4), (-0.01, 0.02, 0.1, -0.4)
    labels = to_drawn(predicted, wanted.tolist())
    labels[2, 30] = np.nan
    table = np.array(measure_table(predicted, labels))
    assert np.allclose(table[[3, 13, 30]], wanted[[3, 13, 30]], atol=0.03)
    assert table[3, 3] > 0.37


def test_lids_move_together() -> None:
    predicted = np.stack([DATASET_FACE[:, :2] * size + 200 for size in (40, 80, 160)])
    labels = predicted + np.random.default_rng(1).normal(0, 1, (1, 68, 2))
    table = np.array(measure_table(predicted, labels))
    for upper, lower in LID_PAIRS:
        assert np.allclose(table[upper], table[lower], atol=2e-4)
