"""Writes every face's points, frame by frame, as CSV or JSON Lines."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from model.face import Face
from model.face_log import COLUMNS
from model.measures import MEASURE_NAMES, Measures, measures_row
from realtime.errors import SinkError
from realtime.frame import Frame, Output
from realtime.sinks.recording.formats import check_writable

_FLUSH_EVERY_S = 1.0


def csv_row(frame: Frame, face: Face, measures: Measures | None) -> str:
    """One line of the CSV: full-frame pixels to a hundredth; measures of a face without a pose are empty."""
    points = ",".join(f"{value:.2f}" for value in face.keypoints_px.ravel().tolist())
    values = (
        ",".join(f"{value:.4f}" for value in measures_row(measures)) if measures else "," * (len(MEASURE_NAMES) - 1)
    )
    return f"{frame.index},{frame.time_s:.6f},{face.face_id},{face.score:.4f},{points},{values}"


def json_row(frame: Frame, face: Face, measures: Measures | None) -> str:
    """One JSON object with the CSV's values: `keypoints` is 68 pairs [x, y], `measures` null without a pose."""
    points = [[round(x, 2), round(y, 2)] for x, y in face.keypoints_px.tolist()]
    values = zip(MEASURE_NAMES, measures_row(measures), strict=True) if measures else None
    row = {
        "frame": frame.index,
        "time_s": round(frame.time_s, 6),
        "face_id": face.face_id,
        "score": round(face.score, 4),
        "keypoints": points,
        "measures": {name: round(value, 4) for name, value in values} if values else None,
    }
    return json.dumps(row, separators=(",", ":"))


_ROWS: dict[str, Callable[[Frame, Face, Measures | None], str]] = {".csv": csv_row, ".jsonl": json_row}


class KeypointLogSink:
    """One row a face and frame; the name's ending chooses `.csv` or `.jsonl`. Flushed each second.

    Raises:
        SinkError: another ending, the file exists and `overwrite` is not set, or it cannot be written.
    """

    name = "log"

    def __init__(self, path: Path, overwrite: bool = False) -> None:
        row = _ROWS.get(path.suffix.lower())
        if row is None:
            raise SinkError(f"cannot log to {path}: the name must end in one of {', '.join(_ROWS)}")
        check_writable(path, overwrite)
        self._row = row
        self._path = path
        self._flushed_s = time.monotonic()
        self._file: TextIO | None = None
        try:
            self._file = path.open("w", encoding="utf-8", newline="\n")
            if row is csv_row:
                self._file.write(",".join(COLUMNS) + "\n")
            self._file.flush()
        except OSError as error:
            raise self._failure(error) from error

    def write(self, output: Output) -> None:
        """Append a row for each face."""
        if self._file is None:
            return
        try:
            measures = {view.face_id: view.measures for view in output.views}
            for face in output.faces:
                self._file.write(self._row(output.original, face, measures.get(face.face_id)) + "\n")
            now_s = time.monotonic()
            if now_s - self._flushed_s >= _FLUSH_EVERY_S:
                self._flushed_s = now_s
                self._file.flush()
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Write what is buffered and close the file."""
        if self._file is None:
            return
        try:
            self._file.close()
        except OSError as error:
            raise self._failure(error) from error
        self._file = None

    def _failure(self, error: OSError) -> SinkError:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # what is buffered cannot be written either; that was just said
                file.close()
        return SinkError(
            f"cannot write the log {self._path}: {error.strerror}; free some space or choose another folder"
        )
