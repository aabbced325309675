"""The search beside the loop: what it found is used at a fixed frame, and its thread ends."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from model.detection.haar import HAAR_PLAN, ROLLED_SEARCHES, UPRIGHT_SEARCHES, Detection, Search
from model.geometry import Box
from realtime.stats import Stats
from realtime.tracking.search import FaceSearch

IMAGE = np.zeros((40, 60, 3), np.uint8)
FACE = Detection(Box(10, 10, 30, 30), 0.0)


class Script:
    """A detector that notes what it is asked for, and finds the same face in every slice."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[Search | None] = []
        self.gate = threading.Event()
        self.gate.set()
        self._error = error

    plan = HAAR_PLAN

    def detect(self, image: np.ndarray) -> list[Detection]:
        self.asked.append(None)
        return [FACE]

    def search(self, image: np.ndarray, search: Search, ignore: Sequence[Box] = ()) -> list[Detection]:
        self.gate.wait(10)
        self.asked.append(search)
        if self._error:
            raise self._error
        return [FACE]


PLAN = replace(HAAR_PLAN, calm_s=0.2)


def walk(search: FaceSearch, frames: int, faces: bool = True, start: int = 0, fps: float = 30.0) -> list[int]:
    times_s = [(start + index) / fps for index in range(frames)]
    return [len(search.update(IMAGE, time_s, [], faces=faces, just_lost=False)) for time_s in times_s]


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
def test_the_first_frame_is_searched_whole_and_the_others_a_slice_at_a_time_alike_at_any_rate(fps: float) -> None:
    script = Script()
    search = FaceSearch(script, PLAN, Stats())
    found = walk(search, round(fps) + 1, fps=fps)
    assert [round(index / fps, 3) for index, count in enumerate(found) if count] == [0.0, 0.3, 0.5, 0.7, 0.9]
    search.wait()
    search.close()
    large, *small = UPRIGHT_SEARCHES
    assert script.asked == [None, large, small[0], large, small[1], large], "large faces in every second slice"


def test_for_ten_seconds_after_a_loss_it_looks_more_often_and_for_all_sizes_alike() -> None:
    script = Script()
    search = FaceSearch(script, PLAN, Stats())
    walk(search, 1)
    search.update(IMAGE, 0.5, [], faces=False, just_lost=True)
    script.asked.clear()
    walk(search, 30, start=16)
    large, *small = UPRIGHT_SEARCHES
    assert script.asked[:8] == [*small, large, *small, large]
    script.asked.clear()
    walk(search, 60, start=320)
    assert 10 <= len(script.asked) <= 11
    search.close()


def test_finds_come_at_the_same_frame_however_long_a_slice_takes() -> None:
    script = Script()
    search = FaceSearch(script, PLAN, Stats())
    walk(search, 6)
    assert script.asked == [None]
    script.gate.clear()
    assert walk(search, 3, start=6) == [0, 0, 0]
    threading.Timer(0.2, script.gate.set).start()
    assert walk(search, 1, start=9) == [1]
    search.close()


def test_without_faces_slices_follow_each_other_and_look_for_rolled_ones_too() -> None:
    script = Script()
    search = FaceSearch(script, PLAN, Stats())
    assert walk(search, 8, faces=False) == [1, 0, 1, 1, 1, 1, 1, 1]
    search.close()
    assert set(ROLLED_SEARCHES) <= set(script.asked)


def test_a_lost_face_is_looked_for_at_once() -> None:
    script = Script()
    search = FaceSearch(script, PLAN, Stats())
    walk(search, 2)
    assert len(search.update(IMAGE, 0.1, [], faces=False, just_lost=True)) == 1
    assert script.asked[-1] == UPRIGHT_SEARCHES[0]
    search.close()


def test_a_restart_searches_everything_again() -> None:
    script = Script()
    search = FaceSearch(script, PLAN, Stats())
    walk(search, 4)
    search.restart()
    walk(search, 1)
    assert script.asked.count(None) == 2
    search.close()


def test_errors_reach_the_caller_and_the_thread_ends() -> None:
    search = FaceSearch(Script(RuntimeError("broken cascade")), PLAN, Stats())
    with pytest.raises(RuntimeError, match="broken cascade"):
        walk(search, 10)
    search.close()
    search.close()
    assert not [
        thread for thread in threading.enumerate() if thread.name.startswith("face-search") and thread.is_alive()
    ]
