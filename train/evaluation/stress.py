"""How weights bear hard conditions, how well their score knows faces from others, and how steady their points are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.crop import Region, region_from_box
from model.geometry import Points, apply, bounding_box, similarity
from model.predictor import KeypointPredictor
from train.data.annotations import Annotations
from train.evaluation.evaluate import progress
from train.evaluation.face_or_not import ScoreResult, ScoresWithoutFace
from train.evaluation.metrics import failure_rate, image_errors, restore_offset

Rng: TypeAlias = np.random.Generator
Change: TypeAlias = Callable[[Image, Points, Rng], tuple[Image, Points]]

SENSOR_NOISE = 4.0
"""Standard deviation of the noise of a cheap camera, in grey levels."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One way to make it hard.

    Attributes:
        name: as the table calls it.
        change: (H, W, 3) BGR image and (68, 2) points -> both changed; draws on the generator only.
        limit: what the error may grow to, times that of the unchanged images.
    """

    name: str
    change: Change
    limit: float


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """Figures under one condition.

    Attributes:
        name, limit: of the condition.
        nme: mean error as a share of the eye distance.
        failure_rate_10: share of the images with an error over 0.10.
        ratio: `nme` over that of the unchanged images.
    """

    name: str
    nme: float
    failure_rate_10: float
    ratio: float
    limit: float


@dataclass(frozen=True, slots=True)
class StressResult:
    """All of it; `score` is None for weights that have no score."""

    conditions: tuple[ConditionResult, ...]
    jittered_boxes: dict[str, float]
    score: ScoreResult | None


def rolled(degrees: float) -> Change:
    """Turn the image about the face, clockwise or the other way by chance; its border is repeated outwards."""

    def change(image: Image, points: Points, rng: Rng) -> tuple[Image, Points]:
        box = bounding_box(points)
        side = int(2.6 * max(box.width, box.height))
        angle = np.radians(degrees) * rng.choice([-1, 1])
        matrix = similarity(1.0, float(angle), box.center, (side / 2, side / 2))
        turned: Image = cv2.warpAffine(image, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
        return turned, apply(matrix, points)

    return change


def darkened(factor: float) -> Change:
    """A share of the light, with the sensor's noise."""

    def change(image: Image, points: Points, rng: Rng) -> tuple[Image, Points]:
        return _clipped(image * factor + rng.normal(0, SENSOR_NOISE, image.shape)), points

    return change


def blurred(image: Image, points: Points, rng: Rng) -> tuple[Image, Points]:
    """Out of focus: a Gaussian of 2.5 % of the face's side."""
    return cv2.GaussianBlur(image, (0, 0), 0.025 * _side(points)), points


def small(image: Image, points: Points, rng: Rng) -> tuple[Image, Points]:
    """The whole image shrunk until the points' box is 32 px on its longer side."""
    size_wh = [max(1, round(length * 32 / _side(points))) for length in image.shape[1::-1]]
    scale = np.array([size_wh[0] / image.shape[1], size_wh[1] / image.shape[0]])
    return cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), points * scale + (scale - 1) / 2


def compressed(image: Image, points: Points, rng: Rng) -> tuple[Image, Points]:
    """JPEG at quality 20."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 20])
    coarse: Image | None = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert coarse is not None, "OpenCV reads what it has just written"
    return coarse, points


def occluded(image: Image, points: Points, rng: Rng) -> tuple[Image, Points]:
    """A third of the face, 30 % of the points' box, behind a plain noisy rectangle anywhere within that box."""
    box = bounding_box(points)
    width, height = box.width * np.sqrt(0.3), box.height * np.sqrt(0.3)
    x0, y0 = box.x0 + rng.random() * (box.width - width), box.y0 + rng.random() * (box.height - height)
    rows = slice(max(0, round(y0)), max(0, round(y0 + height)))
    columns = slice(max(0, round(x0)), max(0, round(x0 + width)))
    covered = image.copy()
    color = rng.uniform(0, 255, 3)
    covered[rows, columns] = _clipped(color + rng.normal(0, 12, covered[rows, columns].shape))
    return covered, points


