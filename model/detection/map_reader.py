"""From a detector's map to places of faces. No torch, no ONNX Runtime."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

STRIDE: Final = 8
"""Pixels of the picture for each cell of the map."""
UNIT_SIDE_PX: Final = 32.0
"""Sizes are given as the logarithm of a face's side over this."""
COARSEST: Final = 32
"""Pictures have sides that this divides."""
PADDED: Final = 128
"""Grey of what is added to a picture until it does."""
_LARGEST: Final = 4.0
"""Logarithms of sizes are taken to lie within this of 0: 0.6 to 1750 px."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A face on a map.

    Attributes:
        x, y: its centre, picture pixels.
        side: of its points' box, picture pixels.
        roll_rad: clockwise on the screen.
        score: in [0, 1].
    """

    x: float
    y: float
    side: float
    roll_rad: float
    score: float


def read_map(
    found: npt.NDArray[np.float32], threshold: float, cells: Sequence[tuple[int, int]] | None = None
) -> list[Peak]:
    """The faces of a map, in no order.

    Args:
        found: (5, H, W), see `model.networks.detector_net.DetectorNet`.
        threshold: lowest score.
        cells: read these (row, column) instead of the peaks.
    """
    logits = found[0]
    places: Sequence[tuple[int, int]]
    if cells is not None:
        places = cells
    else:
        least = float(np.log(threshold / (1 - threshold))) if 0 < threshold < 1 else -np.inf
        highest = cv2.dilate(logits, np.ones((3, 3), np.uint8))
        places = [(row, column) for row, column in np.argwhere((logits >= highest) & (logits >= least)).tolist()]
    peaks = []
    for row, column in places:
        logit, x, y, size, roll = found[:, row, column].tolist()
        side = UNIT_SIDE_PX * float(np.exp(np.clip(size, -_LARGEST, _LARGEST)))
        place = ((column + x + 0.5) * STRIDE - 0.5, (row + y + 0.5) * STRIDE - 0.5)
        peaks.append(Peak(*place, side, roll, float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))))
    return peaks
