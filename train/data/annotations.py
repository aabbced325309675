"""Labelled images: what a label CSV says, checked and completed. No torch.

The dataset's own layout: a header `,0,1,...,135`, then `<name>,x0,y0,...,x67,y67` in image pixels. Coordinates are
those of the picture as it is shown: a photo that its EXIF entry turns is labelled upright.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from model.keypoints import NUM_KEYPOINTS
from model.program.files import check_file
from train.data.label_columns import HEADER, POINT_NAMES, understand_header
from train.data.label_points import Points, complete, read_points
from train.data.label_table import read_table, shown
from train.data.split import people_of
from train.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Annotations:
    """Labelled images.

    Attributes:
        names: file name of each image, relative to `images_dir`.
        keypoints_px: (N, 68, 2) float64, x then y, pixels of the upright image; points may lie outside it. A point that
            is not labelled lies where the mean face, fitted to the others, has it.
        images_dir: where the images lie.
        csv_path: where the labels came from.
        rows: the row of the CSV each came from, counted from 1.
        people: who is in each.
        labelled: (N, 68) which points are labelled.
    """

    names: tuple[str, ...]
    keypoints_px: Points = field(repr=False)
    images_dir: Path
    csv_path: Path
    rows: tuple[int, ...] = field(repr=False)
    people: tuple[str, ...] = field(repr=False)
    labelled: npt.NDArray[np.bool_] = field(repr=False)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def labels_px(self) -> Points:
        """(N, 68, 2) the labels alone: NaN where a point is not labelled."""
        return np.where(self.labelled[..., None], self.keypoints_px, np.nan)

    def frame(self) -> pd.DataFrame:
        """A row for each image: its name (`image`), then `x0, y0, ..., x67, y67`, NaN where not labelled."""
        points = pd.DataFrame(self.labels_px.reshape(len(self), -1), columns=[*POINT_NAMES])
        points.insert(0, "image", list(self.names))
        return points

    def subset(self, mask: npt.NDArray[np.bool_]) -> "Annotations":
        """Those images whose entry of the (N,) mask is set."""
        chosen = np.flatnonzero(mask)
        return Annotations(
            tuple(self.names[i] for i in chosen),
            self.keypoints_px[chosen],
            self.images_dir,
            self.csv_path,
            tuple(self.rows[i] for i in chosen),
            tuple(self.people[i] for i in chosen),
            self.labelled[chosen],
        )

    def in_folder(self, images_dir: Path) -> "Annotations":
        """The same labels with the images of another folder, which is not looked at."""
        return replace(self, images_dir=images_dir)

    def joined(self, other: "Annotations") -> "Annotations":
        """These images, then those of another CSV; the others' names become absolute."""
        return Annotations(
            (*self.names, *(str((other.images_dir / name).absolute()) for name in other.names)),
            np.concatenate([self.keypoints_px, other.keypoints_px]),
            self.images_dir,
            self.csv_path,
            (*self.rows, *other.rows),
            (*self.people, *other.people),
            np.concatenate([self.labelled, other.labelled]),
        )

    def read_bgr(self, index: int) -> npt.NDArray[np.uint8]:
        """Image `index` as (H, W, 3) BGR uint8, upright, alpha dropped.

        Raises:
            DatasetError: the file cannot be read or is not a picture; row and file are named.
        """
        path = self.images_dir / self.names[index]
        try:
            check_file(path)
            data = np.frombuffer(path.read_bytes(), np.uint8)
        except OSError as error:
            raise DatasetError(f"{self._where(index)}: cannot read the image {path}: {error.strerror}") from error
        # By content, not by name: the dataset's .jpg files are PNG with an alpha channel.
        try:
            image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        except cv2.error:  # OpenCV's own limit of pixels
            image = None
        if image is None:
            raise DatasetError(
                f"{self._where(index)}: {path} is not a picture that can be read; replace the file or remove the row"
            )
        result: npt.NDArray[np.uint8] = image
        return result

    def _where(self, index: int) -> str:
        return f"{self.csv_path}, row {self.rows[index]}"


