"""Find faces in an image with OpenCV's frontal-face Haar cascade."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from model.face import DetectorError
from model.geometry import Box

CASCADE_NAME = "haarcascade_frontalface_default.xml"
"""Found a face in all of 600 training images; `alt` and `alt2` miss 1 % and raise fewer false alarms, which the
network's score drops anyhow."""

_MIN_NEIGHBORS = 3
"""Overlapping hits that make a face."""

Image: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SearchSlice:
    """A share of the whole search, small enough not to stall a frame.

    Attributes:
        width_px: longer side of the grey image that is searched.
        min_face_px, max_face_px: sizes looked for in it; the cascade's own window is 24 px.
        scale_step: ratio of neighbouring sizes tried.
    """

    width_px: int
    min_face_px: int
    max_face_px: int
    scale_step: float


SEARCH_SLICES = (
    SearchSlice(160, 24, 160, 1.15),
    SearchSlice(320, 33, 52, 1.15),
    SearchSlice(320, 24, 36, 1.2),
)
"""Together they find faces from 7.5 % of the image's longer side up; the first finds those from 15 % up, for a
fifth of what one search of all sizes at 320 px costs."""


class HaarFaceDetector:
    """Finds upright, frontal faces.

    Args:
        cascade_path: a cascade file; by default OpenCV's own.

    Raises:
        DetectorError: the installed OpenCV has no cascade classifier, or its cascade file is missing or broken.
    """

    def __init__(self, cascade_path: Path | None = None) -> None:
        self._cascade = load_cascade(cascade_path)

    def detect(self, image: Image) -> list[Box]:
        """Boxes of all faces in a (H, W, 3) BGR or (H, W) grey uint8 image, in its pixels; surest first."""
        found: list[Box] = []
        for part in SEARCH_SLICES:
            gray, scale = shrink_gray(image, part.width_px)
            for box in self.detect_slice(gray, part):
                box = box.scaled(1 / scale)
                if all(box.iou(other) < 0.3 for other in found):
                    found.append(box)
        return found

    def detect_slice(self, gray: Image, part: SearchSlice) -> list[Box]:
        """Boxes of the faces of one slice's sizes in a grey image, which is searched as it is; surest first."""
        if min(gray.shape) < part.min_face_px:
            return []
        boxes, _, weights = self._cascade.detectMultiScale3(
            gray,
            scaleFactor=part.scale_step,
            minNeighbors=_MIN_NEIGHBORS,
            minSize=(part.min_face_px, part.min_face_px),
            maxSize=(part.max_face_px, part.max_face_px),
            outputRejectLevels=True,
        )
        order = np.argsort(-np.asarray(weights, np.float64).ravel(), kind="stable")
        return [Box(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h in np.asarray(boxes)[order]]


def shrink_gray(image: Image, width_px: int) -> tuple[Image, float]:
    """A small grey copy to search, and its scale (its size over the image's); never enlarged.

    Args:
        image: (H, W, 3) BGR or (H, W) grey, uint8; not changed.
        width_px: longer side of the copy.
    """
    scale = min(1.0, width_px / max(image.shape[:2]))
    if scale < 1:
        size_wh = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        # Area averaging of a whole large frame costs more than the search. Taking every n-th pixel first costs
        # nothing, and what is left is still averaged, over two to four pixels.
        step = max(1, int(0.5 / scale))
        image = cv2.resize(image[::step, ::step], size_wh, interpolation=cv2.INTER_AREA)
    return (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image), scale


def load_cascade(path: Path | None = None) -> cv2.CascadeClassifier:
    """The cascade classifier, checked: OpenCV itself says nothing of a missing file.

    Raises:
        DetectorError: see `HaarFaceDetector`.
    """
    if not hasattr(cv2, "CascadeClassifier"):
        raise DetectorError(
            f"OpenCV {cv2.__version__} has no cascade classifier (version 5 dropped it); "
            'install one that has: pip install "opencv-python>=4.10,<5"'
        )
    path = path or Path(cv2.__file__).parent / "data" / CASCADE_NAME
    if not path.is_file():
        raise DetectorError(
            f"the face cascade {path} is missing; install OpenCV anew: "
            'pip install --force-reinstall "opencv-python>=4.10,<5"'
        )
    cascade = cv2.CascadeClassifier(str(path))
    if cascade.empty():
        raise DetectorError(
            f"OpenCV cannot read the face cascade {path}; install OpenCV anew: "
            'pip install --force-reinstall "opencv-python>=4.10,<5"'
        )
    return cascade
