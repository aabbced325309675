"""How steady unsmoothed points are, on the portrait that the demo plays."""

from dataclasses import dataclass
from typing import Any

import cv2
import matplotlib.cbook
import numpy as np
import numpy.typing as npt

from model.crop import region_from_keypoints
from model.errors import ModelError
from model.finder import open_finder
from model.keypoints import eye_distance
from model.predictor import KeypointPredictor
from train.evaluation.stress import SENSOR_NOISE

FRAMES = 60
SHIFT_STEP_PX = 0.125


@dataclass(frozen=True, slots=True)
class Steadiness:
    """Of a still face, followed as the live program does: each frame cut around the last frame's points.

    Attributes:
        noise_rms: how far points stray from their mean under sensor noise, RMS distance over the eye distance.
        shift_gain: how far the points move when the image moves, over how far it moved (x, y); 1 is right.
        shift_rms: how far they stray from that line, RMS, as a share of the eye distance.
    """

    noise_rms: float
    shift_gain: tuple[float, float]
    shift_rms: float


def steadiness(predictor: KeypointPredictor, seed: int = 0) -> Steadiness:
    """Measure on matplotlib's public-domain portrait.

    Raises:
        ModelError: it cannot be read, or the cascade finds no face in it.
    """
    path = str(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    image: npt.NDArray[np.uint8] | None = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ModelError(f"matplotlib's portrait {path} cannot be read; reinstall matplotlib")
    faces = open_finder().find(image)  # by the weights that ship: those that are measured may see nothing
    if not faces:
        raise ModelError("no face was found in matplotlib's portrait; are the weights in assets those that ship?")
    start = predictor.predict(image, [region_from_keypoints(faces[0].keypoints_px)], passes=2).keypoints_px[0]
    # The rest of the picture is not looked at, and noise costs time.
    corner = np.maximum(start.min(axis=0) - np.ptp(start, axis=0), 0).astype(int)
    end = (start.max(axis=0) + np.ptp(start, axis=0)).astype(int)
    image, start = image[corner[1] : end[1], corner[0] : end[0]], start - corner
    unit = float(eye_distance(start))
    rng = np.random.default_rng(seed)
    noisy = [_clipped(image + rng.normal(0, SENSOR_NOISE, image.shape)) for _ in range(FRAMES)]
    noise = _followed(predictor, start, noisy)
    shifts = np.arange(0, 2 + SHIFT_STEP_PX, SHIFT_STEP_PX)
    gains, strays = [], []
    for axis in (0, 1):
        frames = [_shifted(image, axis, float(shift)) for shift in shifts]
        along = _followed(predictor, start, frames)[:, :, axis]
        slope, intercept = np.polyfit(shifts, along, 1)
        gains.append(float(slope.mean()))
        strays.append(along - (intercept + shifts[:, None] * slope.mean()))
    return Steadiness(
        noise_rms=float(_rms(noise - noise.mean(axis=0)) * np.sqrt(2) / unit),
        shift_gain=(gains[0], gains[1]),
        shift_rms=_rms(np.array(strays)) / unit,
    )


def _followed(
    predictor: KeypointPredictor, start: npt.NDArray[Any], frames: list[npt.NDArray[Any]]
) -> npt.NDArray[np.float64]:
    """(F, 68, 2) points of a face that is followed from frame to frame."""
    found, track = predictor.predict(frames[0], [region_from_keypoints(start)], passes=2), []
    for frame in frames:
        found = predictor.predict(frame, found.regions)
        track.append(found.keypoints_px[0].astype(np.float64))
    return np.stack(track)


def _shifted(image: npt.NDArray[np.uint8], axis: int, shift_px: float) -> npt.NDArray[np.uint8]:
    matrix = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    matrix[axis, 2] = shift_px
    result: npt.NDArray[np.uint8] = cv2.warpAffine(
        image, matrix, image.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return result


def _rms(values: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt((values**2).mean()))


def _clipped(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    result: npt.NDArray[np.uint8] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return result
