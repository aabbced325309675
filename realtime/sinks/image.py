"""Writes an annotated image as a PNG file."""

from pathlib import Path

from realtime.frame import Output
from realtime.media.png_file import save_png


class ImageSink:
    """Writes the annotated picture of the last frame it was given as PNG.

    Args:
        path: the file.
    """

    name = "image"

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, output: Output) -> None:
        """Write the picture; raises `SinkError` where that is not possible."""
        save_png(self._path, output.annotated.pixels_bgr)

    def close(self) -> None:
        """Nothing to close."""
