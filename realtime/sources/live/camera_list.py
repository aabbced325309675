"""What a system's cameras are called, and the ways to open one."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

MJPG = cv2.VideoWriter.fourcc(*"MJPG")
_V4L_DIR = Path("/sys/class/video4linux")
_RAW_LIMIT_PX = 640 * 480
"""Above this size USB 2 has no room for raw pictures at 30 a second; JPEG fits."""
_PROBED_SIZES_WH = ((640, 480), (1280, 720), (1920, 1080), (3840, 2160))
_MOST_CAMERAS = 10
"""Cameras looked for where the system names none."""


class OpenCvCapture(Protocol):
    """What is used of `cv2.VideoCapture`."""

    def isOpened(self) -> bool: ...

    def read(self) -> tuple[bool, npt.NDArray[np.uint8] | None]: ...

    def get(self, propId: int) -> float: ...

    def set(self, propId: int, value: float) -> bool: ...

    def release(self) -> None: ...


VideoCaptureOpener = Callable[[int, int, Sequence[int]], OpenCvCapture]
"""Index, backend, parameters -> a capture that may turn out not to be opened: `cv2.VideoCapture`."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to open a camera with OpenCV.

    Attributes:
        api: a `cv2.CAP_*` backend.
        name: the backend's name for people.
        params: property and value in turn, handed over at opening: set afterwards, most drivers open twice.
        environment: variables that OpenCV reads while opening.
    """

    api: int
    name: str
    params: tuple[int, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def ways_to_open(system: str, size_wh: tuple[int, int] | None, fps: float | None) -> list[Way]:
    """The ways worth trying on a system (`sys.platform`), best first; later ones ask the driver for less.

    - Windows: DirectShow opens in a fraction of a second but delivers raw pictures, slowly, unless told MJPG. Media
      Foundation is the fallback, without hardware transforms, which cost it many seconds at opening.
    - Linux: V4L2, with MJPG above 640x480.
    - macOS: AVFoundation, which picks the format itself.
    """
    size = (cv2.CAP_PROP_FRAME_WIDTH, size_wh[0], cv2.CAP_PROP_FRAME_HEIGHT, size_wh[1]) if size_wh else ()
    rate = (cv2.CAP_PROP_FPS, round(fps)) if fps else ()
    jpeg = (cv2.CAP_PROP_FOURCC, MJPG)
    if system == "win32":
        no_transforms = {"OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0"}
        return _without_repeats(
            # The rate comes first: asked for after the format, it makes OpenCV's DirectShow forget the format.
            Way(cv2.CAP_DSHOW, "DirectShow", rate + jpeg + size),
            Way(cv2.CAP_DSHOW, "DirectShow", size),
            Way(cv2.CAP_MSMF, "Media Foundation", size + rate, no_transforms),
            Way(cv2.CAP_MSMF, "Media Foundation", (), no_transforms),
        )
    if system == "darwin":
        return _without_repeats(
            Way(cv2.CAP_AVFOUNDATION, "AVFoundation", size + rate), Way(cv2.CAP_AVFOUNDATION, "AVFoundation", ())
        )
    large = size_wh is not None and size_wh[0] * size_wh[1] > _RAW_LIMIT_PX
    return _without_repeats(
        Way(cv2.CAP_V4L2, "V4L2", (jpeg if large else ()) + size + rate),
        Way(cv2.CAP_V4L2, "V4L2", size),
        Way(cv2.CAP_V4L2, "V4L2", ()),
    )


@dataclass(frozen=True, slots=True)
class CameraListing:
    """A camera that the system knows: what `--camera` takes, its name, and sizes it offers where those were asked."""

    index: int
    name: str
    sizes_wh: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        sizes = ", ".join(f"{width}x{height}" for width, height in self.sizes_wh)
        return f"{self.index}  {self.name}{f'  ({sizes})' if sizes else ''}"


def list_cameras(
    with_sizes: bool = False,
    system: str = sys.platform,
    opener: VideoCaptureOpener = cv2.VideoCapture,
    v4l_dir: Path = _V4L_DIR,
) -> list[CameraListing]:
    """The cameras of this machine by index; none is left open.

    Names come from the kernel on Linux, elsewhere from the package `cv2-enumerate-cameras`; where that is not
    installed, the cameras are opened in turn and go by their numbers.

    Args:
        with_sizes: open each camera for a moment and ask for usual sizes; its light may go on.
        system: `sys.platform`.
        opener: `cv2.VideoCapture`, or a fake.
        v4l_dir: where Linux lists its video devices.
    """
    way = ways_to_open(system, None, None)[0]
    if system.startswith("linux"):
        found = _list_v4l(v4l_dir)
    elif names_are_known(system):
        listed = importlib.import_module("cv2_enumerate_cameras").enumerate_cameras(way.api)
        found = [CameraListing(each.index, each.name) for each in listed]
    else:
        found = _count_up(way, opener)
    if with_sizes:
        found = [replace(camera, sizes_wh=_probe_sizes(camera.index, way, opener)) for camera in found]
    return sorted(found, key=lambda camera: camera.index)


def names_are_known(system: str = sys.platform) -> bool:
    """Whether cameras can be listed without opening them."""
    return system.startswith("linux") or importlib.util.find_spec("cv2_enumerate_cameras") is not None


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Keep OpenCV from printing a warning of its own for each way of opening that fails."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def _list_v4l(v4l_dir: Path) -> list[CameraListing]:
    found = []
    for folder in v4l_dir.glob("video*"):
        digits = folder.name.removeprefix("video")
        # A USB camera registers a second node for metadata; `index` counts the nodes of a device.
        index_file, name_file = folder / "index", folder / "name"
        if digits.isdecimal() and name_file.is_file() and (not index_file.is_file() or _text(index_file) == "0"):
            found.append(CameraListing(int(digits), _text(name_file)))
    return found


def _count_up(way: Way, opener: VideoCaptureOpener) -> list[CameraListing]:
    found = []
    with quiet_opencv():
        for index in range(_MOST_CAMERAS):
            capture = opener(index, way.api, [])
            there = capture.isOpened()
            capture.release()
            if not there:
                break
            found.append(CameraListing(index, f"camera {index}"))
    return found


def _probe_sizes(index: int, way: Way, opener: VideoCaptureOpener) -> tuple[tuple[int, int], ...]:
    """Sizes that the camera gives when asked for usual ones; none where it is in use by another program."""
    with quiet_opencv():
        capture = opener(index, way.api, [])
        try:
            sizes_wh = set()
            for width, height in _PROBED_SIZES_WH if capture.isOpened() else ():
                capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
                capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
                sizes_wh.add(
                    (round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
                )
        finally:
            capture.release()
    return tuple(sorted(size_wh for size_wh in sizes_wh if min(size_wh) > 0))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()


def _without_repeats(*ways: Way) -> list[Way]:
    """Where nothing is asked for, the modest ways are the ambitious ones over again."""
    return [way for number, way in enumerate(ways) if way not in ways[:number]]
