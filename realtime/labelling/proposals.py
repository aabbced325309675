"""Where the network sees the points of a face, and how sure it is: what a person starts labelling from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.crop import crop_gray, region_from_keypoints
from model.face import Face
from model.finder import FaceFinder
from model.geometry import Points
from model.keypoints import MIRROR, eye_distance
from realtime.face_view import Viewer

SMALLEST_EYE_DISTANCE_PX = 16.0
"""Faces whose outer eye corners are closer show too little to be labelled."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A face that could be labelled.

    Attributes:
        keypoints_px: (68, 2) float64, pixels of the picture.
        score: how sure the network is that this is a face, in [0, 1].
        doubt: how far the points lie from those that it sees in the mirrored picture, over the eye distance, and what
            the score lacks: 0 is certain.
        features: what the face does, in steps that look different: head's angles, mouth, smile, brows, eyes.
        sharpness: how much detail the face shows; compare faces of one clip only.
    """

    keypoints_px: Points = field(repr=False)
    score: float
    doubt: float
    features: npt.NDArray[np.float64] = field(repr=False)
    sharpness: float


def propose(image_bgr: Image, finder: FaceFinder) -> list[Proposal]:
    """The faces of a picture that are large enough to be labelled, the largest first."""
    faces = [face for face in finder.find(image_bgr) if eye_distance(face.keypoints_px) >= SMALLEST_EYE_DISTANCE_PX]
    return [_proposal(image_bgr, face, finder) for face in faces]


def _proposal(image_bgr: Image, face: Face, finder: FaceFinder) -> Proposal:
    points = np.asarray(face.keypoints_px, np.float64)
    crop, _ = crop_gray(image_bgr, region_from_keypoints(points), finder.predictor.info.spec)
    sharpness = float(cv2.Laplacian(crop, cv2.CV_32F).var())
    return Proposal(points, face.score, _doubt(image_bgr, face, finder), _features(image_bgr, face), sharpness)


def _doubt(image_bgr: Image, face: Face, finder: FaceFinder) -> float:
    """A network that knows where a point is says the same of the mirrored picture."""
    width = image_bgr.shape[1]
    points = np.asarray(face.keypoints_px, np.float64)
    turned = points[MIRROR] * (-1, 1) + (width - 1, 0)
    mirrored = np.ascontiguousarray(image_bgr[:, ::-1])
    found = finder.predictor.predict(mirrored, [region_from_keypoints(turned)]).keypoints_px[0]
    away = np.linalg.norm(found - turned, axis=1).mean() / eye_distance(points)
    return float(away + 0.1 * (1 - face.score))


def _features(image_bgr: Image, face: Face) -> npt.NDArray[np.float64]:
    views = Viewer().views([face], (image_bgr.shape[1], image_bgr.shape[0]), 0.0)
    measures = views[0].measures if views else None
    if measures is None:
        return np.zeros(8)
    eyes = [min(opening, 1.0) for opening in (measures.left_eye_opening, measures.right_eye_opening)]
    return np.array(
        [
            np.degrees(measures.yaw) / 12,
            np.degrees(measures.pitch) / 12,
            np.degrees(measures.roll) / 20,
            3 * min(measures.mouth_opening, 1.0),
            2 * measures.smile,
            measures.brow_raise,
            *(1.5 * opening for opening in eyes),
        ]
    )


def most_different(proposals: Sequence[Proposal], count: int) -> list[int]:
    """Which of the proposals differ most in pose and expression: indices, in the order in which they were chosen.

    The first is the most usual one; each next is the one farthest from all chosen before (Gonzalez, "Clustering to
    minimize the maximum intercluster distance", 1985). Blurred ones are left out while there are others.
    """
    if not proposals:
        return []
    features = np.stack([proposal.features for proposal in proposals])
    sharpness = np.array([proposal.sharpness for proposal in proposals])
    clear = np.flatnonzero(sharpness >= 0.4 * np.median(sharpness))
    first = clear[np.argmin(np.abs(features[clear] - np.median(features[clear], axis=0)).sum(axis=1))]
    chosen = [int(first)]
    nearest = np.linalg.norm(features - features[first], axis=1)
    nearest[~np.isin(np.arange(len(proposals)), clear)] = -1
    while len(chosen) < count:
        best = int(np.argmax(nearest))
        # What looks like one that is chosen teaches nothing new.
        if nearest[best] <= 0:
            break
        chosen.append(best)
        nearest = np.minimum(nearest, np.linalg.norm(features - features[best], axis=1))
        nearest[chosen] = -1
    return chosen
