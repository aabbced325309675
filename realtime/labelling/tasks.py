"""What is to be labelled: one face of one picture each, and how far it has come."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from model.geometry import Points
from model.keypoints import NUM_KEYPOINTS


class Stage(StrEnum):
    """How far a face has come."""

    OPEN = "open"
    LABELLED = "labelled"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Task:
    """A face to be labelled.

    Attributes:
        image: its picture's name in the folder of images.
        source: the file it comes from, or the camera.
        keypoints_px: (68, 2) float64, pixels of the picture: as proposed, then as labelled.
        doubt: see `realtime.labelling.proposals`; the largest comes first.
        person: who is shown; empty until somebody says.
        hidden: (68,) points that cannot be seen, which training leaves out.
        stage: how far it has come.
    """

    image: str
    source: str
    keypoints_px: Points = field(repr=False)
    doubt: float
    person: str = ""
    hidden: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(NUM_KEYPOINTS, bool), repr=False)
    stage: Stage = Stage.OPEN

    def labelled(self, keypoints_px: Points, hidden: npt.NDArray[np.bool_], person: str) -> "Task":
        """The same face, labelled."""
        return replace(self, keypoints_px=keypoints_px, hidden=hidden, person=person, stage=Stage.LABELLED)

    def at(self, stage: Stage) -> "Task":
        """The same face at another stage."""
        return replace(self, stage=stage)
