"""The value that everything after the predictor speaks of: one face of one frame."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.geometry import Box
from model.keypoints import NUM_KEYPOINTS


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
