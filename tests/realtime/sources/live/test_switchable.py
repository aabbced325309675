"""Tests of realtime.sources.live.switchable."""

import threading
from collections.abc import Iterator

import pytest

from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo
from realtime.sources.live.camera_list import CameraListing
from realtime.sources.live.switchable import DEMO, SwitchableSource
from tests.fakes import four_colours, number_of
from tests.realtime.sinks.screens import wait_for

CAMERAS = [CameraListing(0, "Integrated"), CameraListing(2, "Logitech")]


class Pictures(Source):
    """Pictures of one number, a tenth of a second apart, on a clock of its own that began at `start_s`."""

    def __init__(self, number: int, count: int = 1000, start_s: float | None = None) -> None:
        self.number, self.count, self.start_s = number, count, start_s
        self.closed = False

    @property
    def info(self) -> SourceInfo:
        return SourceInfo(f"camera {self.number}", (64, 48), 10, live=self.start_s is not None)

    def frames(self) -> Iterator[Frame]:
        for index in range(self.count):
            captured_s = None if self.start_s is None else self.start_s + index / 10
            yield Frame(four_colours(number=self.number), index, index / 10, captured_s)

    def close(self) -> None:
        self.closed = True


class Studio:
    """A switchable source over sources that the test gives."""

    def __init__(self, first: Pictures, *others: Pictures) -> None:
        self.others = {other.number: other for other in others}
        self.said: list[str] = []
        self.may_open = threading.Event()
        self.may_open.set()
        self.switched: list[Source] = []
        self.source = SwitchableSource(
            first, str(first.number), self.open, lambda: CAMERAS, self.said.append, self.switched.append
        )
        self.frames = self.source.frames()

    def open(self, camera: int | None) -> Source:
        assert self.may_open.wait(10)
        if camera not in self.others:
            raise SourceError(f"cannot open camera {camera}")
        return self.others[camera]

    def list_cameras(self) -> None:
        self.source.refresh()
        wait_for(lambda: bool(self.source.menu.entries), "the list")

    def choose(self, key: str) -> None:
        """Choose, and wait until it is open or has failed."""
        self.source.choose(key)
        wait_for(lambda: not self.source.menu.busy, "the opening")


def test_it_is_the_first_source_until_another_is_chosen() -> None:
    with SwitchableSource(Pictures(7, 3), "7", lambda camera: Pictures(1), lambda: CAMERAS, print) as source:
        assert source.info.name == "camera 7"
        assert [(frame.index, frame.time_s) for frame in source.frames()] == [(0, 0.0), (1, 0.1), (2, 0.2)]


@pytest.mark.parametrize("clock", [(None, None), (50.0, 80.0), (None, 80.0), (50.0, None)])
def test_numbers_and_times_go_on(clock: tuple[float | None, float | None]) -> None:
    first = Pictures(7, start_s=clock[0])
    studio = Studio(first, Pictures(2, start_s=clock[1]))
    before = [next(studio.frames) for _ in range(3)]
    studio.list_cameras()
    studio.choose("2")
    after = [next(studio.frames) for _ in range(3)]
    assert [number_of(frame.pixels_bgr) for frame in before + after] == [7, 7, 7, 2, 2, 2]
    assert [frame.index for frame in before + after] == [0, 1, 2, 3, 4, 5]
    times = [frame.time_s for frame in before + after]
    assert times == sorted(times)
    assert times[4] - times[3] == pytest.approx(0.1)
    if None not in clock:
        assert times[3] == pytest.approx(30), "the cameras share a clock"
    assert first.closed
    assert studio.source.menu.chosen == studio.source.changed_to == "2"
    assert studio.said == ["now: camera 2"]
    assert [source.info.name for source in studio.switched] == ["camera 2"]
    studio.source.close()


def test_frames_go_on_while_another_opens_and_where_it_cannot() -> None:
    studio = Studio(Pictures(7))
    studio.list_cameras()
    assert [entry.name for entry in studio.source.menu.entries] == ["Integrated", "Logitech", "Demo"]
    studio.may_open.clear()
    studio.source.choose("2")
    assert studio.source.menu.busy
    assert number_of(next(studio.frames).pixels_bgr) == 7
    studio.may_open.set()
    wait_for(lambda: not studio.source.menu.busy, "the failure")
    assert [number_of(next(studio.frames).pixels_bgr) for _ in range(2)] == [7, 7]
    assert studio.said == ["cannot open camera 2"]
    assert studio.source.menu.chosen == "7"
    studio.source.close()


def test_what_is_not_listed_cannot_be_chosen() -> None:
    studio = Studio(Pictures(7), Pictures(5))
    studio.list_cameras()
    for key in ("5", "7", "x", "../0"):
        studio.source.choose(key)
        assert not studio.source.menu.busy
    studio.source.close()


def test_a_source_that_opens_too_late_is_closed() -> None:
    other = Pictures(2)
    studio = Studio(Pictures(7), other)
    studio.list_cameras()
    studio.may_open.clear()
    studio.source.choose("2")
    closing = threading.Thread(target=studio.source.close)
    closing.start()
    studio.may_open.set()
    closing.join(10)
    assert other.closed
    assert list(studio.frames) == []


def test_the_demo_has_a_key_too() -> None:
    opened: list[int | None] = []

    def open_it(camera: int | None) -> Source:
        opened.append(camera)
        return Pictures(1)

    source = SwitchableSource(Pictures(7), "7", open_it, lambda: [], print)
    source.refresh()
    wait_for(lambda: bool(source.menu.entries), "the list")
    source.choose(DEMO)
    wait_for(lambda: not source.menu.busy, "the demo")
    assert opened == [None]
    source.close()
