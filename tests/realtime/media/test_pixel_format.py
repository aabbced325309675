"""Colours keep their values from FFmpeg's pictures to arrays and back."""

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from model.arrays import Image
from realtime.media.pixel_format import bgr_of, yuv420_of


def flat(bgr: tuple[int, int, int], size_wh: tuple[int, int] = (64, 48)) -> Image:
    return np.full((size_wh[1], size_wh[0], 3), bgr, np.uint8)


@pytest.mark.parametrize("bgr", [(128, 128, 128), (0, 0, 0), (255, 255, 255), (40, 90, 200), (200, 60, 30)])
def test_five_passes_stay_within_one_level(bgr: tuple[int, int, int]) -> None:
    """With swscale's own rounding grey 128 became 126/126/124 in one pass and 121/121/119 in five."""
    image = flat(bgr)
    for _ in range(5):
        image = bgr_of(yuv420_of(image))
    # Grey stays; strong colours lose up to a level a pass, on the way back from YUV.
    assert np.abs(image.astype(int) - bgr).max() <= (1 if len(set(bgr)) == 1 else 5)


@pytest.mark.parametrize(
    ("size_wh", "space"),
    [
        ((640, 480), Colorspace.ITU601),
        ((720, 576), Colorspace.ITU601),
        ((1280, 720), Colorspace.ITU709),
        ((720, 1280), Colorspace.ITU709),
    ],
)
def test_untagged_colours_are_read_as_players_do(size_wh: tuple[int, int], space: Colorspace) -> None:
    picture = av.VideoFrame.from_ndarray(flat((0, 191, 0), size_wh), format="bgr24").reformat(
        format="yuv420p", dst_colorspace=space, dst_color_range=ColorRange.MPEG
    )
    picture.colorspace = 2  # unspecified
    assert np.abs(bgr_of(picture)[8, 8].astype(int) - (0, 191, 0)).max() <= 5


def test_rgb_pictures_are_taken_as_they_are() -> None:
    picture = av.VideoFrame.from_ndarray(flat((1, 2, 3), (1280, 720)), format="bgr24")
    assert bgr_of(picture)[0, 0].tolist() == [1, 2, 3]
