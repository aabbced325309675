"""`python -m train measure-crops`: measures again how boxes and crops lie about the 68 points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from model.crop import HAAR_TO_POINTS_SHIFT_Y, HAAR_TO_POINTS_SIDE, Region
from model.detection.haar import UNSCORED_NEIGHBORS, Detection, HaarFaceDetector
from model.geometry import Box, bounding_box
from train.errors import DatasetError

if TYPE_CHECKING:
    from train.data.annotations import Annotations

Rows = npt.NDArray[np.float64]

_SAME_FACE_IOU: Final = 0.3
_FEWEST: Final = 10
_RESCALED_PX: Final = 250
_CROP_PX: Final = 224
"""The seed's recipe: the shorter side becomes 250 pixels, of which 224 are cut."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """How the cascade's boxes lie about the points' boxes, over the side of its box.

    Attributes:
        faces: boxes that lie on their labels.
        shift_y: mean distance of the points' centre below the box's.
        side: mean longer side of the points' box.
        shift_std: of that distance across and down.
        side_std: of that side.
    """

    faces: int
    shift_y: float
    side: float
    shift_std: tuple[float, float]
    side_std: float


def measure_scatter(rows: Rows) -> Scatter:
    """Means and standard deviations of (N, 3) shifts across and down, and sides; the widest 2 % are left out."""
    middle = np.median(rows, axis=0)
    away = np.abs(rows - middle).max(axis=1)
    kept = rows[away <= np.quantile(away, 0.98)]
    mean, std = kept.mean(axis=0).tolist(), kept.std(axis=0).tolist()
    return Scatter(len(rows), mean[1], mean[2], (std[0], std[1]), std[2])


def box_row(detection: Detection, points: Box) -> tuple[float, float, float]:
    """How far the points' centre lies from that of the cascade's box, across and down along the face, and its side."""
    side = max(detection.box.width, detection.box.height)
    (x, y), (box_x, box_y) = points.center, detection.box.center
    cos, sin = np.cos(detection.roll_rad), np.sin(detection.roll_rad)
    across, down = x - box_x, y - box_y
    return (
        float(cos * across + sin * down) / side,
        float(-sin * across + cos * down) / side,
        max(points.width, points.height) / side,
    )


def crop_row(size_wh: tuple[int, int], points: Box) -> tuple[float, float]:
    """Side of the seed's crop out of the picture's middle, and how far below the points it lies; over their side."""
    side = max(points.width, points.height)
    width, height = size_wh
    return _CROP_PX * min(width, height) / _RESCALED_PX / side, (height / 2 - points.center[1]) / side


def _rows(annotations: "Annotations", indices: Sequence[int]) -> tuple[Rows, Rows]:
    detector = HaarFaceDetector(min_neighbors=UNSCORED_NEIGHBORS)
    boxes, crops = [], []
    for index in indices:
        image_bgr = annotations.read_bgr(index)
        points = bounding_box(annotations.keypoints_px[index])
        crops.append(crop_row((image_bgr.shape[1], image_bgr.shape[0]), points))
        found = max(detector.detect(image_bgr), key=lambda face: points.iou(_box(face.region)), default=None)
        if found is not None and points.iou(_box(found.region)) > _SAME_FACE_IOU:
            boxes.append(box_row(found, points))
    return np.array(boxes).reshape(-1, 3), np.array(crops)


def _box(region: Region) -> Box:
    half = region.side / 2
    return Box(region.center_x - half, region.center_y - half, region.center_x + half, region.center_y + half)


def describe_crops(annotations: "Annotations", count: int) -> str:
    """What is measured on `count` of the images, beside what the code says.

    Raises:
        DatasetError: an image cannot be decoded, or the cascade finds too few faces.
    """
    from model.networks.baseline_net import BASELINE_CROP_SCALE, BASELINE_CROP_SHIFT_Y
    from train.augmentation.batch import HAAR_SHIFT_STD, HAAR_SIDE_STD
    from train.evaluation.evaluate import progress
    from train.evaluation.report import table

    indices = np.linspace(0, len(annotations) - 1, min(count, len(annotations))).astype(int).tolist()
    boxes, crops = _rows(annotations, list(progress(indices, "measure", quiet=False)))
    if len(boxes) < _FEWEST:
        raise DatasetError(
            f"the cascade found {len(boxes)} of the {len(indices)} faces in {annotations.csv_path}, and {_FEWEST} are "
            "needed; give more pictures"
        )
    scatter = measure_scatter(boxes)
    scale, shift_y = np.median(crops, axis=0).tolist()
    rows = [
        ("HAAR_TO_POINTS_SHIFT_Y", HAAR_TO_POINTS_SHIFT_Y, scatter.shift_y),
        ("HAAR_TO_POINTS_SIDE", HAAR_TO_POINTS_SIDE, scatter.side),
        ("HAAR_SHIFT_STD across", HAAR_SHIFT_STD[0], scatter.shift_std[0]),
        ("HAAR_SHIFT_STD down", HAAR_SHIFT_STD[1], scatter.shift_std[1]),
        ("HAAR_SIDE_STD", HAAR_SIDE_STD, scatter.side_std),
        ("BASELINE_CROP_SCALE", BASELINE_CROP_SCALE, scale),
        ("BASELINE_CROP_SHIFT_Y", BASELINE_CROP_SHIFT_Y, shift_y),
    ]
    measured = table(("constant", "in the code", "measured"), [(n, f"{c:.3f}", f"{m:.3f}") for n, c, m in rows])
    return f"{scatter.faces} boxes of the cascade on {len(indices)} images of {annotations.csv_path.name}\n{measured}"
