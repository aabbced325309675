"""Draws a keypoint log's measures over time: what `python -m realtime plot LOG.csv` does."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.keypoints import NUM_KEYPOINTS
from model.measures import MEASURE_NAMES, measure, measures_row
from model.pose import estimate_pose
from realtime.errors import SinkError, SourceError

_POINT_COLUMNS = [f"{axis}{index}" for index in range(NUM_KEYPOINTS) for axis in "xy"]
_PANELS: Final = (
    ("mouth open", ("mouth_opening",), 1.0),
    ("smile", ("smile",), 1.0),
    ("brows raised", ("brow_raise",), 1.0),
    ("eyes open", ("left_eye_opening", "right_eye_opening"), 1.0),
    ("turn (yaw), °", ("yaw",), 180 / np.pi),
    ("nod (pitch), °", ("pitch",), 180 / np.pi),
    ("tilt (roll), °", ("roll",), 180 / np.pi),
    ("score", ("score",), 1.0),
)
"""Label, what is drawn (the second dashed), and the factor to the label's unit."""
_GAP = 3.0
"""Lines are broken where a face was away for so many of its usual steps."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One face in one frame of a log.

    Attributes:
        time_s, face_id, score: as logged.
        keypoints_px: (68, 2) float64, full-frame pixels.
    """

    time_s: float
    face_id: int
    score: float
    keypoints_px: npt.NDArray[np.float64]


def read_log(path: Path) -> list[LogRow]:
    """Rows of a log written by `--log`, CSV or JSON Lines by its name's ending.

    A last line that is cut, as a killed program leaves it, is left out.

    Raises:
        SourceError: the file cannot be read, holds no face, or a row is none of a log.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SourceError(f"cannot read the log {path}: {reason}; give a file written by --log") from error
    if lines and not lines[-1].endswith("\n"):
        lines.pop()
    read = _json_rows if path.suffix.lower() == ".jsonl" else _csv_rows
    rows = []
    line = 0
    try:
        for line, row in read(lines):  # noqa: B007 - the number of the last good line is told below
            if row.keypoints_px.shape != (NUM_KEYPOINTS, 2) or not np.isfinite(row.keypoints_px).all():
                raise ValueError(f"it needs {NUM_KEYPOINTS} finite points")
            rows.append(row)
    except (KeyError, TypeError, ValueError) as error:
        what = f"there is no column {error}" if isinstance(error, KeyError) else str(error)
        raise SourceError(
            f"cannot read the log {path}: after line {line}: {what}; give a file written by --log"
        ) from error
    if not rows:
        raise SourceError(f"the log {path} holds no face, so there is nothing to draw; log a run that shows one")
    return rows


def draw_log(path: Path, picture_path: Path, size_wh: tuple[int, int] | None = None) -> None:
    """Draw mouth, eyes, brows, pose and score of every face of a log over time, as PNG.

    Args:
        path: the log.
        picture_path: the file written.
        size_wh: of the frames; None takes the smallest that holds all points, which is near enough for pose.

    Raises:
        SourceError: the log cannot be read.
        SinkError: the picture cannot be written.
    """
    rows = read_log(path)
    if size_wh is None:
        width, height = np.max([row.keypoints_px.max(axis=0) for row in rows], axis=0).tolist()
        size_wh = max(16, round(width) + 1), max(16, round(height) + 1)
    faces = {face_id: _series(rows, face_id, size_wh) for face_id in sorted({row.face_id for row in rows})}
    # Imported here, for it takes a second that the live program does not have. The figure needs no window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 1.55 * len(_PANELS)))
    figure.suptitle(path.name)
    axes: Any = figure.subplots(len(_PANELS), 1, sharex=True)
    for axis, (label, names, factor) in zip(axes, _PANELS, strict=True):
        for face_id, series in faces.items():
            color = f"C{list(faces).index(face_id) % 10}"
            for style, name in zip(("-", "--"), names, strict=False):
                axis.plot(series["time_s"], series[name] * factor, style, color=color, lw=1.2, label=f"face {face_id}")
        axis.set_ylabel(label)
        axis.grid(alpha=0.3)
        axis.margins(x=0.01)
    # By hand: matplotlib's own layout takes longer than the drawing.
    figure.subplots_adjust(left=0.075, right=0.985, top=0.96, bottom=0.04, hspace=0.22)
    figure.align_ylabels(axes)
    axes[3].set_title("left in the picture —, right - -", loc="right", fontsize="small", pad=3)
    axes[-1].set_ylim(-0.05, 1.05)
    axes[-1].set_xlabel("time, s")
    if 1 < len(faces) <= 10:
        axes[0].legend(loc="upper right", ncols=5, fontsize="small")
    try:
        figure.savefig(picture_path, dpi=110, format="png")
    except OSError as error:
        raise SinkError(
            f"cannot write the picture {picture_path}: {error.strerror}; choose a folder that exists and is writable"
        ) from error


def _csv_rows(lines: list[str]) -> Iterator[tuple[int, LogRow]]:
    for number, cells in enumerate(csv.DictReader(lines), 2):
        points = np.array([float(cells[column]) for column in _POINT_COLUMNS]).reshape(-1, 2)
        yield number, LogRow(float(cells["time_s"]), int(cells["face_id"]), float(cells["score"]), points)


def _json_rows(lines: list[str]) -> Iterator[tuple[int, LogRow]]:
    for number, line in enumerate(lines, 1):
        row = json.loads(line)
        points = np.array(row["keypoints"], np.float64)
        yield number, LogRow(float(row["time_s"]), int(row["face_id"]), float(row["score"]), points)


def _series(rows: list[LogRow], face_id: int, size_wh: tuple[int, int]) -> dict[str, npt.NDArray[np.float64]]:
    """The measures of one face by name, with `time_s` and `score`; a row of NaN where the face was away."""
    previous = None
    table = []
    for row in rows:
        if row.face_id != face_id:
            continue
        try:
            previous = estimate_pose(row.keypoints_px, size_wh, previous)
            values = measures_row(measure(row.keypoints_px, previous))
        except ValueError:  # no pose fits these points: a gap in its lines, the score is drawn all the same
            previous, values = None, (np.nan,) * len(MEASURE_NAMES)
        table.append((row.time_s, row.score, *values))
    data = np.array(table)
    steps_s = np.diff(data[:, 0])
    if len(steps_s):
        gaps = np.flatnonzero(steps_s > _GAP * np.median(steps_s)) + 1
        data = np.insert(data, gaps, np.nan, axis=0)
    return dict(zip(("time_s", "score", *MEASURE_NAMES), data.T, strict=True))
