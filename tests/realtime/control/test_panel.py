"""Tests of realtime.control.actions, realtime.control.state and realtime.control.panel."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from realtime.control.actions import ACTIONS, Action, action_of_key, info_of
from realtime.control.controls import Controls
from realtime.control.panel import ControlPanel, Surroundings, next_filter
from realtime.control.state import DeviceMenu, FilterEntry
from tests.realtime.sinks.outputs import face, output

NAMES = ["sunglasses", "moustache", "crown"]


class Clock:
    """Seconds set by the test."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Camera:
    """A device that remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @property
    def menu(self) -> DeviceMenu:
        return DeviceMenu(name="camera 0 (640x480)")

    def refresh(self) -> None:
        self.asked.append("refresh")

    def choose(self, key: str) -> None:
        self.asked.append(key)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def controls() -> Controls:
    return Controls()


@pytest.fixture
def panel(controls: Controls, clock: Clock) -> ControlPanel:
    return ControlPanel(controls, Surroundings(tuple(map(FilterEntry, NAMES)), clock=clock))


def test_every_action_is_presented_once_and_no_key_does_two_things() -> None:
    assert [info.action for info in ACTIONS] == list(dict.fromkeys(info.action for info in ACTIONS))
    assert {info.action for info in ACTIONS} == set(Action)
    keys = [info.key for info in ACTIONS if info.key]
    assert len(keys) == len(set(keys))
    assert all(action_of_key(info_of(action).key) in (action, None) for action in Action)


def test_filters_are_chosen_deselected_and_walked_through(panel: ControlPanel, controls: Controls) -> None:
    panel.act(Action.FILTER, "crown")
    assert controls.filters == ["crown"]
    panel.act(Action.FILTER, "crown")
    assert controls.filters == []
    panel.act(Action.NEXT_FILTER)
    panel.act(Action.PREVIOUS_FILTER)
    assert controls.filters == ["crown"]
    panel.act(Action.FILTER, "../crown")
    panel.write(output())
    assert panel.state.messages[-1].text == "no filter is called '../crown'"
    panel.act(Action.NO_FILTER)
    assert panel.state.filters == ()


def test_the_next_filter_goes_round_both_ways() -> None:
    assert next_filter([], NAMES) == "sunglasses"
    assert next_filter([], NAMES, -1) == "crown"
    assert next_filter(["crown"], NAMES) == "sunglasses"
    assert next_filter(["sunglasses"], NAMES, -1) == "crown"
    assert next_filter(["moustache", "sunglasses"], NAMES) == "moustache"
    assert next_filter(["gone"], NAMES) == "sunglasses"


def test_keypoints_are_off_while_a_filter_is_worn_until_the_user_decides(
    panel: ControlPanel, controls: Controls
) -> None:
    assert panel.state.keypoints
    panel.act(Action.FILTER, "crown")
    assert not panel.state.keypoints
    panel.act(Action.KEYPOINTS)
    assert panel.state.keypoints
    panel.act(Action.NO_FILTER)
    assert panel.state.keypoints
    panel.act(Action.KEYPOINTS)
    assert not controls.keypoints_shown


def test_strength_goes_in_steps_within_its_bounds(panel: ControlPanel, controls: Controls) -> None:
    panel.act(Action.STRENGTH, "0.5")
    assert controls.strength == 1, "without a filter there is nothing to weaken"
    panel.act(Action.FILTER, "crown")
    for action, value, expected in (
        (Action.WEAKER, "", 0.9),
        (Action.STRONGER, "", 1.0),
        (Action.STRONGER, "", 1.0),
        (Action.STRENGTH, "0.05", 0.05),
        (Action.WEAKER, "", 0.0),
        (Action.STRENGTH, "nan", 0.0),
        (Action.STRENGTH, "2", 0.0),
        (Action.STRENGTH, "much", 0.0),
    ):
        panel.act(action, value)
        assert controls.strength == expected
    panel.write(output())
    assert panel.state.messages[-1].text == "strength 'much' is not a number from 0 to 1"


def test_favourites_come_first_and_are_kept(controls: Controls) -> None:
    kept: list[Sequence[str]] = []
    around = Surroundings(tuple(map(FilterEntry, NAMES)), keep_favourites=kept.append)
    panel = ControlPanel(controls, around, ["crown"])
    assert [entry.name for entry in panel.state.catalogue] == ["crown", "sunglasses", "moustache"]
    panel.act(Action.FAVOURITE, "moustache")
    panel.act(Action.FAVOURITE, "crown")
    assert [entry.name for entry in panel.state.catalogue] == ["moustache", "sunglasses", "crown"]
    assert kept == [("crown", "moustache"), ("moustache",)]
    assert panel.state.favourites == {"moustache"}


def test_a_picture_is_taken_at_once_or_counted_down_to(panel: ControlPanel, controls: Controls, clock: Clock) -> None:
    panel.act(Action.SNAPSHOT)
    assert controls.snapshot_requested
    assert panel.state.snapshot_s == 100
    controls.snapshot_requested = False
    panel.act(Action.COUNTDOWN)
    assert panel.state.countdown_s == 3
    panel.act(Action.SNAPSHOT)
    clock.now_s = 102.5
    panel.write(output())
    assert (panel.state.counting_s, controls.snapshot_requested) == (0.5, False)
    clock.now_s = 103
    panel.write(output())
    assert (panel.state.counting_s, controls.snapshot_requested) == (None, True)


def test_asking_again_takes_the_countdown_back(panel: ControlPanel, controls: Controls, clock: Clock) -> None:
    controls.countdown_s = 3
    panel.act(Action.SNAPSHOT)
    panel.act(Action.SNAPSHOT)
    clock.now_s = 110
    panel.write(output())
    assert not controls.snapshot_requested


def test_messages_are_counted_and_one_that_is_repeated_stays(
    panel: ControlPanel, controls: Controls, clock: Clock
) -> None:
    for text, expected in (("a", [1]), ("a", [1]), ("", [1]), ("b", [1, 2]), ("a", [1, 2, 3])):
        clock.now_s += 1
        controls.message = text
        panel.write(output())
        assert [message.number for message in panel.state.messages] == expected
    assert controls.message == ""
    assert [message.time_s for message in panel.state.messages] == [102, 104, 105]
    for number in range(50):
        panel.report(str(number))
        panel.write(output())
    assert len(panel.state.messages) == 20


def test_the_recording_s_length_is_that_of_its_pictures(panel: ControlPanel) -> None:
    panel.act(Action.RECORD)
    assert panel.state.recording
    for time_s, expected in ((5.0, 0.0), (6.5, 1.5)):
        panel.write(output(time_s=time_s))
        assert panel.state.recording_s == expected
    panel.act(Action.RECORD)
    panel.write(output(time_s=7))
    assert panel.state.recording_s is None


def test_no_face_for_two_seconds_is_noticed(panel: ControlPanel, clock: Clock) -> None:
    for now_s, faces, expected in ((101, [], False), (102, [], True), (103, [face()], False), (104.5, [], False)):
        clock.now_s = now_s
        panel.write(output(faces=faces))
        assert panel.state.no_face is expected
        assert panel.state.faces == len(faces)


def test_any_thread_may_send_and_none_can_flood(panel: ControlPanel, controls: Controls) -> None:
    accepted: list[bool] = []
    sender = threading.Thread(target=lambda: accepted.extend(panel.send(Action.NEXT_FILTER) for _ in range(1000)))
    sender.start()
    sender.join()
    assert controls.filters == []
    assert accepted.count(True) == 100
    panel.write(output())
    assert controls.filters == [NAMES[99 % 3]]


def test_devices_are_asked_and_what_is_missing_is_not_available(controls: Controls) -> None:
    camera = Camera()
    panel = ControlPanel(controls, Surroundings(camera=camera, can_record=False, recent=lambda: [Path("a.png")]))
    panel.act(Action.CAMERAS)
    panel.act(Action.CAMERA, "2")
    assert camera.asked == ["refresh", "2"]
    panel.act(Action.RECORD)
    panel.act(Action.MICROPHONE, "1")
    assert not controls.recording
    assert panel.state.source == "camera 0 (640x480)"
    assert panel.state.recent == (Path("a.png"),)
    missing = {Action.RECORD, Action.MICROPHONE, Action.MICROPHONES, Action.FILTERS, Action.STRENGTH}
    assert not missing & panel.state.available
    assert {Action.CAMERA, Action.SNAPSHOT, Action.QUIT} <= panel.state.available


def test_the_hint_of_the_filters_worn_is_reported(controls: Controls) -> None:
    fire = FilterEntry("fire", hint="open your mouth")
    panel = ControlPanel(controls, Surroundings((fire, FilterEntry("heart-eyes"))))
    assert panel.state.hint == ""
    panel.act(Action.FILTER, "fire")
    assert panel.state.hint == "open your mouth"
    asked = ControlPanel(Controls(["heart-eyes"]), Surroundings((fire,), hint=lambda name: f"{name}: smile"))
    assert asked.state.hint == "heart-eyes: smile"
    assert [entry.label for entry in panel.state.catalogue] == ["Fire", "Heart eyes"]
