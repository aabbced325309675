"""A slow connection gets coarser pictures, a fast one finer ones, and none is flooded."""

from typing import Any, cast

from realtime.sinks.page.viewer import LEVELS, Viewer


def viewer() -> Viewer:
    return Viewer(cast(Any, None))


def test_two_pictures_travel_at_most_and_lost_ones_are_given_up() -> None:
    seen = viewer()
    seen.sent(1, 0.0)
    assert seen.wants_picture(0.0)
    seen.sent(2, 0.1)
    assert not seen.wants_picture(0.2)
    seen.drawn(1, 0.2)
    assert seen.wants_picture(0.2)
    seen.sent(3, 0.2)
    assert not seen.wants_picture(3.0)
    assert seen.wants_picture(9.0)


def test_quality_follows_the_connection() -> None:
    seen = viewer()
    for serial in range(30):
        seen.sent(serial, 0.0)
        seen.drawn(serial, 0.4)
    assert seen.level == len(LEVELS) - 1
    assert seen.size(1280) == (round(0.35 * 1280), 40)
    for serial in range(1000):
        seen.sent(serial, 0.0)
        seen.drawn(serial, 0.02)
    assert seen.level == 0
    assert seen.size(1280) == (1280, 85)


def test_pictures_are_no_wider_than_they_are_shown() -> None:
    seen = viewer()
    seen.level, seen.width_px = 0, 400
    assert seen.size(1920)[0] == 400
    seen.width_px = 0
    assert seen.size(1920)[0] == 160
    seen.hidden = True
    assert not seen.wants_picture(0.0)


def test_an_answer_to_nothing_changes_nothing() -> None:
    seen = viewer()
    seen.drawn(99, 1.0)
    assert seen.level == 1
