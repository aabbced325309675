"""Tests of realtime.tracking.settled."""

from model.face import Face
from realtime.frame import Frame
from realtime.tracking.settled import SettledTracker
from tests.fakes import four_colours
from tests.realtime.sinks.outputs import face


class Counting:
    """Finds a face with another number in each frame."""

    def __init__(self) -> None:
        self.count = 0

    def update(self, frame: Frame) -> list[Face]:
        self.count += 1
        return [face(self.count)]


def test_a_still_picture_is_tracked_until_it_has_settled() -> None:
    inner = Counting()
    tracker = SettledTracker(inner)
    ids = [tracker.update(Frame(four_colours(), index, index / 30))[0].face_id for index in range(300)]
    assert ids[:100] == list(range(1, 101))
    assert inner.count == 120
    assert set(ids[120:]) == {120}
