"""Cameras through OpenCV."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from realtime.errors import SourceError
from realtime.sources.base import SourceInfo
from realtime.sources.live.camera_list import (
    CameraListing,
    OpenCvCapture,
    VideoCaptureOpener,
    Way,
    list_cameras,
    names_are_known,
    quiet_opencv,
    ways_to_open,
)
from realtime.sources.live.live_source import LiveSource
from realtime.sources.live.newest import CaptureError, Patience

_DRIVER_ERRORS = (cv2.error, OSError, RuntimeError, ValueError)
"""What OpenCV and its Python bindings raise when a driver fails."""


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

    @property
    def asked(self) -> str:
        """What is asked of the driver, for people; empty where nothing is."""
        parts = [
            f"{self.size_wh[0]}x{self.size_wh[1]}" if self.size_wh else "",
            f"{self.fps:g} fps" if self.fps else "",
        ]
        return " at ".join(filter(None, parts))


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
        self._config = config or CameraConfig()
        by_number = isinstance(self._config.camera, int)
        # A list that must open each camera is not worth a name in a message.
        listed = lister() if names_are_known(self._config.system) or not by_number else []
        chosen = _choose(self._config.camera, listed)
        ways = ways_to_open(self._config.system, self._config.size_wh, self._config.fps)

        def open_capture() -> _OpenedCamera:
            return _open(_find_again(chosen, lister), ways, opener)

        name = f"camera {chosen.index}" + (f" {chosen.name!r}" if chosen.name else "")
        try:
            # macOS asks the user for permission only when the main thread opens the camera.
            super().__init__(name, open_capture, self._config.patience, open_here=self._config.system == "darwin")
        except SourceError as error:
            raise SourceError(f"{error}; {_cameras_here(lister())}; {_advice(self._config.system)}") from error

    @property
    def info(self) -> SourceInfo:
        info = super().info
        asked = self._config.asked
        return replace(info, name=f"{info.name}; asked for {asked}") if asked else info


def _choose(camera: int | str, listed: list[CameraListing]) -> CameraListing:
    """The camera meant, with an empty name where the system lists none by that number."""
    if isinstance(camera, str) and camera.strip().isdecimal():
        camera = int(camera)
    if isinstance(camera, int):
        return next((each for each in listed if each.index == camera), CameraListing(camera, ""))
    matching = [each for each in listed if camera.casefold() in each.name.casefold()]
    exact = [each for each in matching if each.name.casefold() == camera.casefold()]
    if len(exact or matching) == 1:
        return (exact or matching)[0]
    problem = f"{len(matching)} cameras are" if matching else "no camera is"
    raise SourceError(f"{problem} called {camera!r}; {_cameras_here(matching or listed)}; choose one by its number")


def _find_again(chosen: CameraListing, lister: Callable[[], list[CameraListing]]) -> int:
    """The camera's index now: plugged in again while the old device node is held open, it gets another one."""
    if not chosen.name:
        return chosen.index
    alike = [each.index for each in lister() if each.name == chosen.name]
    return alike[0] if alike and chosen.index not in alike else chosen.index


def _cameras_here(listed: list[CameraListing]) -> str:
    if not listed:
        return "the system lists no camera"
    return "cameras here: " + ", ".join(f"{each.index} {each.name!r}" for each in listed)


def _advice(system: str) -> str:
    if system == "darwin":
        return (
            "macOS may be refusing it: allow your terminal in System Settings > Privacy & Security > Camera, "
            "then restart the terminal"
        )
    if system == "win32":
        return (
            "Windows may be refusing it: see Settings > Privacy & security > Camera; "
            "or choose another with --camera, or play --source demo"
        )
    return "choose another with --camera, or play --source demo"


def _open(index: int, ways: Sequence[Way], opener: VideoCaptureOpener) -> "_OpenedCamera":
    with quiet_opencv():
        try:
            for way in ways:
                os.environ.update(way.environment)
                capture = opener(index, way.api, list(way.params))
                if capture.isOpened():
                    return _OpenedCamera(capture, way)
                capture.release()
        except _DRIVER_ERRORS as error:
            raise CaptureError(f"the driver says {_one_line(error)!r}") from error
    raise CaptureError("it is not there, or another program is using it")


class _OpenedCamera:
    """An opened `cv2.VideoCapture` as a `Capture`."""

    def __init__(self, capture: OpenCvCapture, way: Way) -> None:
        self._capture = capture
        code = int(capture.get(cv2.CAP_PROP_FOURCC))
        letters = "".join(chr(code >> shift & 0xFF) for shift in (0, 8, 16, 24)).strip("\0 ")
        self._label = ", ".join(filter(None, [letters if code > 0 and letters.isprintable() else "", way.name]))

    @property
    def label(self) -> str:
        return self._label

    def read(self) -> npt.NDArray[np.uint8]:
        try:
            good, pixels = self._capture.read()
        except _DRIVER_ERRORS as error:
            raise CaptureError(f"the driver says {_one_line(error)!r}") from error
        if not good or pixels is None or pixels.size == 0:
            raise CaptureError("no pictures come")
        if pixels.ndim == 2 or pixels.shape[2] == 1:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
        return np.ascontiguousarray(pixels)

    def close(self) -> None:
        try:
            self._capture.release()
        except _DRIVER_ERRORS as error:
            raise CaptureError(f"the driver says {_one_line(error)!r}") from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
