"""What a run trains on: several CSVs, and people's labels moved to where the network puts the points."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from model.convention import PEOPLE, to_drawn
from tests.train.faces import write_faces
from train.config import TrainConfig
from train.data.annotations import read_annotations
from train.data.label_offset import NO_OFFSET, LabelOffset
from train.data.training_data import DATASET_FILES, read_training_data
from train.recipes.default_options import options_for


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """A CSV of one's own and one called like the dataset's, each with its images beside."""
    mine, _ = write_faces(tmp_path / "mine", count=6)
    theirs, _ = write_faces(tmp_path / "theirs", count=12, seed=1)
    shutil.move(theirs, theirs.with_name(DATASET_FILES[0]))
    return mine, theirs.with_name(DATASET_FILES[0])


def test_several_csvs_are_one_set(two: tuple[Path, Path]) -> None:
    mine, theirs = two
    config = TrainConfig(csv_file=mine, more_csv=(theirs,), all_people=True)
    data = read_training_data(config)
    assert len(data.annotations) == 18 and data.parts.tolist() == [0] * 6 + [1] * 12
    assert data.annotations.read_bgr(17).shape == (140, 130, 3)


def test_peoples_labels_come_out_where_they_were_once_they_are_drawn(two: tuple[Path, Path]) -> None:
    mine, theirs = two
    config = TrainConfig(csv_file=mine, more_csv=(theirs,), label_offset=False, all_people=True)
    options = options_for(config)
    assert options.offset == LabelOffset() and options.convention == PEOPLE
    data = read_training_data(config, options.offset, options.convention)
    given = read_annotations(mine).keypoints_px
    taught = data.annotations.keypoints_px[:6]
    drawn = to_drawn(taught - options.offset.at(taught), options.convention)
    np.testing.assert_allclose(drawn, given, atol=1e-6)
    # The dataset's own labels have their bias and convention already.
    np.testing.assert_array_equal(data.annotations.keypoints_px[6:], read_annotations(theirs).keypoints_px)


def test_one_set_of_ones_own_is_left_as_it_is(two: tuple[Path, Path]) -> None:
    options = options_for(TrainConfig(csv_file=two[0], label_offset=False))
    assert options.offset == NO_OFFSET and options.convention == ()


def test_measured_images_of_another_csv_are_moved_alike(two: tuple[Path, Path]) -> None:
    mine, theirs = two
    config = TrainConfig(csv_file=theirs, validate_csv=mine, label_offset=False)
    data = read_training_data(config, LabelOffset((1.0, 0.0), (2.0, 0.0)))
    assert data.split.held_out.sum() == 6 and data.split.words == "all people, measured on faces.csv"
    np.testing.assert_allclose(data.held_out.keypoints_px, read_annotations(mine).keypoints_px + np.array([1, 2]))
