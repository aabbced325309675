"""The value that everything after the predictor speaks of, and the errors of this package.

ModelError
├── DetectorError     the cascade or the installed OpenCV cannot be used
└── WeightsError      a weights file is missing, broken, or another model
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.geometry import Box
from model.keypoints import NUM_KEYPOINTS


class ModelError(Exception):
    """Base of this package's errors; the message says what was asked, what was found, and what to try."""


class DetectorError(ModelError):
    """The cascade or the installed OpenCV cannot be used."""


class WeightsError(ModelError):
    """A weights file is missing, broken, or made for another model."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face of one frame.

    Attributes:
        keypoints_px: (68, 2) float32, x then y, full-frame pixels, finite. They may lie outside the frame.
        score: in [0, 1], how sure the network is that these are the points of a face.
        face_id: the same number for the same face from frame to frame; never used again within a run.
        box: box around the points, full-frame pixels.

    Raises:
        ValueError: a field breaks its contract.
    """

    keypoints_px: npt.NDArray[np.float32] = field(repr=False)
    score: float
    face_id: int
    box: Box

    def __post_init__(self) -> None:
        points = self.keypoints_px
        if points.shape != (NUM_KEYPOINTS, 2) or points.dtype != np.float32:
            raise ValueError(f"keypoints_px must be (68, 2) float32, got {points.shape} {points.dtype}")
        if not np.isfinite(points).all():
            raise ValueError("keypoints_px must be finite")
        if not 0 <= self.score <= 1:
            raise ValueError(f"score must lie in [0, 1], got {self.score}")
