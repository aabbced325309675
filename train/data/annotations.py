"""Labelled images: what a label CSV says, checked and completed. No torch.

The dataset's own layout: a header `,0,1,...,135`, then `<name>,x0,y0,...,x67,y67` in image pixels. Coordinates are
those of the picture as it is shown: a photo that its EXIF entry turns is labelled upright.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from model.keypoints import NUM_KEYPOINTS, eye_distance
from model.mean_face import MEAN_FACE
from train.data.label_columns import HEADER, POINT_NAMES, Columns, understand_header
from train.data.label_table import LabelTable, numbers, read_table, shown
from train.data.split import people_of
from train.errors import DatasetError

FEWEST_POINTS: Final = 6
"""A face with fewer labelled points is refused: nothing says where the others could be."""
_FARTHEST_PX: Final = 1e6
_NOT_LABELLED: Final = -1.0
"""Both coordinates of a point that some tools write for one that is not labelled."""

Points = npt.NDArray[np.float64]


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


def read_annotations(csv_path: Path, images_dir: Path | None = None) -> Annotations:
    """Read a label CSV and check all that can be checked without decoding the images.

    Args:
        csv_path: the labels.
        images_dir: where the images lie; None looks beside the CSV (`find_images`).

    Raises:
        DatasetError: the CSV cannot be read, is empty, lacks columns, has a cell that is not a finite number, or names
            an image that is not in `images_dir`; file, row and column are named.
    """
    if images_dir is not None and csv_path.is_file() and not images_dir.is_dir():
        raise DatasetError(f"images folder {images_dir} does not exist; give the folder that holds the CSV's images")
    table = read_table(csv_path)
    columns = understand_header(csv_path, table.header)
    if not len(table.cells):
        raise DatasetError(f"{csv_path} holds no labelled image, only a header; give a CSV with a row for each image")
    names = tuple(table.cells.iloc[:, columns.image].str.strip())
    rows = tuple(int(row) for row in table.cells.index)
    labels = _read_points(csv_path, table, columns, names, rows)
    keypoints, labelled = _complete(csv_path, labels, names, rows)
    given = () if columns.person is None else tuple(table.cells.iloc[:, columns.person].str.strip())
    folder = find_images(csv_path, names) if images_dir is None else images_dir
    for row, name in zip(rows, names, strict=True):
        _check_image(csv_path, row, name, folder)
    return Annotations(names, keypoints, folder, csv_path, rows, people_of(names, given), labelled)


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


def _read_points(
    path: Path, table: LabelTable, columns: Columns, names: tuple[str, ...], rows: tuple[int, ...]
) -> Points:
    """(N, 68, 2), NaN where a point is not labelled."""
    values = np.stack([numbers(table, column).to_numpy() for column in columns.points], axis=1)
    text = table.cells.iloc[:, list(columns.points)]
    words = text.apply(lambda column: column.str.strip().str.casefold())
    empty = words.isin(["", "nan", "na", "n/a", "null", "none"]).to_numpy()
    bad = (~np.isfinite(values) | (np.abs(values) > _FARTHEST_PX)) & ~empty
    for row, column in np.argwhere(bad)[:1]:
        cell = str(text.iat[row, column])
        raise DatasetError(
            f"{path}, row {rows[row]} ({names[row]}), column {columns.titles[column]}: {shown(cell)} where a finite "
            f"number is needed{_decimal_hint(cell)}; mend the cell, or leave both cells of a point empty that is not "
            "labelled"
        )
    points: Points = np.asarray(values.reshape(-1, NUM_KEYPOINTS, 2), np.float64)
    missing = empty.reshape(points.shape)
    half = missing.any(axis=2) & ~missing.all(axis=2)
    for row, point in np.argwhere(half)[:1]:
        column = 2 * point + int(missing[row, point, 1])
        raise DatasetError(
            f"{path}, row {rows[row]} ({names[row]}), column {columns.titles[column]}: an empty cell where a finite "
            "number is needed; mend the cell, or leave both cells of a point empty that is not labelled"
        )
    points[missing.any(axis=2) | (points == _NOT_LABELLED).all(axis=2)] = np.nan
    if columns.visible:
        seen = np.stack([numbers(table, column).to_numpy() for column in columns.visible], axis=1)
        points[~(seen > 0)] = np.nan
    return points


def _complete(
    path: Path, labels: Points, names: tuple[str, ...], rows: tuple[int, ...]
) -> tuple[Points, npt.NDArray[np.bool_]]:
    """The points with those that are not labelled put where the mean face has them, and which are labelled."""
    labelled: npt.NDArray[np.bool_] = np.asarray(np.isfinite(labels).all(axis=2))
    points = labels.copy()
    for row in np.flatnonzero(~labelled.all(axis=1)):
        known = labelled[row]
        if known.sum() < FEWEST_POINTS:
            raise DatasetError(
                f"{path}, row {rows[row]} ({names[row]}): {int(known.sum())} of {NUM_KEYPOINTS} points are labelled, "
                f"and at least {FEWEST_POINTS} are needed; label more of them or remove the row"
            )
        points[row, ~known] = _mean_face_at(labels[row], known)[~known]
    for row in np.flatnonzero(~(eye_distance(points) > 0))[:1]:
        raise DatasetError(
            f"{path}, row {rows[row]} ({names[row]}): the outer eye corners (points 36 and 45) coincide, so its error "
            "cannot be measured; mend the row or remove it"
        )
    return points, labelled


def _mean_face_at(points: Points, known: npt.NDArray[np.bool_]) -> Points:
    """(68, 2) the mean face seen from the front, moved, turned and scaled onto the known ones of (68, 2) points.

    Least squares over similarities: with points as complex numbers it is a line's fit.
    """
    face = MEAN_FACE[:, 0] + 1j * MEAN_FACE[:, 1]
    wanted = points[known, 0] + 1j * points[known, 1]
    centered = face[known] - face[known].mean()
    turn = np.vdot(centered, wanted - wanted.mean()) / np.vdot(centered, centered)
    fitted = turn * (face - face[known].mean()) + wanted.mean()
    return np.stack([fitted.real, fitted.imag], axis=1)


def _check_image(csv_path: Path, row: int, name: str, folder: Path) -> None:
    if not _is_inside(name):
        raise DatasetError(
            f"{csv_path}, row {row}, first column: the image {shown(name)} leads out of {folder}; name images by their "
            "path inside that folder"
        )
    if not name or not _is_file(folder / name):
        raise DatasetError(
            f"{csv_path}, row {row}, first column: the image {shown(name)} is not in {folder}; give the CSV's own "
            "folder of images, or remove the row"
        )


def _is_inside(name: str) -> bool:
    """Whether a name stays in the folder it is looked for in, on every system."""
    parts = (PurePosixPath(name), PureWindowsPath(name))
    return not any(path.is_absolute() or path.drive or ".." in path.parts for path in parts)


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  # Path.is_file raises for names that are too long


def _decimal_hint(cell: str) -> str:
    return " (this looks like a decimal comma)" if cell.strip().replace(",", "", 1).isdecimal() and "," in cell else ""
