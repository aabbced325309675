"""Where a batch's jobs are worked off: processes of this machine, or a Dask cluster."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, contextmanager, suppress
from ctypes import Array, c_bool, c_double, c_long
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for_end
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawArray, RawValue
from typing import Any, Protocol

from realtime.batch.job import Job, Report, Result, annotate_file
from realtime.errors import RealtimeError

WAITING = -2.0
"""In `Workers.shares`: nobody has begun the job."""
UNKNOWN = -1.0
"""In `Workers.shares`: begun, and nobody knows how much there is of it."""

_LOOK_EVERY_S = 0.2
_PATIENCE_S = 3.0
"""For processes that were told to end."""

Outcome = Result | Exception
"""What came of a job: its result, or why there is none."""


class JobKilledError(RealtimeError):
    """The process that did a job has died."""


class JobStuckError(RealtimeError):
    """A job made no progress for too long, and was given up."""


class Workers(Protocol):
    """Somewhere to work jobs off.

    `shares` holds which share of each job, by number, is done, or one of the marks above. `open` gives an executor,
    whose jobs are ended as soon as possible when the context is left. `work` is the plain function to map over it.
    `give_up` ends jobs that are stuck, and says which they are.
    """

    @property
    def shares(self) -> Sequence[float]: ...

    @property
    def work(self) -> Callable[[Job], Result]: ...

    def open(self) -> AbstractContextManager[Executor]: ...

    def give_up(self) -> dict[int, JobStuckError]: ...


def work_off(
    jobs: Sequence[Job],
    workers: Workers,
    on_done: Callable[[Job, Outcome], None],
    watch: Callable[[Sequence[float]], None],
) -> None:
    """Work all jobs off, in no order. A process that dies takes its own job with it and no other.

    Args:
        on_done: called here, once for each job.
        watch: called a few times a second with the shares.
    """
    groups = [list(jobs)] if jobs else []
    stuck: dict[int, JobStuckError] = {}

    def look() -> None:
        watch(workers.shares)
        stuck.update(workers.give_up())

    while groups:
        group = groups.pop(0)
        broken: list[tuple[Job, Outcome]] = []
        with workers.open() as executor:
            futures = {_submit(executor, workers.work, job): job for job in group}
            for future in _as_done(futures, look):
                job, outcome = futures[future], _outcome(future)
                outcome = stuck.get(job.number, outcome)
                if isinstance(outcome, JobKilledError):
                    broken.append((job, outcome))
                else:
                    on_done(job, outcome)
        # A process that dies ends its pool, and nobody says whose job killed it: those that had begun are tried one by
        # one, then the others go on.
        begun = [job for job, _ in broken if workers.shares[job.number] != WAITING]
        if len(group) == 1 or not (begun or any(job.number in stuck for job in group)):
            for job, outcome in broken:
                on_done(job, outcome)
            continue
        groups += [[job] for job in begun]
        if rest := [job for job, _ in broken if job not in begun]:
            groups.append(rest)


class _StoppedError(Exception):
    """Nobody waits for this job any more."""


@dataclass(frozen=True, slots=True)
class _Board:
    """What a batch and its processes tell each other, in bare shared memory: unlike a queue, it holds no lock that a
    killed process could take with it.

    Attributes:
        shares: see `Workers.shares`.
        beats: when each job last did something, `time.monotonic()`, which all processes of a machine share.
        processes: who does each job.
        stop: nobody waits for the jobs any more.
    """

    shares: "Array[c_double]"
    beats: "Array[c_double]"
    processes: "Array[c_long]"
    stop: Any


_board: _Board
"""Of a pool's process, which gets it when it begins and by no other way."""


def _begin_process(board: _Board) -> None:
    global _board
    _board = board
    # Ctrl-C goes to the whole group of processes; the first one decides, and says so by `stop`.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """End this process with the one that began it, should that be killed: it would wait for jobs for ever."""
    wait_for_end([sentinel])
    os._exit(1)


@contextmanager
def at_work(job: Job) -> Iterator[Report]:
    """Say on the board that this process does a job; gives what the job reports its progress to."""

    def report(share: float | None) -> None:
        if _board.stop.value:
            raise _StoppedError
        _board.beats[job.number] = time.monotonic()
        _board.shares[job.number] = UNKNOWN if share is None else share

    _board.processes[job.number] = os.getpid()
    report(None)
    try:
        yield report
    finally:
        _board.processes[job.number] = 0


def _annotate_here(job: Job) -> Result:
    with at_work(job) as report:
        return annotate_file(job, report)


class LocalWorkers:
    """Processes of this machine, each with one job at a time.

    Args:
        count: how many.
        job_count: how many jobs there are.
        timeout_s: a job that does nothing for so long is given up; None waits for ever.
    """

    work: Callable[[Job], Result] = staticmethod(_annotate_here)

    def __init__(self, count: int, job_count: int, timeout_s: float | None = None) -> None:
        self._shares = RawArray(c_double, [WAITING] * job_count)
        self._beats = RawArray(c_double, job_count)
        self._processes = RawArray(c_long, job_count)
        self._count = count
        self._timeout_s = timeout_s
        self._given_up: set[int] = set()

    @property
    def shares(self) -> Sequence[float]:
        return list(self._shares)

    @contextmanager
    def open(self) -> Iterator[Executor]:
        for number in range(len(self._processes)):
            self._processes[number] = 0  # of a pool before, which is gone
        board = _Board(self._shares, self._beats, self._processes, RawValue(c_bool, False))
        others = set(multiprocessing.active_children())
        executor = ProcessPoolExecutor(self._count, multiprocessing.get_context("spawn"), _begin_process, (board,))
        try:
            yield executor
        finally:
            board.stop.value = True
            executor.shutdown(wait=False, cancel_futures=True)
            _end(set(multiprocessing.active_children()) - others)
            executor.shutdown()

    def give_up(self) -> dict[int, JobStuckError]:
        """Kill the processes of jobs that did nothing for too long."""
        if self._timeout_s is None:
            return {}
        late_s = time.monotonic() - self._timeout_s
        stuck = [
            number
            for number, process in enumerate(self._processes)
            if process and number not in self._given_up and 0 < self._beats[number] < late_s
        ]
        text = f"no progress for {self._timeout_s:g} s; see whether a player plays it, or give a longer --file-timeout"
        for number in stuck:
            self._given_up.add(number)
            with suppress(OSError):
                os.kill(self._processes[number], signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        return {number: JobStuckError(text) for number in stuck}


def _end(processes: Iterable[BaseProcess]) -> None:
    """Wait for processes that were told to end, a few seconds; then end them, whatever their decoders do."""
    deadline_s = time.monotonic() + _PATIENCE_S
    for process in processes:
        process.join(max(0.0, deadline_s - time.monotonic()))
    for process in processes:
        if process.is_alive():
            process.kill()
            process.join()


def _submit(executor: Executor, work: Callable[[Job], Result], job: Job) -> Future[Result]:
    try:
        return executor.submit(work, job)
    except BrokenExecutor as error:
        failed: Future[Result] = Future()
        failed.set_exception(error)
        return failed


def _as_done(futures: dict[Future[Result], Job], watch: Callable[[], None]) -> Iterator[Future[Result]]:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, _LOOK_EVERY_S, FIRST_COMPLETED)
        watch()
        yield from done


def _outcome(future: Future[Result]) -> Outcome:
    try:
        return future.result()
    except (BrokenExecutor, CancelledError):
        return JobKilledError("the process that did it was killed; if memory ran out, try fewer --jobs")
    except Exception as error:  # noqa: BLE001 - whatever one file does, it is reported and the others go on
        return error
