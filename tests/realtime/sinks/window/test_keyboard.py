"""Tests of realtime.sinks.window.keyboard."""

import pytest

from realtime.control.controls import Controls
from realtime.sinks.window.keyboard import HELP, key_name, press
from tests.realtime.sinks.outputs import panel_of

NAMES = ["sunglasses", "moustache", "crown"]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (ord("q"), "q"),
        (ord("Q"), "q"),
        (ord("F"), "F"),
        (ord("f") | 0x100000, "f"),
        (32, "space"),
        (9, "tab"),
        (27, "escape"),
        (13, "enter"),
        (0xFF51, "left"),
        (0xFF53 | 0x100000, "right"),
        (0x250000, "left"),
        (0xF703, "right"),
        (0xFFC8, "f11"),
        (0x7A0000, "f11"),
        (0xFFB3, "3"),
        (0xFFE1, ""),
        (0x2A0000, ""),
    ],
)
def test_codes_of_each_system_have_one_name(code: int, name: str) -> None:
    assert key_name(code) == name


def test_each_key_does_what_it_says() -> None:
    controls = Controls()
    panel = panel_of(controls, NAMES)
    for key, field in {"q": "quit", "space": "snapshot_requested", "r": "recording", "m": "mirror"}.items():
        assert press(key, panel)
        assert getattr(controls, field) is True
    assert press("k", panel)
    assert controls.show_keypoints is False


def test_filters_are_walked_through_and_chosen_by_number() -> None:
    controls = Controls()
    panel = panel_of(controls, NAMES)
    seen = []
    for key in ("f", "f", "f", "f", "d", "0", "3", "3", "9"):
        press(key, panel)
        seen.append(controls.filters)
    first, second, third = ([name] for name in NAMES)
    assert seen == [first, second, third, first, third, [], third, third, third]


def test_keys_of_nobody_are_left() -> None:
    controls = Controls()
    panel = panel_of(controls)
    assert not any(press(key, panel) for key in ("x", "", "9", "left", "²", "f"))
    assert controls == Controls()


def test_the_help_card_names_the_keys() -> None:
    assert {"Space", "r", "f", "k", "m", "h", "q"} <= {key for key, _ in HELP}
