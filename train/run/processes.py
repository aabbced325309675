"""Training on several processes of this machine: started, watched and ended by the first of them."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import SimpleQueue

from train.errors import ProcessError
from train.run.distributed import Place, leave, open_store

Failures = SimpleQueue[tuple[int, str]]


@contextmanager
def started_processes(count: int, work: Callable[[Place], None]) -> Iterator[Place]:
    """Do `work` in further processes while the body does the same in this one; at its end, however it ends, they end.

    They ignore Ctrl-C: this process alone decides what it means, and tells.

    Args:
        count: how many, this one included.
        work: what the others do at their places; it can be pickled.

    Yields:
        This process's place among them, the first.

    Raises:
        ProcessError: one of the others failed, or was ended from outside.
    """
    if count == 1:
        yield Place()
        return
    context = multiprocessing.get_context("spawn")
    store = open_store(count)
    meeting, failures = context.Barrier(count), context.SimpleQueue()
    places = [Place(rank, count, store.port, meeting) for rank in range(count)]
    others = [context.Process(target=_work, args=(work, place, failures)) for place in places[1:]]
    try:
        with _without_ctrl_c():
            for process in others:
                process.start()
        try:
            yield places[0]
        except RuntimeError as error:
            # What is left here of a process that is gone: a broken connection, or a meeting that is off.
            raise _reason(others, failures) or error from error
        for process in others:
            process.join()
        if reason := _reason(others, failures):
            raise reason
    finally:
        for process in others:
            if process.pid is not None:
                process.terminate()
                process.join()
        leave()


def _work(work: Callable[[Place], None], place: Place, failures: Failures) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        work(place)
    except Exception as error:  # noqa: BLE001  # whatever it is, it ends all of them
        # The first process tells of it, in one line; where it is gone itself, nobody does.
        with suppress(OSError):
            failures.put((place.rank, f"{type(error).__name__}: {error}"))
        if place.meeting is not None:
            place.meeting.abort()
        sys.exit(1)
    # At once: gloo's threads may abort while Python takes them down, after everything is done.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _reason(others: list[SpawnProcess], failures: Failures) -> ProcessError | None:
    """Why one of the others is gone."""
    for process in others:
        process.join(timeout=1.0)
    for rank, process in enumerate(others, start=2):
        if process.exitcode is not None and process.exitcode < 0:
            return _failed(rank, len(others), f"ended by signal {-process.exitcode}")
    if failures.empty():
        return None
    rank, words = failures.get()
    return _failed(rank + 1, len(others), " ".join(words.split())[:300])


def _failed(number: int, others: int, words: str) -> ProcessError:
    return ProcessError(
        f"process {number} of {others + 1} failed ({words}); continue the run with --resume, with fewer --processes"
    )


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Processes that are started in here ignore Ctrl-C from their first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
