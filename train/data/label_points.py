"""The points of a label CSV: cells as numbers, which are missing, and where the face has those. No torch."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from model.keypoints import NUM_KEYPOINTS, eye_distance
from model.mean_face import MEAN_FACE
from train.data.label_columns import Columns
from train.data.label_table import LabelTable, numbers, shown

FEWEST_POINTS: Final = 6
"""A face with fewer labelled points is refused: nothing says where the others could be."""
_FARTHEST_PX: Final = 1e6
_NOT_LABELLED: Final = -1.0
"""Both coordinates of a point that some tools write for one that is not labelled."""

Points = npt.NDArray[np.float64]
Refuse = Callable[[int, str], None]
"""Takes what is wrong with a row, by its place in the table: raises, or notes it down."""


def read_points(table: LabelTable, columns: Columns, refuse: Refuse) -> Points:
    """(N, 68, 2) the labels, NaN where not labelled; what `refuse` is given of a row follows its name."""
    values = np.stack([numbers(table, column).to_numpy() for column in columns.points], axis=1)
    text = table.cells.iloc[:, list(columns.points)]
    words = text.apply(lambda column: column.str.strip().str.casefold())
    empty = words.isin(["", "nan", "na", "n/a", "null", "none"]).to_numpy()
    bad = (~np.isfinite(values) | (np.abs(values) > _FARTHEST_PX)) & ~empty
    for row in np.flatnonzero(bad.any(axis=1)).tolist():
        column = int(np.argmax(bad[row]))
        cell = str(text.iat[row, column])
        refuse(
            row,
            f", column {columns.titles[column]}: {shown(cell)} where a finite number is needed{_decimal_hint(cell)}; "
            "mend the cell, or leave both cells of a point empty that is not labelled",
        )
    points: Points = np.asarray(values.reshape(-1, NUM_KEYPOINTS, 2), np.float64)
    missing = empty.reshape(points.shape)
    half = missing.any(axis=2) & ~missing.all(axis=2)
    for row in np.flatnonzero(half.any(axis=1) & ~bad.any(axis=1)).tolist():
        point = int(np.argmax(half[row]))
        column = 2 * point + int(missing[row, point, 1])
        refuse(
            row,
            f", column {columns.titles[column]}: an empty cell where a finite number is needed; mend the cell, or "
            "leave both cells of a point empty that is not labelled",
        )
    points[missing.any(axis=2) | (points == _NOT_LABELLED).all(axis=2)] = np.nan
    points[~np.isfinite(points).all(axis=2)] = np.nan
    if columns.visible:
        seen = np.stack([numbers(table, column).to_numpy() for column in columns.visible], axis=1)
        points[~(seen > 0)] = np.nan
    return points


def complete(labels: Points, refuse: Refuse) -> tuple[Points, npt.NDArray[np.bool_]]:
    """The points with those that are not labelled put where the mean face has them, and which are labelled.

    Of rows that are refused, the points may be NaN.
    """
    labelled: npt.NDArray[np.bool_] = np.asarray(np.isfinite(labels).all(axis=2))
    points = labels.copy()
    few = labelled.sum(axis=1) < FEWEST_POINTS
    for row in np.flatnonzero(~labelled.all(axis=1)).tolist():
        known = labelled[row]
        if few[row]:
            refuse(
                row,
                f": {int(known.sum())} of {NUM_KEYPOINTS} points are labelled, and at least {FEWEST_POINTS} are "
                "needed; label more of them or remove the row",
            )
            continue
        points[row, ~known] = _mean_face_at(labels[row], known)[~known]
    for row in np.flatnonzero(~(eye_distance(points) > 0) & ~few).tolist():
        refuse(
            row,
            ": the outer eye corners (points 36 and 45) coincide, so its error cannot be measured; mend the row or "
            "remove it",
        )
    return points, labelled


def _mean_face_at(points: Points, known: npt.NDArray[np.bool_]) -> Points:
    """(68, 2) the mean face seen from the front, moved, turned and scaled onto the known ones of (68, 2) points.

    Least squares over similarities: with points as complex numbers it is a line's fit.
    """
    face = MEAN_FACE[:, 0] + 1j * MEAN_FACE[:, 1]
    wanted = points[known, 0] + 1j * points[known, 1]
    centered = face[known] - face[known].mean()
    turn = np.vdot(centered, wanted - wanted.mean()) / np.vdot(centered, centered)
    fitted = turn * (face - face[known].mean()) + wanted.mean()
    return np.stack([fitted.real, fitted.imag], axis=1)


def _decimal_hint(cell: str) -> str:
    return " (this looks like a decimal comma)" if cell.strip().replace(",", "", 1).isdecimal() and "," in cell else ""
