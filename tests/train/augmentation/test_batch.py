"""Augmented views: points stay on their pixels, left stays left, and every change keeps its contract."""

from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.crop import CropSpec
from model.keypoints import MIRROR
from tests.train.faces import write_faces
from train.augmentation.batch import AugmentConfig, augmented_batch, change_pixels
from train.augmentation.pixels import blur, cover, dark, gradient, jpeg, light, noise, shadow, sharpen, small
from train.data.annotations import read_annotations
from train.data.face_store import FaceStore, load_store
from train.data.label_offset import LabelOffset

SPEC = CropSpec(64, 1.3)
NOTHING = AugmentConfig(**{f.name: 0.0 for f in fields(AugmentConfig)})
STEPS = [cover, light, gradient, shadow, blur, sharpen, small, dark, noise, jpeg]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FaceStore:
    csv_path, images = write_faces(tmp_path_factory.mktemp("faces"), count=4)
    return load_store(read_annotations(csv_path, images), [0, 1, 2, 3], LabelOffset((0, 0), (0, 0)))


def _dotted(store: FaceStore, point: int) -> FaceStore:
    """The store with black pictures that hold a white dot on one point."""
    crops = np.zeros_like(store.crops)
    for crop, (x, y) in zip(crops, store.keypoints[:, point], strict=True):
        cv2.circle(crop, (round(float(x)), round(float(y))), 4, 255, -1)
    return replace(store, crops=crops)


@pytest.mark.parametrize("point", [8, 36, 54])
def test_points_stay_on_their_pixels_through_every_view(store: FaceStore, point: int) -> None:
    config = replace(NOTHING, haar=0.5, far_roll=0.5)
    dotted = _dotted(store, point)
    rng = np.random.default_rng(5)
    for _ in range(10):
        batch = augmented_batch(dotted, np.arange(4), SPEC, config, rng)
        for crop, keypoints in zip(batch.crops[:, 0], batch.keypoints, strict=True):
            # A mirrored picture moves the dot of point p to that of its mirror point.
            wanted = [keypoints[p] for p in {point, int(MIRROR[point])}]
            if not all((w > 8).all() and (w < 56).all() for w in wanted):
                continue
            ys, xs = np.nonzero(crop > 128)
            found = np.array([xs.mean(), ys.mean()])
            assert min(np.linalg.norm(found - w) for w in wanted) < 0.9


def test_left_stays_left_in_upright_views(store: FaceStore) -> None:
    batch = augmented_batch(store, np.arange(4).repeat(8), SPEC, NOTHING, np.random.default_rng(2))
    assert (batch.keypoints[:, 36, 0] < batch.keypoints[:, 45, 0]).all()
    assert (batch.keypoints[:, 0, 0] < batch.keypoints[:, 16, 0]).all()
    assert batch.is_face.all()
    np.testing.assert_allclose(
        batch.eye_distances, np.linalg.norm(batch.keypoints[:, 36] - batch.keypoints[:, 45], axis=1)
    )


def test_about_half_of_the_views_are_mirrored(store: FaceStore) -> None:
    bright_left = replace(store, crops=store.crops.copy())
    bright_left.crops[:, :, :128], bright_left.crops[:, :, 128:] = 200, 50
    batch = augmented_batch(bright_left, np.zeros(100, np.intp), SPEC, NOTHING, np.random.default_rng(2))
    left = batch.crops[:, 0, :, :10].mean(axis=(1, 2)) > 125
    assert 0.3 < left.mean() < 0.7


def test_views_of_no_face_carry_no_points(store: FaceStore) -> None:
    batch = augmented_batch(
        store, np.arange(4).repeat(10), SPEC, replace(NOTHING, negatives=1.0), np.random.default_rng(1)
    )
    assert not batch.is_face.any() and not batch.keypoints.any()
    assert (batch.eye_distances == 1).all()


