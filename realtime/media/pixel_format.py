"""Between FFmpeg's pictures and BGR arrays: which colours were meant, and rounding that keeps grey grey."""

from typing import Final

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from model.arrays import Image

_ROUNDING: Final = Interpolation.BILINEAR | Interpolation.ACCURATE_RND
"""Left alone, swscale truncates on the way to YUV: grey 128 becomes 126/126/124, and darker with each further pass.
Rounding on the way back as well would cost several times as much, for colours two levels nearer after five passes."""
_UNSPECIFIED: Final = 2
_HD_WH: Final = (1280, 576)
"""Untagged pictures of at least this width, or above this height, are BT.709 to every player; smaller ones BT.601."""


def bgr_of(picture: av.VideoFrame) -> Image:
    """A decoded picture as (H, W, 3) uint8 BGR, C-contiguous; transparency is dropped."""
    meant = None
    if not picture.format.is_rgb and int(picture.colorspace) == _UNSPECIFIED:
        is_hd = picture.width >= _HD_WH[0] or picture.height > _HD_WH[1]
        meant = Colorspace.ITU709 if is_hd else Colorspace.ITU601
    # Left alone, each frame wakes a thread for every core to convert it, which costs more than it saves.
    converted = picture.reformat(format="bgr24", src_colorspace=meant, threads=1)
    return np.ascontiguousarray(converted.to_ndarray(), np.uint8)


def yuv420_of(frame_bgr: Image) -> av.VideoFrame:
    """A (H, W, 3) uint8 BGR picture as 4:2:0 BT.709 in limited range, for the encoder; sides must be even."""
    return av.VideoFrame.from_ndarray(frame_bgr, format="bgr24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG, interpolation=_ROUNDING
    )
