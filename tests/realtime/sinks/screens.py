"""A virtual X server to open real windows on, and what its tests share."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import pytest

SCREEN_WH = (1024, 768)
NEEDS_SCREEN = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not all(map(shutil.which, ("Xvfb", "xdotool", "import"))), reason="needs Xvfb, xdotool and ImageMagick"
    ),
    pytest.mark.skipif(not cv2.currentUIFramework().startswith("QT"), reason="needs OpenCV with Qt"),
]
NEEDS_MANAGER = [
    *NEEDS_SCREEN,
    pytest.mark.skipif(not shutil.which("openbox"), reason="needs openbox: placing windows is a window manager's work"),
]


def wait_for(condition: Callable[[], bool], what: str, longest_s: float = 20) -> None:
    """Ask until it is so; fails after `longest_s`."""
    deadline_s = time.monotonic() + longest_s
    while not condition():
        assert time.monotonic() < deadline_s, f"waited {longest_s} s for {what}"
        time.sleep(0.03)


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """A picture file as (H, W, 3) BGR."""
    picture_bgr = cv2.imread(str(path))
    assert picture_bgr is not None
    return cast(npt.NDArray[np.uint8], picture_bgr)


@contextmanager
def virtual_display(screen_wh: tuple[int, int] = SCREEN_WH) -> Iterator[str]:
    """An X server with a screen of that size; its name for DISPLAY."""
    read_end, write_end = os.pipe()
    screen = "x".join(map(str, (*screen_wh, 24)))
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", screen, "-noreset", "-nolisten", "tcp"],
        pass_fds=[write_end],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as numbers:
        number = numbers.readline().strip()
    assert number, "Xvfb did not start"
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def managed_display(screen_wh: tuple[int, int] = SCREEN_WH) -> Iterator[str]:
    """An X server with a window manager; its name for DISPLAY."""
    with virtual_display(screen_wh) as name:
        manager = subprocess.Popen(
            ["openbox", "--sm-disable"], env={**os.environ, "DISPLAY": name}, stderr=subprocess.DEVNULL
        )
        try:
            yield name
        finally:
            manager.kill()
            manager.wait()
