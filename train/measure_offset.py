"""`python -m train measure-offset`: measures the bias of the dataset's labels again, see `train.data.label_offset`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from model.crop import region_from_box
from model.geometry import bounding_box
from model.keypoints import MIRROR, eye_distance
from train.data.label_offset import LabelOffset
from train.errors import DatasetError

if TYPE_CHECKING:
    from model.predictor import KeypointPredictor
    from train.data.annotations import Annotations

Floats = npt.NDArray[np.float64]

FEWEST_FACES: Final = 10


@dataclass(frozen=True, slots=True)
class Bias:
    """The bias along an axis: `constant_px + slope * eye distance`, and what it is at the median eye distance.

    Attributes:
        constant_px, slope: see above; the slope has no unit.
        share: of the eye distance, at the median one.
    """

    constant_px: float
    slope: float
    share: float


def fit_law(bias_px: Floats, distances_px: Floats, median_px: float) -> Bias:
    """The law of (N,) biases of faces with (N,) eye distances; the 2 % that lie farthest off it do not count."""
    kept = np.ones(len(bias_px), bool)
    for _ in range(2):
        slope, constant = np.polyfit(distances_px[kept], bias_px[kept], 1)
        away = np.abs(bias_px - constant - slope * distances_px)
        kept = away <= np.quantile(away, 0.98)
    return Bias(float(constant), float(slope), float(constant / median_px + slope))


def bias_down(taken_out: float, still_low: float, constant_px: float, median_px: float) -> Bias:
    """The law down the picture, of which people's labels tell one figure.

    Args:
        taken_out: the bias that training took out of the labels at the median eye distance, as a share of it.
        still_low: how far the network's points lie below people's labels all the same, as a share.
        constant_px: of the law across, in which the mirror tells both numbers; the pixels' part is the same.
        median_px: median eye distance of the dataset.
    """
    share = taken_out + still_low
    return Bias(constant_px, share - constant_px / median_px, share)


def bias_across(annotations: "Annotations", predictor: "KeypointPredictor", indices: Iterable[int]) -> Floats:
    """(N, 2) of each face how far its labels lie to the right of the network's points, in pixels, and its eye distance.

    The network sees each picture and its mirror image: the mean of both cannot know left from right.
    """
    rows = []
    for index in indices:
        image_bgr, labels = annotations.read_bgr(index), annotations.keypoints_px[index]
        last = image_bgr.shape[1] - 1
        mirrored_bgr = np.ascontiguousarray(image_bgr[:, ::-1])
        seen = _points(predictor, image_bgr, labels)
        turned = _points(predictor, mirrored_bgr, (labels * (-1, 1) + (last, 0))[MIRROR])
        fair = (seen + turned[MIRROR] * (-1, 1) + (last, 0)) / 2
        rows.append((float(np.nanmean(labels[:, 0] - fair[:, 0])), float(eye_distance(labels))))
    return np.array(rows).reshape(-1, 2)


def below_people(people: "Annotations", predictor: "KeypointPredictor", indices: Iterable[int]) -> Floats:
    """(N,) how far the network's points of each face lie below people's labels, in eye distances along the face."""
    from train.evaluation.hand_labels import eye_frame_errors

    found = []
    for index in indices:
        labels = people.labels_px[index]
        points = _points(predictor, people.read_bgr(index), people.keypoints_px[index])
        found.append(float(np.nanmean(eye_frame_errors(points[None], labels[None])[0, :, 1])))
    return np.array(found)


def _points(predictor: "KeypointPredictor", image_bgr: npt.NDArray[np.uint8], labels: Floats) -> Floats:
    """(68, 2) what the network says, without the weights' table for people's labels."""
    found = predictor.predict(image_bgr, [region_from_box(bounding_box(labels))])
    return np.asarray(found.network_px[0], np.float64)


def describe_offset(
    annotations: "Annotations", people: "Annotations | None", predictor: "KeypointPredictor", count: int
) -> str:
    """What is measured beside what the code says.

    Args:
        annotations: the dataset.
        people: faces that people labelled; without, nothing is said of the bias down the picture.
        predictor: trained on the dataset.
        count: images of the dataset to look at.

    Raises:
        DatasetError: an image cannot be decoded, or there are too few faces.
    """
    from train.evaluation.evaluate import progress
    from train.evaluation.report import percent, table

    for labels in filter(None, (annotations, people)):
        if len(labels) < FEWEST_FACES:
            raise DatasetError(
                f"{labels.csv_path} labels {len(labels)} faces, and {FEWEST_FACES} are needed; give more"
            )
    median_px = float(np.median(eye_distance(annotations.keypoints_px)))
    indices = np.linspace(0, len(annotations) - 1, min(count, len(annotations))).astype(int).tolist()
    rows = bias_across(annotations, predictor, progress(indices, "mirror", quiet=False))
    across = fit_law(rows[:, 0], rows[:, 1], median_px)
    laws = [("across", LabelOffset().x, across)]
    ends = [f"{len(rows)} images of {annotations.csv_path.name}, median eye distance {median_px:.1f} px"]
    if people is not None:
        constant_px, slope = predictor.info.label_offset_y
        low = below_people(people, predictor, progress(range(len(people)), "people", quiet=False))
        down = bias_down(constant_px / median_px + slope, float(low.mean()), across.constant_px, median_px)
        laws.append(("down", LabelOffset().y, down))
        spread = float(low.std() / np.sqrt(len(low)))
        ends.append(f"{len(low)} faces of {people.csv_path.name} by people, standard error {percent(spread)}")
    cells = [
        (
            f"{name}, {what}",
            *(f"{value:.2f} px" if what == "constant" else percent(value) for value in (code, measured)),
        )
        for name, (constant, slope), bias in laws
        for what, code, measured in (
            ("constant", constant, bias.constant_px),
            ("of the eye distance", slope, bias.slope),
            ("in all, at the median eye distance", constant / median_px + slope, bias.share),
        )
    ]
    return "\n".join([*ends, table(("bias of the labels", "in the code", "measured"), cells)])
