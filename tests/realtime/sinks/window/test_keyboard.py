"""Tests of realtime.sinks.window.keyboard."""

import pytest

from realtime.controls import Controls
from realtime.sinks.window.keyboard import HELP, key_name, next_filter, press

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
    for key, field in {
        "q": "quit",
        "space": "snapshot_requested",
        "r": "recording",
        "m": "mirror",
        "h": "show_help",
    }.items():
        assert press(key, controls, NAMES)
        assert getattr(controls, field) is True
    assert press("k", controls, NAMES)
    assert controls.show_keypoints is False
    for key in ("r", "m", "h", "k"):
        press(key, controls, NAMES)
    assert controls == Controls(quit=True, snapshot_requested=True)


def test_filters_are_walked_through_and_chosen_by_number() -> None:
    controls = Controls()
    seen = []
    for key in ("f", "f", "f", "f", "0", "3", "9"):
        press(key, controls, NAMES)
        seen.append(list(controls.filters))
    assert seen == [["sunglasses"], ["moustache"], ["crown"], ["sunglasses"], [], ["crown"], ["crown"]]


def test_keys_of_nobody_are_left() -> None:
    controls = Controls()
    assert not any(press(key, controls, NAMES) for key in ("x", "", "9", "left", "²"))
    assert not press("f", controls, [])
    assert controls == Controls()


def test_the_next_filter_goes_round_both_ways() -> None:
    assert next_filter([], NAMES) == "sunglasses"
    assert next_filter([], NAMES, -1) == "crown"
    assert next_filter(["crown"], NAMES) == "sunglasses"
    assert next_filter(["sunglasses"], NAMES, -1) == "crown"
    assert next_filter(["moustache", "sunglasses"], NAMES) == "moustache"
    assert next_filter(["gone"], NAMES) == "sunglasses"


def test_the_help_card_names_the_keys() -> None:
    assert {"Space", "r", "f", "0", "k", "m", "h", "q"} <= {key for key, _ in HELP}
