"""Saves single frames as PNG when asked."""

from datetime import datetime
from itertools import count
from pathlib import Path

from realtime.control.controls import Controls
from realtime.errors import SinkError
from realtime.frame import Output
from realtime.media.png_file import save_png
from realtime.sinks.recording.formats import make_folder


class SnapshotSink:
    """When `controls.snapshot_requested`: saves the frame at full size, and the source's own picture beside it.

    The files are `snapshot-TIME.png` and `snapshot-TIME-original.png` in `folder`, never over others; a file is whole
    or not there. The folder is made if need be. The request is cleared, and `controls.message` says where the picture
    is, or why it could not be saved: a picture is asked for by a key, and a failed one is no reason to end the program.
    """

    name = "snapshot"

    def __init__(self, controls: Controls, folder: Path | None = None) -> None:
        self.paths: list[Path] = []
        self._controls = controls
        self._folder = folder or Path()

    def write(self, output: Output) -> None:
        """Save the frame if one was asked for."""
        if not self._controls.snapshot_requested:
            return
        self._controls.snapshot_requested = False
        path, original_path = self._free_paths()
        try:
            make_folder(self._folder)
            save_png(path, output.annotated.pixels_bgr)
            save_png(original_path, output.original.pixels_bgr)
        except SinkError as error:
            self._controls.message = str(error)
            return
        self.paths.append(path)
        self._controls.message = f"saved {path}"

    def close(self) -> None:
        """Nothing is left open between frames."""

    def _free_paths(self) -> tuple[Path, Path]:
        stem = datetime.now().strftime("snapshot-%Y-%m-%d_%H-%M-%S")
        for number in count(1):
            suffix = "" if number == 1 else f"-{number}"
            pair = self._folder / f"{stem}{suffix}.png", self._folder / f"{stem}{suffix}-original.png"
            if not any(path.exists() for path in pair):
                return pair
        raise AssertionError("count never ends")
