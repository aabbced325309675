"""What a face does: numbers for effects and logs, from the 68 points and the head's pose.

Lengths are taken after `HeadPose.unproject` has taken out turn, tilt and distance, in outer eye distances. The
constants that make 0 and 1 of them were chosen by the dataset's 3,462 labelled faces (median and extremes, each looked
at), moved to people's convention (`model.convention`): `python -m train measure-faces` prints those again. People
differ: a thin-lipped or heavy-browed face at rest may be 0.3 off in smile or brow raise.
"""

from dataclasses import astuple, dataclass, fields
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.keypoints import GROUPS, MIRROR, NAMED
from model.pose import HeadPose


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one face in one frame; left and right as seen in the picture.

    Attributes:
        mouth_opening: 0 with the lips closed, 1 wide open (a shout); the median speaker has 0.1. Never negative.
        jaw_open: 0 with the jaw closed, 1 in a shout: lower lip and chin below the nose, less what a smile draws down;
            a toothy smile, which opens the lips alone, has about 0.3. Never negative.
        smile: 0 at rest, 1 broad; negative with the corners down or the lips pursed.
        brow_raise: 0 at rest, 1 raised strongly; negative in a frown.
        left_eye_opening, right_eye_opening: 0 closed, 1 normally open, more when wide open. Never negative.
        roll, pitch, yaw: of the head, radians, signs of `model.pose`.
    """

    mouth_opening: float
    jaw_open: float
    smile: float
    brow_raise: float
    left_eye_opening: float
    right_eye_opening: float
    roll: float
    pitch: float
    yaw: float


MEASURE_NAMES: Final = tuple(field.name for field in fields(Measures))
"""Names of the log's columns, in order."""

_INNER_LIP = GROUPS["inner_lip"]
_UPPER_LIP = _INNER_LIP[1:4]
_LOWER_LIP = _INNER_LIP[7:4:-1]
_LEFT_EYE = GROUPS["left_eye"]
_UPPER_LIDS = (_LEFT_EYE[1:3], tuple(MIRROR[list(_LEFT_EYE[1:3])]))
_LOWER_LIDS = (_LEFT_EYE[4:6], tuple(MIRROR[list(_LEFT_EYE[4:6])]))
_EYES = GROUPS["left_eye"] + GROUPS["right_eye"]
_BROWS = GROUPS["left_brow"] + GROUPS["right_brow"]
_NOSE = GROUPS["nose_base"]
_LIP_MIDDLE = (NAMED["upper_lip_top"], NAMED["upper_lip_bottom"])
_CORNERS = (NAMED["left_mouth_corner"], NAMED["right_mouth_corner"])

_MOUTH_SHUT_GAP, _MOUTH_WIDE_GAP = 0.008, 0.345
_MOUTH_REST_WIDTH = 0.637
_CORNERS_REST_RISE = -0.042
_CORNER_SHARE = 0.5
_SMILE_RANGE = 0.22
_BROW_REST = 0.214
_BROW_RANGE = 0.10
_LIP_REST_DROP, _LIP_RANGE = 0.365, 0.27
_CHIN_REST_DROP, _CHIN_RANGE = 0.858, 0.18
_CHIN_SHARE = 0.2
"""The chin moves less than the lower lip, and people's chins differ more."""
_SMILE_DROP = 0.2
"""A broad smile draws the lower lip down by this share of a shout."""
_EYE_SHUT_GAP, _EYE_OPEN_GAP = 0.025, 0.075
"""Shut lids are still labelled a fortieth of the eye distance apart, shut lips a hundredth."""


def _averaging(rows: list[dict[int, float]]) -> npt.NDArray[np.float64]:
    """(M, 68) matrix of the given weights of points."""
    matrix = np.zeros((len(rows), len(MIRROR)))
    for row, weights in zip(matrix, rows, strict=True):
        for index, weight in weights.items():
            row[index] = weight
    return matrix


def _difference(low: tuple[int, ...], high: tuple[int, ...]) -> dict[int, float]:
    """Weights that give the mean of `low` less the mean of `high`."""
    return {**dict.fromkeys(low, 1 / len(low)), **dict.fromkeys(high, -1 / len(high))}


