"""The labels of the dataset: a CSV with an image's name and 136 numbers a row, read and checked. No torch.

The dataset's own layout: a header `,0,1,...,135`, then `<name>,x0,y0,...,x67,y67` in image pixels.
"""

import csv
import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from model.keypoints import NUM_KEYPOINTS, eye_distance
from train.errors import DatasetError

NUM_COLUMNS = 1 + 2 * NUM_KEYPOINTS
HEADER = ("", *(str(column) for column in range(2 * NUM_KEYPOINTS)))
"""First row of the dataset's own CSV files."""
_NAMED_HEADER = tuple(f"{axis}{point}" for point in range(NUM_KEYPOINTS) for axis in "xy")

DEVELOPMENT_SHARE = 0.15
"""Share of the people whose images are held out for development."""
ALL_PEOPLE = "all people"
"""How a run that held nobody out says so."""
_TRAILING_NUMBER = re.compile(r"[\W_]*\d+$")


@dataclass(frozen=True, slots=True)
class Annotations:
    """Labelled images.

    Attributes:
        names: file name of each image, relative to `images_dir`.
        keypoints_px: (N, 68, 2) float64, x then y, pixels of the image; points may lie outside it.
        images_dir: where the images lie.
        csv_path: where the labels came from.
        rows: the row of the CSV each came from; the header is row 1.
    """

    names: tuple[str, ...]
    keypoints_px: npt.NDArray[np.float64] = field(repr=False)
    images_dir: Path
    csv_path: Path
    rows: tuple[int, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.names)

    def subset(self, mask: npt.NDArray[np.bool_]) -> "Annotations":
        """Those images whose entry of the (N,) mask is set."""
        chosen = np.flatnonzero(mask)
        return Annotations(
            tuple(self.names[i] for i in chosen),
            self.keypoints_px[chosen],
            self.images_dir,
            self.csv_path,
            tuple(self.rows[i] for i in chosen),
        )

    def read_bgr(self, index: int) -> npt.NDArray[np.uint8]:
        """Image `index` as (H, W, 3) BGR uint8, alpha dropped.

        Raises:
            DatasetError: the file cannot be read or is no picture; row and file are named.
        """
        path = self.images_dir / self.names[index]
        try:
            data = np.frombuffer(path.read_bytes(), np.uint8)
        except OSError as error:
            raise DatasetError(f"{self._where(index)}: cannot read the image {path}: {error.strerror}") from error
        # By content, not by name: the dataset's .jpg files are PNG with an alpha channel.
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if image is None:
            raise DatasetError(
                f"{self._where(index)}: {path} is no picture that can be read; replace the file or remove the row"
            )
        result: npt.NDArray[np.uint8] = image
        return result

    def _where(self, index: int) -> str:
        return f"{self.csv_path}, row {self.rows[index]}"


def read_annotations(csv_path: Path, images_dir: Path) -> Annotations:
    """Read a CSV in the dataset's layout and check all that can be checked without decoding the images.

    Raises:
        DatasetError: the CSV cannot be read, is empty, misses columns, holds a cell that is no finite number, or names
            an image that is not in `images_dir`; file, row (the header is row 1) and column are named.
    """
    if csv_path.is_file() and not images_dir.is_dir():
        raise DatasetError(f"images folder {images_dir} does not exist; give the folder that holds the CSV's images")
    names: list[str] = []
    rows: list[int] = []
    points: list[npt.NDArray[np.float64]] = []
    for row, cells in _read_rows(csv_path):
        names.append(cells[0])
        rows.append(row)
        points.append(_parse_points(csv_path, row, cells))
    if not names:
        raise DatasetError(f"{csv_path} holds no labelled image, only a header; give a CSV with one row an image")
    annotations = Annotations(tuple(names), np.stack(points), images_dir, csv_path, tuple(rows))
    for index, name in enumerate(names):
        if not name or not (images_dir / name).is_file():
            where = f"{csv_path}, row {rows[index]}, first column"
            raise DatasetError(
                f"{where}: the image {name!r} is not in {images_dir}; give the CSV's own folder of images, "
                "or remove the row"
            )
    return annotations


def person_of(name: str) -> str:
    """The person in an image: its file name up to its number, `Luis_Fonsi_21.jpg` -> `Luis_Fonsi`."""
    stem = Path(name).stem
    return _TRAILING_NUMBER.sub("", stem) or stem


