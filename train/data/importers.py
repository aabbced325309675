"""Labels in other people's formats, turned into the CSV that training reads. No torch.

Coordinates come out counted from 0, in pixels of the stored picture. Points that a format does not know stay empty.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from model.face_log import POINT_COLUMNS, read_face_log
from model.keypoints import NUM_KEYPOINTS
from train.data.annotations import write_keypoints_csv
from train.errors import DatasetError

Points = npt.NDArray[np.float64]

IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
WFLW_TO_68: Final = (
    *range(0, 33, 2),
    *range(33, 38),
    *range(42, 47),
    *range(51, 60),
    *(60, 61, 63, 64, 65, 67, 68, 69, 71, 72, 73, 75),
    *range(76, 96),
)
"""Which of WFLW's 98 points each of the 68 is (Wu et al., "Look at boundary", CVPR 2018, and its usual reduction)."""
KAGGLE_TO_68: Final = {
    "right_eye_outer_corner": 36,
    "right_eye_inner_corner": 39,
    "left_eye_inner_corner": 42,
    "left_eye_outer_corner": 45,
    "right_eyebrow_outer_end": 17,
    "right_eyebrow_inner_end": 21,
    "left_eyebrow_inner_end": 22,
    "left_eyebrow_outer_end": 26,
    "nose_tip": 30,
    "mouth_right_corner": 48,
    "mouth_left_corner": 54,
    "mouth_center_top_lip": 51,
    "mouth_center_bottom_lip": 57,
}
"""Kaggle's names, whose left is the person's, and the point that each is; the eyes' centres are none of the 68."""
_KAGGLE_PX: Final = 96


@dataclass(frozen=True, slots=True)
class Imported:
    """What was found.

    Attributes:
        names: image of each face, relative to the CSV's folder where that is possible.
        points: (68, 2) of each, NaN where a point is not labelled.
    """

    names: tuple[str, ...]
    points: tuple[Points, ...]


def import_labels(kind: str, path: Path, out: Path, video: Path | None = None) -> Imported:
    """Read labels of a format, write pictures beside `out` where the format holds them, and give what was found.

    Args:
        kind: one of `FORMATS`.
        path: the format's file or folder.
        out: the CSV to come; image names are written relative to its folder.
        video: the film that a log was made of.

    Raises:
        DatasetError: the labels cannot be read, or hold no face.
        OSError: a picture cannot be written.
    """
    if not path.exists():
        raise DatasetError(f"{path} does not exist; check the path")
    found = list(_from_log(path, out, video) if kind == "log" else FORMATS[kind](path, out))
    if not found:
        raise DatasetError(f"{path} holds no face of 68 points in the format {kind}; check path and format")
    return Imported(tuple(_relative(image, out) for image, _ in found), tuple(points for _, points in found))


def write_labels(out: Path, imported: Imported) -> None:
    """Write the CSV; raises `OSError`."""
    write_keypoints_csv(out, imported.names, imported.points)


def _relative(image: Path, out: Path) -> str:
    folder = out.absolute().parent
    image = image.absolute()
    return image.relative_to(folder).as_posix() if image.is_relative_to(folder) else image.as_posix()


