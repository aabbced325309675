"""Saves pictures as PNG files."""

from contextlib import suppress
from pathlib import Path

import cv2

from model.arrays import Image
from model.program.files import put_in_place
from realtime.errors import SinkError


def save_png(path: Path, image: Image) -> None:
    """Write a (H, W, 3) BGR or (H, W, 4) BGRA picture as a PNG that is whole or not there.

    Raises:
        SinkError: the file cannot be written.
    """
    # Encoded in memory because cv2.imwrite fails without a reason, and on Windows for names outside its code page.
    _, encoded = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 2])
    half = path.with_name(path.name + ".part")
    try:
        half.write_bytes(encoded.tobytes())
        put_in_place(half, path)
    except OSError as error:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise SinkError(
            f"cannot write {path}: {error.strerror}; choose a folder that exists and is writable"
        ) from error
