"""How far points lie from where people put them, beside others: `python -m tests.benchmarks.bench_accuracy CSV...`

Give label CSVs in the dataset's layout whose pictures lie beside them (`--images DIR` otherwise). Every network gets
the labelled face alone; errors are over the distance of the outer eye corners. Conventions differ, so the column to
compare is `offset out`, which takes one fixed offset of each point out, fitted on the other half of the faces.

Others are compared where they are installed: mediapipe 0.10.21 (68 of its mesh points, see
`train.data.second_labels.MESH_POINTS`), and dlib with the model of the package face_recognition_models. That model was
trained on the very collection that `lfpw` and `dlib` are parts of, so its figures here are not for strangers.
"""

import argparse
import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from assets import DEFAULT_WEIGHTS
from model.crop import region_from_keypoints
from model.geometry import Box, bounding_box
from model.predictor import KeypointPredictor
from train.cli.options import Regions
from train.data.annotations import Annotations, read_annotations
from train.data.second_labels import Points, label_faces, open_mediapipe
from train.evaluation.evaluate import evaluate
from train.evaluation.hand_labels import measure_against_hand
from train.evaluation.metrics import image_errors

SAME_BOX = 0.2
COLUMNS = ("plain", "offset out", "without jaw", "misread", "mouth r", "lids r", "20 deg +", "found")

Measure = Callable[[Annotations], Points]
"""Labelled faces -> (N, 68, 2) points, NaN for a face that is not found."""


def measures() -> dict[str, Measure]:
    """Name -> what finds the points, of everything that is installed."""
    found: dict[str, Measure] = {"ours": _ours, "ours, in pictures": _ours_closely}
    if importlib.util.find_spec("mediapipe"):
        found["MediaPipe refined"] = _mediapipe
    if importlib.util.find_spec("dlib") and importlib.util.find_spec("face_recognition_models"):
        found["dlib 68 points"] = _dlib
    return found


def _ours(annotations: Annotations) -> Points:
    found = evaluate(annotations, KeypointPredictor(DEFAULT_WEIGHTS), Regions.LABELS, str(annotations.csv_path))
    return np.asarray(found.keypoints_px, np.float64)


def _ours_closely(annotations: Annotations) -> Points:
    predictor = KeypointPredictor(DEFAULT_WEIGHTS, closely=True)
    found = evaluate(annotations, predictor, Regions.LABELS, str(annotations.csv_path))
    return np.asarray(found.keypoints_px, np.float64)


def _mediapipe(annotations: Annotations) -> Points:
    nothing = np.full((68, 2), np.nan)
    points = label_faces(annotations, open_mediapipe(), range(len(annotations)))
    return np.array([nothing if face is None else face for face in points])


def _dlib(annotations: Annotations) -> Points:
    dlib = importlib.import_module("dlib")
    spec = importlib.util.find_spec("face_recognition_models")
    assert spec is not None and spec.submodule_search_locations is not None
    model = Path(next(iter(spec.submodule_search_locations))) / "models" / "shape_predictor_68_face_landmarks.dat"
    detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(str(model))
    points = []
    for index, labels in enumerate(annotations.keypoints_px):
        gray = cv2.cvtColor(annotations.read_bgr(index), cv2.COLOR_BGR2GRAY)
        wanted = bounding_box(labels)
        boxes = [Box(*map(float, (r.left(), r.top(), r.right(), r.bottom()))) for r in detector(gray, 1)]
        box = max(boxes, key=wanted.iou, default=wanted)
        if box.iou(wanted) < SAME_BOX:
            region = region_from_keypoints(labels)
            half = region.side / 2
            box = Box(region.center_x - half, region.center_y - half, region.center_x + half, region.center_y + half)
        shape = predictor(gray, dlib.rectangle(*(round(side) for side in (box.x0, box.y0, box.x1, box.y1))))
        points.append([(shape.part(i).x, shape.part(i).y) for i in range(68)])
    return np.asarray(points, np.float64)


def row(points: Points, annotations: Annotations) -> tuple[str, ...]:
    """One row's cells, in the order of `COLUMNS`."""
    truth = np.asarray(annotations.labels_px, np.float64)
    figures = measure_against_hand(points, truth, annotations.labelled)
    found = np.asarray(np.isfinite(points).all(axis=(1, 2)))
    plain = np.nanmean(image_errors(points, annotations.keypoints_px, annotations.labelled))
    turned = [(count, error) for name, (count, error) in figures.by_yaw.items() if int(name.split()[0]) >= 20 and count]
    faces = sum(count for count, _ in turned)
    shares = (plain, figures.offset_out, figures.without_jaw, figures.closed_misread)
    return (
        *(f"{100 * share:.2f} %" for share in shares),
        f"{figures.mouth_r:.3f}",
        f"{figures.lids_r:.3f}",
        f"{100 * sum(count * error for count, error in turned) / faces:.2f} %" if faces else "-",
        f"{found.sum()} of {len(found)}",
    )


def main() -> None:
    """Print a table for each CSV."""
    parser = argparse.ArgumentParser()
    parser.add_argument("csv", nargs="+", type=Path)
    parser.add_argument("--images", type=Path)
    asked = parser.parse_args()
    for csv_file in asked.csv:
        annotations = read_annotations(csv_file, asked.images)
        print(f"{csv_file.name}, {len(annotations)} faces")
        print(f"{'':20}" + "".join(f"{name:>13}" for name in COLUMNS))
        for name, measure in measures().items():
            print(f"{name:20}" + "".join(f"{cell:>13}" for cell in row(measure(annotations), annotations)))


if __name__ == "__main__":
    main()
