"""Find faces in an image with OpenCV's frontal-face Haar cascade."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from model.face import DetectorError
from model.geometry import Box

CASCADE_NAME = "haarcascade_frontalface_default.xml"
"""Found a face in all of 600 training images; `alt` and `alt2` miss 1 % and raise fewer false alarms, which the
network's score drops anyhow."""


@dataclass(frozen=True, slots=True)
class HaarConfig:
    """How the cascade looks.

    Attributes:
        search_width_px: longer side of the grey image that is searched; the time grows with its square.
        scale_step: ratio of neighbouring face sizes tried.
        min_neighbors: overlapping hits that make a face.
        min_face: smallest face looked for, as a share of the searched image's shorter side.
    """

    search_width_px: int = 320
    scale_step: float = 1.15
    min_neighbors: int = 3
    min_face: float = 0.11


class HaarFaceDetector:
    """Finds upright, frontal faces.

    Raises:
        DetectorError: the installed OpenCV has no cascade classifier, or its cascade file is missing or broken.
    """

    def __init__(self, config: HaarConfig | None = None, cascade_path: Path | None = None) -> None:
        self.config = config or HaarConfig()
        self._cascade = load_cascade(cascade_path)

    def detect(self, image: npt.NDArray[np.uint8]) -> list[Box]:
        """Boxes of the faces in a (H, W, 3) BGR or (H, W) grey uint8 image, in its pixels; surest first."""
        gray, scale = self.search_image(image)
        return [box.scaled(1 / scale) for box in self.detect_gray(gray)]

    def search_image(self, image: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], float]:
        """The small grey image that is searched, and its scale (its size over the image's)."""
        scale = min(1.0, self.config.search_width_px / max(image.shape[:2]))
        if scale < 1:
            size_wh = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
            # Area averaging of a whole large frame costs more than the search; thinning first by whole steps is
            # free, and at the sizes that remain area averaging still smooths what is left.
            step = max(1, int(0.5 / scale))
            image = cv2.resize(image[::step, ::step], size_wh, interpolation=cv2.INTER_AREA)
        return (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image), scale

    def detect_gray(self, gray: npt.NDArray[np.uint8]) -> list[Box]:
        """Boxes in a grey image that is searched as it is, in its pixels; surest first."""
        floor_px = max(24, round(min(gray.shape) * self.config.min_face))
        if min(gray.shape) < floor_px:
            return []
        boxes, _, weights = self._cascade.detectMultiScale3(
            gray,
            scaleFactor=self.config.scale_step,
            minNeighbors=self.config.min_neighbors,
            minSize=(floor_px, floor_px),
            outputRejectLevels=True,
        )
        order = np.argsort(-np.asarray(weights, np.float64).ravel(), kind="stable")
        return [Box(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h in np.asarray(boxes)[order]]


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
    path = path or Path(cv2.data.haarcascades) / CASCADE_NAME
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
