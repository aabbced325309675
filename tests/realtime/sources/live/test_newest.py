"""Tests of realtime.sources.live.newest, on captures made for the purpose."""

import threading
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from realtime.sources.live.newest import CaptureError, Patience, Reader, rate_of
from tests.fakes import four_colours, wait_until

QUICK = Patience(stall_s=0.1, skip_s=0.1, retry_s=0.01, retry_max_s=0.05, still_max_s=0.4, join_s=1.0)


class _Scripted:
    """A capture whose pictures are the numbers of a script; None stands for a read that fails."""

    label = "scripted"

    def __init__(self, script: Iterator[int | None]) -> None:
        self._script = script
        self._pause = threading.Event()
        self.closed = False

    def read(self) -> npt.NDArray[np.uint8]:
        self._pause.wait(0.003)
        number = next(self._script)
        if number is None:
            raise CaptureError("nothing")
        return four_colours(number=number)

    def close(self) -> None:
        self.closed = True


def _counting(start: int = 0, failing: tuple[int, ...] = ()) -> Iterator[int | None]:
    number = start
    while True:
        yield None if number in failing else number
        number += 1


class _Opener:
    """Opens one capture after another, the last one again and again."""

    def __init__(self, *scripts: Iterator[int | None]) -> None:
        self._scripts = list(scripts)
        self.opened: list[_Scripted] = []

    def __call__(self) -> _Scripted:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        self.opened.append(_Scripted(script))
        return self.opened[-1]


def test_it_tells_when_it_is_open_and_how_fast() -> None:
    reader = Reader(_Opener(_counting()), QUICK)
    assert reader.wait_opened(5)
    assert reader.label == "scripted"
    reader.wait_measured(5)
    assert reader.measured_fps is not None
    assert reader.problem == ""
    reader.close()


@pytest.mark.parametrize(
    ("intervals_s", "fps"),
    [
        ([0.5, *[0.04] * 5], 25),
        ([0.5, *[0.04] * 4], None),
        ([0.5, *[0.003] * 20], None),
        # A buffer is emptied at first.
        ([0.5, *[0.001] * 8, *[0.04] * 6], 25),
        # The program was held up once.
        ([0.5, *[0.04] * 5, 3.0, *[0.04] * 5], 25),
        ([], None),
    ],
)
def test_the_rate_is_that_of_the_usual_intervals(intervals_s: list[float], fps: float | None) -> None:
    arrivals_s = np.cumsum([7.0, *intervals_s])
    assert rate_of(list(arrivals_s)) == (fps and pytest.approx(fps))


def test_a_read_that_fails_now_and_then_costs_no_opening() -> None:
    opener = _Opener(_counting(failing=(3, 4, 9)))
    reader = Reader(opener, QUICK)
    assert wait_until(lambda: (picture := reader.newer(0, 0.1)) is not None and picture.serial > 20)
    reader.close()
    assert len(opener.opened) == 1


def test_after_a_breakdown_it_opens_anew_and_closes_what_broke() -> None:
    opener = _Opener(iter([1, 2, 3] + [None] * 1000), _counting(50))
    reader = Reader(opener, QUICK)
    assert wait_until(lambda: (picture := reader.newer(0, 0.1)) is not None and picture.serial > 8)
    assert [capture.closed for capture in opener.opened] == [True, False]
    reader.close()
    assert all(capture.closed for capture in opener.opened)


def test_a_still_picture_is_looked_after_ever_more_rarely() -> None:
    opener = _Opener(iter([7] * 100_000))
    reader = Reader(opener, QUICK)
    assert wait_until(lambda: reader.problem == "the same picture comes over and over")
    # Openings after 0.1, 0.2, 0.4, 0.4, ... seconds of it.
    assert wait_until(lambda: len(opener.opened) == 3)
    assert reader.newer(1000, 0.3) is None
    reader.close()
    assert len(opener.opened) <= 5


def test_an_opening_that_fails_at_first_is_reported_at_once() -> None:
    def opener() -> _Scripted:
        raise CaptureError("it is not there")

    reader = Reader(opener, QUICK)
    assert not reader.wait_opened(5)
    assert reader.problem == "it is not there"
    reader.close()


def test_what_is_no_capture_error_reaches_the_caller() -> None:
    def opener() -> _Scripted:
        raise KeyError("a bug")

    reader = Reader(opener, QUICK)
    with pytest.raises(KeyError, match="a bug"):
        reader.wait_opened(5)
    reader.close()


def test_closing_wakes_who_waits() -> None:
    reader = Reader(_Opener(iter([1] + [None] * 100_000)), QUICK)
    assert wait_until(lambda: reader.newer(0, 0.1) is not None)
    threading.Timer(0.05, reader.close).start()
    assert reader.newer(1, 30) is None
    reader.close()
