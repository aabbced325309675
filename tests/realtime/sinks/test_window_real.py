"""A real window on a virtual X server, its keys pressed by xdotool."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.paths import ROOT
from tests.realtime.sinks.screens import NEEDS_SCREEN, managed_display, read_picture, virtual_display, wait_for

pytestmark = NEEDS_SCREEN

PROGRAM = """
import time
from realtime.control.controls import Controls
from realtime.sinks.window.window import WindowSink
from tests.realtime.sinks.outputs import output, panel_of
controls = Controls()
panel = panel_of(controls, ["abcdefghijklmnopqrst"[number] for number in range(20)])
sink = WindowSink(panel)
index = 0
while not controls.quit:
    panel.write(output(index, size_wh=(640, 480)))
    sink.write(output(index, size_wh=(640, 480)))
    print(controls.filters, controls.keypoints_shown, controls.mirror, controls.recording,
          controls.snapshot_requested, flush=True)
    index += 1
    time.sleep(0.02)
sink.close()
print("ended", flush=True)
"""

WITHOUT_XLIB = "import sys; sys.modules['Xlib'] = None\n"


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    # Without a window manager, Qt may miss on a busy machine that its window is shown.
    with (managed_display if shutil.which("openbox") else virtual_display)() as name:
        yield name


class Running:
    """The program above, with its window."""

    def __init__(self, display: str, folder: Path, without_xlib: bool = False) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "OMP_NUM_THREADS": "1"}
        self.environment.pop("QT_QPA_PLATFORM", None)
        self.log = folder / "states.txt"
        self.errors = folder / "errors.txt"
        with self.log.open("w") as out, self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WITHOUT_XLIB * without_xlib + PROGRAM],
                cwd=ROOT,
                env=self.environment,
                stdout=out,
                stderr=errors,
            )
        self.window = ""
        wait_for(self._find, "the window")

    def _find(self) -> bool:
        assert self.process.poll() is None, self.errors.read_text()
        self.window = self.xdotool("search", "--name", "Face keypoints")
        return bool(self.window) and len(self.states()) > 3

    def xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def picture(self) -> npt.NDArray[np.uint8] | None:
        """What the screen shows of the window; None in the moment between two windows."""
        self.window = "".join(self.xdotool("search", "--name", "Face keypoints").split()[-1:])
        if not self.window:
            return None
        shot = self.log.with_name("shot.png")
        command = ["import", "-window", self.window, str(shot)]
        try:
            # For a window that has just gone, it waits for a click instead.
            subprocess.run(command, env=self.environment, capture_output=True, check=True, timeout=3)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
        return read_picture(shot)

    def states(self) -> list[str]:
        return self.log.read_text().splitlines()

    def press(self, key: str, expected: str) -> None:
        self.xdotool("windowfocus", self.window, "key", key)
        wait_for(lambda: self.states()[-1].startswith(expected), f"{expected} after {key}")


@pytest.fixture
def running(display: str, tmp_path: Path) -> Iterator[Running]:
    program = Running(display, tmp_path)
    yield program
    program.process.kill()
    program.process.wait()


def test_each_key_does_what_it_says(running: Running) -> None:
    running.press("f", "['a'] False False False False")
    running.press("f", "['b'] False")
    running.press("3", "['c'] False")
    running.press("k", "['c'] True False")
    running.press("m", "['c'] True True False")
    running.press("r", "['c'] True True True False")
    running.press("space", "['c'] True True True True")
    running.press("0", "[] True True True True")
    running.press("q", "ended")
    assert running.process.wait(10) == 0
    assert running.errors.read_text() == ""


def test_ten_quick_presses_advance_ten_filters(running: Running) -> None:
    running.xdotool("windowfocus", running.window, "key", "--delay", "5", *["f"] * 10)
    wait_for(lambda: running.states()[-1].startswith("['j']"), "the tenth filter")


def test_the_wheel_does_not_zoom(display: str, tmp_path: Path) -> None:
    """Qt would zoom into the picture, what is drawn over it included, with no way back."""
    turn_the_wheel(Running(display, tmp_path))


@pytest.mark.skipif(not shutil.which("openbox"), reason="needs openbox: without it Qt may miss that a window is shown")
def test_without_xlib_a_zoomed_window_is_opened_again(tmp_path: Path) -> None:
    with managed_display() as display:
        turn_the_wheel(painted(display, tmp_path))


def turn_the_wheel(program: Running) -> None:
    """Zoom in, and see that the picture is whole all the same and keys still work; ends the program."""
    try:
        program.xdotool("mousemove", "--window", program.window, "200", "150")
        for _ in range(8):
            program.xdotool("click", "4")
        wait_for(lambda: is_whole(program), "the whole picture after turning the wheel")
        program.press("f", "['a']")
    finally:
        program.process.kill()
        program.process.wait()


def is_whole(program: Running) -> bool:
    """Whether the four colours are where they belong."""
    picture_bgr = program.picture()
    if picture_bgr is None or picture_bgr.shape != (480, 640, 3):
        return False
    corners_bgr = picture_bgr[[150, 150, 330, 330], [600, 40, 40, 600]].tolist()
    return bool(corners_bgr == [[0, 255, 0], [255, 0, 0], [0, 0, 255], [255, 255, 255]])


def painted(display: str, folder: Path) -> Running:
    """The program without Xlib, once Qt has drawn its window; tried again: on a busy machine it may not."""
    for attempt in range(5):
        inside = folder / str(attempt)
        inside.mkdir()
        program = Running(display, inside, without_xlib=True)
        with suppress(AssertionError):
            wait_for(lambda program=program: is_whole(program), "the picture", 4)  # type: ignore[misc]
            return program
        program.process.kill()
        program.process.wait()
    pytest.skip("Qt never drew its window: the machine is too busy")


def test_the_window_has_a_title_a_name_and_an_icon(running: Running) -> None:
    said = subprocess.run(
        ["xprop", "-id", running.window, "WM_CLASS", "_NET_WM_NAME", "_NET_WM_ICON"],
        env=running.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert '"face-keypoints", "Face-keypoints"' in said
    assert '"Face keypoints"' in said
    assert "Icon (128 x 128)" in said


def test_the_picture_on_the_screen_has_its_colours_after_a_resize(running: Running, tmp_path: Path) -> None:
    shot = tmp_path / "shot.png"
    seen: list[tuple[tuple[int, ...], list[int]]] = []

    def resized() -> bool:
        running.xdotool("windowsize", running.window, "800", "300")
        subprocess.run(["import", "-window", running.window, str(shot)], env=running.environment, check=True)
        picture_bgr = read_picture(shot)
        seen.append((picture_bgr.shape, picture_bgr[150, 100].tolist()))
        return seen[-1] == ((300, 800, 3), [16, 16, 16])

    wait_for(resized, f"the picture between bars, saw {seen}")
    picture_bgr = read_picture(shot)
    assert picture_bgr[20, 590].tolist() == [0, 255, 0]
    assert picture_bgr[280, 210].tolist() == [0, 0, 255]


def test_closing_the_window_ends_the_program(running: Running) -> None:
    # What the cross of a window's frame does; there is no window manager here to send it.
    code = (
        "import sys; from ctypes import *; x=CDLL('libX11.so.6'); x.XOpenDisplay.restype=c_void_p;"
        "x.XInternAtom.argtypes=[c_void_p,c_char_p,c_int]; x.XInternAtom.restype=c_ulong;"
        "d=x.XOpenDisplay(None); w=int(sys.argv[1]);"
        "e=(c_long*24)(); b=cast(e,POINTER(c_int)); b[0]=33; e[4]=w;"
        "e[5]=x.XInternAtom(d,b'WM_PROTOCOLS',0); b[12]=32; e[7]=x.XInternAtom(d,b'WM_DELETE_WINDOW',0);"
        "x.XSendEvent.argtypes=[c_void_p,c_ulong,c_int,c_long,c_void_p]; x.XSendEvent(d,w,0,0,e);"
        "x.XSync.argtypes=[c_void_p,c_int]; x.XSync(d,0)"
    )
    subprocess.run([sys.executable, "-c", code, running.window], env=running.environment, check=True)
    assert running.process.wait(20) == 0, running.errors.read_text()
    assert running.states()[-1] == "ended"
    assert running.errors.read_text() == ""
