"""The mean 3-D face, and points of the head around it that have no keypoint.

Axes: x right in the picture, y down, z away from the viewer, for a face that looks straight at the viewer, so the nose
tip has the smallest z. Origin: midway between the outer eye corners. Unit: their distance (about 85 to 90 mm).
Pitch 0 is the median posture of the dataset's faces. The face is mirror symmetric, and as open-mouthed and as
smiling as the mean of the dataset's faces, who mostly speak.

The rows come from the 2-D labels of the dataset alone, by factorisation: `python -m train.fit_mean_face` prints them,
and its docstring says how. `MEAN_FACE` is moved to where people label these points. The jaw is that of the labels: an
outline in frontal faces, which slides when heads turn.
"""

from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from model.convention import PEOPLE
from model.keypoints import GROUPS, LEFT_EYE_OUTER, RIGHT_EYE_OUTER

_ROWS = (
    (-0.842, 0.019, 0.719),  # jaw_0
    (-0.826, 0.241, 0.697),  # jaw_1
    (-0.788, 0.445, 0.694),  # jaw_2
    (-0.748, 0.641, 0.675),  # jaw_3
    (-0.683, 0.857, 0.606),  # jaw_4
    (-0.567, 1.037, 0.467),  # jaw_5
    (-0.439, 1.158, 0.282),  # jaw_6
    (-0.268, 1.261, 0.067),  # jaw_7
    (0.000, 1.328, 0.013),  # jaw_8
    (0.268, 1.261, 0.067),  # jaw_9
    (0.439, 1.158, 0.282),  # jaw_10
    (0.567, 1.037, 0.467),  # jaw_11
    (0.683, 0.857, 0.606),  # jaw_12
    (0.748, 0.641, 0.675),  # jaw_13
    (0.788, 0.445, 0.694),  # jaw_14
    (0.826, 0.241, 0.697),  # jaw_15
    (0.842, 0.019, 0.719),  # jaw_16
    (-0.658, -0.177, 0.061),  # left_brow_0
    (-0.558, -0.241, -0.078),  # left_brow_1
    (-0.431, -0.261, -0.166),  # left_brow_2
    (-0.315, -0.250, -0.215),  # left_brow_3
    (-0.212, -0.221, -0.237),  # left_brow_4
    (0.212, -0.221, -0.237),  # right_brow_0
    (0.315, -0.250, -0.215),  # right_brow_1
    (0.431, -0.261, -0.166),  # right_brow_2
    (0.558, -0.241, -0.078),  # right_brow_3
    (0.658, -0.177, 0.061),  # right_brow_4
    (0.000, 0.016, -0.263),  # nose_bridge_0
    (0.000, 0.164, -0.353),  # nose_bridge_1
    (0.000, 0.304, -0.452),  # nose_bridge_2
    (0.000, 0.424, -0.468),  # nose_bridge_3
    (-0.140, 0.512, -0.227),  # nose_base_0
    (-0.080, 0.528, -0.273),  # nose_base_1
    (0.000, 0.546, -0.292),  # nose_base_2
    (0.080, 0.528, -0.273),  # nose_base_3
    (0.140, 0.512, -0.227),  # nose_base_4
    (-0.500, 0.000, 0.000),  # left_eye_0
    (-0.419, -0.029, -0.088),  # left_eye_1
    (-0.317, -0.029, -0.092),  # left_eye_2
    (-0.222, 0.012, -0.067),  # left_eye_3
    (-0.310, 0.041, -0.086),  # left_eye_4
    (-0.417, 0.041, -0.061),  # left_eye_5
    (0.222, 0.012, -0.067),  # right_eye_0
    (0.317, -0.029, -0.092),  # right_eye_1
    (0.419, -0.029, -0.088),  # right_eye_2
    (0.500, 0.000, 0.000),  # right_eye_3
    (0.417, 0.041, -0.061),  # right_eye_4
    (0.310, 0.041, -0.086),  # right_eye_5
    (-0.293, 0.789, -0.060),  # outer_lip_0
    (-0.193, 0.727, -0.201),  # outer_lip_1
    (-0.067, 0.688, -0.275),  # outer_lip_2
    (0.000, 0.701, -0.280),  # outer_lip_3
    (0.067, 0.688, -0.275),  # outer_lip_4
    (0.193, 0.727, -0.201),  # outer_lip_5
    (0.293, 0.789, -0.060),  # outer_lip_6
    (0.189, 0.872, -0.150),  # outer_lip_7
    (0.099, 0.920, -0.194),  # outer_lip_8
    (0.000, 0.929, -0.207),  # outer_lip_9
    (-0.099, 0.920, -0.194),  # outer_lip_10
    (-0.189, 0.872, -0.150),  # outer_lip_11
    (-0.272, 0.785, -0.063),  # inner_lip_0
    (-0.087, 0.763, -0.215),  # inner_lip_1
    (0.000, 0.760, -0.235),  # inner_lip_2
    (0.087, 0.763, -0.215),  # inner_lip_3
    (0.272, 0.785, -0.063),  # inner_lip_4
    (0.086, 0.818, -0.191),  # inner_lip_5
    (0.000, 0.826, -0.203),  # inner_lip_6
    (-0.086, 0.818, -0.191),  # inner_lip_7
)


