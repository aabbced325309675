"""Tests of realtime.sinks.window.overlay.tray and menu, and of realtime.media.open_path."""

import sys
from pathlib import Path

import numpy as np
import pytest

from realtime.control.actions import Action
from realtime.control.state import DeviceEntry, DeviceMenu, State
from realtime.errors import SinkError
from realtime.media.open_path import open_path
from realtime.sinks.window.overlay.menu import Menu
from realtime.sinks.window.overlay.tray import Tray
from realtime.sinks.window.pointer import Pointer
from tests.realtime.sinks.screens import wait_for

CAMERAS = DeviceMenu((DeviceEntry("0", "Integrated"), DeviceEntry("2", "Logitech " * 20)), "0", "Integrated")
SIZE_WH = (640, 480)


def canvas() -> np.ndarray:
    return np.full((480, 640, 3), 77, np.uint8)


def test_a_click_opens_the_file_or_the_folder() -> None:
    opened: list[Path] = []
    tray = Tray(opened.append, lambda line: None)
    state = State(recent=(Path("videos/b.mp4"), Path("pictures/a.png")))
    tray.see(state, np.full((72, 128, 3), (1, 2, 250), np.uint8))
    tray.toggle()
    picture = canvas()
    tray.draw(picture, state, 12, 460)
    places = dict(tray._places)
    assert list(places) == [Path("videos/b.mp4"), Path("pictures/a.png"), Path("videos")]
    thumb = places[Path("pictures/a.png")]
    assert picture[thumb.y + 5, thumb.x + 20].tolist() == [1, 2, 250]
    for place in places.values():
        assert tray.covers(place.x + 2, place.y + 2)
        tray.point(Pointer("move", place.x + 2, place.y + 2))
        tray.point(Pointer("press", place.x + 2, place.y + 2))
    assert opened == list(places)
    tray.toggle()
    assert not tray.covers(thumb.x, thumb.y)


def test_thumbnails_stay_few_and_an_empty_tray_says_so() -> None:
    tray = Tray(lambda path: None, lambda line: None)
    tray.toggle()
    picture = canvas()
    tray.draw(picture, State(), 12, 460)
    assert (picture != 77).any()
    for number in range(40):
        state = State(recent=tuple(Path(f"{each}.png") for each in range(number, -1, -1)))
        tray.see(state, canvas())
    assert len(tray._pictures) <= 24
    assert state.recent[0] in tray._pictures
    tray.draw(picture, state, 12, 460)


def test_what_cannot_be_opened_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    tray = Tray(open_path, lines.append)
    tray.toggle()
    tray.draw(canvas(), state := State(recent=(tmp_path / "gone.png",)), 12, 460)
    for path, place in list(tray._places):
        if path == state.recent[0]:
            tray.point(Pointer("press", place.x + 2, place.y + 2))
    assert "gone.png is not there any more" in lines[0]
    if sys.platform.startswith("linux"):
        (tmp_path / "here.png").touch()
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(SinkError, match="xdg-open is not installed"):
            open_path(tmp_path / "here.png")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a program of its own stands in for xdg-open")
def test_a_file_is_given_to_the_system_s_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, note = tmp_path / "xdg-open", tmp_path / "note.txt"
    fake.write_text(f'#!/bin/sh\nprintf %s "$1" > {note}.part; mv {note}.part {note}\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    open_path(tmp_path)
    wait_for(note.exists, "the program")
    assert note.read_text() == str(tmp_path)


def test_a_device_is_chosen_by_mouse_or_keys() -> None:
    menu, state = Menu(), State(cameras=CAMERAS)
    menu.toggle(Action.CAMERAS)
    menu.draw(picture := canvas(), state, 12, None, 400)
    assert (picture != 77).any()
    row = menu._rows[1]
    assert row.x > 0 and row.right < 640
    menu.point(Pointer("move", row.x + 2, row.y + 2), state)
    assert menu.point(Pointer("press", row.x + 2, row.y + 2), state) == (Action.CAMERA, "2")
    assert menu.opened is None
    menu.toggle(Action.CAMERAS)
    for key, expected in (("up", None), ("up", None), ("enter", (Action.CAMERA, "0"))):
        assert menu.press(key, state) == (True, expected)
    assert menu.press("enter", state) == (False, None)


def test_an_empty_menu_says_so_and_escape_closes_it() -> None:
    menu, state = Menu(), State(microphones=DeviceMenu(busy=True))
    menu.toggle(Action.MICROPHONES)
    menu.draw(picture := canvas(), state, 12, None, 400)
    assert (picture != 77).any()
    assert menu.press("down", state) == (True, None)
    assert menu.press("enter", state) == (True, None)
    assert menu.press("escape", state) == (True, None)
    assert menu.opened is None
    assert not menu.covers(320, 350)
