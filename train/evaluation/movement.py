"""How much of the mouth's and the eyes' movement a log holds, against another log of the same clip."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from model.face_log import POINT_COLUMNS, read_face_log
from model.geometry import bounding_box
from model.keypoints import LID_PAIRS, NAMED, NUM_KEYPOINTS, eye_distance
from train.errors import DatasetError

OPENINGS: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "mouth": ((NAMED["upper_lip_bottom"], NAMED["lower_lip_top"]),),
    "eyes": LID_PAIRS,
}
"""Pairs of points whose mean distance, over the eye distance, says how open something is."""


@dataclass(frozen=True, slots=True)
class Movement:
    """How one opening of a log follows another log's.

    Attributes:
        name: which opening.
        correlation: Pearson's r over the frames that both logs hold.
        amplitude: standard deviation over the reference's.
        slope: of the log against the reference; what it keeps of the movement, its own noise left out.
        frames: how many there were.
    """

    name: str
    correlation: float
    amplitude: float
    slope: float
    frames: int


def compare_movements(log: Path, reference: Path) -> list[Movement]:
    """Compare two logs in the live program's layout, face by face where they overlap most.

    Raises:
        FaceLogError: a log cannot be read.
        DatasetError: they share fewer than two frames.
    """
    ours, theirs = points_by_frame(log), points_by_frame(reference)
    pairs = list(_same_faces(ours, theirs))
    if len(pairs) < 2:
        raise DatasetError(
            f"{log} and {reference} share {len(pairs)} frames with the same face; give two logs of the same clip"
        )
    a, b = (np.stack(points) for points in zip(*pairs, strict=True))
    movements = []
    for name, lids in OPENINGS.items():
        x, y = opening(a, lids), opening(b, lids)
        covariance = np.cov(x, y)
        spread_x, spread_y = np.sqrt(covariance[0, 0]), np.sqrt(covariance[1, 1])
        if spread_x == 0 or spread_y == 0:
            raise DatasetError(f"the {name} never move in one of {log} and {reference}; give a clip in which they do")
        r = float(covariance[0, 1] / (spread_x * spread_y))
        ratio = float(spread_x / spread_y)
        movements.append(Movement(name, r, ratio, r * ratio, len(pairs)))
    return movements


def opening(keypoints: npt.NDArray[np.float64], pairs: tuple[tuple[int, int], ...]) -> npt.NDArray[np.float64]:
    """(F,) mean distance of pairs of (F, 68, 2) points over the eye distance."""
    first, second = (list(points) for points in zip(*pairs, strict=True))
    distances = np.linalg.norm(keypoints[:, first] - keypoints[:, second], axis=-1).mean(axis=1)
    result: npt.NDArray[np.float64] = distances / eye_distance(keypoints)
    return result


def points_by_frame(path: Path) -> dict[int, list[npt.NDArray[np.float64]]]:
    """Frame -> (68, 2) points of each of its faces, pixels of the clip.

    Raises:
        FaceLogError: see `read_face_log`.
    """
    log = read_face_log(path)
    points = log[list(POINT_COLUMNS)].to_numpy(np.float64).reshape(-1, NUM_KEYPOINTS, 2)
    frames: dict[int, list[npt.NDArray[np.float64]]] = defaultdict(list)
    for frame, face in zip(log["frame"], points, strict=True):
        frames[int(frame)].append(face)
    return dict(frames)


def _same_faces(
    ours: dict[int, list[npt.NDArray[np.float64]]], theirs: dict[int, list[npt.NDArray[np.float64]]]
) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Of each frame in both, the pairs of faces whose boxes overlap most, each face once."""
    for frame in sorted(ours.keys() & theirs.keys()):
        left = list(theirs[frame])
        for points in ours[frame]:
            if not left:
                break
            overlaps = [bounding_box(points).iou(bounding_box(other)) for other in left]
            best = int(np.argmax(overlaps))
            if overlaps[best] > 0.3:
                yield points, left.pop(best)
