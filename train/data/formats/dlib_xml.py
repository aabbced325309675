"""dlib's and imglab's XML: whole pixels of the stored picture, counted from 0. Points that are not there stay empty."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from train.data.formats.base import LabelledFace, PointNames, Request, no_points, number, read_xml
from train.data.formats.pictures import read_picture
from train.errors import DatasetError


def read(request: Request) -> Iterator[LabelledFace]:
    """The faces of a file.

    Raises:
        DatasetError: it cannot be read, or names a point that is none of the 68.
    """
    root = read_xml(request.path)
    names = PointNames(part.get("name", "") for part in root.iter("part"))
    for image in root.iter("image"):
        file = image.get("file")
        if not file:
            raise DatasetError(f"{request.path}: an image has no file; mend the file")
        where = f"{request.path}, {file}"
        for box in image.iter("box"):
            points = no_points()
            for part in box.iter("part"):
                index = names.index(part.get("name", ""), where)
                points[index] = [number(part.get(axis), where, f"{axis} of point {index}") for axis in "xy"]
            if not np.isnan(points).all():
                yield LabelledFace(request.picture(file), points, where)


def write(path: Path, faces: Sequence[LabelledFace]) -> None:
    """Write all faces into one file, with a box around each.

    Raises:
        OSError: it cannot be written.
    """
    root = ElementTree.Element("dataset")
    ElementTree.SubElement(root, "name").text = "faces of 68 points"
    images = ElementTree.SubElement(root, "images")
    made: dict[Path, ElementTree.Element] = {}
    for face in faces:
        image = made.get(face.image)
        if image is None:
            image = made[face.image] = ElementTree.SubElement(images, "image", file=face.image.as_posix())
        picture = read_picture(path.parent / face.image)
        points = np.round(face.points if picture is None else picture.stored(face.points))
        known = np.isfinite(points).all(axis=1)
        left, top = points[known].min(axis=0).astype(int).tolist()
        right, bottom = points[known].max(axis=0).astype(int).tolist()
        sides = {"top": top, "left": left, "width": right - left + 1, "height": bottom - top + 1}
        box = ElementTree.SubElement(image, "box", {name: str(side) for name, side in sides.items()})
        for index in np.flatnonzero(known):
            x, y = points[index].astype(int)
            ElementTree.SubElement(box, "part", name=f"{index:02}", x=str(x), y=str(y))
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
