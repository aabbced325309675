"""Conditions hold with hysteresis, fade, and never outlive their face; poses beyond the limits fade a layer out."""

from dataclasses import replace

import numpy as np
import pytest

from model.measures import Measures
from realtime.face_view import FaceView, Viewer
from realtime.filters.conditions import Beyond, Condition, Count, Every, Some, Toggle
from realtime.filters.gate import Gate, PoseLimits, When
from tests.realtime.filters.faces import face_at, turned_face

(SEEN,) = Viewer().views([face_at((320, 200), 100)], (640, 480), 0.0)


def view_with(mouth: float, time_s: float, face_id: int = 0) -> FaceView:
    return replace(SEEN, measures=Measures(mouth, mouth, 0, 0, 1, 0.5, 0, 0, 0), time_s=time_s, face_id=face_id)


def strengths(gate: Gate, mouths: list[float], step_s: float = 0.1) -> list[float]:
    return [round(gate.strength(view_with(mouth, index * step_s)), 3) for index, mouth in enumerate(mouths)]


def test_it_comes_above_the_level_and_stays_until_the_release() -> None:
    gate = Gate(When(Beyond("mouth_opening", above=0.4, until=0.3), fade_s=0.0))
    assert strengths(gate, [0.39, 0.41, 0.31, 0.29, 0.39, 0.41]) == [0, 1, 1, 0, 0, 1]


def test_below_works_the_other_way_round() -> None:
    gate = Gate(When(Beyond("eye_opening", below=0.8), fade_s=0.0))
    assert gate.strength(view_with(0, 0)) == 1, "the mean of both eyes is 0.75"
    assert Gate(When(Beyond("eye_opening", below=0.7), fade_s=0.0)).strength(view_with(0, 0)) == 0


def test_the_default_release_keeps_a_trembling_measure_from_flickering() -> None:
    gate = Gate(When(Beyond("mouth_opening", above=0.5), fade_s=0.0))
    assert strengths(gate, [0.51, 0.49, 0.51, 0.42, 0.39, 0.42]) == [1, 1, 1, 1, 0, 0]


def test_it_fades_and_holds() -> None:
    gate = Gate(When(Beyond("mouth_opening", above=0.5), fade_s=0.4))
    assert strengths(gate, [0, 1, 1, 1, 1, 1, 0, 0]) == [0, 0.25, 0.5, 0.75, 1, 1, 0.75, 0.5]
    gate = Gate(When(Beyond("mouth_opening", above=0.5), fade_s=0.0, hold_s=0.25))
    assert strengths(gate, [1, 0, 0, 0, 0]) == [1, 1, 1, 0, 0]


def test_what_holds_when_a_face_is_first_seen_is_there_at_once() -> None:
    gate = Gate(When(Beyond("mouth_opening", above=0.5), fade_s=0.4))
    assert strengths(gate, [1, 1, 0]) == [1, 1, 0.75]


def test_time_that_stands_or_goes_back_does_no_harm() -> None:
    gate = Gate(When(Beyond("mouth_opening", above=0.5), fade_s=0.2))
    for time_s in (5.0, 5.0, 1.0, 1.1):
        assert 0 <= gate.strength(view_with(1, time_s)) <= 1


def test_faces_are_kept_apart_and_forgotten() -> None:
    gate = Gate(When(Beyond("mouth_opening", above=0.5), fade_s=0.0))
    assert gate.strength(view_with(1, 0, face_id=1)) == 1 and gate.strength(view_with(0.45, 0, face_id=2)) == 0
    gate.keep([view_with(0, 0, face_id=2)])
    assert gate.strength(view_with(0.45, 0.1, face_id=1)) == 0, "it held for face 1, which was gone in between"


def test_a_face_without_a_pose_meets_no_condition() -> None:
    assert (
        Gate(When(Beyond("mouth_opening", above=-1), fade_s=0)).strength(replace(SEEN, pose=None, measures=None)) == 0
    )
    assert Gate(limits=PoseLimits(0, 0, 0)).strength(replace(SEEN, pose=None)) == 1


@pytest.mark.parametrize(("yaw", "expected"), [(0, 1), (28, 1), (35, 0.5), (-35, 0.5), (45, 0), (-60, 0)])
def test_beyond_its_pose_a_layer_fades_out(yaw: float, expected: float) -> None:
    (view,) = Viewer().views([turned_face(yaw_deg=yaw)], (640, 480), 0.0)
    assert Gate(limits=PoseLimits(yaw=30)).strength(view) == pytest.approx(expected, abs=0.12)


def test_until_beyond_the_level_is_refused() -> None:
    for wrong in ({"above": 0.3, "until": 0.4}, {"below": 0.3, "until": 0.2}):
        with pytest.raises(ValueError, match=r"lies beyond the level 0\.3; put it before"):
            Beyond("smile", **wrong)
    assert np.isclose(Beyond("smile", above=0.3, until=0.2).until or 0, 0.2)


MOUTH = Beyond("mouth_opening", above=0.5, until=0.3)
SMILE = Beyond("smile", above=0.5)


def shown(condition: Condition, mouths: list[float], step_s: float = 0.1) -> list[float]:
    return strengths(Gate(When(condition, fade_s=0.0)), mouths, step_s)


def test_all_and_any_join_conditions() -> None:
    both = Gate(When(Every((MOUTH, SMILE)), fade_s=0.0))
    either = Gate(When(Some((MOUTH, SMILE)), fade_s=0.0))
    for mouth, smile in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        view = replace(SEEN, measures=Measures(mouth, 0, smile, 0, 1, 1, 0, 0, 0))
        assert (both.strength(view), either.strength(view)) == (mouth and smile, mouth or smile)


def test_a_toggle_switches_each_time_and_forgets_with_the_face() -> None:
    assert shown(Toggle(MOUTH), [0, 1, 1, 0, 0, 1, 0, 1]) == [0, 1, 1, 1, 1, 0, 0, 1]
    assert shown(Toggle(MOUTH), [1, 1, 0, 1]) == [0, 0, 0, 1], "an open mouth at the start is no deed"
    gate = Gate(When(Toggle(MOUTH), fade_s=0.0))
    assert strengths(gate, [0, 1]) == [0, 1]
    gate.keep([])
    assert strengths(gate, [0]) == [0]


def test_a_count_holds_once_it_is_reached_in_time() -> None:
    three = Count(MOUTH, 3, within_s=1.0)
    assert shown(three, [0, 1, 0, 1, 0, 1, 0, 1]) == [0, 0, 0, 0, 0, 1, 0, 0]
    assert shown(three, [0, 1, 0, 1, 0, 1], step_s=0.4) == [0] * 6, "too slow"
    assert shown(Toggle(three), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]) == [0] * 5 + [1] * 6 + [0]
    held = Gate(When(three, fade_s=0.0, hold_s=0.25))
    assert strengths(held, [0, 1, 0, 1, 0, 1, 0, 0, 0]) == [0, 0, 0, 0, 0, 1, 1, 1, 0]


def test_hints_say_what_to_do() -> None:
    assert Every((MOUTH, SMILE)).hint == "Open your mouth and smile"
    assert Some((MOUTH, MOUTH, SMILE)).hint == "Open your mouth or smile"
    assert Count(Beyond("pitch", below=-8), 3).hint == "Nod, 3 times"
    assert Toggle(Beyond("eye_opening", below=0.3)).hint == "Close your eyes"
    assert Beyond("yaw", above=10).hint == ""
