"""Tests of realtime.sinks.window.gui."""

import cv2
import pytest

from assets import APP_ICON
from realtime.sinks.window.gui import first_area
from realtime.sinks.window.x11 import Area

LAPTOP = Area(0, 27, 1366, 741)
"""1366x768 under a panel."""


@pytest.mark.parametrize(
    ("frame_wh", "free", "scale", "size_wh"),
    [
        ((640, 480), LAPTOP, 1, (640, 480)),
        ((320, 240), LAPTOP, 1, (640, 480)),
        ((1280, 720), LAPTOP, 1, (1078, 606)),
        ((720, 1280), LAPTOP, 1, (341, 606)),
        ((1280, 720), Area(0, 0, 1920, 1080), 1, (1280, 720)),
        ((1280, 720), Area(0, 0, 3840, 2160), 2, (2560, 1440)),
        ((7680, 4320), Area(0, 0, 1024, 600), 1, (862, 485)),
        ((64, 48), Area(0, 0, 800, 480), 2, (468, 351)),
    ],
)
def test_the_window_opens_centred_and_wholly_on_the_screen(
    frame_wh: tuple[int, int], free: Area, scale: float, size_wh: tuple[int, int]
) -> None:
    area = first_area(frame_wh, free, scale)
    assert (area.width, area.height) == size_wh
    assert abs((area.x - free.x) * 2 + area.width - free.width) <= 1
    below = free.y + free.height - area.y - area.height - round(36 * scale)
    assert area.y >= free.y and below >= 0
    assert abs(area.y - free.y - below) <= 1


def test_the_icon_has_alpha() -> None:
    icon_bgra = cv2.imread(str(APP_ICON), cv2.IMREAD_UNCHANGED)
    assert icon_bgra is not None
    assert icon_bgra.shape == (128, 128, 4)
    assert icon_bgra[0, 0, 3] == 0 and icon_bgra[64, 64, 3] == 255
