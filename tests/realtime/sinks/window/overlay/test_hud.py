"""Tests of realtime.sinks.window.overlay.hud."""

from dataclasses import replace

import numpy as np
import pytest

from realtime.sinks.window.overlay.help_card import draw_help
from realtime.sinks.window.overlay.hud import Hud, clock_text, draw_hud
from realtime.sinks.window.overlay.theme import Rect, text_px

FULL = Hud(
    recording_s=65,
    status="30 fps · 2 dropped",
    message="saved " + "long/" * 40 + "name.png",
    message_opacity=1,
    filter_label="3  sunglasses",
    filter_opacity=0.5,
    filter_hint="open your mouth",
    badges=("No camera found: demo", "No face found"),
    hint="h for help",
    hint_opacity=1,
    countdown=3,
)


def canvas(width: int = 640, height: int = 480) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def changed_box(hud: Hud, size_wh: tuple[int, int] = (640, 480)) -> tuple[float, ...]:
    """Box around what was drawn, as shares of width and height."""
    picture = canvas(*size_wh)
    draw_hud(picture, hud, text_px(size_wh))
    return box(picture)


def box(picture: np.ndarray) -> tuple[float, ...]:
    """Around what differs from the grey, as shares of width and height."""
    y, x = np.nonzero((picture != 128).any(axis=2))
    height, width = picture.shape[:2]
    return x.min() / width, y.min() / height, x.max() / width, y.max() / height


def test_nothing_to_say_draws_nothing() -> None:
    picture = canvas()
    draw_hud(picture, Hud(message="gone", filter_label="gone"), 12)
    assert (picture == 128).all()


def test_each_part_has_its_place() -> None:
    x0, y0, x1, y1 = changed_box(Hud(recording_s=5))
    assert x1 < 0.2 and y1 < 0.15
    x0, y0, x1, y1 = changed_box(Hud(status="30 fps"))
    assert x0 > 0.8 and x1 > 0.95 and y1 < 0.15
    x0, y0, x1, y1 = changed_box(Hud(message="hello", message_opacity=1))
    assert x0 + x1 == pytest.approx(1, abs=0.01) and y0 > 0.85
    x0, y0, x1, y1 = changed_box(Hud(filter_label="no filter", filter_opacity=1))
    assert x0 + x1 == pytest.approx(1, abs=0.01) and y0 > 0.8
    x0, y0, x1, y1 = changed_box(Hud(badges=("No camera found: demo", "No face found")))
    assert x0 < 0.05 and x1 < 0.4 and y1 < 0.2


def test_it_keeps_to_the_room_that_is_left() -> None:
    picture = canvas()
    draw_hud(picture, replace(FULL, countdown=None), 12, Rect(0, 0, 400, 300))
    assert (picture[300:] == 128).all()
    assert (picture[:, 400:] == 128).all()
    assert (picture != 128).any()


def test_the_recording_dot_is_red() -> None:
    picture = canvas()
    draw_hud(picture, Hud(recording_s=5), 12)
    blue, green, red = (picture[..., channel].astype(int) for channel in range(3))
    assert (red - np.maximum(blue, green)).max() > 120


def test_fading_mixes_with_the_picture() -> None:
    faint, full = canvas(), canvas()
    draw_hud(faint, Hud(message="hello", message_opacity=0.3), 12)
    draw_hud(full, Hud(message="hello", message_opacity=1), 12)
    assert 0 < np.abs(faint.astype(int) - 128).max() < np.abs(full.astype(int) - 128).max()


def test_a_flash_whitens_all() -> None:
    picture = canvas()
    draw_hud(picture, Hud(flash=0.5), 12)
    assert np.unique(picture).tolist() == [191]


@pytest.mark.parametrize("size_wh", [(1, 1), (16, 16), (33, 500), (500, 33), (320, 240), (3840, 2160)])
def test_it_draws_on_any_size(size_wh: tuple[int, int]) -> None:
    picture = canvas(*size_wh)
    draw_hud(picture, FULL, 12)
    assert picture.shape == (size_wh[1], size_wh[0], 3)


@pytest.mark.parametrize("size_wh", [(480, 270), (640, 480), (1280, 720), (1920, 1080), (400, 800)])
def test_the_help_card_fits(size_wh: tuple[int, int]) -> None:
    picture = canvas(*size_wh)
    draw_help(picture, text_px(size_wh))
    x0, y0, x1, y1 = box(picture)
    assert x0 + x1 == pytest.approx(1, abs=0.01) and y0 + y1 == pytest.approx(1, abs=0.01)
    assert x0 > 0.01 and y0 > 0.01 and x1 < 0.99 and y1 < 0.99


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65.9, "1:05"), (3723, "1:02:03")])
def test_clock(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text
