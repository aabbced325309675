"""Tests of realtime.drawing.letterbox."""

import numpy as np
import pytest

from realtime.drawing.letterbox import letterbox
from tests.fakes import FOUR_COLOURS_BGR, four_colours


@pytest.mark.parametrize("size_wh", [(1, 1), (3, 500), (64, 48), (101, 99), (1920, 1080)])
def test_it_gives_the_size_asked_for_as_a_new_picture(size_wh: tuple[int, int]) -> None:
    frame_bgr = four_colours()
    fitted = letterbox(frame_bgr, size_wh)
    assert fitted.shape == (size_wh[1], size_wh[0], 3)
    assert not np.shares_memory(fitted, frame_bgr)


@pytest.mark.parametrize(
    ("size_wh", "inner"),
    [
        ((200, 48), (68, 0, 132, 48)),
        ((64, 100), (0, 26, 64, 74)),
        ((128, 200), (0, 52, 128, 148)),
        ((32, 32), (0, 4, 32, 28)),
    ],
)
def test_the_picture_is_whole_and_centred(size_wh: tuple[int, int], inner: tuple[int, int, int, int]) -> None:
    fitted = letterbox(four_colours(), size_wh, gray=90)
    x0, y0, x1, y1 = inner
    corners = fitted[y0, x0], fitted[y0, x1 - 1], fitted[y1 - 1, x0], fitted[y1 - 1, x1 - 1]
    np.testing.assert_array_equal(corners, FOUR_COLOURS_BGR)
    outside = np.ones(fitted.shape[:2], bool)
    outside[y0:y1, x0:x1] = False
    assert (fitted[outside] == 90).all()
