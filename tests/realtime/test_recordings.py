"""Recordings of the whole program, made before a camera and a microphone of our own, however they end."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from model.arrays import Image
from realtime.cli.live import app
from realtime.sinks.window.window import WindowSink
from tests.fakes import wait_until
from tests.paths import ROOT
from tests.realtime.audio.devices import onsets_s, sound_of
from tests.realtime.sinks.outputs import FakeGui
from tests.realtime.studio import Studio

pytestmark = pytest.mark.alone
IN_STEP_S = 0.08


class WatchedGui(FakeGui):
    """A window that remembers when it showed its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.shown_s: list[float] = []

    def show(self, picture_bgr: Image) -> None:
        self.shown_s.append(self.now_s())
        self.shown = [*self.shown[-3:], picture_bgr.copy()]

    def now_s(self) -> float:
        return time.perf_counter()


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Studio]:
    """The program's devices are these, and no thread of theirs is left afterwards."""
    studio = Studio()
    before = set(threading.enumerate())
    monkeypatch.setattr("realtime.control.settings.settings_path", lambda: tmp_path / "settings.json")
    yield studio
    assert set(threading.enumerate()) <= before
    assert studio.camera.open_now == 0


@pytest.fixture
def gui(studio: Studio) -> WatchedGui:
    """The window, without a screen."""
    gui = WatchedGui()
    studio.devices = replace(
        studio.devices, no_display=lambda: None, window=lambda *given, **more: WindowSink(*given, **more, gui=gui)
    )
    return gui


def times_of(path: Path) -> list[float]:
    """When the pictures of a recording are shown, as far as it goes."""
    times_s: list[float] = []
    # Where a program was killed, the last picture may be cut.
    with av.open(str(path)) as container, contextlib.suppress(av.error.FFmpegError):
        times_s.extend(float(frame.time or 0) for frame in container.decode(video=0))
    return times_s


def assert_in_step(path: Path, at_least: int, but: tuple[float, float] = (0.0, 0.0)) -> None:
    flashes_s, beeps_s = onsets_s(path)
    # One at the very beginning or end may be cut in two.
    flashes_s = [flash_s for flash_s in flashes_s if flash_s > 0.1 and not but[0] < flash_s < but[1]]
    assert len(flashes_s) >= at_least
    for flash_s in flashes_s[:-1]:
        assert min(abs(beep_s - flash_s) for beep_s in beeps_s) < IN_STEP_S, (flashes_s, beeps_s)


def test_a_camera_lost_midway_is_reported_bridged_and_goes_on_with_sound(
    tmp_path: Path, studio: Studio, gui: WatchedGui
) -> None:
    path, lost, told = tmp_path / "out.mp4", [], []

    def direct() -> None:
        time.sleep(2.2)
        studio.camera.mode = "gone"
        lost.append(time.perf_counter())
        time.sleep(1.2)
        told.append(gui.shown[-1])
        studio.camera.mode = "good"
        lost.append(time.perf_counter())
        time.sleep(2.2)
        gui.keys.append("q")

    director = threading.Thread(target=direct)
    director.start()
    done = CliRunner().invoke(app, ["--camera", "0", "--record", str(path), "--microphone"], obj=studio.devices)
    director.join()
    assert done.exit_code == 0, done.output
    assert "trying again" in done.output
    assert "pictures are coming again" in done.output
    times_s = times_of(path)
    assert times_s[0] == 0
    assert times_s[-1] == pytest.approx(gui.shown_s[-1] - gui.shown_s[0], abs=0.25)
    # The last picture stands, several times a second, so that the file has no hole.
    begin_s, end_s = (time_s - gui.shown_s[0] for time_s in lost)
    assert np.diff(times_s).max() < 0.6
    assert sum(begin_s + 0.5 < time_s < end_s for time_s in times_s) >= 3
    with av.open(str(path)) as container:
        assert container.duration == pytest.approx(1e6 * times_s[-1], abs=0.3e6)
    # White on dark at the window's lower edge: the message. The picture itself is all dark, or all white.
    assert np.ptp(told[0][-50:-14].mean(axis=2)) > 150
    assert_in_step(path, 4, but=(begin_s - 0.1, end_s + 0.3))


@pytest.mark.parametrize("how", ["closed", "q"])
def test_the_window_s_end_finishes_the_recording(tmp_path: Path, studio: Studio, gui: WatchedGui, how: str) -> None:
    path = tmp_path / "out.mp4"

    def direct() -> None:
        time.sleep(1.5)
        gui.keys.append("q" if how == "q" else "")
        gui.is_visible = how == "q"

    director = threading.Thread(target=direct)
    director.start()
    done = CliRunner().invoke(app, ["--camera", "0", "--record", str(path), "--microphone", "Logi"], obj=studio.devices)
    director.join()
    assert done.exit_code == 0, done.output
    assert "sound: microphone 'Logi'" in done.output
    assert f"recorded {path}" in done.output
    assert times_of(path)[-1] == pytest.approx(gui.shown_s[-1] - gui.shown_s[0], abs=0.25)
    heard_s, _ = sound_of(path)
    assert heard_s[-1] == pytest.approx(times_of(path)[-1], abs=0.1)


