"""How weights bear hard conditions, how well their score knows faces from others, and how steady their points are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from model.crop import CropSpec, Region, region_from_box, region_from_haar
from model.detection import load_cascade
from model.geometry import Box, Points, apply, bounding_box, similarity
from model.predictor import KeypointPredictor
from train.annotations import Annotations
from train.evaluate import progress
from train.metrics import auroc, failure_rate, image_errors, restore_offset, spearman

Image: TypeAlias = npt.NDArray[np.uint8]
Rng: TypeAlias = np.random.Generator
Change: TypeAlias = Callable[[Image, Points, Rng], tuple[Image, Points]]

SENSOR_NOISE = 4.0
"""Standard deviation of the noise of a cheap camera, in grey levels."""


NO_FACE = ("background", "cascade's false alarms", "shifted face", "half face")
"""Kinds of crops without a whole face."""


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
class ScoreResult:
    """What the score knows.

    Attributes:
        auroc: kind of crop without a face -> area under the ROC curve against faces; `all` is all of them together.
        crops: kind -> how many there were.
        spearman_plain: rank correlation of score and error over the unchanged images.
        spearman_stressed: the same over all conditions together.
    """

    auroc: dict[str, float]
    crops: dict[str, int]
    spearman_plain: float
    spearman_stressed: float


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
    once more: what a detector's box goes through. The truth is the labels less the bias that the weights leave out.

    Raises:
        DatasetError: an image cannot be decoded.
        DetectorError: the cascade cannot be used.
    """
    info = predictor.info
    minus = [(-a, -b) for a, b in (info.label_offset_x, info.label_offset_y)]
    truth_px = restore_offset(annotations.keypoints_px, minus[0], minus[1])
    cascade = load_cascade()
    plain = Condition("unchanged", lambda image, points, _: (image, points), 1)
    runs = (plain, *CONDITIONS)
    errors, scores = np.empty((2, len(runs), len(annotations)))
    jittered: dict[str, list[float]] = {"label box": [], "jittered box": [], "jittered box, cut again": []}
    faces: list[float] = []
    others: dict[str, list[float]] = {kind: [] for kind in NO_FACE}
    for index in progress(range(len(annotations)), "stress", quiet=quiet):
        image, truth = annotations.read_bgr(index), truth_px[index]
        for row, condition in enumerate(runs):
            changed, points = condition.change(image, truth, np.random.default_rng([seed, index, row]))
            found = predictor.predict(changed, [region_from_box(bounding_box(points))], passes=2)
            errors[row, index] = image_errors(found.keypoints_px, points[None])[0]
            scores[row, index] = found.scores[0]
        # Own numbers for each image and condition, so that two weights see the very same.
        rng = np.random.default_rng([seed, index])
        exact = region_from_box(bounding_box(truth))
        regions = {"label box": exact, "jittered box": _jittered(exact, rng)}
        for name, region in {**regions, "jittered box, cut again": regions["jittered box"]}.items():
            found = predictor.predict(image, [region], passes=2 if "again" in name else 1)
            jittered[name].append(float(image_errors(found.keypoints_px, truth[None])[0]))
            if name == "label box":
                faces.append(float(found.scores[0]))
        if info.has_score:
            for kind, kind_regions in regions_without_face(image, truth, info.spec, cascade, rng).items():
                others[kind].extend(predictor.predict(image, kind_regions).scores.tolist())
    results = [
        ConditionResult(run.name, float(e.mean()), failure_rate(e), float(e.mean() / errors[0].mean()), run.limit)
        for run, e in zip(runs, errors, strict=True)
    ]
    score = _score_result(np.array(faces), others, errors, scores) if info.has_score else None
    return StressResult(tuple(results), {name: float(np.mean(e)) for name, e in jittered.items()}, score)


def regions_without_face(
    image: Image, points: Points, spec: CropSpec, cascade: cv2.CascadeClassifier, rng: Rng
) -> dict[str, list[Region]]:
    """Places of a labelled image where a crop shows no face, or not one that is whole.

    background: small squares mostly inside the image that hardly touch the points' box. cascade's false alarms: single
    hits of the cascade, without the neighbours it normally asks for, away from the face. shifted: the face's centre
    outside the crop by a fifth to four fifths of its half side. half: the centre right on the crop's edge.
    """
    box = bounding_box(points)
    face = region_from_box(box)
    half_crop = face.side * spec.scale / 2
    angle = rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    # As far as the edge of a square crop lies in that direction.
    reach = half_crop / np.abs(along).max()
    shift = along * reach * rng.uniform(1.2, 1.8)
    side_x, side_y = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])[rng.integers(4)] * half_crop
    shifted = [Region(face.center_x + shift[0], face.center_y + shift[1], face.side)]
    half = [Region(face.center_x + side_x, face.center_y + side_y, face.side)]
    background = _background(image, box, spec, rng)
    return dict(zip(NO_FACE, (background, _false_alarms(image, box, cascade), shifted, half), strict=True))


def _background(image: Image, face: Box, spec: CropSpec, rng: Rng) -> list[Region]:
    height, width = image.shape[:2]
    for _ in range(40):
        side = max(face.width, face.height) * rng.uniform(0.25, 0.7)
        region = Region(rng.uniform(0, width), rng.uniform(0, height), side)
        crop = _crop_box(region, spec.scale)
        frame = Box(0, 0, width, height)
        if _shared(crop, frame) > 0.7 and _shared(face, crop) < 0.05 and _shared(crop, face) < 0.15:
            return [region]
    return []


def _false_alarms(image: Image, face: Box, cascade: cv2.CascadeClassifier) -> list[Region]:
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    hits = cascade.detectMultiScale(gray, scaleFactor=1.1, minNeighbors=0, minSize=(24, 24))
    regions = [region_from_haar(Box(float(x), float(y), float(x + w), float(y + h))) for x, y, w, h in hits]
    return [region for region in regions if _crop_box(region, 1).iou(face) < 0.1][:2]


def _score_result(
    faces: npt.NDArray, others: dict[str, list[float]], errors: npt.NDArray, scores: npt.NDArray
) -> ScoreResult:
    kinds = {**others, "all": [score for kind in others.values() for score in kind]}
    return ScoreResult(
        auroc={kind: auroc(faces, np.array(values)) for kind, values in kinds.items() if values},
        crops={kind: len(values) for kind, values in kinds.items()},
        spearman_plain=spearman(errors[0], scores[0]),
        spearman_stressed=spearman(errors.ravel(), scores.ravel()),
    )


def _jittered(region: Region, rng: Rng) -> Region:
    """Moved by 5 % of its side along each axis and resized by 10 %, one standard deviation each."""
    dx, dy = rng.normal(0, 0.05, 2) * region.side
    return Region(region.center_x + dx, region.center_y + dy, region.side * float(np.exp(rng.normal(0, 0.1))))


def _crop_box(region: Region, scale: float) -> Box:
    half = region.side * scale / 2
    return Box(region.center_x - half, region.center_y - half, region.center_x + half, region.center_y + half)


def _shared(box: Box, other: Box) -> float:
    """Share of `box` that lies in `other`."""
    width = min(box.x1, other.x1) - max(box.x0, other.x0)
    height = min(box.y1, other.y1) - max(box.y0, other.y0)
    return max(width, 0) * max(height, 0) / (box.width * box.height)


def _side(points: Points) -> float:
    box = bounding_box(points)
    return max(box.width, box.height)


def _clipped(values: npt.NDArray) -> Image:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
