"""FaceFinder: one image in, its faces out. The one place that chains detection, prediction and the score gate.

faces = open_finder().find(cv2.imread("people.jpg"))
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from assets import DEFAULT_WEIGHTS
from model.arrays import Image
from model.crop import Region, region_from_keypoints
from model.detection.combined import open_detector
from model.detection.kinds import DetectorKind
from model.detection.plan import Detector
from model.face import Face
from model.geometry import bounding_box
from model.keypoints import eye_distance
from model.predictor import KeypointPredictor, Prediction
from model.weights.info import WeightsInfo

SAME_FACE_DISTANCE: Final = 0.35
"""Two sets of keypoints whose mean distance is below this many eye distances belong to one face."""
_PASSES: Final = 3
"""Predictions of a detector's box, each cropped around the keypoints of the one before. The cascade's boxes are so
loose that two passes leave 1.09 times the error of a labelled box, three 1.05; a face that is tracked needs one."""
_LIKELY: Final = 0.5
"""Proposals whose first score is below this share of the threshold are dropped: most of them show no face at all."""
_SMALLEST_PX: Final = 8.0
"""Faces whose keypoints span less are noise."""


class Predictor(Protocol):
    """Predicts keypoints in given regions, as `model.predictor.KeypointPredictor` does."""

    @property
    def info(self) -> WeightsInfo: ...

    closely: bool

    def predict(
        self, image: Image, regions: Sequence[Region], *, passes: int = 1, glance: bool = False
    ) -> Prediction: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A proposal that turned out to be a face.

    Attributes:
        keypoints_px: (68, 2) float32, pixels of the image.
        score: as the network gave it.
        proposal: the region it was found from.
    """

    keypoints_px: npt.NDArray[np.float32] = field(repr=False)
    score: float
    proposal: Region


def open_finder(
    weights: Path = DEFAULT_WEIGHTS,
    threads: int = 1,
    detector: DetectorKind = DetectorKind.BOTH,
    *,
    closely: bool = False,
) -> "FaceFinder":
    """A finder with these weights, and the detector that goes with them.

    Args:
        weights: the keypoint network.
        threads: how many share the faces of an image that shows several.
        detector: what proposes faces.
        closely: look at each face five times, see `KeypointPredictor`: for pictures.

    Raises:
        WeightsError, DetectorError: the weights or the installed OpenCV cannot be used.
    """
    predictor = KeypointPredictor(weights, threads, closely)
    return FaceFinder(open_detector(detector, has_score=predictor.info.has_score), predictor)


class FaceFinder:
    """Finds all faces of an image: a detector proposes, the keypoint network predicts, and its score decides.

    Args:
        detector: proposes regions; used by one thread at a time.
        predictor: predicts keypoints and scores.
    """

    def __init__(self, detector: Detector, predictor: Predictor) -> None:
        self.detector = detector
        self.predictor = predictor

    def find(self, image_bgr: Image) -> list[Face]:
        """All faces of an image, the largest first, with `face_id` 0, 1, 2 and so on.

        Args:
            image_bgr: (H, W, 3) BGR or (H, W) grey, uint8; not changed.
        """
        proposals = [proposal.region for proposal in self.detector.detect(image_bgr)]
        found = distinct(self.admit(image_bgr, proposals))
        found.sort(key=lambda face: -region_from_keypoints(face.keypoints_px).side)
        return [
            Face(face.keypoints_px, min(max(face.score, 0.0), 1.0), face_id, bounding_box(face.keypoints_px))
            for face_id, face in enumerate(found)
        ]

    def admit(self, image: Image, proposals: Sequence[Region]) -> list[Found]:
        """The proposals that are faces: those that reach the weights' admission score, with their keypoints.

        Without a score in the network every proposal counts, and is predicted once: such a network was trained on the
        detector's own crops, and its keypoints would wander off when cropped again.
        """
        info = self.predictor.info
        found = self.predictor.predict(image, proposals, glance=True)
        if not info.has_score:
            kept = list(proposals)
        else:
            likely = np.flatnonzero(found.scores >= _LIKELY * info.score_threshold).tolist()
            kept = [proposals[i] for i in likely]
            regions = found.regions
            found = self.predictor.predict(image, [regions[i] for i in likely], passes=_PASSES - 1)
        return [
            Found(keypoints, score, proposal)
            for keypoints, score, proposal in zip(found.keypoints_px, found.scores.tolist(), kept, strict=True)
            if score >= info.admission_score and plausible(region_from_keypoints(keypoints), image)
        ]


def plausible(region: Region, image: Image) -> bool:
    """Whether keypoints that fill `region` are large enough and centred inside the image."""
    height, width = image.shape[:2]
    return 0 <= region.center_x < width and 0 <= region.center_y < height and region.side >= _SMALLEST_PX


def distinct(found: Sequence[Found]) -> list[Found]:
    """Each face once: of those whose keypoints lie on each other, the one that scores highest; highest first."""
    kept: list[Found] = []
    for face in sorted(found, key=lambda face: -face.score):
        if not any(same_face(face.keypoints_px, other.keypoints_px) for other in kept):
            kept.append(face)
    return kept


def same_face(keypoints: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> bool:
    """Whether two (68, 2) sets of keypoints lie on one face."""
    distance = float(np.linalg.norm(keypoints - other, axis=1).mean())
    return distance < SAME_FACE_DISTANCE * float(eye_distance(keypoints))
