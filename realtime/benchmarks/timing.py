"""Times taken in turns, and the tables that report them.

A machine that others use too is fast now and slow then. What is to be compared is therefore run in turns, many short
rounds of each, and reported as medians; the ratios hold where the milliseconds do not.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
import numpy as np

Cell = str | float | None


@dataclass(frozen=True, slots=True)
class BenchTable:
    """One result of the benchmark.

    Attributes:
        title: what was measured, and on what.
        columns: names with units; the first names the row.
        rows: as many cells each; None where nothing could be measured.
        notes: lines printed below.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"every row of {self.title!r} needs {len(self.columns)} cells")

    def text(self) -> str:
        """The table for people."""
        cells = [self.columns, *(tuple(_shown(cell) for cell in row) for row in self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
            for row in cells
        ]
        return "\n".join([self.title, *(f"  {line}" for line in lines), *(f"  {note}" for note in self.notes)])

    def data(self) -> dict[str, object]:
        """The table for JSON."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, "notes": list(self.notes)}


@dataclass(slots=True)
class Times:
    """Seconds that one thing took, round by round.

    Attributes:
        wall_s: by the clock.
        cpu_s: of the whole process, all its threads; what others do on the machine barely counts in it.
    """

    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)

    @contextmanager
    def taken(self, after: Callable[[], object] = lambda: None) -> Iterator[None]:
        """Time the body as one round.

        Args:
            after: waits for what the body left to other threads: its processor time counts, the wait does not.
        """
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        yield
        self.wall_s.append(time.perf_counter() - wall_s)
        after()
        self.cpu_s.append(time.process_time() - cpu_s)

    @property
    def p50_ms(self) -> float:
        """Median by the clock."""
        return float(np.median(self.wall_s)) * 1e3

    @property
    def p95_ms(self) -> float:
        """95th percentile by the clock."""
        return float(np.percentile(self.wall_s, 95)) * 1e3

    @property
    def cpu_ms(self) -> float:
        """Median processor time."""
        return float(np.median(self.cpu_s)) * 1e3

    @property
    def mean_cpu_ms(self) -> float:
        """Mean processor time, in which what is done in some rounds only has its share."""
        return float(np.mean(self.cpu_s)) * 1e3


def in_turns(calls: Mapping[str, Callable[[int], object]], seconds: float, at_least: int = 5) -> dict[str, Times]:
    """Times of the calls, one of each a round, until `seconds` are over.

    Args:
        calls: name -> what to time; given the round's number, from 0 on. The first two rounds do not count.
        seconds: for all of them together.
        at_least: rounds that count.
    """
    times = {name: Times() for name in calls}
    for call in calls.values():
        call(0)
        call(1)
    end_s = time.perf_counter() + seconds
    index = 2
    while index < at_least + 2 or time.perf_counter() < end_s:
        for name, call in calls.items():
            with times[name].taken():
                call(index)
        index += 1
    return times


@contextmanager
def one_core() -> Iterator[None]:
    """OpenCV uses one thread within the body."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def ratio(a: float, b: float) -> float | None:
    """`a / b`, or None where there is nothing to divide by."""
    return a / b if b > 0 else None


def median(values: Sequence[float]) -> float:
    """The median, a plain float."""
    return float(np.median(values))


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    digits = 0 if abs(cell) >= 100 else 1 if abs(cell) >= 10 else 2 if abs(cell) >= 0.1 else 3
    return f"{cell:.{digits}f}"
