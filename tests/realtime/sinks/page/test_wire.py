"""What the page sends is checked; what it is told holds what it shows."""

import json

import pytest

from realtime.control.actions import Action
from realtime.control.state import DeviceEntry, DeviceMenu, FilterEntry, Message, State
from realtime.errors import ConfigError
from realtime.sinks.page.wire import Said, catalogue_message, read_message, state_message


def test_actions_and_answers_are_understood() -> None:
    assert read_message('{"do": "filter", "value": "dog"}') == Said(Action.FILTER, "dog")
    assert read_message('{"shown": 7}') == Said(shown=7)
    assert read_message('{"width": 640, "points": true, "hidden": false, "steer": true}') == Said(
        steer=True, width_px=640, points=True, hidden=False
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        '{"do": "format-disk"}',
        '{"do": "help"}',
        '{"do": "filter", "value": 3}',
        '{"shown": -1}',
        '{"shown": 1.5}',
        '{"width": true}',
        '{"steer": 1}',
        json.dumps({"do": "filter", "value": "x" * 1000}),
        "[" * 50_000,
    ],
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match="that is not what the page sends; load it again"):
        read_message(text)


def test_the_state_holds_what_the_page_shows() -> None:
    state = State(
        filters=("dog",),
        catalogue=(FilterEntry("dog", category="animals", hint="Open your mouth"), FilterEntry("cat")),
        favourites=frozenset({"dog"}),
        recording=True,
        recording_s=2.04,
        counting_s=1.26,
        cameras=DeviceMenu((DeviceEntry("0", "Logi"),), "0", "Logi"),
        fps=29.96,
        messages=tuple(Message(number, f"line {number}", 0.0) for number in range(1, 9)),
    )
    told = json.loads(json.dumps(state_message(state, steers=True, viewers=2)))
    assert (told["recording"], told["counting"], told["fps"], told["steers"]) == (2.0, 1.3, 30.0, True)
    assert told["cameras"]["entries"] == [{"key": "0", "name": "Logi"}]
    assert [each["number"] for each in told["messages"]] == [6, 7, 8]
    dog, cat = catalogue_message(state)["filters"]
    assert dog == {
        "name": "dog", "label": "Dog", "category": "animals", "hint": "Open your mouth", "favourite": True,
    }  # fmt: skip
    assert not cat["favourite"]
