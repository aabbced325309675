"""Measures against labels made by people: conventions taken out, openings of mouth and lids, error by yaw. No torch.

Sets of labels follow conventions of their own: where a brow ends, where along the contour the jaw's points lie.
A fixed offset for each point takes most of that out. It is fitted on one half of the faces and measured on the other.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from model.geometry import Points
from model.keypoints import GROUPS, LID_PAIRS, NAMED, eye_distance
from model.pose import estimate_pose

Floats = npt.NDArray[np.float64]

CLOSED_GAP: Final = 0.02
"""A mouth whose labelled lips are closer than this share of the eye distance is closed."""
OPEN_GAP: Final = 0.05
"""A closed mouth that is predicted to be open wider than this is misread."""
YAW_EDGES_DEG: Final = (10, 20, 30)
_INNER_LIPS: Final = ((NAMED["upper_lip_bottom"], NAMED["lower_lip_top"]),)
_BEYOND_JAW: Final = slice(len(GROUPS["jaw"]), None)


@dataclass(frozen=True, slots=True)
class HandLabelFigures:
    """Figures of N faces; shares of the eye distance, NaN where nothing can be said.

    Attributes:
        offset_out: NME with a fixed offset of each point taken out.
        without_jaw: the same over the 51 points that are not the jaw's.
        closed_mouths: how many mouths the labels close.
        closed_misread: share of them that are predicted to be open.
        mouth_r, lids_r: correlation of the openings with the labels' over the faces.
        by_yaw: range of the head's turn -> faces in it and their NME, no offset taken out.
    """

    offset_out: float
    without_jaw: float
    closed_mouths: int
    closed_misread: float
    mouth_r: float
    lids_r: float
    by_yaw: dict[str, tuple[int, float]]


def eye_frame_errors(predicted: Points, truth: Points) -> Floats:
    """(N, 68, 2) errors in the eyes' frame: x along the line from point 36 to 45, y down, in eye distances."""
    along = truth[:, NAMED["right_eye_outer"]] - truth[:, NAMED["left_eye_outer"]]
    square = np.square(along).sum(axis=-1)[:, None]
    off = np.asarray(predicted, np.float64) - truth
    x = (off * along[:, None]).sum(axis=-1) / square
    y = (off[..., 1] * along[:, None, 0] - off[..., 0] * along[:, None, 1]) / square
    return np.stack([x, y], axis=-1)


def errors_offset_out(predicted: Points, truth: Points) -> Floats:
    """(N, 68) errors in eye distances with each point's fixed offset taken out.

    From faces with an even index the median of the odd ones is subtracted, and the other way round. One face alone
    keeps its errors.
    """
    off = eye_frame_errors(predicted, truth)
    result = off.copy()
    for half in (0, 1):
        other = off[1 - half :: 2]
        if len(other):
            result[half::2] -= np.median(other, axis=0)
    return np.asarray(np.linalg.norm(result, axis=-1))


def measure_against_hand(
    predicted: Points, truth: Points, labelled: npt.NDArray[np.bool_] | None = None
) -> HandLabelFigures:
    """Figures of (N, 68, 2) predictions; faces not found (NaN), or not `labelled` (N, 68) whole, are left out."""
    found = np.isfinite(predicted).all(axis=(1, 2))
    if labelled is not None:
        found &= labelled.all(axis=1)
    predicted, truth = np.asarray(predicted, np.float64)[found], np.asarray(truth, np.float64)[found]
    off = errors_offset_out(predicted, truth)
    gaps, wanted = _opening(predicted, _INNER_LIPS), _opening(truth, _INNER_LIPS)
    closed = wanted < CLOSED_GAP
    plain = np.linalg.norm(predicted - truth, axis=-1).mean(axis=1) / eye_distance(truth)
    return HandLabelFigures(
        offset_out=_mean(off),
        without_jaw=_mean(off[:, _BEYOND_JAW]),
        closed_mouths=int(closed.sum()),
        closed_misread=_mean(gaps[closed] > OPEN_GAP),
        mouth_r=_correlation(gaps, wanted),
        lids_r=_correlation(_opening(predicted, LID_PAIRS), _opening(truth, LID_PAIRS)),
        by_yaw=_by_yaw(plain, truth),
    )


def _by_yaw(errors: Floats, truth: Floats) -> dict[str, tuple[int, float]]:
    turns = np.array([_yaw_deg(points) for points in truth])
    edges = (0, *YAW_EDGES_DEG, np.inf)
    result = {}
    for low, high in itertools.pairwise(edges):
        inside = (turns >= low) & (turns < high)
        name = f"{low} to {high:.0f} degrees" if np.isfinite(high) else f"{low} degrees and more"
        result[name] = int(inside.sum()), _mean(errors[inside])
    return result


def _yaw_deg(points: Floats) -> float:
    """How far the head is turned, by the labels; NaN where they have no pose."""
    corner = points.min(axis=0)
    size = np.ptp(points, axis=0).max()
    try:
        # As if in the middle of a picture thrice as wide as the face.
        pose = estimate_pose((points - corner + size).astype(np.float32), (int(3 * size), int(3 * size)))
    except ValueError:
        return float("nan")
    return float(np.degrees(abs(pose.angles_rad[0])))


def _opening(points: Floats, pairs: Sequence[tuple[int, int]]) -> Floats:
    first, second = (list(side) for side in zip(*pairs, strict=True))
    return np.asarray(np.linalg.norm(points[:, first] - points[:, second], axis=-1).mean(axis=1) / eye_distance(points))


def _correlation(a: Floats, b: Floats) -> float:
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _mean(values: npt.NDArray[np.generic]) -> float:
    return float(np.asarray(values, np.float64).mean()) if values.size else float("nan")
