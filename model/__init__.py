"""One image to its faces: keypoints, how they are found, and what a face does. Knows nothing of time or training.

Names are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.detection.haar import HaarFaceDetector
    from model.errors import DetectorError, ModelError, UserError, WeightsError
    from model.face import Face
    from model.finder import FaceFinder, open_finder
    from model.geometry import Box
    from model.measures import Measures, measure
    from model.pose import HeadPose, estimate_pose
    from model.predictor import KeypointPredictor

__all__ = [
    "Box",
    "DetectorError",
    "Face",
    "FaceFinder",
    "HaarFaceDetector",
    "HeadPose",
    "KeypointPredictor",
    "Measures",
    "ModelError",
    "UserError",
    "WeightsError",
    "estimate_pose",
    "measure",
    "open_finder",
]

_HOMES = {
    "Box": "model.geometry",
    "DetectorError": "model.errors",
    "Face": "model.face",
    "FaceFinder": "model.finder",
    "HaarFaceDetector": "model.detection.haar",
    "HeadPose": "model.pose",
    "KeypointPredictor": "model.predictor",
    "Measures": "model.measures",
    "ModelError": "model.errors",
    "UserError": "model.errors",
    "WeightsError": "model.errors",
    "estimate_pose": "model.pose",
    "measure": "model.measures",
    "open_finder": "model.finder",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
