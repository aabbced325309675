"""Other face trackers beside ours, where they are installed. None of them is a requirement."""

import importlib
import importlib.metadata
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image

Points = npt.NDArray[np.floating]

DLIB_MODEL = Path("face_recognition_models", "models", "shape_predictor_68_face_landmarks.dat")


@dataclass(frozen=True, slots=True)
class Peer:
    """Another tracker.

    Attributes:
        name: with its version.
        step: an image, (H, W, 3) uint8 -> the points of its one face, (N, 2) pixels; None where it finds none. Keeps
            what it needs from frame to frame.
        rgb: the image is to be RGB, not BGR; turning it is not counted as the peer's work.
        eye_corners: which of its points are the outer eye corners.
        smooths: its points are smoothed over time.
        landmarks: it gives points, and not only the face's box.
    """

    name: str
    step: Callable[[Image], Points | None]
    rgb: bool
    eye_corners: tuple[int, int]
    smooths: bool = False
    landmarks: bool = True

    def input_of(self, image_bgr: Image) -> Image:
        """The image as the peer wants it."""
        return cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB) if self.rgb else image_bgr

    def unit_px(self, points: Points) -> float:
        """The eye distance of its points."""
        left, right = self.eye_corners
        return float(np.linalg.norm(points[right] - points[left]))


def find_peers() -> tuple[list[Peer], list[str]]:
    """Those that can be imported, and a line for each that cannot: what to install."""
    peers, missing = [], []
    if importlib.util.find_spec("mediapipe"):
        peers += [_mediapipe(refine=False), _mediapipe(refine=True)]
    else:
        missing.append(
            "MediaPipe is not installed; to compare, in an environment of its own: pip install mediapipe==0.10.21"
        )
    if importlib.util.find_spec("dlib") is None:
        missing.append("dlib is not installed; to compare: pip install dlib-bin face_recognition_models")
    else:
        model = _dlib_model()
        if model is None:
            missing.append(
                "dlib has no landmark model, so only its detector is compared; pip install face_recognition_models"
            )
        peers.append(_dlib(model))
    return peers, missing


def _mediapipe(refine: bool) -> Peer:
    os.environ.setdefault("GLOG_minloglevel", "2")
    face_mesh = importlib.import_module("mediapipe.python.solutions.face_mesh")
    mesh = face_mesh.FaceMesh(static_image_mode=False, max_num_faces=1, refine_landmarks=refine)

    def step(image_rgb: Image) -> Points | None:
        found = mesh.process(image_rgb).multi_face_landmarks
        if not found:
            return None
        height, width = image_rgb.shape[:2]
        return np.array([(point.x * width, point.y * height) for point in found[0].landmark])

    name = f"MediaPipe {importlib.metadata.version('mediapipe')}{' refined' if refine else ''}"
    return Peer(name, step, rgb=True, eye_corners=(33, 263), smooths=True)


def _dlib_model() -> Path | None:
    """The 68-point model, which face_recognition_models carries; found without importing that, which needs more."""
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parents[1] / DLIB_MODEL
    return path if path.is_file() else None


def _dlib(model: Path | None) -> Peer:
    dlib = importlib.import_module("dlib")
    detector = dlib.get_frontal_face_detector()
    landmarks = dlib.shape_predictor(str(model)) if model else None

    def step(image_bgr: Image) -> Points | None:
        image_gray = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)
        found = detector(image_gray, 0)
        if not found:
            return None
        if landmarks is None:
            return np.array([(found[0].left(), found[0].top()), (found[0].right(), found[0].bottom())], np.float64)
        return np.array([(point.x, point.y) for point in landmarks(image_gray, found[0]).parts()], np.float64)

    name = f"dlib {dlib.__version__}{'' if model else ' detector only'}"
    return Peer(name, step, rgb=False, eye_corners=(36, 45) if model else (0, 1), landmarks=model is not None)
