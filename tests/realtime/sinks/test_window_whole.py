"""The whole program in a real window with a window manager: full screen and back, pictures, the end."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.paths import ROOT
from tests.realtime.sinks.screens import NEEDS_MANAGER, SCREEN_WH, managed_display, read_picture, wait_for

BAR_ROWS = 96
"""Of 768, above and below a picture of 16:9 that is 1024 wide."""

pytestmark = NEEDS_MANAGER


class Program:
    """`python -m realtime` on the demo, in its window."""

    def __init__(self, display: str, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DISPLAY": display,
            "PYTHONPATH": str(ROOT),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "OMP_NUM_THREADS": "1",
        }
        self.environment.pop("QT_QPA_PLATFORM", None)
        command = "realtime --source demo --size 320x180 --filter sunglasses --output-dir saved --countdown 1"
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command.split()], cwd=folder, env=self.environment, stderr=subprocess.DEVNULL
        )
        self.window = ""
        wait_for(self._find, "the window")

    def _find(self) -> bool:
        assert self.process.poll() is None
        self.window = self.xdotool("search", "--name", "Face keypoints")
        return bool(self.window) and self.size_wh() == (853, 480)

    def xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def size_wh(self) -> tuple[int, int]:
        known = dict(line.split("=") for line in self.xdotool("getwindowgeometry", "--shell", self.window).split())
        return int(known.get("WIDTH", 0)), int(known.get("HEIGHT", 0))

    def press(self, key: str) -> None:
        self.xdotool("windowfocus", "--sync", self.window, "key", key)

    def press_until_size(self, key: str, size_wh: tuple[int, int]) -> None:
        self.press(key)
        wait_for(lambda: self.size_wh() == size_wh, f"{size_wh} after {key}")

    def picture(self) -> npt.NDArray[np.uint8]:
        shot = self.folder / "shot.png"
        subprocess.run(["import", "-window", self.window, str(shot)], env=self.environment, check=True)
        return read_picture(shot)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with managed_display() as display:
        started = Program(display, tmp_path_factory.mktemp("whole"))
        yield started
        started.process.kill()
        started.process.wait()


def whole_between_bars(picture_bgr: npt.NDArray[np.uint8]) -> bool:
    """Whether the picture fills the screen's width, centred between bars of one grey."""
    bars = np.concatenate([picture_bgr[: BAR_ROWS - 2], picture_bgr[2 - BAR_ROWS :]])
    inside = picture_bgr[BAR_ROWS + 2 : -BAR_ROWS - 2]
    return bool((bars == 16).all()) and float((inside == 16).all(axis=2).mean()) < 0.05


def test_full_screen_and_back(program: Program) -> None:
    """The window has the shape of the demo's picture, which stays whole and centred on a screen of another shape."""
    for leave in ("F11", "Escape"):
        program.press_until_size("F11", SCREEN_WH)
        wait_for(lambda: whole_between_bars(program.picture()), "the picture between bars")
        program.press_until_size(leave, (853, 480))


def test_a_picture_is_counted_down_to(program: Program) -> None:
    program.press("space")
    wait_for(lambda: len(list((program.folder / "saved").glob("snapshot-*.png"))) == 2, "the pictures")
    for path in (program.folder / "saved").glob("snapshot-*.png"):
        assert read_picture(path).shape == (180, 320, 3)


def test_the_key_q_ends_it(program: Program) -> None:
    program.press("q")
    assert program.process.wait(20) == 0
