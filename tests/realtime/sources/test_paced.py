"""Tests of realtime.sources.paced."""

import threading
from pathlib import Path

import pytest

from realtime.sources import paced
from realtime.sources.files.video import VideoSource
from realtime.sources.paced import PacedSource
from tests.fakes import write_video

TIMES_S = (0.0, 0.1, 0.2, 1.0, 1.1)


class _Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def perf_counter(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    clock = _Clock()
    monkeypatch.setattr(paced, "time", clock)

    def wait(self: object, timeout: float | None = None) -> bool:
        clock.now_s += timeout or 0.0
        return False

    monkeypatch.setattr(threading.Event, "wait", wait)
    return clock


def _open(folder: Path) -> PacedSource:
    write_video(folder / "clip.mkv", TIMES_S)
    return PacedSource(VideoSource(folder / "clip.mkv"))


def test_no_frame_comes_before_its_time(tmp_path: Path, clock: _Clock) -> None:
    with _open(tmp_path) as source:
        came_s = [clock.now_s - 100 for _ in source.frames()]
    assert came_s == pytest.approx(TIMES_S, abs=1e-3)


def test_a_slow_consumer_loses_nothing_and_is_not_rushed_afterwards(tmp_path: Path, clock: _Clock) -> None:
    came_s = []
    with _open(tmp_path) as source:
        for frame in source.frames():
            came_s.append(clock.now_s - 100)
            if frame.index == 1:
                clock.now_s += 5
    assert came_s == pytest.approx([0.0, 0.1, 5.1, 5.9, 6.0], abs=1e-3)
