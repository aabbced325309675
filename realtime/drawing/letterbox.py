"""One picture whole inside another size."""

import cv2
import numpy as np

from model.arrays import Image

_AREA_BELOW = 0.6
"""Area averaging is several times slower than bilinear, and told from it only where pixels are left out."""


def letterbox(frame_bgr: Image, size_wh: tuple[int, int], gray: int = 0) -> Image:
    """A new (h, w, 3) picture: the whole frame as large as fits into `size_wh`, centred, `gray` around it."""
    width, height = size_wh
    frame_height, frame_width = frame_bgr.shape[:2]
    scale = min(width / frame_width, height / frame_height)
    inner_wh = (min(width, max(1, round(frame_width * scale))), min(height, max(1, round(frame_height * scale))))
    if inner_wh != (frame_width, frame_height):
        interpolation = cv2.INTER_AREA if scale < _AREA_BELOW else cv2.INTER_LINEAR
        frame_bgr = cv2.resize(frame_bgr, inner_wh, interpolation=interpolation)
    elif inner_wh == size_wh:
        return frame_bgr.copy()
    canvas_bgr = np.full((height, width, 3), gray, np.uint8)
    x, y = (width - inner_wh[0]) // 2, (height - inner_wh[1]) // 2
    canvas_bgr[y : y + inner_wh[1], x : x + inner_wh[0]] = frame_bgr
    return canvas_bgr
