"""Tests of realtime.sources.prefetched."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo
from realtime.sources.prefetched import PrefetchedSource
from tests.fakes import four_colours, number_of, wait_until


class _Counting(Source):
    """Frames 0, 1, 2, ... up to a count, then an end or an error."""

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.given = 0
        self.closed = False
        self.threads: set[threading.Thread] = set()
        self._count = count
        self._error = error

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("counting", (64, 48), 30.0, live=False)

    def frames(self) -> Iterator[Frame]:
        for number in range(self._count):
            self.threads.add(threading.current_thread())
            self.given += 1
            yield Frame(four_colours(number=number), number, number / 30)
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not any(thread.name == "prefetch" for thread in threading.enumerate())


def test_the_same_frames_come_in_the_same_order_from_another_thread() -> None:
    inner = _Counting(50)
    with PrefetchedSource(inner) as source:
        frames = list(source.frames())
    assert [frame.index for frame in frames] == list(range(50))
    assert [number_of(frame.pixels_bgr) for frame in frames] == list(range(50))
    np.testing.assert_array_equal(frames[7].pixels_bgr, four_colours(number=7))
    assert threading.main_thread() not in inner.threads
    assert inner.closed


def test_it_runs_ahead_by_a_few_frames_only() -> None:
    inner = _Counting(1000)
    with PrefetchedSource(inner) as source:
        frames = source.frames()
        next(frames)
        assert wait_until(lambda: inner.given >= 4)
        assert not wait_until(lambda: inner.given > 5, timeout_s=0.1)


def test_an_error_comes_after_the_frames_before_it() -> None:
    with PrefetchedSource(_Counting(5, SourceError("broken at 5"))) as source:
        frames = source.frames()
        assert [next(frames).index for _ in range(5)] == [0, 1, 2, 3, 4]
        with pytest.raises(SourceError, match="broken at 5"):
            next(frames)


def test_left_early_it_ends_its_thread() -> None:
    source = PrefetchedSource(_Counting(1000))
    for frame in source.frames():
        if frame.index == 2:
            break
    source.close()
    unclosed = source = PrefetchedSource(_Counting(1000))
    frames = unclosed.frames()
    next(frames)
    del frames
