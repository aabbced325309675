"""The labels on disk: a CSV that training reads, and beside it what is still to be labelled. Both are always whole."""

import csv
import io
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from model.keypoints import NUM_KEYPOINTS
from model.program.files import check_file, whole_file
from realtime.errors import SinkError
from realtime.labelling.tasks import Stage, Task

LABELS: Final = "labels.csv"
IMAGES: Final = "images"
TO_DO: Final = "to-do.json"
"""Faces that are open or skipped, with the network's proposals; it may be deleted when all is labelled."""
HEADER: Final = (
    "image",
    "person",
    "source",
    *(f"{axis}{point}" for point in range(NUM_KEYPOINTS) for axis in "xy"),
    *(f"v{point}" for point in range(NUM_KEYPOINTS)),
)


def write_tasks(folder: Path, tasks: Sequence[Task]) -> None:
    """Write the labels and what is left; each file is replaced once the new one is whole.

    Raises:
        SinkError: a file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for task in tasks:
        if task.stage is Stage.LABELLED:
            points = (f"{value:.2f}" for value in task.keypoints_px.ravel().tolist())
            seen = ("0" if hidden else "1" for hidden in task.hidden.tolist())
            writer.writerow([task.image, task.person, task.source, *points, *seen])
    left = [_as_json(task) for task in tasks if task.stage is not Stage.LABELLED]
    _replace(folder / LABELS, text.getvalue())
    _replace(folder / TO_DO, json.dumps({"faces": left}, separators=(",", ":")))


def read_tasks(folder: Path) -> list[Task]:
    """What an earlier session left: labelled faces first, then those that are open or skipped.

    Raises:
        SinkError: a file is there that this program did not write.
    """
    return [*_read_labels(folder / LABELS), *_read_to_do(folder / TO_DO)]


def _read_labels(path: Path) -> list[Task]:
    if not path.exists():
        return []
    try:
        check_file(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SinkError(f"cannot read {path}: {error}; give another --out") from error
    if not rows or tuple(rows[0]) != HEADER:
        raise SinkError(f"{path} is a CSV of another layout, which labelling does not touch; give another --out")
    return [_labelled(path, number, row) for number, row in enumerate(rows[1:], 2) if row]


def _labelled(path: Path, number: int, row: list[str]) -> Task:
    try:
        values = np.array(row[3:], np.float64)
        points = values[: 2 * NUM_KEYPOINTS].reshape(NUM_KEYPOINTS, 2)
        hidden = values[2 * NUM_KEYPOINTS :] == 0
        if len(hidden) != NUM_KEYPOINTS or not np.isfinite(points).all():
            raise ValueError(f"{len(row)} cells")
    except ValueError as error:
        raise SinkError(f"{path}, row {number} cannot be read ({error}); mend the row or remove it") from error
    return Task(row[0], row[2], points, 0.0, row[1], hidden, Stage.LABELLED)


def _read_to_do(path: Path) -> list[Task]:
    if not path.exists():
        return []
    try:
        check_file(path)
        return [_from_json(face) for face in json.loads(path.read_text(encoding="utf-8"))["faces"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SinkError(
            f"cannot read what is left to label in {path} ({error!r}); delete it to start from the pictures again"
        ) from error


def _as_json(task: Task) -> dict[str, Any]:
    return {
        "image": task.image,
        "source": task.source,
        "person": task.person,
        "doubt": round(task.doubt, 5),
        "stage": str(task.stage),
        "points": np.round(task.keypoints_px, 2).tolist(),
        "hidden": np.flatnonzero(task.hidden).tolist(),
    }


def _from_json(face: dict[str, Any]) -> Task:
    points = np.array(face["points"], np.float64)
    if points.shape != (NUM_KEYPOINTS, 2) or not np.isfinite(points).all():
        raise ValueError("points that are none")
    hidden = np.isin(np.arange(NUM_KEYPOINTS), face["hidden"])
    person, stage = str(face["person"]), Stage(face["stage"])
    return Task(str(face["image"]), str(face["source"]), points, float(face["doubt"]), person, hidden, stage)


def _replace(path: Path, text: str) -> None:
    try:
        half = path.with_name(f".{secrets.token_hex(6)}.half")
        with whole_file(path, half), half.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SinkError(f"cannot write {path}: {error.strerror}; free some space, or give another --out") from error


def next_commands(labels: Path) -> list[str]:
    """What to type once faces are labelled: check the labels, train on them, wear the result beside what ships."""
    typed = f'"{labels}"' if " " in str(labels) else str(labels)
    return [
        f"python -m train check {typed}",
        f"python -m train --csv {typed} --no-label-offset --start-from shipped --keep 0.5 --split all --out runs/mine",
        "python -m realtime --compare runs/mine/keypoints.onnx",
    ]
