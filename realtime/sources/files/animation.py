"""Animated pictures (WebP, PNG, AVIF): films with their own timing."""

import threading
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from model.arrays import Image as Pixels
from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo
from realtime.sources.files.images import MAX_MEGAPIXELS, UNREADABLE, bgr_of_picture, check_size, one_line

ANIMATED_SUFFIXES = frozenset({".webp", ".png", ".apng", ".avif"})
_SHORTEST_S = 0.011
"""Browsers show frames that ask for less as long as `_DEFAULT_S`."""
_DEFAULT_S = 0.1


def is_animation(path: Path) -> bool:
    """Whether a picture file holds more than one frame."""
    if path.suffix.lower() not in ANIMATED_SUFFIXES:
        return False
    try:
        with Image.open(path) as opened:
            return getattr(opened, "n_frames", 1) > 1
    except UNREADABLE:
        return False


class AnimationSource(Source):
    """The frames of an animated picture, once, each as long as the file says. Transparent parts lie on white.

    Args:
        path: the file.
        max_megapixels: larger pictures are refused.

    Raises:
        SourceError: it is missing, too large, or cannot be read.
    """

    def __init__(self, path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> None:
        self._path, self._max_megapixels = path, max_megapixels
        self._closed = threading.Event()
        durations = [duration_s for _, duration_s in self._pictures(decode=False)]
        try:
            with Image.open(path) as opened:
                width, height = opened.size
        except UNREADABLE as error:
            raise SourceError(f"cannot read {path} as an image: {one_line(error)}; remove or replace it") from error
        fps = len(durations) / sum(durations)
        name = f"animation {path} ({width}x{height}, {len(durations)} frames, {sum(durations):.3g} s)"
        self._info = SourceInfo(name, (width, height), fps, live=False)

    @property
    def info(self) -> SourceInfo:
        return self._info

    def frames(self) -> Iterator[Frame]:
        time_s = 0.0
        for index, (pixels_bgr, duration_s) in enumerate(self._pictures(decode=True)):
            if self._closed.is_set() or pixels_bgr is None:
                return
            yield Frame(pixels_bgr, index, time_s, duration_s=duration_s)
            time_s += duration_s

    def close(self) -> None:
        self._closed.set()

    def _pictures(self, decode: bool) -> Iterator[tuple[Pixels | None, float]]:
        try:
            with Image.open(self._path) as opened:
                check_size(self._path, opened.size, self._max_megapixels)
                for number in range(getattr(opened, "n_frames", 1)):
                    opened.seek(number)
                    opened.load()  # only then the frame's duration is known
                    asked_s = float(opened.info.get("duration", 0)) / 1000
                    yield (
                        (bgr_of_picture(opened) if decode else None),
                        asked_s if asked_s >= _SHORTEST_S else _DEFAULT_S,
                    )
        except FileNotFoundError as error:
            raise SourceError(f"image {self._path} does not exist; check the path") from error
        except UNREADABLE as error:
            raise SourceError(
                f"cannot read {self._path} as an image: {one_line(error)}; remove or replace it"
            ) from error
