"""A log of faces: its columns, and the one reader for all who read it back.

`python -m realtime --log` writes one row for each face and frame, as CSV or as JSON Lines.
"""

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from model.errors import ModelError
from model.keypoints import NUM_KEYPOINTS
from model.measures import MEASURE_NAMES
from model.program.files import check_file

if TYPE_CHECKING:
    import pandas as pd

KEY_COLUMNS: Final = ("frame", "time_s", "face_id", "score")
POINT_COLUMNS: Final = tuple(f"{axis}{index}" for index in range(NUM_KEYPOINTS) for axis in "xy")
COLUMNS: Final = (*KEY_COLUMNS, *POINT_COLUMNS, *MEASURE_NAMES)
"""Columns of the CSV, in order."""
_REMEDY: Final = "give a file written by python -m realtime --log"


class FaceLogError(ModelError):
    """A log is missing, broken, or another kind of file."""


def read_face_log(path: Path) -> "pd.DataFrame":
    """Read a log, CSV or JSON Lines by its suffix.

    A last line that is cut, as a killed program leaves it, is dropped.

    Returns:
        One row for each face and frame, with `COLUMNS`: `frame` and `face_id` int64, the others float64. Measures that
        the log leaves out are NaN.

    Raises:
        FaceLogError: the file cannot be read, holds no face, lacks a column, or has a cell that is not a number.
    """
    import pandas as pd  # only here: it takes half a second, which the live program does not have

    try:
        check_file(path)
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FaceLogError(f"cannot read the log {path}: it is not text; {_REMEDY}") from error
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise FaceLogError(f"cannot read the log {path}: {reason}; {_REMEDY}") from error
    whole = text[: text.rfind("\n") + 1]
    if path.suffix.lower() == ".jsonl":
        table = pd.DataFrame(_json_rows(path, whole), columns=[*COLUMNS])
    else:
        try:
            table = pd.read_csv(io.StringIO(whole), dtype=str, keep_default_na=False)
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise FaceLogError(f"cannot read the log {path}: {str(error).strip()}; {_REMEDY}") from error
    missing = [name for name in (*KEY_COLUMNS, *POINT_COLUMNS) if name not in table.columns]
    if missing:
        raise FaceLogError(
            f"cannot read the log {path}: it lacks the columns {', '.join(missing[:3])}"
            f"{' ...' if len(missing) > 3 else ''}; {_REMEDY}"
        )
    if table.empty:
        raise FaceLogError(f"the log {path} holds no face; log a run that shows one")
    return _numbers(path, table.reindex(columns=[*COLUMNS], fill_value=""))


def _json_rows(path: Path, text: str) -> list[list[Any]]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line)
            points = np.asarray(row["keypoints"], np.float64)
            if points.shape != (NUM_KEYPOINTS, 2):
                raise ValueError(f"it needs {NUM_KEYPOINTS} points, each x and y")
            measures = row["measures"] or {}
            rows.append(
                [row[name] for name in KEY_COLUMNS]
                + points.ravel().tolist()
                + [measures.get(name, "") for name in MEASURE_NAMES]
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            what = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
            raise FaceLogError(f"cannot read the log {path}, line {number}: {what}; {_REMEDY}") from error
    return rows


def _numbers(path: Path, table: "pd.DataFrame") -> "pd.DataFrame":
    """Every cell as a number; measures may be empty, anything else is an error that names its row and column."""
    import pandas as pd

    numbers = table.apply(pd.to_numeric, errors="coerce")
    optional = np.array([name in MEASURE_NAMES for name in table.columns])
    empty = (table == "").to_numpy()
    bad = ~np.isfinite(numbers.to_numpy(np.float64)) & ~(empty & optional)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise FaceLogError(
            f"{path}, row {row + 2}, column {table.columns[column]}: {table.iat[row, column]!r:.40} where a number is "
            f"needed; {_REMEDY}"
        )
    result: pd.DataFrame = numbers.astype(
        {name: "int64" if name in ("frame", "face_id") else "float64" for name in table.columns}
    )
    return result
