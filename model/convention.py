"""From the dataset's convention of where points lie to the one that people label by, and back.

Both name the same 68 places, but the dataset's inner brow ends lie short of the nose, its nose bridge low, its jaw
points elsewhere along the contour. A table of one offset for each point makes up for it, in the eyes' frame: x along
the line between the outer eye corners, y down, in their distance. It turns and scales with the face.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from model.keypoints import LEFT_EYE_OUTER, MIRROR, RIGHT_EYE_OUTER

Floats: TypeAlias = npt.NDArray[np.float64]
Table: TypeAlias = tuple[tuple[float, float], ...]
"""68 offsets (x, y) in the eyes' frame, or none where points stay as the network gives them."""

_FLIP_X: Final = np.array([-1.0, 1.0])


def to_drawn(keypoints: npt.NDArray[np.floating], table: Sequence[Sequence[float]]) -> Floats:
    """(..., 68, 2) points as the network gives them -> where they are drawn; the same frame and unit."""
    if not len(table):
        return np.asarray(keypoints, np.float64)
    places, moves = _complex(keypoints), _complex(np.asarray(table))
    return _pairs(places + moves * _eye_line(places))


def to_network(keypoints: npt.NDArray[np.floating], table: Sequence[Sequence[float]]) -> Floats:
    """The inverse of `to_drawn`."""
    if not len(table):
        return np.asarray(keypoints, np.float64)
    places, moves = _complex(keypoints), _complex(np.asarray(table))
    return _pairs(places - moves * _eye_line(places) / (1 + _eye_line(moves)))


def mirrored_mean(table: Floats) -> Floats:
    """A (68, 2) table and its mirror image averaged, so that left and right get the same."""
    return np.asarray((table + table[MIRROR] * _FLIP_X) / 2)


def _eye_line(places: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    return np.asarray(places[..., RIGHT_EYE_OUTER, None] - places[..., LEFT_EYE_OUTER, None])


def _complex(pairs: npt.NDArray[np.floating]) -> npt.NDArray[np.complex128]:
    # Turning and scaling by the line between the eyes is one product of complex numbers.
    return np.asarray(pairs[..., 0] + 1j * pairs[..., 1], np.complex128)


def _pairs(places: npt.NDArray[np.complex128]) -> Floats:
    return np.stack([places.real, places.imag], axis=-1)
