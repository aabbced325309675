"""Labels in other people's formats, turned into the CSV that training reads. No torch.

Coordinates come out counted from 0 at the middle of the first pixel, in the picture as it is shown. Points that a
format does not know stay empty.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from train.data.annotations import write_keypoints_csv
from train.data.formats import coco, cvat, dlib_xml, face_log, ibug, kaggle, label_studio, labelme, wflw
from train.data.formats.base import LabelledFace, Points, Request
from train.data.formats.pictures import NewPictures, upright
from train.errors import DatasetError, OutputError

FORMATS: Final[dict[str, Callable[[Request], Iterator[LabelledFace]]]] = {
    "pts": ibug.read,
    "dlib": dlib_xml.read,
    "wflw": wflw.read,
    "coco": coco.read,
    "cvat": cvat.read,
    "label-studio": label_studio.read,
    "labelme": labelme.read,
}
"""Those whose pictures are files; `kaggle` and `log` bring theirs along."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read labels.

    Attributes:
        images: folder of the pictures; None looks beside the labels.
        video: the film that a log was made of.
        count_from: the first pixel's coordinate, 0 or 1; None goes by the format, and for iBUG's by the labels.
        overwrite: write into a folder of pictures that exists.
    """

    images: Path | None = None
    video: Path | None = None
    count_from: int | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What was found.

    Attributes:
        names: image of each face, relative to `images_dir`.
        points: (68, 2) of each, NaN where a point is not labelled.
        people: who is shown, empty where the format does not say.
        images_dir: folder that the names start from.
        counted: from where the labels count, and how that shows; empty where the format leaves no doubt.
    """

    names: tuple[str, ...]
    points: tuple[Points, ...]
    people: tuple[str, ...]
    images_dir: Path
    counted: str = ""


def import_labels(kind: str, path: Path, out: Path, file: Path, options: ImportOptions | None = None) -> Imported:
    """Read labels of a format, and write the CSV, and beside it the pictures that the format holds.

    Args:
        kind: one of `FORMATS`, `kaggle` or `log`.
        path: the format's file or folder.
        out: the CSV to come; pictures go beside it, and names start from its folder.
        file: where to write it for now, in the same folder.
        options: how.

    Raises:
        DatasetError: the labels cannot be read, hold no face, or their pictures are missing or others.
        OutputError: a picture cannot be written.
        OSError: the CSV cannot be written.
    """
    options = options or ImportOptions()
    if not path.exists():
        raise DatasetError(f"{path} does not exist; check the path")
    if options.images is not None and not options.images.is_dir():
        raise DatasetError(f"images folder {options.images} does not exist; give the folder of the labels' pictures")
    with NewPictures(out.with_name(f"{out.stem}-images"), overwrite=options.overwrite) as pictures:
        faces, counted = _counted_from_0(
            kind, list(_read(kind, Request(path, options.images), pictures, options)), options
        )
        if not faces:
            raise DatasetError(f"{path} holds no face of 68 points in the format {kind}; check path and format")
        points = tuple(upright(face) for face in faces)
        places = [pictures.place(face.image) for face in faces]
        folder, names = _names(places, out)
        people = tuple(face.person for face in faces)
        write_keypoints_csv(file, names, points, people if any(people) else None)
        pictures.publish()
    return Imported(names, points, people, folder, counted)


def _read(kind: str, request: Request, pictures: NewPictures, options: ImportOptions) -> Iterator[LabelledFace]:
    if kind == "log":
        return face_log.read(request, pictures, options.video)
    if kind == "kaggle":
        return kaggle.read(request, pictures)
    return FORMATS[kind](request)


def _counted_from_0(kind: str, faces: Sequence[LabelledFace], options: ImportOptions) -> tuple[list[LabelledFace], str]:
    """The faces with coordinates counted from 0, and where they counted from."""
    if options.count_from is not None:
        start, counted = options.count_from, f"counted from {options.count_from}, as you say"
    elif kind == "pts" and faces:
        start, reason = ibug.counted_from(faces)
        counted = f"counted from {start}: {reason}; if that is wrong: --count-from {1 - start}"
    else:
        start, counted = 0, ""
    return [replace(face, points=face.points - start) for face in faces], counted


def _names(places: Sequence[Path], out: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder that names start from, and the names: the CSV's own folder where it holds all pictures.

    Raises:
        OutputError: the pictures have no folder in common.
    """
    folder = Path(os.path.abspath(out.parent))  # noqa: PTH100  # links stay as they are named
    whole = [Path(os.path.abspath(place)) for place in places]  # noqa: PTH100
    if not all(place.is_relative_to(folder) for place in whole):
        try:
            folder = Path(os.path.commonpath([place.parent for place in whole]))
        except ValueError as error:  # several drives
            raise OutputError(f"the pictures lie on several drives ({error}); put them into one folder") from error
    return folder, tuple(place.relative_to(folder).as_posix() for place in whole)
