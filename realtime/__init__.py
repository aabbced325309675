"""The live program, and its Python interface: see `docs/api.md`.

Names are loaded when they are first used, so that `import realtime` costs little: no network, no window, no PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Before PyAV, whichever module is imported first: each brings a libxcb of its own, and if PyAV's is loaded first,
# OpenCV's window hangs when it opens.
import cv2  # noqa: F401

from assets import __version__

if TYPE_CHECKING:
    from model.errors import UserError
    from model.face import Face
    from realtime.api import Recording, analyse, draw, find_faces, wear
    from realtime.face_view import FaceView
    from realtime.frame import Frame
    from realtime.sinks.recording.formats import RecorderConfig
    from realtime.sources.open import open_source
    from realtime.tracking.tracker import FaceTracker, open_tracker

__all__ = [
    "Face",
    "FaceTracker",
    "FaceView",
    "Frame",
    "RecorderConfig",
    "Recording",
    "UserError",
    "__version__",
    "analyse",
    "draw",
    "find_faces",
    "open_source",
    "open_tracker",
    "wear",
]

_HOMES = {
    "Face": "model.face",
    "FaceTracker": "realtime.tracking.tracker",
    "FaceView": "realtime.face_view",
    "Frame": "realtime.frame",
    "RecorderConfig": "realtime.sinks.recording.formats",
    "Recording": "realtime.api",
    "UserError": "model.errors",
    "analyse": "realtime.api",
    "draw": "realtime.api",
    "find_faces": "realtime.api",
    "open_source": "realtime.sources.open",
    "open_tracker": "realtime.tracking.tracker",
    "wear": "realtime.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
