"""Tests of model.finder: proposals, prediction and the gate of one image."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from model.arrays import Image
from model.crop import Region, region_from_box
from model.detection.haar import HAAR_PLAN, Detection, HaarFaceDetector, Search
from model.finder import FaceFinder, open_finder
from model.geometry import Box
from model.mean_face import MEAN_FACE
from model.predictor import KeypointPredictor, Prediction
from model.weights.info import WeightsInfo
from realtime.sources.demo import load_portrait

PREDICTOR = KeypointPredictor()


class Boxes:
    """A detector that proposes given boxes."""

    def __init__(self, *boxes: Box) -> None:
        self.boxes = boxes

    plan = HAAR_PLAN

    def detect(self, image: Image) -> list[Detection]:
        return [Detection(box, 0.0) for box in self.boxes]

    def search(self, image: Image, search: Search, ignore: Sequence[Box] = ()) -> list[Detection]:
        return self.detect(image)


class Scores:
    """A predictor of mean faces that fill their regions, with scores by the region's place from left to right."""

    closely = False

    def __init__(self, info: WeightsInfo, *scores: float) -> None:
        self.info = info
        self.scores = scores
        self.passes: list[int] = []

    def predict(self, image: Image, regions: Sequence[Region], *, passes: int = 1, glance: bool = False) -> Prediction:
        self.passes.append(passes)
        low, high = MEAN_FACE[:, :2].min(axis=0), MEAN_FACE[:, :2].max(axis=0)
        flat = (MEAN_FACE[:, :2] - (low + high) / 2) / (high - low).max()
        points = [flat * r.side + (r.center_x, r.center_y) for r in regions]
        scores = [self.scores[int(r.center_x // 100)] for r in regions]
        return Prediction(np.array(points, np.float32).reshape(-1, 68, 2), np.array(scores, np.float32))


def boxes(count: int) -> Boxes:
    return Boxes(*(Box(100 * i + 20, 20, 100 * i + 80, 80) for i in range(count)))


def test_the_portrait_shows_one_face() -> None:
    faces = open_finder().find(load_portrait())
    assert [face.face_id for face in faces] == [0]
    assert faces[0].score > 0.7 and faces[0].box.width > 100


def test_what_the_cascade_takes_for_a_face_is_not_shown() -> None:
    """Leaves and brickwork: detector and predictor alone would put glasses on them."""
    rng = np.random.default_rng(3)
    proposed = 0
    detector = HaarFaceDetector()
    for _ in range(6):
        coarse = rng.integers(0, 256, (36, 48), np.uint8)
        leaves = cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)
        proposed += len(detector.detect(leaves))
        assert FaceFinder(detector, PREDICTOR).find(leaves) == []
    assert proposed > 0


@pytest.mark.parametrize(("score", "shown"), [(0.61, 0), (0.63, 1)])
def test_a_new_face_must_reach_the_admission_score(score: float, shown: int) -> None:
    finder = FaceFinder(boxes(1), Scores(replace(PREDICTOR.info, score_threshold=0.4), score))
    assert len(finder.find(np.zeros((100, 100, 3), np.uint8))) == shown


def test_proposals_are_cropped_three_times_and_hopeless_ones_once() -> None:
    predictor = Scores(replace(PREDICTOR.info, score_threshold=0.4), 0.1, 0.9)
    proposals = [region_from_box(box) for box in boxes(2).boxes]
    found = FaceFinder(boxes(2), predictor).admit(np.zeros((100, 200, 3), np.uint8), proposals)
    assert predictor.passes == [1, 2] and len(found) == 1


def test_without_a_score_every_proposal_counts_and_is_predicted_once() -> None:
    predictor = Scores(replace(PREDICTOR.info, has_score=False), 1.0, 1.0)
    assert len(FaceFinder(boxes(2), predictor).find(np.zeros((100, 200, 3), np.uint8))) == 2
    assert predictor.passes == [1]


def test_two_proposals_of_one_face_give_one_face() -> None:
    twice = Boxes(Box(20, 20, 80, 80), Box(22, 21, 82, 81), Box(120, 20, 180, 80))
    predictor = Scores(replace(PREDICTOR.info, score_threshold=0.4), 0.9, 0.8)
    assert len(FaceFinder(twice, predictor).find(np.zeros((100, 200, 3), np.uint8))) == 2


def test_faces_come_largest_first() -> None:
    sizes = Boxes(Box(30, 30, 70, 70), Box(105, 5, 195, 95))
    predictor = Scores(replace(PREDICTOR.info, score_threshold=0.4), 0.9, 0.8)
    faces = FaceFinder(sizes, predictor).find(np.zeros((100, 200, 3), np.uint8))
    assert [face.face_id for face in faces] == [0, 1]
    assert faces[0].box.width > faces[1].box.width


def test_specks_and_faces_centred_outside_are_dropped() -> None:
    predictor = Scores(replace(PREDICTOR.info, score_threshold=0.4), 0.9, 0.9)
    image = np.zeros((100, 100, 3), np.uint8)
    assert FaceFinder(Boxes(Box(50, 50, 54, 54)), predictor).find(image) == []
    assert FaceFinder(Boxes(Box(80, 20, 180, 120)), predictor).find(image) == []
