"""Single images and folders of images."""

import re
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo

IMAGE_SUFFIXES = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".webp",
        ".bmp",
        ".tif",
        ".tiff",
        ".ppm",
        ".pgm",
        ".pbm",
        ".avif",
        ".jp2",
    }
)

_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError)
"""What Pillow's readers raise on files that are broken or none of theirs."""


class ImageSource(Source):
    """One image as one frame, or the images of a folder in natural order (`2.png` before `10.png`).

    Frames are upright by the files' EXIF orientation, each of its own size; 16 bits are scaled to 8, and transparent
    parts lie on white. Files of a folder that are no image by their name are passed over.

    Args:
        path: an image, or a folder.
        fps: the rate at which the images of a folder follow one another.

    Raises:
        SourceError: the path is missing, the folder holds no image, or the first image cannot be read.
    """

    def __init__(self, path: Path, fps: float = 30.0) -> None:
        self._paths = _list_images(path)
        self._fps = fps
        self._closed = threading.Event()
        self._first_bgr: npt.NDArray[np.uint8] | None = load_image(self._paths[0])
        height, width = self._first_bgr.shape[:2]
        single = not path.is_dir()
        kind = f"image {path}" if single else f"folder {path}, {len(self._paths)} images"
        self._info = SourceInfo(
            name=f"{kind} ({width}x{height}{'' if single else f' at {fps:g} fps'})",
            size_wh=(width, height),
            fps=None if single else fps,
            live=False,
            frame_count=len(self._paths),
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    def frames(self) -> Iterator[Frame]:
        for index, path in enumerate(self._paths):
            if self._closed.is_set():
                return
            pixels_bgr, self._first_bgr = self._first_bgr, None
            yield Frame(load_image(path) if pixels_bgr is None else pixels_bgr, index, index / self._fps)

    def close(self) -> None:
        self._closed.set()


class StillSource(Source):
    """An image shown again and again until the source is closed, for a window that is to stay open on it.

    Raises:
        SourceError: the image cannot be read.
    """

    def __init__(self, path: Path, fps: float = 30.0) -> None:
        self._pixels_bgr = load_image(path)
        self._fps = fps
        self._closed = threading.Event()
        height, width = self._pixels_bgr.shape[:2]
        self._info = SourceInfo(f"image {path} ({width}x{height}), held", (width, height), fps, False, None, True)

    @property
    def info(self) -> SourceInfo:
        return self._info

    def frames(self) -> Iterator[Frame]:
        index = 0
        while not self._closed.is_set():
            yield Frame(self._pixels_bgr.copy(), index, index / self._fps)
            index += 1

    def close(self) -> None:
        self._closed.set()


def is_image(path: Path) -> bool:
    """Whether a file is a still image, by its name or else by its content."""
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return True
    try:
        with Image.open(path) as image:
            return f".{(image.format or '').lower()}" in IMAGE_SUFFIXES
    except _UNREADABLE:
        return False


def load_image(path: Path) -> npt.NDArray[np.uint8]:
    """An image file as (H, W, 3) uint8 BGR, upright, on white where it is transparent. Goes by content, not name.

    Raises:
        SourceError: the file is missing, unreadable, cut off, or no image.
    """
    try:
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith("I"):
                pixels = np.clip(np.asarray(image), 0, 65535)
                result: npt.NDArray[np.uint8] = cv2.cvtColor(
                    np.round(pixels / 257).astype(np.uint8), cv2.COLOR_GRAY2BGR
                )
                return result
            if image.mode == "F":
                result = cv2.cvtColor(np.clip(np.asarray(image), 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
                return result
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            result = cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR)
            return result
    except FileNotFoundError as error:
        raise SourceError(f"image {path} does not exist; check the path") from error
    except _UNREADABLE as error:
        raise SourceError(f"cannot read {path} as an image: {_one_line(error)}; remove or replace it") from error


def _list_images(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        paths = [entry for entry in path.iterdir() if entry.suffix.lower() in IMAGE_SUFFIXES and entry.is_file()]
    except OSError as error:
        raise SourceError(f"cannot list folder {path}: {error.strerror}; check its permissions") from error
    if not paths:
        raise SourceError(f"folder {path} holds no image; names must end in {', '.join(sorted(IMAGE_SUFFIXES))}")
    return sorted(paths, key=lambda entry: _natural_key(entry.name))


def _natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts digits by value and text without regard to case, so `Img2` comes before `img10`."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts] + [(0, 0, name)]


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _bgr_of(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    result: npt.NDArray[np.uint8] = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
    return result