DATASET_FACE: Final = np.array(_ROWS)
"""(68, 3) the same in the dataset's own convention, as `train.fit_mean_face` finds it; for comparison only."""
DATASET_FACE.setflags(write=False)


def _mean_face() -> npt.NDArray[np.float64]:
    face = DATASET_FACE.copy()
    face[:, :2] += np.array(PEOPLE)[:, :2]
    left, right = face[LEFT_EYE_OUTER], face[RIGHT_EYE_OUTER]
    face = np.asarray((face - (left + right) / 2) / (right[0] - left[0]), np.float64)
    face.setflags(write=False)
    return face


MEAN_FACE: Final = _mean_face()
"""(68, 3) float64, read-only, order of `model.keypoints`."""

SKULL_CENTER: Final = (0.0, -0.28, 0.87)
"""Centre of the skull ellipsoid: at the height of the brows, half a head length behind them."""
SKULL_SEMI_AXES: Final = (0.90, 1.12, 1.13)
"""Half the head's breadth, height above the brows, and length. In adults the breadth is about 1.75, the length 2.25
outer eye distances (152, 195 and 87 mm); the height puts the eyes half-way between crown and chin, the canon."""

_HAIRLINE_X = (-0.80, -0.64, -0.36, 0.0, 0.36, 0.64, 0.80)
_HAIRLINE_Y = (-0.42, -0.78, -0.98, -1.03, -0.98, -0.78, -0.42)
"""The middle is one facial third (brows to nose base, 0.8) above the brows; the ends come down to the temples."""
_BROW_UP_SHARE = 0.45


def _on_skull(x: float, y: float) -> tuple[float, float, float]:
    """The point of the skull ellipsoid's front at (x, y)."""
    (cx, cy, cz), (a, b, c) = SKULL_CENTER, SKULL_SEMI_AXES
    inside = 1 - ((x - cx) / a) ** 2 - ((y - cy) / b) ** 2
    return x, y, cz - c * float(np.sqrt(max(inside, 0.0)))


def _head_points() -> MappingProxyType[str, tuple[float, float, float]]:
    points: dict[str, tuple[float, float, float]] = {}
    brow = MEAN_FACE[list(GROUPS["right_brow"])]
    for column, (x, y) in enumerate(zip(_HAIRLINE_X, _HAIRLINE_Y, strict=True)):
        points[f"forehead_{column}"] = _on_skull(x, y)
        brow_y = float(np.interp(abs(x), brow[:, 0], brow[:, 1]))
        points[f"brow_up_{column}"] = _on_skull(x, brow_y + _BROW_UP_SHARE * (y - brow_y))
    ear_x = SKULL_SEMI_AXES[0]
    for side, sign in (("left", -1.0), ("right", 1.0)):
        points[f"{side}_ear"] = (sign * ear_x, 0.20, 0.92)
        points[f"{side}_ear_top"] = (sign * (ear_x + 0.08), -0.12, 1.00)
    points["crown"] = (0.0, SKULL_CENTER[1] - SKULL_SEMI_AXES[1], SKULL_CENTER[2])
    points["head_center"] = SKULL_CENTER
    return MappingProxyType(points)


HEAD_POINTS: Final = _head_points()
"""Name -> (x, y, z) of points that no keypoint marks, by proportion and not by measurement:

- `forehead_0` .. `forehead_6`: along the hairline from the left temple to the right one, `forehead_3` in the middle;
- `brow_up_0` .. `brow_up_6`: the same columns, a little less than half-way from the brows to the hairline;
- `crown`: the top of the skull (hair comes on top of it); `head_center`: centre of the skull ellipsoid;
- `left_ear`, `right_ear`: the ear canals; `left_ear_top`, `right_ear_top`: the ears' upper rims.
"""
