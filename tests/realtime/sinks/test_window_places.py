"""A real window on screens of several sizes and scales: where it opens, and that a click lands where it points."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.realtime.sinks.screens import NEEDS_MANAGER, managed_display, wait_for

pytestmark = NEEDS_MANAGER

PROGRAM = """
import sys, time
from realtime.control.actions import Action
from realtime.control.controls import Controls
from realtime.sinks.window.window import WindowSink
from tests.realtime.sinks.outputs import face, output, panel_of
controls = Controls()
panel = panel_of(controls, ["a"])
sink = WindowSink(panel)
given = output(size_wh=tuple(map(int, sys.argv[1:])), faces=[face()])
while not controls.quit:
    panel.write(given)
    sink.write(given)
    place = sink._bar.place_of(Action.MIRROR)
    print(controls.mirror, place.x + place.width // 2 if place else 0, place.y + place.height // 2 if place else 0,
          flush=True)
    time.sleep(0.02)
"""


class Opened:
    """The program above, on a screen of its own."""

    def __init__(self, display: str, folder: Path, frame_wh: tuple[int, int], more: dict[str, str]) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "OMP_NUM_THREADS": "1", **more}
        self.environment.pop("QT_QPA_PLATFORM", None)
        self.log = folder / "log.txt"
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *map(str, frame_wh)], cwd=ROOT, env=self.environment, stdout=out
            )

    def xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    @property
    def window(self) -> str:
        return self.xdotool("search", "--name", "Face keypoints")

    def geometry(self) -> tuple[int, int, int, int]:
        """x, y, width and height of the window's inside; zeros before it is there."""
        lines = self.xdotool("getwindowgeometry", "--shell", self.window or "0").split()
        known = {name: int(value) for name, _, value in (line.partition("=") for line in lines)}
        x, y, width, height = (known.get(name, 0) for name in ("X", "Y", "WIDTH", "HEIGHT"))
        return x, y, width, height

    def state(self) -> list[str]:
        lines = self.log.read_text().splitlines()
        return lines[-1].split() if lines else []


@pytest.mark.parametrize(
    ("screen_wh", "frame_wh", "dots_per_inch", "more", "size_wh"),
    [
        ((1366, 768), (1280, 720), 96, {}, (1119, 630)),
        ((1366, 768), (720, 1280), 96, {}, (354, 630)),
        ((1024, 600), (3840, 2160), 96, {}, (862, 485)),
        ((2560, 1600), (1280, 720), 192, {}, (2202, 1238)),
        ((2560, 1600), (1280, 720), 192, {"QT_SCALE_FACTOR": "2"}, (2202, 1238)),
    ],
)
def test_it_opens_centred_and_a_click_lands_where_it_points(
    tmp_path: Path,
    screen_wh: tuple[int, int],
    frame_wh: tuple[int, int],
    dots_per_inch: int,
    more: dict[str, str],
    size_wh: tuple[int, int],
) -> None:
    with managed_display(screen_wh) as display:
        environment = {**os.environ, "DISPLAY": display}
        told = f"Xft.dpi: {dots_per_inch}"
        subprocess.run(
            ["xprop", "-root", "-format", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER", told],
            env=environment,
            check=True,
        )
        opened = Opened(display, tmp_path, frame_wh, more)
        try:

            def is_there() -> bool:
                _, _, width, height = opened.geometry()
                # Qt, where it scales, rounds to its own larger pixels.
                return max(abs(width - size_wh[0]), abs(height - size_wh[1])) <= 2

            wait_for(is_there, f"a window of {size_wh}, is {opened.geometry()}")
            x, y, width, height = opened.geometry()
            assert abs(2 * x + width - screen_wh[0]) <= 12
            assert y > 0 and y + height <= screen_wh[1]
            opened.xdotool("mousemove", "--window", opened.window, "20", "60")
            opened.xdotool("mousemove", "--window", opened.window, "24", "64")
            wait_for(lambda: opened.state()[1:] != ["0", "0"] and settled(opened), "the bar")
            opened.xdotool("mousemove", "--window", opened.window, *opened.state()[1:])
            opened.xdotool("click", "1")
            wait_for(lambda: opened.state()[0] == "True", "the mirror")
        finally:
            opened.process.kill()
            opened.process.wait()


def settled(opened: Opened) -> bool:
    """Whether the bar has slid in."""
    last = opened.log.read_text().splitlines()[-4:]
    return len(set(last)) == 1