_HEIGHTS = _averaging(
    [
        _difference(_LOWER_LIP, _UPPER_LIP),
        _difference(_LIP_MIDDLE, _CORNERS),
        _difference(_EYES, _BROWS),
        _difference(_LOWER_LIDS[0], _UPPER_LIDS[0]),
        _difference(_LOWER_LIDS[1], _UPPER_LIDS[1]),
        _difference((NAMED["lower_lip_bottom"],), _NOSE),
        _difference((NAMED["chin"],), _NOSE),
    ]
)
"""(7, 68): lip gap, rise of the mouth's corners over its middle, brows over eyes, left and right lid gap, lower lip and
chin below the nose."""
LID_LIP_GAPS: Final = _HEIGHTS[[3, 4, 0]]
"""(3, 68): times the points' heights it gives how far the left and the right lids and the lips are apart."""


class Lengths(NamedTuple):
    """Lengths of a frontal face, outer eye distances; what `Measures` are made of.

    Attributes:
        lips: the inner lips apart.
        corners: the mouth's corners above its middle.
        brows: above the eyes.
        left_lids, right_lids: apart.
        lip, chin: the lower lip and the chin below the nose.
        mouth: width.
    """

    lips: float
    corners: float
    brows: float
    left_lids: float
    right_lids: float
    lip: float
    chin: float
    mouth: float


SCALES: Final = {
    "lips": (_MOUTH_SHUT_GAP, _MOUTH_WIDE_GAP),
    "brows": (_BROW_REST, _BROW_REST + _BROW_RANGE),
    "left_lids": (_EYE_SHUT_GAP, _EYE_OPEN_GAP),
    "right_lids": (_EYE_SHUT_GAP, _EYE_OPEN_GAP),
    "lip": (_LIP_REST_DROP, _LIP_REST_DROP + _LIP_RANGE),
    "chin": (_CHIN_REST_DROP, _CHIN_REST_DROP + _CHIN_RANGE),
    "corners": (_CORNERS_REST_RISE, _CORNERS_REST_RISE + _SMILE_RANGE / _CORNER_SHARE),
    "mouth": (_MOUTH_REST_WIDTH, _MOUTH_REST_WIDTH + _SMILE_RANGE),
}
"""Which of the lengths make 0 and 1 of a measure; corners and width make a smile together."""


def lengths(keypoints_px: npt.NDArray[np.floating], pose: HeadPose) -> Lengths:
    """Lengths of a face with turn, tilt and distance taken out; arguments as of `measure`."""
    frontal = pose.unproject(keypoints_px)
    heights: list[float] = (_HEIGHTS @ frontal[:, 1]).tolist()
    return Lengths._make([*heights, float(frontal[_CORNERS[1], 0] - frontal[_CORNERS[0], 0])])


def measure(keypoints_px: npt.NDArray[np.floating], pose: HeadPose) -> Measures:
    """Measures of a face.

    Args:
        keypoints_px: (68, 2), full-frame pixels, finite.
        pose: of the same face in the same frame.
    """
    lip_gap, corner_rise, brow_height, left_gap, right_gap, lip_drop, chin_drop, mouth_width = lengths(
        keypoints_px, pose
    )
    corners = _CORNER_SHARE * (corner_rise - _CORNERS_REST_RISE)
    smile = (mouth_width - _MOUTH_REST_WIDTH + corners) / _SMILE_RANGE
    lip, chin = (lip_drop - _LIP_REST_DROP) / _LIP_RANGE, (chin_drop - _CHIN_REST_DROP) / _CHIN_RANGE
    yaw, pitch, roll = pose.angles_rad
    return Measures(
        mouth_opening=_opening(lip_gap, _MOUTH_SHUT_GAP, _MOUTH_WIDE_GAP),
        jaw_open=max(0.0, (1 - _CHIN_SHARE) * lip + _CHIN_SHARE * chin - _SMILE_DROP * max(smile, 0.0)),
        smile=smile,
        brow_raise=(brow_height - _BROW_REST) / _BROW_RANGE,
        left_eye_opening=_opening(left_gap, _EYE_SHUT_GAP, _EYE_OPEN_GAP),
        right_eye_opening=_opening(right_gap, _EYE_SHUT_GAP, _EYE_OPEN_GAP),
        roll=roll,
        pitch=pitch,
        yaw=yaw,
    )


def measures_row(measures: Measures) -> tuple[float, ...]:
    """The values in the order of `MEASURE_NAMES`."""
    return astuple(measures)


def _opening(gap: float, shut: float, wide: float) -> float:
    return max(0.0, (gap - shut) / (wide - shut))
