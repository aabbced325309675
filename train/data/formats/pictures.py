"""Pictures that labels name, checked: they are there, as large as the labels say, and which way up; and new ones."""

import secrets
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import cv2
import numpy as np
from PIL import Image as PillowImage

from model.arrays import Image
from model.keypoints import GROUPS
from model.program.files import check_file, put_in_place
from train.data.formats.base import LabelledFace, Points
from train.errors import DatasetError, OutputError

_ORIENTATION: Final = 274
"""The EXIF entry that says how a photo is to be turned."""
_TURNED: Final = (5, 6, 7, 8)
"""Its values that swap width and height."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture's file says.

    Attributes:
        stored_wh: size of its pixels as they are stored.
        orientation: EXIF's 1 to 8; 1 is upright.
    """

    stored_wh: tuple[int, int]
    orientation: int = 1

    @property
    def size_wh(self) -> tuple[int, int]:
        """Size as it is shown."""
        width, height = self.stored_wh
        return (height, width) if self.orientation in _TURNED else (width, height)

    def shown(self, points: Points) -> Points:
        """Points in the stored pixels, where they are in the picture as it is shown; (..., 2), pixel centres."""
        width, height = self.size_wh
        x, y = (points[..., 1], points[..., 0]) if self.orientation in _TURNED else (points[..., 0], points[..., 1])
        if self.orientation in (2, 3, 6, 7):
            x = width - 1 - x
        if self.orientation in (3, 4, 7, 8):
            y = height - 1 - y
        return np.stack([x, y], axis=-1)

    def stored(self, points: Points) -> Points:
        """The other way round."""
        width, height = self.size_wh
        x, y = points[..., 0], points[..., 1]
        if self.orientation in (2, 3, 6, 7):
            x = width - 1 - x
        if self.orientation in (3, 4, 7, 8):
            y = height - 1 - y
        return np.stack((y, x) if self.orientation in _TURNED else (x, y), axis=-1)


@lru_cache(maxsize=4096)
def read_picture(path: Path) -> Picture | None:
    """Size and orientation of a picture, by its first bytes; None where it is none, or is not there."""
    try:
        check_file(path)
        with PillowImage.open(path) as image:
            orientation = image.getexif().get(_ORIENTATION, 1)
            return Picture(image.size, orientation if orientation in range(1, 9) else 1)
    except (OSError, ValueError, SyntaxError, PillowImage.DecompressionBombError):
        return None


def upright(face: LabelledFace) -> Points:
    """The face's points in its picture as it is shown.

    Formats and tools differ in whether they obey a photo's EXIF entry. The size that the labels name tells; where it
    does not, the reading in which the eyes lie higher above the mouth.

    Raises:
        DatasetError: the picture is not there, is none, has another size than the labels say, or most points lie
            outside of it.
    """
    picture = read_picture(face.image)
    if picture is None:
        what = "is not a picture that can be read" if face.image.is_file() else "does not exist"
        raise DatasetError(
            f"{face.where}: its picture {face.image} {what}; give the pictures' folder with --images DIR"
        )
    readings = [(picture.size_wh, face.points)]
    if picture.orientation != 1:
        readings.append((picture.stored_wh, picture.shown(face.points)))
    fitting = [points for size, points in readings if face.size_wh in (None, size)]
    if not fitting:
        told, found = ("x".join(map(str, size)) for size in (face.size_wh or (), picture.size_wh))
        raise DatasetError(
            f"{face.where}: labelled on a picture of {told} px, but {face.image} has {found}; give the folder of the "
            "pictures that were labelled with --images DIR"
        )
    points = max(fitting, key=_uprightness)
    known = points[np.isfinite(points).all(axis=1)]
    outside = ((known < -0.5) | (known > np.array(picture.size_wh) - 0.5)).any(axis=1)
    if outside.mean() > 0.5:
        width, height = picture.size_wh
        raise DatasetError(
            f"{face.where}: {int(outside.sum())} of {len(known)} points lie outside {face.image} ({width}x{height}); "
            "give the folder of the pictures that were labelled with --images DIR"
        )
    return points


def _uprightness(points: Points) -> float:
    """By how much the eyes and brows lie above nose and mouth; 0 where too little is labelled to say."""
    above, below = (
        [index for name in names for index in GROUPS[name] if np.isfinite(points[index]).all()]
        for names in (
            ("left_eye", "right_eye", "left_brow", "right_brow"),
            ("outer_lip", "inner_lip", "nose_base"),
        )
    )
    return float(points[below, 1].mean() - points[above, 1].mean()) if above and below else 0.0


class NewPictures:
    """Pictures that come out of a file of labels: all of them get their folder's name, or none.

    Args:
        folder: where they go.
        overwrite: write into a folder that exists.
    """

    def __init__(self, folder: Path, *, overwrite: bool = False) -> None:
        self._folder = folder
        self._half = folder.with_name(f".{secrets.token_hex(6)}.half")
        self._overwrite = overwrite
        self._any = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._half, ignore_errors=True)

    def write(self, name: str, pixels: Image) -> Path:
        """Write a PNG; gives where it lies until `publish`.

        Raises:
            OutputError: it cannot be written, or the folder holds something already.
        """
        if not self._any and self._folder.exists() and not self._overwrite:
            raise OutputError(
                f"the folder {self._folder} exists; give another --out, or --overwrite to replace its pictures"
            )
        path = self._half / name
        good, data = cv2.imencode(".png", pixels)
        try:
            self._half.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.tobytes() if good else b"")
        except OSError as error:
            raise OutputError(f"cannot write the picture {path}: {error.strerror}; give another --out") from error
        if not good:
            raise OutputError(f"cannot write a picture of {pixels.shape} as PNG; give other pictures")
        self._any = True
        return path

    def place(self, path: Path) -> Path:
        """Where a picture will lie: those written here in the folder, all others where they are."""
        return self._folder / path.name if path.parent == self._half else path

    def publish(self) -> None:
        """Give all that was written its place.

        Raises:
            OutputError: it cannot be had.
        """
        if not self._any:
            return
        try:
            if not self._folder.exists():
                self._half.replace(self._folder)
                return
            for file in self._half.iterdir():
                put_in_place(file, self._folder / file.name)
        except OSError as error:
            raise OutputError(
                f"cannot write the picture {error.filename2 or error.filename}: {error.strerror}; give another --out"
            ) from error
