"""COCO keypoints: 68 a person, pixels counted from 0, with a visibility; 0 is not labelled, 1 hidden, 2 in sight."""

import json
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from model.keypoints import GROUPS, NAMES
from train.data.formats.base import LabelledFace, Request, in_order, missing, no_points, number, read_json
from train.data.formats.pictures import read_picture
from train.errors import DatasetError

_WHAT: Final = "a COCO file of keypoints"


def read(request: Request) -> Iterator[LabelledFace]:
    """The people of a file; those without keypoints are left out.

    Raises:
        DatasetError: it cannot be read, or labels another number of points.
    """
    path = request.path
    data = read_json(path, _WHAT)
    try:
        images = {image["id"]: image for image in data["images"]}
        people = [person for person in data["annotations"] if person.get("keypoints")]
        found = [(person, images[person["image_id"]], list(person["keypoints"])) for person in people]
    except (KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path} is not {_WHAT} that can be read ({missing(error)}); export it again") from error
    for person, image, values in found:
        where = f"{path}, annotation {person.get('id')}"
        numbers = [number(value, where, "a keypoint's value") for value in values]
        if len(numbers) % 3:
            raise DatasetError(f"{where}: {len(numbers)} values where each point has three; export it again")
        triples = np.array(numbers).reshape(-1, 3)
        in_order(triples[:, :2], where)
        points = np.where(triples[:, 2:] > 0, triples[:, :2], no_points())
        if np.isfinite(points).any():
            yield LabelledFace(request.picture(str(image.get("file_name"))), points, where, _size(image))


def _size(image: dict[str, Any]) -> tuple[int, int] | None:
    size = image.get("width"), image.get("height")
    return (size[0], size[1]) if isinstance(size[0], int) and isinstance(size[1], int) and all(size) else None


def write(path: Path, faces: Sequence[LabelledFace]) -> None:
    """Write all faces into one file.

    Raises:
        OSError: it cannot be written.
    """
    numbers = {image: number for number, image in enumerate(dict.fromkeys(face.image for face in faces), 1)}
    images = []
    for image, count in numbers.items():
        picture = read_picture(path.parent / image)
        width, height = picture.size_wh if picture else (0, 0)
        images.append({"id": count, "file_name": image.as_posix(), "width": width, "height": height})
    data = {
        "images": images,
        "annotations": [_annotation(count, numbers[face.image], face) for count, face in enumerate(faces, 1)],
        "categories": [
            {"id": 1, "name": "face", "supercategory": "person", "keypoints": [*NAMES], "skeleton": _skeleton()}
        ],
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _annotation(number: int, image: int, face: LabelledFace) -> dict[str, Any]:
    known = [all(map(math.isfinite, point)) for point in face.points.tolist()]
    xy = face.points.tolist()
    triples = [[round(x, 3), round(y, 3), 2] if there else [0, 0, 0] for (x, y), there in zip(xy, known, strict=True)]
    (left, top), (right, bottom) = np.nanmin(face.points, axis=0).tolist(), np.nanmax(face.points, axis=0).tolist()
    box = [round(value, 3) for value in (left, top, right - left, bottom - top)]
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "keypoints": [value for triple in triples for value in triple],
        "num_keypoints": sum(known),
        "bbox": box,
        "area": round(box[2] * box[3], 3),
        "iscrowd": 0,
    }


def _skeleton() -> list[list[int]]:
    """Pairs of points that are joined, counted from 1 as COCO does."""
    return [[a + 1, b + 1] for group in GROUPS.values() for a, b in pairwise(group)]
