"""What all formats of labels share: a labelled face, texts, numbers, names of points, and pictures that are there."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from model.keypoints import NUM_KEYPOINTS, keypoint_index
from model.program.files import check_file
from train.errors import DatasetError

Points = npt.NDArray[np.float64]

HALF_PX: Final = 0.5
"""Tools that measure from the picture's edge have the middle of the first pixel here; ours is at 0."""
IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class LabelledFace:
    """One face as a format has it.

    Attributes:
        image: its picture.
        points: (68, 2) pixels, NaN where a point is not labelled.
        where: file and place in it, for messages.
        size_wh: what the format says of the picture's size, if it does.
        person: who is shown, if the format says so.
    """

    image: Path
    points: Points = field(repr=False)
    where: str
    size_wh: tuple[int, int] | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be imported.

    Attributes:
        path: the format's file or folder.
        images: folder of the pictures, where the user says; else they are looked for beside `path`.
    """

    path: Path
    images: Path | None = None

    def picture(self, name: str) -> Path:
        """The path of a picture that the labels name; it need not exist."""
        name = name.replace("\\", "/")
        beside = self.path if self.path.is_dir() else self.path.parent
        folders = (self.images,) if self.images is not None else (beside, beside / "images")
        return next((folder / name for folder in folders if (folder / name).is_file()), folders[0] / name)

    def picture_of_address(self, address: str) -> Path:
        """The path of a picture that a web address or a server's path names, by the longest end of it that exists."""
        parts = PurePosixPath(address.rpartition("?d=")[2].partition("?")[0].replace("\\", "/")).parts
        # Label Studio puts eight digits in front of what is uploaded.
        plain = parts[-1][9:] if parts and len(parts[-1]) > 9 and parts[-1][8] == "-" else ""
        for name in ("/".join(parts[start:]).lstrip("/") for start in range(len(parts))):
            if self.picture(name).is_file():
                return self.picture(name)
        return self.picture(plain if plain and self.picture(plain).is_file() else parts[-1] if parts else address)


def read_text(path: Path) -> str:
    """A file's text; what is not UTF-8 is replaced.

    Raises:
        DatasetError: it cannot be read.
    """
    try:
        check_file(path)
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise DatasetError(f"cannot read {path}: {error.strerror}; check the path") from error


def read_json(path: Path, what: str) -> Any:
    """What a JSON file holds.

    Raises:
        DatasetError: it is none; `what` says what was expected.
    """
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path} is not {what} that can be read ({error}); export it again") from error


def read_xml(path: Path) -> ElementTree.Element:
    """The root of an XML file.

    Raises:
        DatasetError: it is none, or declares entities, which can make a small file fill the memory.
    """
    text = read_text(path)
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise DatasetError(f"{path} declares entities, which labels do not need; remove them")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise DatasetError(f"{path} is not XML that can be read ({error}); export it again") from error


def number(value: Any, where: str, what: str) -> float:
    """A finite number.

    Raises:
        DatasetError: it is none; `where` names file and place, `what` says what it is.
    """
    try:
        result = float(value)
    except (TypeError, ValueError):
        result = math.nan
    if not math.isfinite(result):
        raise DatasetError(f"{where}: {what} is {str(value)!r:.40} where a finite number is needed; mend the file")
    return result


class PointNames:
    """Which point a name means: a number counted from 0 or from 1, or one of `model.keypoints`.

    Args:
        names: all names of the file; where 68 is among them and 0 is not, they are counted from 1.
    """

    def __init__(self, names: Iterable[str]) -> None:
        numbers = {int(name) for name in names if name.strip().isdecimal()}
        self._first = int(NUM_KEYPOINTS in numbers and 0 not in numbers)

    def index(self, name: str, where: str) -> int:
        """The point's number.

        Raises:
            DatasetError: no point has that name.
        """
        name = name.strip()
        if name.isdecimal() and 0 <= int(name) - self._first < NUM_KEYPOINTS:
            return int(name) - self._first
        try:
            return keypoint_index(name)
        except KeyError:
            raise DatasetError(
                f"{where}: a point is called {name!r:.40}, where 0 to {NUM_KEYPOINTS - 1} are known; rename it"
            ) from None


def no_points() -> Points:
    """(68, 2) of a face of which nothing is labelled."""
    return np.full((NUM_KEYPOINTS, 2), np.nan)


def in_order(points: Points, where: str) -> Points:
    """(68, 2) of points that have no names.

    Raises:
        DatasetError: they are more or fewer.
    """
    if points.shape != (NUM_KEYPOINTS, 2):
        raise DatasetError(
            f"{where} labels {len(points)} points where {NUM_KEYPOINTS} are needed; name the points 0 to "
            f"{NUM_KEYPOINTS - 1}, or label all of them"
        )
    return points


def missing(error: Exception) -> str:
    """What is wrong with data that is built differently than its format says, from the error of going through it."""
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else "it is built differently"
