"""Draws a log's measures over time: `python -m realtime plot LOG.csv`."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from model.face_log import read_face_log
from model.measures import MEASURE_NAMES
from realtime.errors import SinkError, SourceError

_PANELS: Final = (
    ("mouth open, jaw open", ("mouth_opening", "jaw_open"), 1.0),
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
"""A line breaks where a face was away for this many of its usual steps."""


def draw_log(path: Path, picture_path: Path) -> None:
    """Draw the logged measures and score of every face over time, as PNG.

    Args:
        path: the log, as `--log` writes it.
        picture_path: the file written.

    Raises:
        FaceLogError: the log cannot be read.
        SourceError: it holds no measures.
        SinkError: the picture cannot be written.
    """
    table = read_face_log(path)
    if table[list(MEASURE_NAMES)].isna().all(axis=None):
        raise SourceError(f"the log {path} holds no measures to draw; give one written by python -m realtime --log")
    faces = {int(str(face_id)): series_of(rows) for face_id, rows in table.groupby("face_id")}
    # Imported here: it takes a second that the live program does not have. The figure needs no window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 1.55 * len(_PANELS)))
    figure.suptitle(path.name)
    axes: Any = figure.subplots(len(_PANELS), 1, sharex=True)
    for axis, (label, names, factor) in zip(axes, _PANELS, strict=True):
        for number, (face_id, series) in enumerate(faces.items()):
            for style, name in zip(("-", "--"), names, strict=False):
                axis.plot(
                    series["time_s"],
                    series[name] * factor,
                    style,
                    color=f"C{number % 10}",
                    lw=1.2,
                    label=f"face {face_id}",
                )
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


def series_of(rows: Any) -> Any:
    """The logged measures of one face over time, with a row of NaN wherever the face was away.

    Args:
        rows: its rows of the DataFrame that `read_face_log` gives.
    """
    series = rows[["time_s", "score", *MEASURE_NAMES]].reset_index(drop=True)
    steps_s = series["time_s"].diff()
    before = series.index[steps_s > _GAP * steps_s.median()] - 0.5
    return series.reindex(series.index.union(before))
