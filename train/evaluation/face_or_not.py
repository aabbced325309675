"""How well the score tells the points of a face from crops without one."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.crop import CropSpec, Region, region_from_box, region_from_haar
from model.detection.haar import load_cascade
from model.geometry import Box, Points, bounding_box
from model.predictor import KeypointPredictor
from train.evaluation.evaluate import SAME_FACE_IOU
from train.evaluation.metrics import auroc, spearman

Rng: TypeAlias = np.random.Generator

NO_FACE = ("background", "cascade's false alarms", "shifted face", "half face")
"""Kinds of crops without a whole face."""
_FOUND_LIVE = NO_FACE[:2]
"""Those that the live program can come to look at on its own."""


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """What the score knows.

    Attributes:
        auroc: kind of crop without a face -> area under the ROC curve against faces; `all` is all of them together.
        crops: kind -> how many there were.
        spearman_plain: rank correlation of score and error over the unchanged images.
        spearman_stressed: the same over all conditions together.
        threshold: of the weights; faces scored lower are not shown.
        faces_shown: share of the faces, predicted twice, that reach it.
        others_shown: kind that the live program may look at -> share that reaches it, predicted twice.
    """

    auroc: dict[str, float]
    crops: dict[str, int]
    spearman_plain: float
    spearman_stressed: float
    threshold: float
    faces_shown: float
    others_shown: dict[str, float]


class ScoresWithoutFace:
    """Gathers, image by image, the scores of crops that show no whole face.

    Args:
        predictor: weights with a score.
        seed: of the places.

    Raises:
        DetectorError: the cascade cannot be used.
    """

    def __init__(self, predictor: KeypointPredictor, seed: int) -> None:
        self._predictor, self._seed = predictor, seed
        self._cascade = load_cascade()
        self._once: dict[str, list[float]] = {kind: [] for kind in NO_FACE}
        self._live: dict[str, list[float]] = {kind: [] for kind in _FOUND_LIVE}

    def add(self, image: Image, points: Points, index: int) -> None:
        """Score crops of image `index`, whose face has these (68, 2) points."""
        rng = np.random.default_rng([self._seed, index, len(NO_FACE)])
        face = bounding_box(points)
        regions = regions_without_face(image, points, self._predictor.info.spec, self._cascade, rng)
        for kind, places in regions.items():
            self._once[kind].extend(self._predictor.predict(image, places).scores.tolist())
            if kind in _FOUND_LIVE:
                found = self._predictor.predict(image, places, passes=2)
                for predicted, score in zip(found.keypoints_px, found.scores, strict=True):
                    if bounding_box(predicted).iou(face) <= SAME_FACE_IOU:  # Else the second cut found the face itself.
                        self._live[kind].append(float(score))

    def result(self, faces: npt.NDArray[Any], errors: npt.NDArray[Any], scores: npt.NDArray[Any]) -> ScoreResult:
        """All of it, beside (N,) scores of whole faces cut once.

        Args:
            faces: (N,) scores of whole faces, cut once around their labels' box.
            errors, scores: (C, N) of every condition, predicted twice; the first are the images as they are.
        """
        threshold = self._predictor.info.score_threshold
        kinds = {**self._once, "all": [score for values in self._once.values() for score in values]}
        return ScoreResult(
            auroc={kind: auroc(faces, np.array(values)) for kind, values in kinds.items() if values},
            crops={kind: len(values) for kind, values in kinds.items()},
            spearman_plain=spearman(errors[0], scores[0]),
            spearman_stressed=spearman(errors.ravel(), scores.ravel()),
            threshold=threshold,
            faces_shown=float((scores[0] >= threshold).mean()),
            others_shown={
                kind: float((np.array(values) >= threshold).mean()) for kind, values in self._live.items() if values
            },
        )


def regions_without_face(
    image: Image, points: Points, spec: CropSpec, cascade: cv2.CascadeClassifier, rng: Rng
) -> dict[str, list[Region]]:
    """Places of a labelled image where a crop shows no face, or not one that is whole.

    background: small squares mostly inside the image that barely touch the points' box. cascade's false alarms: single
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
    # The cascade's threads give them in any order: small ones first, then from the top left, as one thread would.
    hits = sorted(map(tuple, hits), key=lambda hit: (hit[2], hit[1], hit[0]))
    regions = [region_from_haar(Box(float(x), float(y), float(x + w), float(y + h))) for x, y, w, h in hits]
    return [region for region in regions if _crop_box(region, 1).iou(face) < 0.1][:2]


def _crop_box(region: Region, scale: float) -> Box:
    half = region.side * scale / 2
    return Box(region.center_x - half, region.center_y - half, region.center_x + half, region.center_y + half)


def _shared(box: Box, other: Box) -> float:
    """Share of `box` that lies in `other`."""
    width = min(box.x1, other.x1) - max(box.x0, other.x0)
    height = min(box.y1, other.y1) - max(box.y0, other.y0)
    return max(width, 0) * max(height, 0) / (box.width * box.height)
