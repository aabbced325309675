"""Label Studio's JSON: key points in percent of the picture as it is shown, measured from its edge."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from train.data.formats.base import (
    HALF_PX,
    LabelledFace,
    PointNames,
    Request,
    in_order,
    missing,
    no_points,
    number,
    read_json,
)
from train.data.formats.pictures import read_picture
from train.errors import DatasetError

_WHAT: Final = "an export of Label Studio in the format JSON or JSON-MIN"


class _Point(NamedTuple):
    name: str
    group: str
    x: float
    y: float
    size_wh: tuple[int, int]


def read(request: Request) -> Iterator[LabelledFace]:
    """The faces of an export: key points called 0 to 67 or by their names; several of one picture by their parent.

    Of several annotations of a task, the last that was not cancelled counts.

    Raises:
        DatasetError: the file cannot be read, or its points cannot be distinguished.
    """
    path = request.path
    tasks = read_json(path, _WHAT)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise DatasetError(f"{path} is not {_WHAT}; export it again")
    found: list[tuple[str, str, list[_Point]]] = []
    for task in tasks:
        where = f"{path}, task {task.get('id')}"
        try:
            address, results = _parts(task)
            found.append((where, address, [_point(result, where) for result in results]))
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise DatasetError(f"{where} is not a task that can be read ({missing(error)}); export it again") from error
    names = PointNames(point.name for _, _, points in found for point in points)
    for where, address, points in found:
        groups: dict[str, list[_Point]] = defaultdict(list)
        for point in points:
            groups[point.group].append(point)
        for group in groups.values():
            yield _face(group, names, request.picture_of_address(address), where)


def _parts(task: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The picture's address and the key points of a task of either format."""
    if "data" not in task:
        keys = [key for key, value in task.items() if isinstance(value, list)]
        points = [point | {"group": ""} for key in keys for point in task[key] if "keypointlabels" in point]
        address = task.get("image") or task.get("img") or next((v for k, v in task.items() if _is_address(k, v)), None)
        return _address(address), points
    data = task["data"]
    address = data.get("image") or data.get("img") or next((v for k, v in data.items() if _is_address(k, v)), None)
    whole = [a for a in task.get("annotations") or task.get("predictions") or [] if not a.get("was_cancelled")]
    results = whole[-1]["result"] if whole else []
    points = []
    for result in results:
        if result.get("type") == "keypointlabels":
            sizes = {name: result[name] for name in ("original_width", "original_height")}
            turned = result.get("image_rotation", 0)
            points.append(result["value"] | sizes | {"group": str(result.get("parentID", "")), "turned": turned})
    return _address(address), points


def _address(found: Any) -> str:
    if not isinstance(found, str):
        raise TypeError("it names no picture")
    return found


def _is_address(key: str, value: Any) -> bool:
    return isinstance(value, str) and key not in ("id", "created_at", "updated_at", "annotator")


def _point(value: dict[str, Any], where: str) -> _Point:
    if value.get("turned"):
        raise DatasetError(f"{where} was turned by {value['turned']} degrees while it was labelled; turn its picture")
    size = int(value["original_width"]), int(value["original_height"])
    x, y = (number(value[axis], where, f"a point's {axis}") * side / 100 for axis, side in zip("xy", size, strict=True))
    return _Point(str(value["keypointlabels"][0]), value["group"], x - HALF_PX, y - HALF_PX, size)


def _face(points: list[_Point], names: PointNames, image: Path, where: str) -> LabelledFace:
    face = no_points()
    if len({point.name for point in points}) == 1 and len(points) > 1:
        face = in_order(np.array([(point.x, point.y) for point in points]), where)
    else:
        for point in points:
            index = names.index(point.name, where)
            if np.isfinite(face[index]).any():
                raise DatasetError(f"{where} labels point {index} twice; give each face a region that holds its points")
            face[index] = point.x, point.y
    return LabelledFace(image, face, where, points[0].size_wh)


def write(path: Path, faces: Sequence[LabelledFace]) -> None:
    """Write tasks with an annotation each, for a server that serves the pictures' folder as local files.

    Raises:
        OSError: it cannot be written.
    """
    pictures: dict[Path, list[LabelledFace]] = defaultdict(list)
    for face in faces:
        pictures[face.image].append(face)
    tasks = []
    for count, (image, found) in enumerate(pictures.items(), 1):
        picture = read_picture(path.parent / image)
        size = picture.size_wh if picture else (1, 1)
        results = [result for group, face in enumerate(found) for result in _results(face, size, f"f{count}-{group}")]
        address = f"/data/local-files/?d={image.as_posix()}"
        tasks.append({"id": count, "data": {"image": address}, "annotations": [{"id": count, "result": results}]})
    path.write_text(json.dumps(tasks, indent=1) + "\n", encoding="utf-8")


def _results(face: LabelledFace, size_wh: tuple[int, int], group: str) -> Iterator[dict[str, Any]]:
    """A rectangle around a face, and its key points, whose parent it is."""
    common = {"from_name": "points", "to_name": "image", "original_width": size_wh[0], "original_height": size_wh[1]}
    common["image_rotation"] = 0
    share = (face.points + HALF_PX) * 100 / np.array(size_wh)
    known = np.isfinite(share).all(axis=1)
    (left, top), (right, bottom) = share[known].min(axis=0).tolist(), share[known].max(axis=0).tolist()
    box = {"x": left, "y": top, "width": right - left, "height": bottom - top, "rotation": 0}
    yield common | {
        "id": group,
        "type": "rectanglelabels",
        "from_name": "face",
        "value": box | {"rectanglelabels": ["face"]},
    }
    for index in np.flatnonzero(known):
        x, y = share[index].tolist()
        value = {"x": x, "y": y, "width": 0.3, "keypointlabels": [str(index)]}
        yield common | {"id": f"{group}-{index}", "parentID": group, "type": "keypointlabels", "value": value}
