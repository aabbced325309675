"""From the dataset's convention of where points lie to the one that people label by, and back.

Both name the same 68 places, but the dataset's inner brow ends lie short of the nose, its nose bridge low, its jaw
points elsewhere along the contour. A table of one offset for each point makes up for it, in the eyes' frame: x along
the line between the outer eye corners, y down, in their distance. It turns and scales with the face.

The two part further as a head turns: people follow the outline that they see, and the dataset's jaw stays behind. So
each row also says how its offset changes with the turn of the head (`nose_turn`).
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from model.keypoints import GROUPS, LEFT_EYE_OUTER, MIRROR, RIGHT_EYE_OUTER

Floats: TypeAlias = npt.NDArray[np.float64]
Table: TypeAlias = tuple[tuple[float, ...], ...]
"""68 rows, or none where points stay as the network gives them: the offset (x, y) of a frontal face in the eyes' frame,
and, where a row holds four numbers, what one unit of `nose_turn` adds to it."""

TURN_LIMIT: Final = 0.3
"""The table follows the turn up to here, some 40 degrees of yaw: it was not measured on heads turned further."""

PEOPLE: Final[Table] = (
    (0.0133, 0.0080, -0.0496, -0.0082),  # jaw_0
    (0.0145, 0.0035, -0.0515, 0.2021),  # jaw_1
    (0.0017, 0.0120, 0.0187, 0.3392),  # jaw_2
    (0.0052, 0.0284, 0.1364, 0.4879),  # jaw_3
    (0.0191, 0.0086, 0.2556, 0.5600),  # jaw_4
    (0.0310, 0.0047, 0.3319, 0.4891),  # jaw_5
    (0.0606, 0.0349, 0.3996, 0.3137),  # jaw_6
    (0.0636, 0.0390, 0.2898, 0.0924),  # jaw_7
    (0.0000, 0.0028, 0.2975, 0.0000),  # jaw_8
    (-0.0636, 0.0390, 0.2898, -0.0924),  # jaw_9
    (-0.0606, 0.0349, 0.3996, -0.3137),  # jaw_10
    (-0.0310, 0.0047, 0.3319, -0.4891),  # jaw_11
    (-0.0191, 0.0086, 0.2556, -0.5600),  # jaw_12
    (-0.0052, 0.0284, 0.1364, -0.4879),  # jaw_13
    (-0.0017, 0.0120, 0.0187, -0.3392),  # jaw_14
    (-0.0145, 0.0035, -0.0515, -0.2021),  # jaw_15
    (-0.0133, 0.0080, -0.0496, 0.0082),  # jaw_16
    (-0.0078, 0.0467, -0.1480, 0.0314),  # left_brow_0
    (-0.0114, 0.0300, -0.2332, 0.0047),  # left_brow_1
    (-0.0035, 0.0074, -0.2423, -0.0590),  # left_brow_2
    (0.0283, 0.0033, -0.1919, -0.0385),  # left_brow_3
    (0.0652, 0.0278, -0.0583, -0.0755),  # left_brow_4
    (-0.0652, 0.0278, -0.0583, 0.0755),  # right_brow_0
    (-0.0283, 0.0033, -0.1919, 0.0385),  # right_brow_1
    (0.0035, 0.0074, -0.2423, 0.0590),  # right_brow_2
    (0.0114, 0.0300, -0.2332, -0.0047),  # right_brow_3
    (0.0078, 0.0467, -0.1480, -0.0314),  # right_brow_4
    (0.0000, -0.0453, -0.0572, 0.0000),  # nose_bridge_0
    (0.0000, -0.0542, -0.1378, 0.0000),  # nose_bridge_1
    (0.0000, -0.0607, -0.1869, 0.0000),  # nose_bridge_2
    (0.0000, -0.0416, -0.0438, 0.0000),  # nose_bridge_3
    (-0.0229, -0.0217, 0.1206, 0.0794),  # nose_base_0
    (-0.0063, -0.0107, 0.0979, 0.0062),  # nose_base_1
    (0.0000, -0.0088, 0.0993, 0.0000),  # nose_base_2
    (0.0063, -0.0107, 0.0979, -0.0062),  # nose_base_3
    (0.0229, -0.0217, 0.1206, -0.0794),  # nose_base_4
    (0.0097, 0.0152, -0.0268, -0.0426),  # left_eye_0
    (0.0144, -0.0035, -0.1494, -0.0115),  # left_eye_1
    (0.0083, -0.0036, -0.1494, -0.0521),  # left_eye_2
    (0.0064, 0.0010, -0.0977, -0.0256),  # left_eye_3
    (0.0083, -0.0036, -0.1494, -0.0521),  # left_eye_4
    (0.0144, -0.0035, -0.1494, -0.0115),  # left_eye_5
    (-0.0064, 0.0010, -0.0977, 0.0256),  # right_eye_0
    (-0.0083, -0.0036, -0.1494, 0.0521),  # right_eye_1
    (-0.0144, -0.0035, -0.1494, 0.0115),  # right_eye_2
    (-0.0097, 0.0152, -0.0268, 0.0426),  # right_eye_3
    (-0.0144, -0.0035, -0.1494, 0.0115),  # right_eye_4
    (-0.0083, -0.0036, -0.1494, 0.0521),  # right_eye_5
    (-0.0228, -0.0268, -0.0394, 0.0361),  # outer_lip_0
    (-0.0096, -0.0164, -0.0321, 0.0358),  # outer_lip_1
    (-0.0193, 0.0007, -0.0444, -0.0018),  # outer_lip_2
    (0.0000, 0.0089, -0.0462, 0.0000),  # outer_lip_3
    (0.0193, 0.0007, -0.0444, 0.0018),  # outer_lip_4
    (0.0096, -0.0164, -0.0321, -0.0358),  # outer_lip_5
    (0.0228, -0.0268, -0.0394, -0.0361),  # outer_lip_6
    (0.0251, -0.0072, 0.0061, -0.0443),  # outer_lip_7
    (-0.0098, -0.0075, 0.1035, 0.0118),  # outer_lip_8
    (0.0000, -0.0073, 0.0907, 0.0000),  # outer_lip_9
    (0.0098, -0.0075, 0.1035, -0.0118),  # outer_lip_10
    (-0.0251, -0.0072, 0.0061, 0.0443),  # outer_lip_11
    (0.0061, -0.0171, 0.0172, 0.0381),  # inner_lip_0
    (0.0003, -0.0068, 0.1363, 0.0211),  # inner_lip_1
    (0.0000, 0.0027, 0.0850, 0.0000),  # inner_lip_2
    (-0.0003, -0.0068, 0.1363, -0.0211),  # inner_lip_3
    (-0.0061, -0.0171, 0.0172, -0.0381),  # inner_lip_4
    (-0.0003, -0.0188, 0.1363, -0.0211),  # inner_lip_5
    (0.0000, -0.0093, 0.0850, 0.0000),  # inner_lip_6
    (0.0003, -0.0188, 0.1363, 0.0211),  # inner_lip_7
)
"""From the dataset's convention to people's: what `python -m train convention` measured with the shipped weights on 43
faces of `dlib.csv`, a set labelled by people. `model.mean_face` is moved by the same."""

_NOSE: Final = slice(GROUPS["nose_bridge"][0], GROUPS["nose_base"][-1] + 1)
_FLIP_X: Final = np.array([-1.0, 1.0, 1.0, -1.0])
"""Signs of a row in the mirror. The turn changes its own there, so its y part does and its x part does not."""
_MOST_STEPS: Final = 40
_EXACT: Final = 1e-10


def nose_turn(keypoints: npt.NDArray[np.floating]) -> Floats:
    """(...) how far the nose of (..., 68, 2) points lies beside the middle of the eyes: mean x of its nine points.

    In the eyes' frame; above 0 to the right of the picture, 0.2 at some 30 degrees of yaw. NaN for a face without any
    width between its eyes.
    """
    return _turn(_complex(keypoints))


def to_drawn(keypoints: npt.NDArray[np.floating], table: Sequence[Sequence[float]] | Floats) -> Floats:
    """(..., 68, 2) points as the network gives them -> where they are drawn; the same frame and unit."""
    if not len(table):
        return np.asarray(keypoints, np.float64)
    places = _complex(keypoints)
    return _pairs(places + _moves(np.asarray(table), _turn(places)) * _eye_line(places))


def to_network(keypoints: npt.NDArray[np.floating], table: Sequence[Sequence[float]] | Floats) -> Floats:
    """The inverse of `to_drawn`."""
    if not len(table):
        return np.asarray(keypoints, np.float64)
    rows, drawn = np.asarray(table), _complex(keypoints)
    # How far the head is turned is read from the network's points, which are what is sought: from the drawn ones on,
    # each step halves the error several times over.
    turn = _turn(drawn)
    for _ in range(_MOST_STEPS):
        moves = _moves(rows, turn)
        places = drawn - moves * _eye_line(drawn) / (1 + _eye_line(moves))
        before, turn = turn, _turn(places)
        if not np.any(np.abs(turn - before) > _EXACT):
            break
    return _pairs(places)


def mirrored_mean(table: Floats) -> Floats:
    """A (68, 2) or (68, 4) table and its mirror image averaged, so that left and right get the same."""
    return np.asarray((table + table[MIRROR] * _FLIP_X[: table.shape[1]]) / 2)


def _turn(places: npt.NDArray[np.complex128]) -> Floats:
    """(...) the `nose_turn` of (..., 68) places."""
    middle = (places[..., LEFT_EYE_OUTER] + places[..., RIGHT_EYE_OUTER]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(((places[..., _NOSE].mean(axis=-1) - middle) / _eye_line(places)[..., 0]).real)


def _moves(rows: Floats, turn: Floats) -> npt.NDArray[np.complex128]:
    """(..., 68) offsets at turns of shape (...)."""
    still = _complex(rows[:, :2])
    if rows.shape[1] == 2:
        return still
    # A face without eyes apart has no turn; its points are drawn as the network gives them.
    turn = np.where(np.isnan(turn), 0.0, np.minimum(np.maximum(turn, -TURN_LIMIT), TURN_LIMIT))
    return np.asarray(still + turn[..., None] * _complex(rows[:, 2:]))


def _eye_line(places: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    return np.asarray(places[..., RIGHT_EYE_OUTER, None] - places[..., LEFT_EYE_OUTER, None])


def _complex(pairs: npt.NDArray[np.floating]) -> npt.NDArray[np.complex128]:
    # Turning and scaling by the line between the eyes is one product of complex numbers; x and y lie in memory as one.
    return np.ascontiguousarray(pairs, np.float64).view(np.complex128)[..., 0]


def _pairs(places: npt.NDArray[np.complex128]) -> Floats:
    return np.ascontiguousarray(places)[..., None].view(np.float64)
