"""Batches that workers prepare are those that one process prepares."""

from pathlib import Path

import numpy as np

from model.crop import CropSpec
from tests.train.faces import write_faces
from train.augmentation.batch import AugmentConfig
from train.data.annotations import read_annotations
from train.data.face_store import load_store
from train.data.label_offset import LabelOffset
from train.recipes.batch_stream import BatchSource, Mixture, stream_batches
from train.run.distributed import Ranks

KEYS = [(1, 0), (1, 1), (2, 0)]


def test_workers_give_the_batches_of_one_process(tmp_path: Path) -> None:
    csv_path, images = write_faces(tmp_path, count=4)
    store = load_store(read_annotations(csv_path, images), [0, 1, 2, 3], LabelOffset((0, 0), (0, 0)))
    cycles = [(1, AugmentConfig()), (2, AugmentConfig(twins=0.5))]
    source = BatchSource(store, CropSpec(64, 1.3), cycles, 3, 2, Ranks())
    alone, helped = (list(stream_batches(source, KEYS, workers)) for workers in (0, 2))
    assert len(alone) == len(helped) == 3 and alone[2].twins == 1
    for one, other in zip(alone, helped, strict=True):
        assert np.array_equal(one.crops, other.crops) and np.array_equal(one.keypoints, other.keypoints)


def test_processes_share_a_batch(tmp_path: Path) -> None:
    csv_path, images = write_faces(tmp_path, count=4)
    store = load_store(read_annotations(csv_path, images), [0, 1, 2, 3], LabelOffset((0, 0), (0, 0)))
    cycles = [(1, AugmentConfig())]
    parts = [BatchSource(store, CropSpec(64, 1.3), cycles, 3, 4, Ranks(rank, 2))[(1, 0)] for rank in (0, 1)]
    assert [len(part.crops) for part in parts] == [2, 2]


def test_shares_hold_whatever_the_number_of_faces() -> None:
    """Three faces of one CSV and 100 of another, half and half: the three come round evenly, and again alike."""
    mixture = Mixture(np.array([0] * 3 + [1] * 100), (2.0, 2.0))
    batches = [mixture.batch(7, 1, number, 7) for number in range(20)]
    faces = np.concatenate(batches)
    assert len(faces) == 140 and (faces < 3).sum() == 70
    assert np.bincount(faces, minlength=103)[:3].tolist() in ([24, 23, 23], [23, 24, 23], [23, 23, 24])
    assert np.bincount(faces, minlength=103)[3:].max() == 1
    assert np.array_equal(mixture.batch(7, 1, 3, 7), batches[3])
    assert not np.array_equal(mixture.batch(7, 2, 3, 7), batches[3])