def test_a_microphone_that_is_not_there_is_reported_in_one_line_and_the_picture_recorded(
    tmp_path: Path, studio: Studio
) -> None:
    studio.sound.mode = "gone"
    path = tmp_path / "out.mp4"
    command = ["--camera", "0", "--record", str(path), "--no-window", "--max-frames", "5", "--microphone"]
    done = CliRunner().invoke(app, command, obj=studio.devices)
    assert done.exit_code == 0
    (line,) = [line for line in done.output.splitlines() if "without sound" in line]
    assert line == "cannot hear microphone 'default': it is not there (recording without sound)"
    assert len(times_of(path)) == 5
    with av.open(str(path)) as container:
        assert not container.streams.audio


@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_formats_without_sound_say_so(tmp_path: Path, studio: Studio, ending: str) -> None:
    command = ["--camera", "0", "--record", str(tmp_path / f"out{ending}"), "--no-window", "--max-frames", "3"]
    done = CliRunner().invoke(app, [*command, "--microphone"], obj=studio.devices)
    assert done.exit_code == 0
    assert f"recording without sound: {ending} files have none; record to .mp4, .mkv or .webm" in done.output
    assert studio.sound.opened == 0


def test_where_nothing_is_recorded_the_microphone_stays_closed(studio: Studio) -> None:
    done = CliRunner().invoke(
        app, ["--camera", "0", "--no-window", "--max-frames", "3", "--microphone"], obj=studio.devices
    )
    assert done.exit_code == 0
    assert "the microphone is not used: nothing is recorded; add --record FILE" in done.output
    assert studio.sound.opened == 0


def test_a_microphone_that_falls_silent_is_reported_on_the_terminal(tmp_path: Path, studio: Studio) -> None:
    def direct() -> None:
        assert wait_until(lambda: studio.sound.opened)
        time.sleep(0.8)
        studio.sound.mode = "blocks"
        time.sleep(0.8)
        studio.sound.mode = "good"

    director = threading.Thread(target=direct)
    director.start()
    command = ["--camera", "0", "--record", str(tmp_path / "out.mp4"), "--no-window", "--max-frames", "80"]
    done = CliRunner().invoke(app, [*command, "--microphone"], obj=studio.devices)
    director.join()
    assert done.exit_code == 0
    said = [line for line in done.output.splitlines() if "sound" in line]
    assert said == [
        "sound: microphone 'default'",
        "microphone 'default': no sound comes; recording silence, trying again",
        "sound is coming again",
    ]


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.realtime.studio", *map(str, arguments), "--no-window", "--microphone"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end_after(program: subprocess.Popen[str], seconds: float, stop: signal.Signals | None) -> tuple[float, str]:
    """Seconds from the first picture that was taken to the last, and what the program told."""
    assert program.stdout is not None and program.stderr is not None
    taken_s = [float(program.stdout.readline())]
    while stop is not None and taken_s[-1] - taken_s[0] < seconds:
        taken_s.append(float(program.stdout.readline()))
    if stop is not None:
        program.send_signal(stop)
    # Not `communicate`, which does not see what `readline` has read ahead.
    rest, told = program.stdout.read(), program.stderr.read()
    program.wait()
    taken_s.extend(float(line) for line in rest.splitlines(keepends=True) if line.endswith("\n"))
    return taken_s[-1] - taken_s[0], told


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_program_that_is_killed_or_interrupted_leaves_picture_and_sound(tmp_path: Path) -> None:
    """To within a second of the end, counted from the first picture that the camera took. All at once, for speed."""
    ends = dict.fromkeys(("a.mp4", "a.mkv", "a.webm"), signal.SIGKILL) | {"b.mp4": signal.SIGINT}
    programs = {name: start("--record", tmp_path / name) for name in ends}
    for name, stop in ends.items():
        taken_s, told = end_after(programs[name], 3.5, stop)
        times_s, (heard_s, _) = times_of(tmp_path / name), sound_of(tmp_path / name)
        short_s = (taken_s - times_s[-1], taken_s - heard_s[-1])
        assert max(short_s) < 1.0, (name, short_s)
        assert_in_step(tmp_path / name, 2)
        if stop == signal.SIGINT:
            assert programs[name].returncode == 0, told
            assert f"recorded {tmp_path / name}" in told


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("needs the right to mount a small disk (root on Linux)")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_a_full_disk_ends_the_program_with_one_line_and_the_file_plays(small_disk: Path, ending: str) -> None:
    path = small_disk / f"out{ending}"
    program = start("noisy", "--record", path)
    taken_s, told = end_after(program, 0, None)
    assert program.returncode == 2
    line = told.strip().splitlines()[-1]
    assert line.startswith(f"error: cannot write the recording {path}: No space left on device; free some space")
    assert "Traceback" not in told
    assert taken_s > 1
    assert taken_s - times_of(path)[-1] < 1.0
