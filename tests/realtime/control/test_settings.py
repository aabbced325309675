"""Tests of realtime.control.settings."""

import os
import sys
from pathlib import Path

import pytest

from realtime.control.settings import (
    Settings,
    change_settings,
    load_settings,
    reset_settings,
    save_settings,
    settings_path,
)
from realtime.errors import ConfigError


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(1, (1280, 720), True),
        Settings("Logi é", None, False),
        Settings(0, (640, 480)),
        Settings(favourites=("a", "é")),
    ],
)
def test_what_is_saved_comes_back(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "new" / "folder" / "settings.json"
    save_settings(settings, path)
    assert load_settings(path) == settings
    assert list(path.parent.iterdir()) == [path]


def test_nothing_saved_is_no_trouble(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "gone.json") == Settings()


def test_they_can_be_reset(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    save_settings(Settings(2), path)
    reset_settings(path)
    reset_settings(path)
    assert load_settings(path) == Settings()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        '{"camera": 1.5}',
        '{"camera": true}',
        '{"size_wh": [1]}',
        '{"size_wh": [0, 5]}',
        '{"size_wh": "640x480"}',
        '{"mirror": 1}',
        '{"favourites": "crown"}',
        '{"favourites": [1]}',
        "[" * 100_000,
    ],
)
def test_damaged_settings_are_reported_with_the_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"settings\.json .*delete it or run with --reset-settings"):
        load_settings(path)


def test_settings_of_a_newer_version_are_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"camera": 3, "colour": "blue"}')
    assert load_settings(path) == Settings(3)


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot keep the settings in"):
        save_settings(Settings(), tmp_path / "file" / "settings.json")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folder's place on Linux")
def test_they_lie_in_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(os.environ, "XDG_CONFIG_HOME", str(tmp_path))
    assert settings_path() == tmp_path / "face-keypoints" / "settings.json"
    save_settings(Settings(4))
    assert load_settings() == Settings(4)


def test_some_can_be_changed_and_a_failure_is_only_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lines = tmp_path / "settings.json", list[str]()
    monkeypatch.setattr("realtime.control.settings.settings_path", lambda: path)
    save_settings(Settings(2, mirror=True))
    change_settings(lines.append, favourites=("crown",))
    assert load_settings() == Settings(2, None, True, ("crown",))
    path.write_text("{")
    change_settings(lines.append, favourites=())
    assert path.read_text() == "{"
    assert len(lines) == 1 and "--reset-settings" in lines[0]


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_pipe_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    os.mkfifo(path)
    with pytest.raises(ConfigError, match=r"it is a device or a pipe, not a file; .*--reset-settings"):
        load_settings(path)
    with pytest.raises(ConfigError, match="it is a device or a pipe, not a file"):
        save_settings(Settings(), path)
    assert path.is_fifo() and list(tmp_path.iterdir()) == [path]
