"""Saves pictures as PNG files."""

from pathlib import Path

import cv2

from model.arrays import Image
from model.program.files import whole_file
from realtime.errors import SinkError


def save_png(path: Path, image: Image) -> None:
    """Write a (H, W, 3) BGR or (H, W, 4) BGRA picture as a PNG that is whole or not there.

    Raises:
        SinkError: the file cannot be written.
    """
    # Encoded in memory because cv2.imwrite fails without a reason, and on Windows for names outside its code page.
    _, encoded = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 2])
    try:
        with whole_file(path) as half:
            half.write_bytes(encoded.tobytes())
    except OSError as error:
        raise SinkError(
            f"cannot write {path}: {error.strerror}; choose a folder that exists and is writable"
        ) from error


def check_png(path: Path) -> None:
    """See that a name is that of a PNG; raises `SinkError` where it would say that the file is something else."""
    if path.suffix.lower() != ".png":
        raise SinkError(f"cannot write {path}: the picture is a PNG; give a name that ends in .png")
