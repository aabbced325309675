"""Single images and folders of images."""

import importlib
import importlib.util
import io
import math
import re
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps

from model.plain_text import counted
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

HEIF_SUFFIXES = frozenset({".heic", ".heif", ".hif"})
"""Read with pillow-heif, an extra."""
MAX_MEGAPIXELS = 250
"""Larger pictures are refused unless the user says otherwise: this one takes 0.75 GB."""
# Pillow's own limit warns at 89 megapixels and refuses at 179; ours is checked before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError)
"""What Pillow's readers raise on files that are broken or none of theirs."""


class ImageSource(Source):
    """One image as one frame, or the images of a folder in natural order (`2.png` before `10.png`).

    Frames are upright by the files' EXIF orientation, each of its own size; 16 bits are scaled to 8, and transparent
    parts lie on white. Files of a folder that are no image by their name are passed over.

    Args:
        path: an image, or a folder.
        fps: the rate at which the images of a folder follow one another.
        max_megapixels: larger images are refused.

    Raises:
        SourceError: the path is missing, the folder holds no image, or the first image cannot be read.
    """

    def __init__(self, path: Path, fps: float = 30.0, max_megapixels: float = MAX_MEGAPIXELS) -> None:
        self._max_megapixels = max_megapixels
        self._paths = _list_images(path)
        self._fps = fps
        self._closed = threading.Event()
        self._first_bgr: npt.NDArray[np.uint8] | None = load_image(self._paths[0], max_megapixels)
        height, width = self._first_bgr.shape[:2]
        single = not path.is_dir()
        kind = f"image {path}" if single else f"folder {path}, {counted(len(self._paths), 'image')}"
        self._info = SourceInfo(
            name=f"{kind} ({width}x{height}{'' if single else f' at {fps:g} fps'})",
            size_wh=(width, height),
            fps=None if single else fps,
            live=False,
            still=single,
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    def frames(self) -> Iterator[Frame]:
        for index, path in enumerate(self._paths):
            if self._closed.is_set():
                return
            pixels_bgr, self._first_bgr = self._first_bgr, None
            loaded = load_image(path, self._max_megapixels) if pixels_bgr is None else pixels_bgr
            yield Frame(loaded, index, index / self._fps)

    def close(self) -> None:
        self._closed.set()


class StillSource(Source):
    """An image shown again and again until the source is closed, for a window that is to stay open on it.

    Raises:
        SourceError: the image cannot be read.
    """

    def __init__(self, path: Path, fps: float = 30.0, max_megapixels: float = MAX_MEGAPIXELS) -> None:
        self._pixels_bgr = load_image(path, max_megapixels)
        self._fps = fps
        self._closed = threading.Event()
        height, width = self._pixels_bgr.shape[:2]
        self._info = SourceInfo(f"image {path} ({width}x{height}), held", (width, height), fps, live=False, still=True)

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
    if path.suffix.lower() in IMAGE_SUFFIXES | HEIF_SUFFIXES:
        return True
    try:
        with Image.open(path) as image:
            return f".{(image.format or '').lower()}" in IMAGE_SUFFIXES
    except UNREADABLE:
        return False


def load_image(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> npt.NDArray[np.uint8]:
    """An image file as (H, W, 3) uint8 BGR in sRGB, upright, on white where it is transparent.

    It goes by content, not name. Colours are converted by the profile that the file embeds, where it has one.

    Raises:
        SourceError: the file is missing, unreadable, cut off, too large, or no image.
    """
    register_heif(path)
    try:
        with Image.open(path) as opened:
            check_size(path, opened.size, max_megapixels)
            return bgr_of_picture(opened)
    except FileNotFoundError as error:
        raise SourceError(f"image {path} does not exist; check the path") from error
    except UNREADABLE as error:
        raise SourceError(f"cannot read {path} as an image: {one_line(error)}; remove or replace it") from error
    except MemoryError as error:
        raise SourceError(f"image {path} does not fit into memory; make it smaller") from error


def check_size(path: Path, size_wh: tuple[int, int], max_megapixels: float) -> None:
    """Refuse a picture that would take too much memory.

    Raises:
        SourceError: it has more pixels than that.
    """
    megapixels = size_wh[0] * size_wh[1] / 1e6
    if megapixels > max_megapixels:
        raise SourceError(
            f"image {path} has {megapixels:.0f} megapixels ({size_wh[0]}x{size_wh[1]}), and {max_megapixels:.0f} are "
            f"read at most; raise the limit with --max-megapixels {math.ceil(megapixels)}, or make it smaller"
        )


def bgr_of_picture(opened: Image.Image) -> npt.NDArray[np.uint8]:
    """The frame of an opened picture at which it stands; see `load_image`."""
    image = ImageOps.exif_transpose(opened)
    if image.mode.startswith("I"):
        pixels = np.clip(np.asarray(image), 0, 65535)
        return _bgr_of(np.round(pixels / 257).astype(np.uint8))
    if image.mode == "F":
        return _bgr_of(np.clip(np.asarray(image), 0, 255).astype(np.uint8))
    image = _in_srgb(image, opened.info.get("icc_profile"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    result: npt.NDArray[np.uint8] = cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR)
    return result


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture with its colours converted from the profile it embeds; as it is where that cannot be used."""
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(own).lower():
            return image
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        found = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return image if found is None else found


def image_suffixes() -> frozenset[str]:
    """How names of images end, that can be read here: HEIC ones where pillow-heif is installed."""
    return IMAGE_SUFFIXES | HEIF_SUFFIXES if importlib.util.find_spec("pillow_heif") else IMAGE_SUFFIXES


def register_heif(path: Path) -> None:
    """Let Pillow read HEIC, where the file is named so.

    Raises:
        SourceError: pillow-heif is not installed.
    """
    if path.suffix.lower() not in HEIF_SUFFIXES:
        return
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError as error:
        raise SourceError(f"{path} is a HEIC image, which needs pillow-heif: pip install pillow-heif") from error


def _list_images(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    suffixes = image_suffixes()
    try:
        paths = [entry for entry in path.iterdir() if entry.suffix.lower() in suffixes and entry.is_file()]
    except OSError as error:
        raise SourceError(f"cannot list folder {path}: {error.strerror}; check its permissions") from error
    if not paths:
        raise SourceError(f"folder {path} holds no image; names must end in {', '.join(sorted(suffixes))}")
    return sorted(paths, key=lambda entry: _natural_key(entry.name))


def _natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts digits by value and text without regard to case, so `Img2` comes before `img10`."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts] + [(0, 0, name)]


def one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _bgr_of(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    result: npt.NDArray[np.uint8] = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
    return result
