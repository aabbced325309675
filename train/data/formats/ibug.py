"""iBUG's `.pts` files, one beside each picture, counted from 1 by definition and from 0 by some who write them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from model.keypoints import NUM_KEYPOINTS
from train.data.formats.base import IMAGE_SUFFIXES, LabelledFace, Points, Request, number, read_text
from train.data.formats.pictures import read_picture
from train.errors import DatasetError


def read(request: Request) -> Iterator[LabelledFace]:
    """The faces as the files have them: `counted_from` says from where they count.

    Raises:
        DatasetError: a file cannot be read, or has no picture beside it.
    """
    path = request.path
    for file in sorted(path.rglob("*.pts")) if path.is_dir() else [path]:
        body = read_text(file).partition("{")[2].partition("}")[0].split()
        if len(body) != 2 * NUM_KEYPOINTS:
            raise DatasetError(
                f"{file} holds {len(body) / 2:g} points where {NUM_KEYPOINTS} are needed; label them all"
            )
        points = np.array([number(word, str(file), "a coordinate") for word in body]).reshape(-1, 2)
        yield LabelledFace(_picture_of(file, request), points, str(file))


def counted_from(faces: Sequence[LabelledFace]) -> tuple[int, str]:
    """Whether all these faces count from 0 or from 1, and how that shows.

    Labels cut off at the picture's edge tell: a smallest coordinate of 0 counts from 0, a largest of the picture's
    width or height from 1.

    Raises:
        DatasetError: some do the one, and some the other.
    """
    from_0: list[str] = []
    from_1: list[str] = []
    for face in faces:
        picture = read_picture(face.image)
        if (face.points == 0).any():
            from_0.append(face.where)
        if picture is not None and (face.points == np.array(picture.stored_wh)).any():
            from_1.append(face.where)
    if from_0 and from_1:
        raise DatasetError(
            f"{from_0[0]} counts from 0, as a coordinate of 0 says, and {from_1[0]} from 1, as one of the "
            "picture's size says; choose with --count-from 0 or --count-from 1"
        )
    if from_0:
        return 0, f"a coordinate of 0 in {from_0[0]}"
    if from_1:
        return 1, f"a coordinate of the picture's size in {from_1[0]}"
    return 1, "the format says so, and no point at a picture's edge says otherwise"


def _picture_of(file: Path, request: Request) -> Path:
    folder = request.images if request.images is not None else file.parent
    image = next((i for suffix in IMAGE_SUFFIXES if (i := folder / f"{file.stem}{suffix}").exists()), None)
    if image is None:
        raise DatasetError(
            f"no picture called {file.stem} lies beside {file}; put it there, or give its folder with --images DIR"
        )
    return image


def text_of(points: Points) -> str:
    """The text of a `.pts` file of (68, 2) points counted from 0, which it counts from 1."""
    lines = "\n".join(f"{x + 1:.3f} {y + 1:.3f}" for x, y in points)
    return f"version: 1\nn_points: {len(points)}\n{{\n{lines}\n}}\n"
