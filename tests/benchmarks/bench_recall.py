"""Which share of labelled faces is found in whole pictures, beside others: `python -m tests.benchmarks.bench_recall`.

Give label CSVs in the dataset's layout, and the folder of their pictures; a person may be in several rows. A face is
found where the box around its points overlaps the labels' with an IoU over 0.3; a detector that gives boxes only is
taken at a lower one, since its boxes follow another convention. Others are compared where they are installed: mediapipe
0.10.21 and dlib.
"""

import argparse
import importlib
import importlib.util
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from model.arrays import Image
from model.detection.kinds import DetectorKind
from model.finder import open_finder
from model.geometry import Box, bounding_box
from train.data.annotations import read_annotations

Find = Callable[[Image], list[Box]]
SAME_POINTS, SAME_BOX = 0.3, 0.2


def finders() -> dict[str, tuple[Find, float]]:
    """Name -> finds faces in a BGR image, and the IoU from which a face is the labelled one."""
    found: dict[str, tuple[Find, float]] = {}
    for kind in DetectorKind:
        found[f"ours, {kind}"] = (_ours(kind), SAME_POINTS)
    if importlib.util.find_spec("mediapipe"):
        mesh = importlib.import_module("mediapipe.python.solutions.face_mesh").FaceMesh(
            static_image_mode=True, max_num_faces=20, refine_landmarks=True
        )

        def by_mediapipe(image: Image) -> list[Box]:
            faces = mesh.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).multi_face_landmarks or []
            size = np.array([image.shape[1], image.shape[0]])
            # Of the mesh without forehead, as the 68 points are.
            return [
                bounding_box(np.array([(p.x, p.y) for p in face.landmark if p.y >= face.landmark[105].y]) * size)
                for face in faces
            ]

        found["MediaPipe FaceMesh"] = (by_mediapipe, SAME_POINTS)
    if importlib.util.find_spec("dlib"):
        detector = importlib.import_module("dlib").get_frontal_face_detector()

        def by_dlib(image: Image) -> list[Box]:
            gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            return [Box(*map(float, (r.left(), r.top(), r.right(), r.bottom()))) for r in detector(gray, 1)]

        found["dlib HOG, one upsampling"] = (by_dlib, SAME_BOX)
    return found


def _ours(kind: DetectorKind) -> Find:
    finder = open_finder(detector=kind)
    return lambda image: [face.box for face in finder.find(image)]


def pictures(csv_files: Iterable[Path], images: Path) -> dict[Path, list[Box]]:
    """Picture -> the boxes of its labelled faces."""
    boxes: dict[Path, list[Box]] = {}
    for csv_file in csv_files:
        annotations = read_annotations(csv_file, images)
        for name, points in zip(annotations.names, annotations.keypoints_px, strict=True):
            boxes.setdefault(images / name, []).append(bounding_box(points))
    return boxes


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("csv", nargs="+", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    asked = parser.parse_args()
    labelled = pictures(asked.csv, asked.images)
    boxes = [box for found in labelled.values() for box in found]
    small = [min(box.width, box.height) < 60 for box in boxes]
    print(f"{len(boxes)} faces in {len(labelled)} pictures, {sum(small)} of them under 60 px")
    print(f"{'':28}{'all':>8}{'under 60 px':>14}{'others found':>15}")
    for name, (find, iou) in finders().items():
        hits: list[bool] = []
        others = 0
        for path, wanted in labelled.items():
            image = cv2.imread(str(path))
            assert image is not None, path
            found = find(image)
            hits += [any(face.iou(box) > iou for face in found) for box in wanted]
            others += sum(all(face.iou(box) < 0.1 for box in wanted) for face in found)
        share = np.mean(hits), np.mean(np.array(hits)[small])
        print(f"{name:28}{share[0]:8.1%}{share[1]:14.1%}{others:15d}")


if __name__ == "__main__":
    main()
