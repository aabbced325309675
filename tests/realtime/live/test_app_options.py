"""Options of the live program: what they choose, and one line for each kind of bad input."""

import sys
from pathlib import Path

import pytest

from realtime.audio.portaudio import MicrophoneListing
from realtime.live.config import LiveConfig
from tests.realtime.program import DEMO, assert_one_line, run
from tests.tiny_weights import write_weights

pytestmark = pytest.mark.usefixtures("no_display")


def test_a_microphone_goes_with_cameras_only(tmp_path: Path) -> None:
    code, text = run(*DEMO, "--record", tmp_path / "a.mp4", "--max-frames", "2", "--microphone", "Logi")
    assert code == 0
    assert "recording without sound: a microphone goes with a camera or stream, not with a file" in text


def test_microphones_are_listed_or_the_way_to_get_there_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # as where it is not installed
    assert_one_line(run("microphones"), "pip install sounddevice")
    monkeypatch.setattr("realtime.audio.portaudio.list_microphones", lambda: [])
    assert run("microphones") == (0, "no microphone was found; plug one in, or see docs/outputs.md\n")
    logi = MicrophoneListing(2, "Logi C920", 48_000, True)
    monkeypatch.setattr("realtime.audio.portaudio.list_microphones", lambda: [logi])
    assert run("microphones") == (0, "2 'Logi C920' (default)\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], None),
        (["--microphone"], ""),
        (["--microphone", "--no-window"], ""),
        (["--microphone", "Logi C920"], "Logi C920"),
        (["--microphone=2"], "2"),
    ],
)
def test_the_microphone_s_name_may_be_left_out(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: str | None
) -> None:
    given: list[LiveConfig] = []
    monkeypatch.setattr("realtime.live.app.run_live", lambda config, devices: given.append(config))
    assert run(*arguments)[0] == 0
    assert given[0].microphone == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], (0, True)),
        (["--countdown", "5"], (5, True)),
        (["--no-sounds"], (0, False)),
        (["--quiet", "--countdown", "5"], (0, False)),
    ],
)
def test_countdown_and_sounds_can_be_switched_off(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: tuple[int, bool]
) -> None:
    given: list[LiveConfig] = []
    monkeypatch.setattr("realtime.live.app.run_live", lambda config, devices: given.append(config))
    assert run(*arguments)[0] == 0
    assert (given[0].countdown_s, given[0].sounds) == expected


def test_bad_sources(tmp_path: Path) -> None:
    assert_one_line(run("--source", tmp_path / "none.mp4", "--no-window"), "none.mp4", "does not exist")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all")
    assert_one_line(run("--source", broken, "--no-window"), "broken.mp4")
    assert_one_line(run("--camera", "97", "--no-window"), "camera 97", "not there")
    assert_one_line(run("--camera", "0", "--source", "demo"), "one source")


def test_bad_filter_names_the_known_ones() -> None:
    assert_one_line(run(*DEMO, "--filter", "sunglases"), "'sunglases'", "did you mean 'sunglasses'", "known:")


def test_bad_weights(tmp_path: Path) -> None:
    assert_one_line(run(*DEMO, "--weights", tmp_path / "none.onnx"), "none.onnx", "does not exist")
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(write_weights(tmp_path / "tiny.onnx").read_bytes()[:500])
    assert_one_line(run(*DEMO, "--weights", cut), "cut.onnx", "cut short")
    other = write_weights(tmp_path / "other.onnx", key=False)
    assert_one_line(run(*DEMO, "--weights", other), "not a face-keypoint network")


def test_a_window_needs_a_display() -> None:
    assert_one_line(run("--source", "demo", "--window"), "display")


def test_bad_size() -> None:
    assert_one_line(run("--source", "demo", "--size", "huge", "--no-window"), "--size huge")


def test_help_names_every_option() -> None:
    code, text = run("--help")
    assert code == 0
    options = "camera source filter record microphone log size fps max-frames stats weights window mirror keypoints"
    for option in options.split():
        assert f"--{option}" in text


@pytest.mark.parametrize("server", [("--serve-points", "0", "--serve-host"), ("--page", "0", "--page-host")])
def test_a_host_that_is_none_is_one_line(server: tuple[str, ...]) -> None:
    assert_one_line(run(*DEMO, "--max-frames", "2", *server, "x..y"), "cannot serve", "x..y")
