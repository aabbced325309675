"""The bias of the dataset's labels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.keypoints import eye_distance


@dataclass(frozen=True, slots=True)
class LabelOffset:
    """The labels' bias, in image pixels along each axis: `a + b * eye distance`, as (a, b).

    x: measured by flip consistency (a network trained with flips cannot know left from right, so its residual is the
    bias). y: the flip says nothing; the constant of the same law, and as much of the slope as brings the bias at the
    median eye distance (43 px) to the 1.4 % that 43 faces labelled by people show. `python -m train measure-offset`
    measures both again. These are the numbers that the weights that ship were trained with.
    """

    x: tuple[float, float] = (0.42, 0.0142)
    y: tuple[float, float] = (0.42, 0.0042)

    def at(self, keypoints_px: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(N, 1, 2) pixels by which (N, 68, 2) labels are off."""
        distance = eye_distance(keypoints_px)
        return np.stack([a + b * distance for a, b in (self.x, self.y)], axis=-1)[:, None, :]


NO_OFFSET = LabelOffset((0.0, 0.0), (0.0, 0.0))
"""Of labels without a bias."""
