"""Before the camera: pictures are taken once a prompt is followed, or when asked for."""

import itertools
import time
from collections.abc import Iterator
from math import radians
from pathlib import Path

import numpy as np
import pytest

from model.finder import FaceFinder, open_finder
from model.measures import Measures
from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.labelling.camera import CameraCapture
from realtime.labelling.prompts import PROMPTS
from realtime.labelling.tasks import Task
from realtime.sources.base import Source, SourceInfo
from tests.fakes import wait_until
from tests.realtime.labelling.sets import SIZE, picture

REST = Measures(0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0)


class Posing(Source):
    """A camera before which somebody sits still; `empty` before that nobody does."""

    def __init__(self, *, empty: bool = False, breaks: bool = False) -> None:
        self.closed = False
        self.breaks = breaks
        self.picture_bgr = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8) if empty else picture()[0]

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("camera 0", SIZE, 30.0, live=True)

    def frames(self) -> Iterator[Frame]:
        for index in itertools.count():
            if self.closed:
                return
            if self.breaks:
                raise SourceError("camera 0 was unplugged; plug it in again")
            time.sleep(0.005)
            yield Frame(self.picture_bgr.copy(), index, index / 30)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return open_finder()


def test_each_prompt_is_followed_by_its_movement_only() -> None:
    moved = {
        "Turn your head to your left": {"yaw": radians(20)},
        "Turn your head to your right": {"yaw": radians(-20)},
        "Look up": {"pitch": radians(12)},
        "Look down": {"pitch": radians(-12)},
        "Lean your head to your left shoulder": {"roll": radians(15)},
        "Lean your head to your right shoulder": {"roll": radians(-15)},
        "Smile": {"smile": 0.6},
        "Open your mouth": {"mouth_opening": 0.6},
        "Close your eyes": {"left_eye_opening": 0.1, "right_eye_opening": 0.1},
        "Raise your brows": {"brow_raise": 0.6},
        "Say something": {"mouth_opening": 0.1},
    }
    assert [prompt.text for prompt in PROMPTS[1:]] == list(moved)
    for prompt in PROMPTS[1:]:
        fields = {name: getattr(REST, name) for name in Measures.__slots__}
        assert prompt.done(Measures(**{**fields, **moved[prompt.text]}), REST)
        assert not prompt.done(REST, REST)
    assert PROMPTS[0].done(REST, REST)


def test_pictures_are_taken_while_the_prompt_is_followed(tmp_path: Path, finder: FaceFinder) -> None:
    found: list[Task] = []
    clock = itertools.count(step=0.2)
    camera = CameraCapture(Posing(), finder, tmp_path, 24, found.append, lambda: next(clock))
    try:
        assert wait_until(lambda: camera.state().text == PROMPTS[1].text)
        assert len(found) == 2 and camera.state().taken == 2 and camera.state().face
        # Nobody turns: nothing more is taken, but when asked to.
        camera.take()
        assert wait_until(lambda: len(found) == 3)
        camera.skip()
        assert wait_until(lambda: camera.state().text == PROMPTS[2].text)
        assert camera.preview() is not None
    finally:
        camera.close()
    assert camera.done and camera.state().text == ""
    assert all((tmp_path / task.image).is_file() for task in found)
    assert len({task.image for task in found}) == 3


def test_enough_pictures_are_enough(tmp_path: Path, finder: FaceFinder) -> None:
    found: list[Task] = []
    camera = CameraCapture(Posing(), finder, tmp_path, 1, found.append)
    assert wait_until(lambda: camera.done)
    camera.close()
    assert len(found) == 1


def test_nobody_there_and_a_camera_that_goes_away(tmp_path: Path, finder: FaceFinder) -> None:
    camera = CameraCapture(Posing(empty=True), finder, tmp_path, 12, lambda task: None)
    camera.take()
    assert wait_until(lambda: camera.preview() is not None) and not camera.state().face
    camera.close()
    broken = CameraCapture(Posing(breaks=True), finder, tmp_path, 12, lambda task: None)
    assert wait_until(lambda: "unplugged" in broken.state().status)
    broken.close()
