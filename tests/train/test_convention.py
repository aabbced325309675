"""`train convention` finds the offsets that labels have, and refuses too few faces."""

import numpy as np

from model.convention import to_drawn
from model.keypoints import LID_PAIRS
from model.mean_face import DATASET_FACE
from train.convention import measure_table


def test_the_offsets_of_the_labels_are_found() -> None:
    predicted = np.stack([DATASET_FACE[:, :2] * size + 200 for size in (40, 80, 160)])
    wanted = np.zeros((68, 2))
    wanted[27] = (0, -0.05)
    wanted[21], wanted[22] = (0.06, 0.02), (-0.06, 0.02)
    labels = to_drawn(predicted, wanted.tolist())
    table = np.array(measure_table(predicted, labels))
    assert np.allclose(table[[21, 22, 27, 8]], wanted[[21, 22, 27, 8]], atol=1e-4)


def test_lids_move_together() -> None:
    predicted = np.stack([DATASET_FACE[:, :2] * size + 200 for size in (40, 80, 160)])
    labels = predicted + np.random.default_rng(1).normal(0, 1, (1, 68, 2))
    table = np.array(measure_table(predicted, labels))
    for upper, lower in LID_PAIRS:
        assert np.allclose(table[upper], table[lower], atol=2e-4)
