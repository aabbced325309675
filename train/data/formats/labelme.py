"""LabelMe's JSON files, one for each picture. Coordinates are measured from the picture's edge, as it is shown."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from model.program.files import check_file
from train.data.formats.base import (
    HALF_PX,
    LabelledFace,
    PointNames,
    Points,
    Request,
    in_order,
    missing,
    no_points,
    number,
    read_json,
)
from train.data.formats.pictures import read_picture
from train.errors import DatasetError

_WHAT: Final = "a file of LabelMe"


def read(request: Request) -> Iterator[LabelledFace]:
    """The faces of a file, or of all files of a folder: 68 points with numbers or names, or one shape of 68 points.

    Points that share a `group_id` are one face.

    Raises:
        DatasetError: a file cannot be read, or its points cannot be distinguished.
    """
    path = request.path
    for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
        data = read_json(file, _WHAT)
        try:
            shapes = [(str(s["label"]), s["shape_type"], list(s["points"]), s.get("group_id")) for s in data["shapes"]]
            name = str(data["imagePath"])
        except (KeyError, TypeError, AttributeError) as error:
            raise DatasetError(f"{file} is not {_WHAT} that can be read ({missing(error)}); save it again") from error
        image = Request(file, request.images).picture(name)
        size = data.get("imageWidth"), data.get("imageHeight")
        size_wh = (int(size[0]), int(size[1])) if all(isinstance(side, int) for side in size) else None
        for points in _faces(shapes, str(file)):
            yield LabelledFace(image, points - HALF_PX, str(file), size_wh)


def _faces(shapes: list[tuple[str, str, list[Any], Any]], where: str) -> Iterator[Points]:
    groups: dict[Any, list[tuple[str, list[Any]]]] = defaultdict(list)
    for label, kind, points, group in shapes:
        if kind == "point":
            groups[group].extend((label, point) for point in points)
        elif kind in ("points", "linestrip", "line", "polygon"):
            yield in_order(np.array([_xy(point, where) for point in points]), where)
    names = PointNames(label for pairs in groups.values() for label, _ in pairs)
    for pairs in groups.values():
        if len({label for label, _ in pairs}) == 1 and len(pairs) > 1:
            yield in_order(np.array([_xy(point, where) for _, point in pairs]), where)
            continue
        face = no_points()
        for label, point in pairs:
            index = names.index(label, where)
            if np.isfinite(face[index]).any():
                raise DatasetError(
                    f"{where} labels point {index} twice; give the points of each face a group of their own"
                )
            face[index] = _xy(point, where)
        yield face


def _xy(point: Any, where: str) -> tuple[float, float]:
    if not isinstance(point, list) or len(point) != 2:
        raise DatasetError(f"{where}: a point is {point!r:.40} where x and y are needed; save it again")
    return number(point[0], where, "a point's x"), number(point[1], where, "a point's y")


def write(folder: Path, faces: Sequence[LabelledFace]) -> None:
    """Write a file for each picture into a folder.

    Raises:
        OSError: one cannot be written.
    """
    pictures: dict[Path, list[LabelledFace]] = defaultdict(list)
    for face in faces:
        pictures[face.image].append(face)
    stems = [image.stem for image in pictures]
    for image, found in pictures.items():
        picture = read_picture(folder / image)
        width, height = picture.size_wh if picture else (None, None)
        content: dict[str, Any] = {
            "version": "5.0.0",
            "flags": {},
            "shapes": [
                _shape(index, point, group)
                for group, face in enumerate(found)
                for index, point in enumerate((face.points + HALF_PX).tolist())
                if np.isfinite(point).all()
            ],
            "imagePath": image.as_posix(),
            "imageData": None,
            "imageHeight": height,
            "imageWidth": width,
        }
        name = image.stem if stems.count(image.stem) == 1 else image.as_posix().replace("../", "").replace("/", "_")
        file = folder / f"{name}.json"
        check_file(file)
        file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _shape(index: int, point: list[float], group: int) -> dict[str, Any]:
    return {
        "label": str(index),
        "points": [[round(value, 3) for value in point]],
        "group_id": group,
        "shape_type": "point",
        "flags": {},
    }
