"""Pictures for the page."""

import cv2

from realtime.errors import SinkError
from realtime.frame import Output


def encode(output: Output, width_px: int, quality: int) -> bytes:
    """The annotated frame as JPEG, `width_px` wide at most."""
    picture_bgr = output.annotated.pixels_bgr
    width, height = output.annotated.size_wh
    if width_px < width:
        size_wh = width_px, max(1, round(height * width_px / width))
        picture_bgr = cv2.resize(picture_bgr, size_wh, interpolation=cv2.INTER_AREA)
    good, jpeg = cv2.imencode(".jpg", picture_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        raise SinkError("OpenCV cannot encode JPEG pictures here; reinstall it: pip install opencv-python")
    return jpeg.tobytes()