def is_held_out(person: str) -> bool:
    """Whether a person belongs to the development split: by a hash of the name, so for ever and in every CSV alike."""
    number = int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big")
    return number < DEVELOPMENT_SHARE * 2**64


def development_split(names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(N,) mask of the images held out for development: all images of some of the people.

    Raises:
        DatasetError: all or none would be held out, as when the names do not tell who is in the picture.
    """
    held_out = np.array([is_held_out(person_of(name)) for name in names], bool)
    if held_out.all() or not held_out.any():
        people = len({person_of(name) for name in names})
        raise DatasetError(
            f"cannot split {len(names)} images of {people} people (by file name up to its number) into people to train "
            "on and people to test on; name files <person>_<number>.jpg for more people, or use --split all"
        )
    return held_out


def hold_out(names: Sequence[str], *, all_people: bool) -> tuple[npt.NDArray[np.bool_], str]:
    """(N,) mask of the images that a run is not trained on, and whom it is trained on, in words.

    Raises:
        DatasetError: see `development_split`.
    """
    if all_people:
        return np.zeros(len(names), bool), ALL_PEOPLE
    return development_split(names), "development split: people held out by file name"


def write_keypoints_csv(path: Path, names: Iterable[str], keypoints_px: Iterable[npt.NDArray[Any] | None]) -> None:
    """Write points in the dataset's own layout; None leaves the row's cells empty.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for name, points in zip(names, keypoints_px, strict=True):
            cells = [""] * (NUM_COLUMNS - 1) if points is None else [f"{value:.3f}" for value in np.ravel(points)]
            writer.writerow([name, *cells])


def _read_rows(csv_path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number, cells) behind a checked header; blank lines are passed over."""
    if not csv_path.is_file():
        raise DatasetError(
            f"CSV {csv_path} does not exist; give the dataset's CSV, or fetch it: python -m train download"
        )
    try:
        with csv_path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = next(reader, None)
            if header is None:
                raise DatasetError(f"{csv_path} is empty; give a CSV with a header and one row an image")
            _check_header(csv_path, header)
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != NUM_COLUMNS:
                    raise DatasetError(
                        f"{csv_path}, row {reader.line_num} ({cells[0]}): {len(cells)} columns where {NUM_COLUMNS} "
                        "are needed, the image's name and 68 times x and y; mend the row or remove it"
                    )
                yield reader.line_num, cells
    except OSError as error:
        raise DatasetError(f"cannot read the CSV {csv_path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{csv_path} is no CSV text in UTF-8 ({error}); save it as such") from error


def _check_header(csv_path: Path, header: list[str]) -> None:
    columns = tuple(cell.strip() for cell in header[1:])
    if columns in (HEADER[1:], _NAMED_HEADER):
        return
    expected = _NAMED_HEADER if "x0" in columns else HEADER[1:]
    missing = [column for column in expected if column not in columns]
    if not missing:
        found = f"its header has {len(columns) + 1} columns, or has them in another order"
    else:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        found = f"its header misses the columns {', '.join(missing[:3])}{more}"
    raise DatasetError(
        f"{csv_path}: {found}; row 1 must read ',0,1,...,135' (or 'image,x0,y0,...,x67,y67'), as the dataset's own does"
    )


def _parse_points(csv_path: Path, row: int, cells: list[str]) -> npt.NDArray[np.float64]:
    """(68, 2) points of one row of `NUM_COLUMNS` cells."""
    values = np.array([_number(cell) for cell in cells[1:]])
    finite = np.isfinite(values)
    if not finite.all():
        column = int(np.argmin(finite))
        cell = cells[1 + column]
        found = repr(cell) if cell.strip() else "an empty cell"
        raise DatasetError(
            f"{csv_path}, row {row} ({cells[0]}), column {column}: {found} where a finite number is needed; "
            "mend the cell or remove the row"
        )
    points = values.reshape(NUM_KEYPOINTS, 2)
    if eye_distance(points) == 0:
        raise DatasetError(
            f"{csv_path}, row {row} ({cells[0]}): the outer eye corners (points 36 and 45) coincide, so its error "
            "cannot be measured; mend the row or remove it"
        )
    return points


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan
