"""How much of the mouth's and the eyes' movement a log holds, against another log of the same clip."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from model.geometry import bounding_box
from model.keypoints import LID_PAIRS, NAMED, NUM_KEYPOINTS, eye_distance
from train.errors import DatasetError

OPENINGS: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "mouth": ((NAMED["upper_lip_bottom"], NAMED["lower_lip_top"]),),
    "eyes": LID_PAIRS,
}
"""Pairs of points whose mean distance, over the eye distance, says how open something is."""
_COLUMNS = [f"{axis}{point}" for point in range(NUM_KEYPOINTS) for axis in "xy"]


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
        DatasetError: a log is missing, in another layout, or holds a cell that is no number; or they share fewer than
            two frames.
    """
    ours, theirs = read_log(log), read_log(reference)
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
    return distances / eye_distance(keypoints)


def read_log(path: Path) -> dict[int, list[npt.NDArray[np.float64]]]:
    """Frame -> (68, 2) points of each of its faces.

    Raises:
        DatasetError: see `compare_movements`.
    """
    if not path.is_file():
        raise DatasetError(f"log {path} does not exist; make one with: python -m realtime --source CLIP --log FILE.csv")
    frames: dict[int, list[npt.NDArray[np.float64]]] = defaultdict(list)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in ("frame", *_COLUMNS) if name not in (reader.fieldnames or ())]
            if missing:
                raise DatasetError(
                    f"{path} misses the columns {', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''}; "
                    "a log has frame,time_s,face_id,score,x0,y0,...,x67,y67"
                )
            for row in reader:
                frame, points = _parse_row(path, reader.line_num, row)
                frames[frame].append(points)
    except OSError as error:
        raise DatasetError(f"cannot read the log {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} is no CSV text in UTF-8 ({error})") from error
    return dict(frames)


def _parse_row(path: Path, number: int, row: dict[str, str]) -> tuple[int, npt.NDArray[np.float64]]:
    for column in ("frame", *_COLUMNS):
        try:
            finite = np.isfinite(float(row[column]))
        except (TypeError, ValueError):
            finite = False
        if not finite:
            raise DatasetError(f"{path}, row {number}, column {column}: {row[column]!r} where a number is needed")
    points = np.array([float(row[column]) for column in _COLUMNS]).reshape(NUM_KEYPOINTS, 2)
    return int(float(row["frame"])), points


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
