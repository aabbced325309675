"""The CSV of training, turned into other people's formats. No torch."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from model.program.files import check_file
from train.data.annotations import Annotations
from train.data.formats import coco, cvat, dlib_xml, ibug, label_studio, labelme
from train.data.formats.base import LabelledFace
from train.errors import DatasetError

FILES: Final[dict[str, Callable[[Path, Sequence[LabelledFace]], None]]] = {
    "dlib": dlib_xml.write,
    "coco": coco.write,
    "cvat": cvat.write,
    "label-studio": label_studio.write,
}
"""Formats that are one file, which names the pictures where they lie."""
FOLDERS: Final = ("pts", "labelme")
"""Formats that are a folder of files; `pts` gets copies of the pictures, which have to lie beside."""


def export_labels(kind: str, annotations: Annotations, file: Path, home: Path | None = None) -> int:
    """Write a file, or into a folder; gives the number of faces.

    Args:
        kind: one of `FILES` or `FOLDERS`.
        annotations: what to write.
        file: file or folder to write to.
        home: the folder that names of pictures start from; by default that of `file`, or `file` where it is a folder.

    Raises:
        DatasetError: a face has points that are not labelled, and the format cannot say so.
        OSError: a file cannot be written.
    """
    home = home or (file if kind in FOLDERS else file.parent)
    faces = [
        LabelledFace(_relative(annotations.images_dir / name, home), points, name, person=person)
        for name, points, person in zip(annotations.names, annotations.labels_px, annotations.people, strict=True)
    ]
    if kind == "pts":
        _write_pts(file, annotations, faces)
    elif kind == "labelme":
        labelme.write(file, faces)
    else:
        FILES[kind](file, faces)
    return len(faces)


def _write_pts(folder: Path, annotations: Annotations, faces: Sequence[LabelledFace]) -> None:
    used: set[str] = set()
    for row, name, face in zip(annotations.rows, annotations.names, faces, strict=True):
        if np.isnan(face.points).any():
            raise DatasetError(
                f"{annotations.csv_path}, row {row} ({name}): points are missing, which .pts files cannot say; "
                "export coco, cvat or another format"
            )
        source = annotations.images_dir / name
        stem = source.stem if source.stem.casefold() not in used else f"{source.stem}_row{row}"
        used.add(stem.casefold())
        picture, points = folder / f"{stem}{source.suffix}", folder / f"{stem}.pts"
        check_file(picture)
        check_file(points)
        shutil.copyfile(source, picture)
        points.write_text(ibug.text_of(face.points), encoding="utf-8")


def _relative(image: Path, home: Path) -> Path:
    return Path(Path(os.path.relpath(image.absolute(), home.absolute())).as_posix())
