"""All heads of a frame that anything takes for one: covering what is not a face harms nobody."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from assets import DEFAULT_WEIGHTS
from model.arrays import Image
from model.crop import Region, region_from_keypoints
from model.detection.haar import UPRIGHT_SEARCHES, HaarFaceDetector, load_cascade, shrink_gray
from model.detection.network import NetworkFaceDetector, NetworkSearch
from model.predictor import KeypointPredictor
from realtime.privacy.cover import Cover, cover_region, cover_square

PROFILE_NAME: Final = "haarcascade_profileface.xml"
_SEARCHES: Final = (NetworkSearch(200 * 200), NetworkSearch(440 * 440))
_LEAST: Final = 0.15
"""Proposals of the network from this score on are looked at."""
_SURE: Final = 0.34
"""From this score on they are covered without a look."""
_LEAST_POINTS: Final = 0.3
"""The others where the keypoint network scores as much."""
_NEIGHBORS: Final = 3
_PROFILE_PIXELS: Final = 300 * 300
_PROFILE_NEIGHBORS: Final = 3


class PrivacySight:
    """Finds heads by the detector network, the frontal and the profile cascade, with low thresholds.

    Args:
        weights: the keypoint network.

    Raises:
        WeightsError, DetectorError: weights or the installed OpenCV cannot be used.
    """

    def __init__(self, weights: Path = DEFAULT_WEIGHTS) -> None:
        self._network = NetworkFaceDetector(threshold=_LEAST)
        self._predictor = KeypointPredictor(weights)
        self._haar = HaarFaceDetector(min_neighbors=_NEIGHBORS)
        self._profile = load_cascade(Path(cv2.__file__).parent / "data" / PROFILE_NAME)

    def by_network(self, image: Image) -> list[Cover]:
        """Heads that the detector network sees in a (H, W, 3) BGR image."""
        found = [detection for search in _SEARCHES for detection in self._network.search(image, search)]
        sure = [detection.region for detection in found if detection.score >= _SURE]
        unsure = [detection.region for detection in found if detection.score < _SURE]
        return [cover_region(region) for region in (*self._refined(image, sure), *self._faces(image, unsure))]

    def by_cascades(self, image: Image) -> list[Cover]:
        """Heads that OpenCV's cascades see, frontal and in profile."""
        frontal = [detection.region for search in UPRIGHT_SEARCHES for detection in self._haar.search(image, search)]
        return [*(cover_region(region) for region in frontal), *self._profiles(image)]

    def _refined(self, image: Image, regions: list[Region]) -> list[Region]:
        """The regions where the keypoint network sees them, if it sees faces there."""
        found = self._predictor.predict(image, regions, passes=2)
        return [
            region_from_keypoints(points) if score >= _LEAST_POINTS else region
            for region, points, score in zip(regions, found.keypoints_px, found.scores.tolist(), strict=True)
        ]

    def _faces(self, image: Image, regions: list[Region]) -> list[Region]:
        found = self._predictor.predict(image, regions, passes=2)
        return [
            region_from_keypoints(points)
            for points, score in zip(found.keypoints_px, found.scores.tolist(), strict=True)
            if score >= _LEAST_POINTS
        ]

    def _profiles(self, image: Image) -> list[Cover]:
        gray, scale = shrink_gray(image, _PROFILE_PIXELS)
        covers = []
        # The cascade knows heads that look to one side.
        for mirrored in (False, True):
            picture = np.ascontiguousarray(gray[:, ::-1]) if mirrored else gray
            for x, y, w, h in self._profile.detectMultiScale(picture, 1.15, _PROFILE_NEIGHBORS, minSize=(20, 20)):
                middle = gray.shape[1] - (x + w / 2) if mirrored else x + w / 2
                covers.append(cover_square(middle / scale, (y + h / 2) / scale, max(w, h) / scale))
        return covers
