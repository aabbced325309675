"""CVAT's XML for images 1.1: skeletons or points, measured from the picture's edge, as it is shown."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from model.keypoints import NUM_KEYPOINTS
from train.data.formats.base import (
    HALF_PX,
    LabelledFace,
    PointNames,
    Points,
    Request,
    in_order,
    no_points,
    number,
    read_xml,
)
from train.data.formats.pictures import read_picture
from train.errors import DatasetError

_SHAPES = ("points", "polyline", "polygon")


def read(request: Request) -> Iterator[LabelledFace]:
    """The faces of a file: skeletons of points called 0 to 67 or by their names, or shapes of 68 points.

    Points of a skeleton that lie outside are not labelled. An attribute `person` says who is shown.

    Raises:
        DatasetError: it cannot be read, was exported for videos, or its points are others.
    """
    path = request.path
    root = read_xml(path)
    if root.tag != "annotations":
        raise DatasetError(
            f"{path} is not CVAT's: it begins with <{root.tag}>; export the task as 'CVAT for images 1.1'"
        )
    if root.find("track") is not None:
        raise DatasetError(f"{path} is CVAT's XML for videos; export the task as 'CVAT for images 1.1'")
    names = PointNames(part.get("label", "") for bones in root.iter("skeleton") for part in bones)
    for image in root.iter("image"):
        name = image.get("name", "")
        where = f"{path}, {name}"
        size = int(number(image.get("width"), where, "width")), int(number(image.get("height"), where, "height"))
        for shape in image:
            if shape.tag == "skeleton":
                points = no_points()
                for part in shape.findall("points"):
                    if part.get("outside") != "1":
                        points[names.index(part.get("label", ""), where)] = _points(part, where)[0]
            elif shape.tag in _SHAPES:
                points = in_order(_points(shape, where), where)
            else:
                continue
            person = next((a.text or "" for a in shape.findall("attribute") if a.get("name") == "person"), "")
            if np.isfinite(points).any():
                yield LabelledFace(request.picture(name), points - HALF_PX, where, size, person)


def _points(shape: ElementTree.Element, where: str) -> Points:
    """(N, 2) of an attribute such as `1.5,2;3,4`."""
    pairs = [pair.split(",") for pair in shape.get("points", "").split(";")]
    if any(len(pair) != 2 for pair in pairs):
        raise DatasetError(f"{where}: points are not written as x,y;x,y; export the task again")
    return np.array([[number(value, where, "a coordinate") for value in pair] for pair in pairs])


def write(path: Path, faces: Sequence[LabelledFace]) -> None:
    """Write all faces as skeletons into one file.

    Raises:
        OSError: it cannot be written.
    """
    root = ElementTree.Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    _write_meta(root)
    images: dict[Path, ElementTree.Element] = {}
    for face in faces:
        image = images.get(face.image)
        if image is None:
            picture = read_picture(path.parent / face.image)
            width, height = picture.size_wh if picture else (0, 0)
            named = {"id": str(len(images)), "name": face.image.as_posix()}
            image = ElementTree.SubElement(root, "image", named | {"width": str(width), "height": str(height)})
            images[face.image] = image
        shape = ElementTree.SubElement(image, "skeleton", label="face", source="manual", z_order="0")
        for index, (x, y) in enumerate(face.points + HALF_PX):
            there = np.isfinite([x, y]).all()
            named = {"label": str(index), "source": "manual", "outside": "0" if there else "1", "occluded": "0"}
            ElementTree.SubElement(shape, "points", named | {"points": f"{x:.3f},{y:.3f}" if there else "0.00,0.00"})
        if face.person:
            ElementTree.SubElement(shape, "attribute", name="person").text = face.person
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _write_meta(root: ElementTree.Element) -> None:
    """The labels: a face, and the points that are its parts."""
    labels = ElementTree.SubElement(ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task"), "labels")
    for name in ("face", *map(str, range(NUM_KEYPOINTS))):
        label = ElementTree.SubElement(labels, "label")
        ElementTree.SubElement(label, "name").text = name
        ElementTree.SubElement(label, "type").text = "skeleton" if name == "face" else "points"
        attributes = ElementTree.SubElement(label, "attributes")
        if name != "face":
            ElementTree.SubElement(label, "parent").text = "face"
            continue
        person = ElementTree.SubElement(attributes, "attribute")
        for key, value in {"name": "person", "mutable": "False", "input_type": "text", "values": ""}.items():
            ElementTree.SubElement(person, key).text = value
