"""What a run trains on, and what it measures on."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from train.config import TrainConfig
from train.data.annotations import Annotations, read_annotations
from train.data.split import Split, hold_out


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Labelled images, and which of them are held out.

    Attributes:
        annotations: all of them.
        split: who is held out.
    """

    annotations: Annotations
    split: Split

    @classmethod
    def of(cls, annotations: Annotations, config: TrainConfig) -> Self:
        """Divide the images as a run's options say.

        Raises:
            DatasetError: they cannot be divided so.
        """
        if config.validate_csv is None:
            people = annotations.people
            return cls(annotations, hold_out(people, all_people=config.all_people, chosen=config.hold_out))
        others = read_annotations(config.validate_csv)
        held_out = np.arange(len(annotations) + len(others)) >= len(annotations)
        return cls(annotations.joined(others), Split(held_out, f"all people, measured on {config.validate_csv.name}"))

    @property
    def trained(self) -> Annotations:
        """The images that are trained on."""
        return self.annotations.subset(~self.split.held_out)

    @property
    def held_out(self) -> Annotations:
        """The images that are measured on."""
        return self.annotations.subset(self.split.held_out)


def read_training_data(config: TrainConfig) -> TrainingData:
    """Read and divide the images of a run.

    Raises:
        DatasetError: a CSV or an image is missing or broken, or the images cannot be divided.
    """
    return TrainingData.of(read_annotations(config.csv_file, config.images_dir), config)