def read_annotations(
    csv_path: Path, images_dir: Path | None = None, problems: dict[int, str] | None = None
) -> Annotations:
    """Read a label CSV and check all that can be checked without decoding the images.

    Args:
        csv_path: the labels.
        images_dir: where the images lie; None looks beside the CSV (`find_images`).
        problems: where given, takes the first problem of each bad row by the row's number, and the row is left out.

    Raises:
        DatasetError: the CSV cannot be read, is empty, lacks columns, has a cell that is not a finite number, or names
            an image that is not in `images_dir`; file, row and column are named. Or no row is left.
    """
    if images_dir is not None and csv_path.is_file() and not images_dir.is_dir():
        raise DatasetError(f"images folder {images_dir} does not exist; give the folder that holds the CSV's images")
    table = read_table(csv_path)
    columns = understand_header(csv_path, table.header)
    if not len(table.cells):
        raise DatasetError(f"{csv_path} holds no labelled image, only a header; give a CSV with a row for each image")
    names = tuple(table.cells.iloc[:, columns.image].str.strip())
    rows = tuple(int(row) for row in table.cells.index)

    def refuse(row: int, reason: str) -> None:
        message = f"{csv_path}, row {rows[row]} ({names[row]}){reason}"
        if problems is None:
            raise DatasetError(message)
        problems.setdefault(rows[row], message)

    keypoints, labelled = complete(read_points(table, columns, refuse), refuse)
    given = () if columns.person is None else tuple(table.cells.iloc[:, columns.person].str.strip())
    folder = find_images(csv_path, names) if images_dir is None else images_dir
    for row, name in zip(rows, names, strict=True):
        reason = _image_problem(name, folder)
        if reason and problems is None:
            raise DatasetError(f"{csv_path}, row {row}, first column: {reason}")
        if reason and problems is not None:
            problems.setdefault(row, f"{csv_path}, row {row}, first column: {reason}")
    annotations = Annotations(names, keypoints, folder, csv_path, rows, people_of(names, given), labelled)
    if not problems:
        return annotations
    good = np.array([row not in problems for row in rows])
    if not good.any():
        raise DatasetError(next(iter(problems.values())))
    return annotations.subset(good)


def find_images(csv_path: Path, names: tuple[str, ...]) -> Path:
    """The folder beside a CSV that holds its images.

    That is, in this order, a folder called like the CSV or its first word (`test` for `test_frames_keypoints.csv`),
    `images`, or the CSV's own folder: the first that holds the images named first and last.

    Raises:
        DatasetError: none of them does.
    """
    beside, stem = csv_path.parent, csv_path.stem
    folders = [beside / name for name in dict.fromkeys((stem, stem.split("_")[0], "images"))] + [beside]
    for folder in folders:
        if all(_is_inside(name) and _is_file(folder / name) for name in {names[0], names[-1]}):
            return folder
    raise DatasetError(
        f"cannot tell where the images of {csv_path} lie: {shown(names[0])} is not in "
        f"{', '.join(str(folder) for folder in folders)}; give their folder with --images DIR"
    )


def write_keypoints_csv(
    path: Path,
    names: Iterable[str],
    keypoints_px: Iterable[npt.NDArray[Any] | None],
    people: Iterable[str] | None = None,
) -> None:
    """Write points in the dataset's own layout; None leaves the row's cells empty, and NaN those of a point.

    With `people`, a column `person` follows the points.

    Raises:
        OSError: the file cannot be written.
    """
    missing = np.full((NUM_KEYPOINTS, 2), np.nan)
    points = [np.ravel(missing if found is None else found) for found in keypoints_px]
    frame = pd.DataFrame(np.array(points, np.float64).reshape(len(points), -1), columns=list(HEADER[1:]))
    frame.insert(0, "", list(names))
    if people is not None:
        frame["person"] = list(people)
    frame.to_csv(path, index=False, float_format="%.3f", lineterminator="\n", encoding="utf-8")


def _image_problem(name: str, folder: Path) -> str:
    """What is wrong with an image's name, or nothing."""
    if not _is_inside(name):
        return f"the image {shown(name)} leads out of {folder}; name images by their path inside that folder"
    if not name or not _is_file(folder / name):
        return f"the image {shown(name)} is not in {folder}; give the CSV's own folder of images, or remove the row"
    return ""


def _is_inside(name: str) -> bool:
    """Whether a name stays in the folder it is looked for in, on every system."""
    parts = (PurePosixPath(name), PureWindowsPath(name))
    return not any(path.is_absolute() or path.drive or ".." in path.parts for path in parts)


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  # Path.is_file raises for names that are too long