def test_the_same_seed_gives_the_same_batch_and_leaves_the_store_alone(store: FaceStore) -> None:
    before = store.crops.copy()
    first, second, other = (
        augmented_batch(store, np.arange(4), SPEC, AugmentConfig(), np.random.default_rng(seed)) for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(first.crops, second.crops)
    np.testing.assert_array_equal(first.keypoints, second.keypoints)
    assert not np.array_equal(first.crops, other.crops)
    np.testing.assert_array_equal(store.crops, before)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_each_change_keeps_size_and_type_and_its_input(step) -> None:  # type: ignore[no-untyped-def]
    crop = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    before = crop.copy()
    changed = step(crop, np.random.default_rng(1))
    assert changed.shape == crop.shape and changed.dtype == np.uint8
    assert not np.array_equal(changed, crop)
    np.testing.assert_array_equal(crop, before)


def test_no_shares_change_nothing_and_full_shares_all() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    np.testing.assert_array_equal(change_pixels(crop, NOTHING, np.random.default_rng(0)), crop)
    everything = AugmentConfig(**{f.name: 1.0 for f in fields(AugmentConfig)})
    for seed in range(20):
        assert change_pixels(crop, everything, np.random.default_rng(seed)).shape == crop.shape


def test_the_store_takes_the_bias_out_of_the_labels(tmp_path: Path) -> None:
    csv_path, images = write_faces(tmp_path, count=2)
    annotations = read_annotations(csv_path, images)
    plain = load_store(annotations, [0], LabelOffset((0, 0), (0, 0)))
    moved = load_store(annotations, [0], LabelOffset((2.0, 0.0), (0.0, 0.1)))
    distance = np.linalg.norm(annotations.keypoints_px[0, 36] - annotations.keypoints_px[0, 45])
    # The cut follows its corrected points, so it is the picture that moves under them.
    np.testing.assert_allclose(moved.keypoints, plain.keypoints, atol=1e-2)
    np.testing.assert_allclose(moved.valid[0, 0] - plain.valid[0, 0], 2.0 * 256 / 2.6 / _side(annotations), atol=0.02)
    per_px = 256 / 2.6 / _side(annotations)
    np.testing.assert_allclose(moved.valid[0, 1] - plain.valid[0, 1], 0.1 * distance * per_px, atol=0.05)


def _side(annotations) -> float:  # type: ignore[no-untyped-def]
    return float(np.ptp(annotations.keypoints_px[0], axis=0).max())


def test_twins_show_one_face_in_nearly_the_same_way(store: FaceStore) -> None:
    plain = replace(NOTHING, twins=0.5)
    batch = augmented_batch(store, np.zeros(8, np.intp), SPEC, plain, np.random.default_rng(1))
    assert batch.twins == 4
    apart = np.linalg.norm(batch.keypoints[0:8:2] - batch.keypoints[1:8:2], axis=-1).mean(axis=1)
    assert (apart > 0.05).all() and (apart < 2.5).all()
    crops = batch.crops.astype(int)
    noise = np.abs(crops[0:8:2] - crops[1:8:2]).mean(axis=(1, 2, 3))
    others = np.abs(crops[0:6:2] - crops[2:8:2]).mean(axis=(1, 2, 3))
    assert (noise > 0).all() and noise.mean() < 0.8 * others.mean()
    assert augmented_batch(store, np.zeros(8, np.intp), SPEC, NOTHING, np.random.default_rng(1)).twins == 0


def test_twins_may_be_mirrored_and_farther_apart(store: FaceStore) -> None:
    config = replace(NOTHING, twins=0.5, far_twins=1.0, mirrored_twins=0.5)
    batch = augmented_batch(store, np.zeros(64, np.intp), SPEC, config, np.random.default_rng(1))
    assert batch.twins == 32 and 4 < batch.mirrored.sum() < 28
    middle = (SPEC.size_px - 1) / 2
    for first, second, mirrored in zip(batch.keypoints[::2], batch.keypoints[1::2], batch.mirrored, strict=True):
        if mirrored:
            second = second[MIRROR] * (-1, 1) + (2 * middle, 0)
        apart = np.linalg.norm(first - second, axis=1).mean() / SPEC.size_px
        assert apart < 0.2
        # Corner to corner of the mouth, to the same side in both.
        assert np.sign(first[54, 0] - first[48, 0]) == np.sign(second[54, 0] - second[48, 0])
