"""Places that turned out not to be faces rest for a while, longer each time."""

from model.crop import Region
from realtime.tracking.refusals import Refusals

PLACE, ELSEWHERE = Region(50, 50, 20), Region(90, 50, 20)


def test_a_refused_place_rests_longer_each_time_and_others_do_not() -> None:
    refusals = Refusals()
    assert not refusals.holds(PLACE, 0.0)
    refusals.add([PLACE], 0.0)
    assert refusals.holds(Region(52, 49, 22), 0.1) and not refusals.holds(ELSEWHERE, 0.1)
    assert not refusals.holds(PLACE, 0.16)
    refusals.add([PLACE], 0.2)
    assert refusals.holds(PLACE, 0.45) and not refusals.holds(PLACE, 0.51)
    for time_s in (1.0, 2.0, 3.0):
        refusals.add([PLACE], time_s)
    assert not refusals.holds(PLACE, 3.61)


def test_a_place_is_forgotten() -> None:
    refusals = Refusals()
    for time_s in (0.0, 0.2, 0.6):
        refusals.add([PLACE], time_s)
    refusals.add([PLACE], 9.0)
    assert not refusals.holds(PLACE, 9.2)
