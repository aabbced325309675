"""What a run trains on, and what it measures on."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from model.convention import Table, to_network
from train.config import TrainConfig
from train.data.annotations import Annotations, read_annotations
from train.data.label_offset import NO_OFFSET, LabelOffset
from train.data.split import Split, hold_out

DATASET_FILES: Final = ("training_frames_keypoints.csv", "test_frames_keypoints.csv")
"""By these names the dataset's own labels are known, where others are mixed in."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Labelled images, and which of them are held out.

    Attributes:
        annotations: all of them.
        split: who is held out.
        parts: (N,) which CSV each is from: 0 the first.
    """

    annotations: Annotations
    split: Split
    parts: npt.NDArray[np.intp] = field(repr=False)

    @classmethod
    def of(cls, annotations: Annotations, config: TrainConfig, parts: npt.NDArray[np.intp] | None = None) -> Self:
        """Divide the images as a run's options say.

        Raises:
            DatasetError: they cannot be divided so.
        """
        parts = np.zeros(len(annotations), np.intp) if parts is None else parts
        people = annotations.people
        return cls(annotations, hold_out(people, all_people=config.all_people, chosen=config.hold_out), parts)

    @property
    def trained(self) -> Annotations:
        """The images that are trained on."""
        return self.annotations.subset(~self.split.held_out)

    @property
    def held_out(self) -> Annotations:
        """The images that are measured on."""
        return self.annotations.subset(self.split.held_out)


def read_training_data(config: TrainConfig, offset: LabelOffset = NO_OFFSET, convention: Table = ()) -> TrainingData:
    """Read and divide the images of a run.

    Args:
        config: the run.
        offset, convention: the bias and the convention that the run takes its labels to have; those by people are moved
            there.

    Raises:
        DatasetError: a CSV or an image is missing or broken, or the images cannot be divided.
    """
    several = bool(config.more_csv)

    def read(path: Path, images: Path | None = None) -> Annotations:
        annotations = read_annotations(path, images)
        if config.label_offset or (several and path.name in DATASET_FILES):
            return annotations
        points = to_network(annotations.keypoints_px, convention)
        return replace(annotations, keypoints_px=points + offset.at(points))

    annotations = read(config.csv_file, config.images_dir)
    parts = [np.zeros(len(annotations), np.intp)]
    for number, path in enumerate(config.more_csv, 1):
        more = read(path)
        annotations = annotations.joined(more)
        parts.append(np.full(len(more), number))
    if config.validate_csv is None:
        return TrainingData.of(annotations, config, np.concatenate(parts))
    others = read(config.validate_csv)
    held_out = np.arange(len(annotations) + len(others)) >= len(annotations)
    split = Split(held_out, f"all people, measured on {config.validate_csv.name}")
    parts.append(np.full(len(others), len(parts)))
    return TrainingData(annotations.joined(others), split, np.concatenate(parts))
