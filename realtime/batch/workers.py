"""Where a batch's jobs are worked off: processes of this machine, or a Dask cluster."""

import functools
import multiprocessing
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, contextmanager
from ctypes import Array, c_bool, c_double
from importlib.util import find_spec
from multiprocessing.connection import wait as wait_for_end
from multiprocessing.sharedctypes import RawArray, RawValue
from typing import Any, Protocol

from realtime.batch.job import Job, Result, annotate_file
from realtime.errors import ConfigError, RealtimeError

WAITING = -2.0
"""In `Workers.shares`: nobody has begun the job."""
UNKNOWN = -1.0
"""In `Workers.shares`: begun, and nobody knows how much there is of it."""

_LOOK_EVERY_S = 0.2
_CONNECT_TIMEOUT_S = 10

Outcome = Result | Exception
"""What came of a job: its result, or why there is none."""


class JobKilledError(RealtimeError):
    """The process that did a job has died."""


class Workers(Protocol):
    """Somewhere to work jobs off.

    `shares` holds which share of each job, by number, is done, or one of the marks above. `open` gives an executor,
    whose jobs are ended as soon as may be when the context is left. `work` is the plain function to map over it.
    """

    @property
    def shares(self) -> Sequence[float]: ...

    @property
    def work(self) -> Callable[[Job], Result]: ...

    def open(self) -> AbstractContextManager[Executor]: ...


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
    while groups:
        group = groups.pop(0)
        broken: list[tuple[Job, Outcome]] = []
        with workers.open() as executor:
            futures = {_submit(executor, workers.work, job): job for job in group}
            for future in _as_done(futures, lambda: watch(workers.shares)):
                job, outcome = futures[future], _outcome(future)
                if isinstance(outcome, JobKilledError):
                    broken.append((job, outcome))
                else:
                    on_done(job, outcome)
        # A process that dies ends its pool, and nobody says whose job killed it: those that had begun are tried one by
        # one, then the others go on.
        begun = [job for job, _ in broken if workers.shares[job.number] != WAITING]
        if len(group) == 1 or not begun:
            for job, outcome in broken:
                on_done(job, outcome)
            continue
        groups += [[job] for job in begun]
        if rest := [job for job, _ in broken if job not in begun]:
            groups.append(rest)


class _StoppedError(Exception):
    """Nobody waits for this job any more."""


_shares: "Array[c_double]"
_stop: Any
"""Of a pool's process, which gets them when it begins and by no other way."""


def _begin_process(shares: "Array[c_double]", stop: Any) -> None:
    global _shares, _stop
    _shares, _stop = shares, stop
    # Ctrl-C goes to the whole group of processes; the first one decides, and says so by `stop`.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """End this process with the one that began it, should that be killed: it would wait for jobs for ever."""
    wait_for_end([sentinel])
    os._exit(1)


def _annotate_here(job: Job) -> Result:
    def report(share: float | None) -> None:
        if _stop.value:
            raise _StoppedError
        _shares[job.number] = UNKNOWN if share is None else share

    return annotate_file(job, report)


class LocalWorkers:
    """Processes of this machine, each with one job at a time.

    Args:
        count: how many.
        job_count: how many jobs there are.
    """

    work: Callable[[Job], Result] = staticmethod(_annotate_here)

    def __init__(self, count: int, job_count: int) -> None:
        # Bare shared memory: unlike a queue, it holds no lock that a killed process could take with it.
        self._shares = RawArray(c_double, [WAITING] * job_count)
        self._count = count

    @property
    def shares(self) -> Sequence[float]:
        return list(self._shares)

    @contextmanager
    def open(self) -> Iterator[Executor]:
        stop = RawValue(c_bool, False)
        executor = ProcessPoolExecutor(
            self._count, multiprocessing.get_context("spawn"), _begin_process, (self._shares, stop)
        )
        try:
            yield executor
        finally:
            stop.value = True
            executor.shutdown(cancel_futures=True)


class ClusterWorkers:
    """The workers of a Dask cluster, which see the same files under the same paths.

    Args:
        address: of its scheduler.
        job_count: how many jobs there are.

    Raises:
        ConfigError: `distributed` is not installed; `open` raises it where nobody answers at the address.
    """

    def __init__(self, address: str, job_count: int) -> None:
        if find_spec("distributed") is None:
            raise ConfigError(
                "--cluster needs the package distributed, which is not installed here: pip install distributed"
            )
        self.shares = [WAITING] * job_count
        self._address = address
        self._topic = f"face-keypoints-{secrets.token_hex(8)}"
        self.work = functools.partial(_annotate_on_cluster, self._topic)

    @contextmanager
    def open(self) -> Iterator[Executor]:
        from distributed import Client

        try:
            client = Client(self._address, timeout=_CONNECT_TIMEOUT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, RuntimeError) as error:
            raise ConfigError(
                f"no Dask scheduler answers at --cluster {self._address}; give the address that dask scheduler prints, "
                "such as tcp://127.0.0.1:8786"
            ) from error
        with client:
            client.subscribe_topic(self._topic, self._note)  # type: ignore[no-untyped-call]
            executor = client.get_executor(pure=False)  # type: ignore[no-untyped-call]
            try:
                yield executor
            finally:
                executor.shutdown(wait=False)

    def _note(self, event: tuple[float, tuple[int, float]]) -> None:
        _, (number, share) = event
        self.shares[number] = share


def _annotate_on_cluster(topic: str, job: Job) -> Result:
    from distributed import get_worker

    worker = get_worker()
    return annotate_file(job, lambda share: worker.log_event(topic, (job.number, UNKNOWN if share is None else share)))


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
    except Exception as error:  # noqa: BLE001 - whatever one file does, it is told and the others go on
        return error
