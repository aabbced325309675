"""A session of labelling: which face comes next, what was said of it, and the way back. Saved after each step."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.geometry import Points
from model.keypoints import NUM_KEYPOINTS, eye_distance
from realtime.errors import ConfigError
from realtime.labelling.label_file import write_tasks
from realtime.labelling.tasks import Stage, Task


@dataclass(frozen=True, slots=True)
class Labels:
    """What a person says of a face.

    Attributes:
        keypoints_px: (68, 2) float64, pixels of the picture.
        hidden: (68,) which points cannot be seen.
        person: who it is.

    Raises:
        ConfigError: they are no labels of a face.
    """

    keypoints_px: Points = field(repr=False)
    hidden: npt.NDArray[np.bool_] = field(repr=False)
    person: str

    def __post_init__(self) -> None:
        points = self.keypoints_px
        if points.shape != (NUM_KEYPOINTS, 2) or not np.isfinite(points).all() or np.abs(points).max() > 1e6:
            raise ConfigError(f"a face has {NUM_KEYPOINTS} points with x and y; load the page again")
        if not eye_distance(points) > 0:
            raise ConfigError("the outer corners of the eyes lie on each other; move them apart")
        if not self.person.strip():
            raise ConfigError("say who is shown: training holds out people, not pictures")
        if len(self.person) > 100 or not self.person.isprintable():
            raise ConfigError("a name has at most 100 letters, in one line")


class LabelSession:
    """Faces to be labelled, the least certain first. Any thread may call it.

    Args:
        folder: where labels and pictures lie.
        tasks: all faces, also those that are labelled.
    """

    def __init__(self, folder: Path, tasks: Sequence[Task]) -> None:
        self.folder = folder
        self._tasks = list(tasks)
        self._steps: list[int] = []
        self._lock = threading.Lock()

    def add(self, tasks: Sequence[Task]) -> None:
        """Take in more faces; raises `SinkError`."""
        with self._lock:
            self._tasks += tasks
            self._write()

    @property
    def tasks(self) -> list[Task]:
        """All faces, in no order that matters."""
        with self._lock:
            return list(self._tasks)

    def task(self, number: int) -> Task:
        """The face of that number.

        Raises:
            ConfigError: there is none.
        """
        with self._lock:
            if not 0 <= number < len(self._tasks):
                raise ConfigError(f"there is no face {number}; load the page again")
            return self._tasks[number]

    def next(self) -> int | None:
        """Number of the least certain face that is open; None where all are done."""
        with self._lock:
            order = [number for number, task in enumerate(self._tasks) if task.stage is Stage.OPEN]
            return min(order, key=lambda number: -self._tasks[number].doubt, default=None)

    def counts(self) -> dict[str, int]:
        """How many faces are at each stage."""
        with self._lock:
            return {str(stage): sum(task.stage is stage for task in self._tasks) for stage in Stage}

    def person(self) -> str:
        """Who was shown last: most likely whom the next face shows."""
        with self._lock:
            recent = [self._tasks[number].person for number in reversed(self._steps)]
            earlier = [task.person for task in reversed(self._tasks)]
            return next(filter(None, [*recent, *earlier]), "")

    def save(self, number: int, labels: Labels) -> None:
        """Keep the labels of a face; raises `SinkError`, and then nothing has changed."""
        task = self.task(number)
        self._change(number, task.labelled(labels.keypoints_px, labels.hidden, labels.person.strip()))

    def skip(self, number: int) -> None:
        """Leave a face out; raises `SinkError`."""
        self._change(number, self.task(number).at(Stage.SKIPPED))

    def back(self) -> int | None:
        """Open the face of the last step again, with its labels; None where there was none. Raises `SinkError`."""
        with self._lock:
            if not self._steps:
                return None
            number = self._steps.pop()
            self._put(number, self._tasks[number].at(Stage.OPEN))
            return number

    def again(self) -> int:
        """Open all skipped faces again; gives how many. Raises `SinkError`."""
        with self._lock:
            skipped = [number for number, task in enumerate(self._tasks) if task.stage is Stage.SKIPPED]
            for number in skipped:
                self._tasks[number] = self._tasks[number].at(Stage.OPEN)
            self._write()
            return len(skipped)

    def _change(self, number: int, task: Task) -> None:
        with self._lock:
            self._put(number, task)
            self._steps.append(number)

    def _put(self, number: int, task: Task) -> None:
        before = self._tasks[number]
        self._tasks[number] = task
        try:
            self._write()
        except BaseException:
            self._tasks[number] = before
            raise

    def _write(self) -> None:
        write_tasks(self.folder, self._tasks)
