"""What a batch shows while it runs and when it has ended."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from model.errors import ModelError
from model.plain_text import plain_text
from realtime.batch.job import Job, Result
from realtime.batch.plan import Plan
from realtime.batch.workers import WAITING, Outcome
from realtime.errors import RealtimeError
from realtime.sources.files.images import HEIF_SUFFIXES

_NAMED = 5
"""Skipped files that are named."""


class Bars:
    """A bar for each running file and one for all, with the time left; a line for each file where nobody watches.

    Args:
        jobs: all that is to be done.
        console: where to draw.
    """

    def __init__(self, jobs: Sequence[Job], console: Console) -> None:
        self._jobs = jobs
        self._console = console
        # The time that a file takes goes by its size, roughly, and that is known without opening it.
        self._weights = [max(job.input.stat().st_size, 1) if job.input.exists() else 1 for job in jobs]
        self._done: set[int] = set()
        self._rows: dict[int, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._all = self._progress.add_task(self._label(), total=sum(self._weights))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def watch(self, shares: Sequence[float]) -> None:
        """Show which share of each job, by number, is done."""
        for job in self._jobs:
            share = shares[job.number]
            if job.number in self._done or share == WAITING:
                continue
            total = 1.0 if share >= 0 else None
            if job.number not in self._rows:
                self._rows[job.number] = self._progress.add_task(escape(plain_text(job.input.name)), total=total)
            self._progress.update(self._rows[job.number], completed=max(share, 0.0), total=total)
        completed = sum(
            weight * (1.0 if number in self._done else max(shares[number], 0.0))
            for number, weight in enumerate(self._weights)
        )
        self._progress.update(self._all, completed=completed, description=self._label())

    def done(self, job: Job, outcome: Outcome) -> None:
        """Take the file's bar away, and say what came of it where there are no bars."""
        self._done.add(job.number)
        if job.number in self._rows:
            self._progress.remove_task(self._rows.pop(job.number))
        if isinstance(outcome, Exception):
            self._progress.console.print(f"failed {escape(plain_text(str(job.input)))}", soft_wrap=True)
        elif not self._console.is_terminal:
            self._progress.console.print(f"done {escape(plain_text(str(job.output)))}", soft_wrap=True)

    def _label(self) -> str:
        return f"{len(self._done)} of {len(self._jobs)} files"


def problem(error: Exception) -> str:
    """One line for what went wrong with a file."""
    text = plain_text(str(error))
    return text if isinstance(error, RealtimeError | ModelError) else f"{type(error).__name__}: {text}"


def summary(plan: Plan, outcomes: Mapping[int, Outcome], root: Path) -> Table:
    """A row for each file, those first that were there already.

    Args:
        outcomes: of the plan's jobs, by number; those left out were not done.
        root: outputs are named from here.
    """
    table = Table("file", "result", pad_edge=False)
    for heading in ("frames", "faces", "sound", "seconds", "fps"):
        table.add_column(heading, justify="left" if heading == "sound" else "right")
    table.columns[0].overflow = "fold"
    for job in plan.there:
        lacks_log = job.log is not None and not job.log.exists()
        table.add_row(_name(job, root), "there already, without a log" if lacks_log else "there already")
    for job in plan.jobs:
        outcome = outcomes.get(job.number)
        if isinstance(outcome, Result):
            rate = outcome.frames / outcome.seconds
            counts = (f"{outcome.frames}", f"{outcome.faces}", str(outcome.sound))
            table.add_row(_name(job, root), "done", *counts, f"{outcome.seconds:.1f}", f"{rate:.1f}")
        else:
            table.add_row(_name(job, root), "[bold]failed[/bold]" if outcome else "not done")
    return table


def skipped(plan: Plan) -> str:
    """One line on the files of folders that were left out."""
    names = ", ".join(plain_text(path.name) for path in plan.skipped[:_NAMED])
    more = f" and {len(plan.skipped) - _NAMED} more" if len(plan.skipped) > _NAMED else ""
    heic = any(path.suffix.lower() in HEIF_SUFFIXES for path in plan.skipped)
    hint = "; to read HEIC: pip install pillow-heif" if heic else ""
    count = f"{len(plan.skipped)} file{'s' if len(plan.skipped) > 1 else ''}"
    return f"skipped {count}, neither video nor image by name: {names}{more}{hint}"


def covered(plan: Plan, outcomes: Mapping[int, Outcome]) -> list[str]:
    """A line for each file in which a privacy filter covers more than was seen."""
    return [
        f"{plain_text(job.output.name)}: in {outcome.covered_ahead} of {outcome.frames} frames a head is covered that "
        "was seen only before or after; check them"
        for job in plan.jobs
        if isinstance(outcome := outcomes.get(job.number), Result) and outcome.covered_ahead
    ]


def _name(job: Job, root: Path) -> str:
    return escape(plain_text(str(job.output.relative_to(root))))