def _from_pts(path: Path, out: Path) -> Iterator[tuple[Path, Points]]:
    """iBUG's files, one beside each picture; coordinates are counted from 1."""
    for file in sorted(path.rglob("*.pts")) if path.is_dir() else [path]:
        numbers = re.findall(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", _text(file).partition("{")[2])
        if len(numbers) != 2 * NUM_KEYPOINTS:
            raise DatasetError(f"{file} holds {len(numbers) // 2} points where {NUM_KEYPOINTS} are needed")
        image = next((file.with_suffix(suffix) for suffix in IMAGE_SUFFIXES if file.with_suffix(suffix).exists()), None)
        if image is None:
            raise DatasetError(f"no picture lies beside {file}; put it there, with the same name")
        yield image, np.array(numbers, float).reshape(-1, 2) - 1


def _from_dlib(path: Path, out: Path) -> Iterator[tuple[Path, Points]]:
    """dlib's and imglab's XML; coordinates are those of the stored picture, whatever its EXIF entry says."""
    text = _text(path)
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise DatasetError(f"{path} declares entities, which labels do not need; remove them")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise DatasetError(f"{path} is not XML that can be read ({error})") from error
    for image in root.iter("image"):
        for box in image.iter("box"):
            points = np.full((NUM_KEYPOINTS, 2), np.nan)
            for part in box.iter("part"):
                number = int(part.get("name", "-1"))
                if not 0 <= number < NUM_KEYPOINTS:
                    raise DatasetError(f"{path} labels a point {number}, where 0 to {NUM_KEYPOINTS - 1} are known")
                points[number] = float(part.get("x", "nan")), float(part.get("y", "nan"))
            if not np.isnan(points).all():
                yield path.parent / image.get("file", ""), points


def _from_wflw(path: Path, out: Path) -> Iterator[tuple[Path, Points]]:
    """WFLW's list: 98 points, a box, attributes and the picture's name in a line; pictures in WFLW_images."""
    folder = next((f for f in (path.parent, *path.parents) if (f / "WFLW_images").is_dir()), None)
    for number, line in enumerate(_text(path).splitlines(), start=1):
        words = line.split()
        if len(words) < 197:
            raise DatasetError(f"{path}, line {number} holds {len(words)} words, where WFLW's lists hold 207")
        points = np.array(words[:196], float).reshape(98, 2)
        yield (folder / "WFLW_images" if folder else path.parent) / words[-1], points[list(WFLW_TO_68)]


def _from_kaggle(path: Path, out: Path) -> Iterator[tuple[Path, Points]]:
    """Kaggle's 15 points, 13 of which are among the 68, with the pictures' pixels in the file: written as PNG."""
    table = pd.read_csv(path)
    if "Image" not in table or "nose_tip_x" not in table:
        raise DatasetError(f"{path} is not Kaggle's training.csv: it has no columns Image and nose_tip_x")
    folder = _picture_folder(out)
    for number, row in table.iterrows():
        points = np.full((NUM_KEYPOINTS, 2), np.nan)
        for name, index in KAGGLE_TO_68.items():
            points[index] = row[f"{name}_x"], row[f"{name}_y"]
        # A row whose points are mostly missing teaches nothing.
        if np.isfinite(points[:, 0]).sum() < 6:
            continue
        pixels = np.array(str(row["Image"]).split(), np.int64)
        if pixels.size != _KAGGLE_PX**2:
            raise DatasetError(f"{path}, row {number}: {pixels.size} pixels where {_KAGGLE_PX**2} are needed")
        image = folder / f"face_{number}.png"
        cv2.imwrite(str(image), np.clip(pixels, 0, 255).astype(np.uint8).reshape(_KAGGLE_PX, _KAGGLE_PX))
        yield image, np.where(np.isnan(points).any(axis=1, keepdims=True), np.nan, points)


def _from_coco(path: Path, out: Path) -> Iterator[tuple[Path, Points]]:
    """COCO keypoints with 68 of them a person; those with visibility 0 are not labelled."""
    try:
        data = json.loads(_text(path))
        images = {image["id"]: image["file_name"] for image in data["images"]}
        for person in data["annotations"]:
            triples = np.array(person.get("keypoints", ()), float).reshape(-1, 3)
            if len(triples) != NUM_KEYPOINTS:
                raise DatasetError(f"{path} labels {len(triples)} points where {NUM_KEYPOINTS} are needed")
            points = np.where(triples[:, 2:] > 0, triples[:, :2], np.nan)
            yield path.parent / images[person["image_id"]], points
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DatasetError(f"{path} is not a COCO file of keypoints that can be read ({error})") from error


def _from_log(path: Path, out: Path, video: Path | None) -> Iterator[tuple[Path, Points]]:
    """This program's own log and the film it was made of; frames with one face are written as PNG."""
    import av

    if video is None:
        raise DatasetError("a log names no pictures; give the film that it was made of with --video")
    log = read_face_log(path)
    single = log[log.groupby("frame")["face_id"].transform("size") == 1].set_index("frame")
    folder = _picture_folder(out)
    try:
        with av.open(f"file:{video}") as container:
            for number, picture in enumerate(container.decode(video=0)):
                if number not in single.index:
                    continue
                if picture.rotation:
                    raise DatasetError(f"{video} is turned by its player; annotate a copy that lies upright")
                image = folder / f"frame_{number}.png"
                cv2.imwrite(str(image), picture.to_ndarray(format="bgr24"))
                yield image, single.loc[number, list(POINT_COLUMNS)].to_numpy(float).reshape(-1, 2)
    except av.FFmpegError as error:
        raise DatasetError(f"cannot read the film {video}: {error.strerror}") from error


def _picture_folder(out: Path) -> Path:
    folder = out.with_name(f"{out.stem}-images")
    folder.mkdir(parents=True)
    return folder


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise DatasetError(f"cannot read {path}: {error.strerror}; check the path") from error


FORMATS: Final[dict[str, Callable[[Path, Path], Iterator[tuple[Path, Points]]]]] = {
    "pts": _from_pts,
    "dlib": _from_dlib,
    "wflw": _from_wflw,
    "kaggle": _from_kaggle,
    "coco": _from_coco,
}
"""Those that need no second file; `log` needs its film."""
