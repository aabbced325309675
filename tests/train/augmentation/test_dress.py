"""What faces wear hides pixels near the points it is laid on, and changes no point and no original."""

import numpy as np

from model.mean_face import MEAN_FACE
from train.augmentation.dress import hand, wear

POINTS = (MEAN_FACE[:, :2] * 90 + (128, 110)).astype(np.float32)
BARE = np.full((256, 256), 140, np.uint8)


def test_something_is_worn_and_the_face_before_stays() -> None:
    rng = np.random.default_rng(0)
    changed = [(wear(BARE, POINTS, rng) != BARE).mean() for _ in range(40)]
    assert min(changed) >= 0 and np.mean(np.array(changed) > 0.005) > 0.8 and max(changed) < 0.8
    assert (BARE == 140).all()


def test_a_hand_covers_part_of_the_face_in_the_skins_tone() -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        shown = hand(BARE, POINTS, rng)
        assert 0.005 < (shown != BARE).mean() < 0.5
        assert shown.min() > 40
    assert (BARE == 140).all()


def test_a_seed_gives_the_same_again() -> None:
    first, second = (wear(BARE, POINTS, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)
