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

PEOPLE: Final[Table] = (
    (0.0151, 0.0071),  # jaw_0
    (0.0140, -0.0006),  # jaw_1
    (0.0015, 0.0082),  # jaw_2
    (0.0010, 0.0201),  # jaw_3
    (0.0126, 0.0087),  # jaw_4
    (0.0236, 0.0035),  # jaw_5
    (0.0602, 0.0380),  # jaw_6
    (0.0598, 0.0374),  # jaw_7
    (0.0000, 0.0028),  # jaw_8
    (-0.0598, 0.0374),  # jaw_9
    (-0.0602, 0.0380),  # jaw_10
    (-0.0236, 0.0035),  # jaw_11
    (-0.0126, 0.0087),  # jaw_12
    (-0.0010, 0.0201),  # jaw_13
    (-0.0015, 0.0082),  # jaw_14
    (-0.0140, -0.0006),  # jaw_15
    (-0.0151, 0.0071),  # jaw_16
    (-0.0081, 0.0447),  # left_brow_0
    (-0.0131, 0.0302),  # left_brow_1
    (-0.0003, 0.0081),  # left_brow_2
    (0.0300, 0.0067),  # left_brow_3
    (0.0657, 0.0265),  # left_brow_4
    (-0.0657, 0.0265),  # right_brow_0
    (-0.0300, 0.0067),  # right_brow_1
    (0.0003, 0.0081),  # right_brow_2
    (0.0131, 0.0302),  # right_brow_3
    (0.0081, 0.0447),  # right_brow_4
    (0.0000, -0.0453),  # nose_bridge_0
    (0.0000, -0.0542),  # nose_bridge_1
    (0.0000, -0.0607),  # nose_bridge_2
    (0.0000, -0.0416),  # nose_bridge_3
    (-0.0234, -0.0208),  # nose_base_0
    (-0.0032, -0.0117),  # nose_base_1
    (0.0000, -0.0088),  # nose_base_2
    (0.0032, -0.0117),  # nose_base_3
    (0.0234, -0.0208),  # nose_base_4
    (0.0110, 0.0159),  # left_eye_0
    (0.0153, -0.0034),  # left_eye_1
    (0.0081, -0.0045),  # left_eye_2
    (0.0060, 0.0001),  # left_eye_3
    (0.0081, -0.0045),  # left_eye_4
    (0.0153, -0.0034),  # left_eye_5
    (-0.0060, 0.0001),  # right_eye_0
    (-0.0081, -0.0045),  # right_eye_1
    (-0.0153, -0.0034),  # right_eye_2
    (-0.0110, 0.0159),  # right_eye_3
    (-0.0153, -0.0034),  # right_eye_4
    (-0.0081, -0.0045),  # right_eye_5
    (-0.0214, -0.0274),  # outer_lip_0
    (-0.0081, -0.0193),  # outer_lip_1
    (-0.0201, 0.0030),  # outer_lip_2
    (0.0000, 0.0089),  # outer_lip_3
    (0.0201, 0.0030),  # outer_lip_4
    (0.0081, -0.0193),  # outer_lip_5
    (0.0214, -0.0274),  # outer_lip_6
    (0.0254, -0.0071),  # outer_lip_7
    (-0.0080, -0.0071),  # outer_lip_8
    (0.0000, -0.0073),  # outer_lip_9
    (0.0080, -0.0071),  # outer_lip_10
    (-0.0254, -0.0071),  # outer_lip_11
    (0.0072, -0.0183),  # inner_lip_0
    (-0.0010, -0.0069),  # inner_lip_1
    (0.0000, 0.0027),  # inner_lip_2
    (0.0010, -0.0069),  # inner_lip_3
    (-0.0072, -0.0183),  # inner_lip_4
    (0.0010, -0.0189),  # inner_lip_5
    (0.0000, -0.0093),  # inner_lip_6
    (-0.0010, -0.0189),  # inner_lip_7
)
"""From the dataset's convention to people's: what `python -m train convention` measured with the shipped weights on 43
faces of `dlib.csv`, a set labelled by people. `model.mean_face` is moved by the same."""

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