CONDITIONS: tuple[Condition, ...] = (
    *(
        Condition(f"roll {degrees} degrees", rolled(degrees), 1.15 if degrees <= 45 else 2)
        for degrees in (15, 30, 45, 60)
    ),
    Condition("light x0.25, noise", darkened(0.25), 2),
    Condition("light x0.12, noise", darkened(0.12), 2),
    Condition("blur", blurred, 2),
    Condition("32 px face", small, 2),
    Condition("JPEG quality 20", compressed, 2),
    Condition("30 % occluded", occluded, 2),
)


def stress(
    annotations: Annotations, predictor: KeypointPredictor, seed: int = 0, *, quiet: bool = True
) -> StressResult:
    """Measure every condition on every image.

    Faces are cut around the upright box of their labels, predicted, cut again around the first points, and predicted
    once more: what a detector's box goes through. The truth is the labels less the bias that the weights leave out, so
    points are compared in the dataset's own convention.

    Raises:
        DatasetError: an image cannot be decoded.
        DetectorError: the cascade cannot be used.
    """
    info = predictor.info
    minus = [(-a, -b) for a, b in (info.label_offset_x, info.label_offset_y)]
    truth_px = restore_offset(annotations.keypoints_px, minus[0], minus[1])
    plain = Condition("unchanged", lambda image, points, _: (image, points), 1)
    runs = (plain, *CONDITIONS)
    errors, scores = np.empty((2, len(runs), len(annotations)))
    jittered: dict[str, list[float]] = {"label box": [], "jittered box": [], "jittered box, cut again": []}
    faces: list[float] = []
    others = ScoresWithoutFace(predictor, seed) if info.has_score else None
    for index in progress(range(len(annotations)), "stress", quiet=quiet):
        image, truth, labelled = annotations.read_bgr(index), truth_px[index], annotations.labelled[index, None]
        for row, condition in enumerate(runs):
            changed, points = condition.change(image, truth, np.random.default_rng([seed, index, row]))
            found = predictor.predict(changed, [region_from_box(bounding_box(points))], passes=2)
            errors[row, index] = image_errors(found.network_px, points[None], labelled)[0]
            scores[row, index] = found.scores[0]
        # Own numbers for each image and condition, so that two weights see the very same.
        rng = np.random.default_rng([seed, index])
        exact = region_from_box(bounding_box(truth))
        regions = {"label box": exact, "jittered box": _jittered(exact, rng)}
        for name, region in {**regions, "jittered box, cut again": regions["jittered box"]}.items():
            found = predictor.predict(image, [region], passes=2 if "again" in name else 1)
            jittered[name].append(float(image_errors(found.network_px, truth[None], labelled)[0]))
            if name == "label box":
                faces.append(float(found.scores[0]))
        if others is not None:
            others.add(image, truth, index)
    results = [
        ConditionResult(run.name, float(e.mean()), failure_rate(e), float(e.mean() / errors[0].mean()), run.limit)
        for run, e in zip(runs, errors, strict=True)
    ]
    score = others.result(np.array(faces), errors, scores) if others is not None else None
    return StressResult(tuple(results), {name: float(np.mean(e)) for name, e in jittered.items()}, score)


def _jittered(region: Region, rng: Rng) -> Region:
    """Moved by 5 % of its side along each axis and resized by 10 %, one standard deviation each."""
    dx, dy = rng.normal(0, 0.05, 2) * region.side
    return Region(region.center_x + dx, region.center_y + dy, region.side * float(np.exp(rng.normal(0, 0.1))))


def _side(points: Points) -> float:
    box = bounding_box(points)
    return max(box.width, box.height)


def _clipped(values: npt.NDArray[Any]) -> Image:
    result: Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return result
