"""Cameras through OpenCV."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from realtime.errors import SourceError
from realtime.sources.cameras import CameraListing, Way, list_cameras, ways_to_open
from realtime.sources.live import LiveSource
from realtime.sources.reader import CaptureError, Patience

_DRIVER_ERRORS = (cv2.error, OSError, RuntimeError, ValueError)


class OpenCvCapture(Protocol):
    """What is used of `cv2.VideoCapture`."""

    def isOpened(self) -> bool: ...

    def read(self) -> tuple[bool, npt.NDArray[np.uint8] | None]: ...

    def get(self, propId: int) -> float: ...

    def release(self) -> None: ...


VideoCaptureOpener = Callable[[int, int, Sequence[int]], OpenCvCapture]
"""Index, backend, parameters -> a capture that may turn out not to be opened: `cv2.VideoCapture`."""


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """What is asked of a camera.

    Attributes:
        camera: index, or part of a name in the list of cameras; capitals do not matter.
        size_wh, fps: what the driver is asked for; it may give something else. None leaves it to the driver.
        system: `sys.platform`, which decides how cameras are opened.
        patience: time limits.
    """

    camera: int | str = 0
    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    system: str = sys.platform
    patience: Patience | None = None


class CameraSource(LiveSource):
    """The newest picture of a camera; see `LiveSource`.

    Args:
        config: which camera, and what is asked of it.
        opener: `cv2.VideoCapture`, or a fake.
        lister: gives the cameras that are there, for names and for messages.

    Raises:
        SourceError: no camera goes by that number or name, it cannot be opened, or it gives no picture.
    """

    def __init__(
        self,
        config: CameraConfig | None = None,
        opener: VideoCaptureOpener = cv2.VideoCapture,
        lister: Callable[[], list[CameraListing]] = list_cameras,
    ) -> None:
        config = config or CameraConfig()
        index, name = _choose(config.camera, lister)
        ways = ways_to_open(config.system, config.size_wh, config.fps)
        try:
            super().__init__(
                name, lambda: _open(index, ways, opener), config.patience, open_here=config.system == "darwin"
            )
        except SourceError as error:
            raise SourceError(f"{error}; {_cameras_here(lister())}{_advice(config.system)}") from error


def _choose(camera: int | str, lister: Callable[[], list[CameraListing]]) -> tuple[int, str]:
    """Index, and name for messages."""
    if isinstance(camera, str) and camera.strip().isdecimal():
        camera = int(camera)
    listed = lister()
    if isinstance(camera, int):
        names = {each.index: each.name for each in listed}
        return camera, f"camera {camera}" + (f" {names[camera]!r}" if camera in names else "")
    matching = [each for each in listed if camera.casefold() in each.name.casefold()]
    if len(matching) == 1 or (matching and matching[0].name.casefold() == camera.casefold()):
        return matching[0].index, f"camera {matching[0].index} {matching[0].name!r}"
    problem = "several cameras are" if matching else "no camera is"
    raise SourceError(f"{problem} called {camera!r}; {_cameras_here(matching or listed)}; choose one by its number")


def _cameras_here(listed: list[CameraListing]) -> str:
    if not listed:
        return "the system lists no camera"
    return "cameras here: " + ", ".join(f"{each.index} {each.name!r}" for each in listed)


def _advice(system: str) -> str:
    if system == "darwin":
        return (
            "; macOS may be refusing it: allow your terminal in System Settings > Privacy & Security > Camera, "
            "then start the terminal anew"
        )
    return "; choose another with --camera, or play --source demo"


def _open(index: int, ways: Sequence[Way], opener: VideoCaptureOpener) -> "_OpenedCamera":
    # OpenCV prints a warning of its own for each way that fails; the error below says it once.
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        for way in ways:
            os.environ.update(way.environment)
            capture = opener(index, way.api, list(way.params))
            if capture.isOpened():
                return _OpenedCamera(capture, way)
            capture.release()
    except _DRIVER_ERRORS as error:
        raise CaptureError(f"the driver says {' '.join(str(error).split())!r}") from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    raise CaptureError("it is not there, or another program is using it")


class _OpenedCamera:
    """An opened `cv2.VideoCapture` as a `Capture`."""

    def __init__(self, capture: OpenCvCapture, way: Way) -> None:
        self._capture = capture
        fourcc = int(capture.get(cv2.CAP_PROP_FOURCC))
        letters = "".join(chr(fourcc >> shift & 0xFF) for shift in (0, 8, 16, 24)) if fourcc > 0 else ""
        self._label = " ".join(filter(None, [letters if letters.isprintable() else "", way.name]))

    @property
    def label(self) -> str:
        return self._label

    def read(self) -> npt.NDArray[np.uint8]:
        try:
            good, pixels = self._capture.read()
        except _DRIVER_ERRORS as error:
            raise CaptureError(f"failed with {' '.join(str(error).split())!r}") from error
        if not good or pixels is None or pixels.size == 0:
            raise CaptureError("gives no pictures")
        if pixels.ndim == 2 or pixels.shape[2] == 1:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
        return np.ascontiguousarray(pixels)

    def close(self) -> None:
        self._capture.release()
