"""The 68 points: their names, groups, mirror table and named indices.

The order is that of the iBUG 300-W markup (Sagonas et al., "300 Faces in-the-Wild Challenge", ICCVW 2013),
0-based. *Left* and *right* are as seen in the picture, so the left eye is the one at smaller x in an unmirrored
image, which is the person's own right eye.

This module is the only one that holds bare keypoint numbers.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

NUM_KEYPOINTS: Final = 68

GROUPS: Final[dict[str, tuple[int, ...]]] = {
    "jaw": tuple(range(0, 17)),
    "left_brow": tuple(range(17, 22)),
    "right_brow": tuple(range(22, 27)),
    "nose_bridge": tuple(range(27, 31)),
    "nose_base": tuple(range(31, 36)),
    "left_eye": tuple(range(36, 42)),
    "right_eye": tuple(range(42, 48)),
    "outer_lip": tuple(range(48, 60)),
    "inner_lip": tuple(range(60, 68)),
}
"""Group name -> point indices in drawing order."""

CLOSED_GROUPS: Final = frozenset({"left_eye", "right_eye", "outer_lip", "inner_lip"})
"""Groups whose last point joins its first."""

REGIONS: Final[dict[str, tuple[int, ...]]] = {
    "jaw": GROUPS["jaw"],
    "brows": GROUPS["left_brow"] + GROUPS["right_brow"],
    "nose": GROUPS["nose_bridge"] + GROUPS["nose_base"],
    "eyes": GROUPS["left_eye"] + GROUPS["right_eye"],
    "mouth": GROUPS["outer_lip"] + GROUPS["inner_lip"],
}
"""The five regions that errors are reported for."""

NAMES: Final[tuple[str, ...]] = tuple(
    f"{group}_{position}" for group, indices in GROUPS.items() for position in range(len(indices))
)
"""Name of each point, `<group>_<position in the group>`: `jaw_0` .. `inner_lip_7`."""

NAMED: Final[dict[str, int]] = {
    "chin": 8,
    "left_jaw_corner": 4,
    "right_jaw_corner": 12,
    "left_temple": 0,
    "right_temple": 16,
    "nose_root": 27,
    "nose_tip": 30,
    "nose_bottom": 33,
    "left_nostril": 31,
    "right_nostril": 35,
    "left_brow_outer": 17,
    "left_brow_inner": 21,
    "right_brow_inner": 22,
    "right_brow_outer": 26,
    "left_eye_outer": 36,
    "left_eye_inner": 39,
    "right_eye_inner": 42,
    "right_eye_outer": 45,
    "left_mouth_corner": 48,
    "right_mouth_corner": 54,
    "upper_lip_top": 51,
    "lower_lip_bottom": 57,
    "upper_lip_bottom": 62,
    "lower_lip_top": 66,
}
"""Points that have a name of their own, for filters and measures."""

LEFT_EYE_OUTER: Final = NAMED["left_eye_outer"]
RIGHT_EYE_OUTER: Final = NAMED["right_eye_outer"]


def _mirror_table() -> npt.NDArray[np.intp]:
    table = np.arange(NUM_KEYPOINTS)
    pairs = [(i, 16 - i) for i in range(8)]  # jaw
    pairs += [(17 + i, 26 - i) for i in range(5)]  # brows
    pairs += [(31, 35), (32, 34)]  # nose base
    pairs += [(36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)]  # eyes
    pairs += [(48, 54), (49, 53), (50, 52), (55, 59), (56, 58)]  # outer lip
    pairs += [(60, 64), (61, 63), (65, 67)]  # inner lip
    for a, b in pairs:
        table[a], table[b] = b, a
    table.setflags(write=False)
    return table


LID_PAIRS: Final = tuple(
    (eye[upper], eye[lower]) for eye in (GROUPS["left_eye"], GROUPS["right_eye"]) for upper, lower in ((1, 5), (2, 4))
)
LIP_PAIRS: Final = tuple((GROUPS["inner_lip"][i], GROUPS["inner_lip"][8 - i]) for i in (1, 2, 3))
"""(upper, lower) points of the lids and of the inner lips; a group runs around its eye, or its mouth."""

MIRROR: Final = _mirror_table()
"""(68,) index table: in a mirrored image, point `i` is the original's point `MIRROR[i]`."""


def keypoint_index(name: str) -> int:
    """Index of the point called `name`, one of `NAMES` or of `NAMED`.

    Raises:
        KeyError: no point has that name.
    """
    if name in NAMED:
        return NAMED[name]
    try:
        return NAMES.index(name)
    except ValueError:
        raise KeyError(f"no keypoint is called {name!r}; try one of: {', '.join(NAMED)}") from None


def eye_distance(keypoints: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Distance of the outer eye corners, the unit of the normalised mean error (NME).

    Args:
        keypoints: (..., 68, 2), any unit.

    Returns:
        (...,) in the same unit.
    """
    result: npt.NDArray[np.floating] = np.linalg.norm(
        keypoints[..., RIGHT_EYE_OUTER, :] - keypoints[..., LEFT_EYE_OUTER, :], axis=-1
    )
    return result
