"""What a system's cameras are called, and the ways to open one."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2

MJPG = cv2.VideoWriter.fourcc(*"MJPG")
_V4L_DIR = Path("/sys/class/video4linux")
_RAW_LIMIT_PX = 640 * 480
"""Above this size USB 2 has no room for raw pictures at 30 a second; JPEG fits."""


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
    - Linux: V4L2, with MJPG above 640x480 (or where no size is asked for, which leaves the driver its own).
    - macOS: AVFoundation, which picks the format itself.
    """
    size = (cv2.CAP_PROP_FRAME_WIDTH, size_wh[0], cv2.CAP_PROP_FRAME_HEIGHT, size_wh[1]) if size_wh else ()
    rate = (cv2.CAP_PROP_FPS, round(fps)) if fps else ()
    jpeg = (cv2.CAP_PROP_FOURCC, MJPG)
    if system == "win32":
        no_transforms = {"OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0"}
        return _without_repeats(
            Way(cv2.CAP_DSHOW, "DirectShow", jpeg + size + rate),
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
    """A camera that the system knows: what `--camera` takes, its name, and the sizes it offers where that is known."""

    index: int
    name: str
    sizes_wh: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        sizes = ", ".join(f"{width}x{height}" for width, height in self.sizes_wh)
        return f"{self.index}  {self.name}{f'  ({sizes})' if sizes else ''}"


def list_cameras(system: str = sys.platform, v4l_dir: Path = _V4L_DIR) -> list[CameraListing]:
    """The cameras of this machine by index, as far as the system tells; none is left open."""
    if system.startswith("linux"):
        return _list_v4l(v4l_dir)
    return []


def _list_v4l(v4l_dir: Path) -> list[CameraListing]:
    found = []
    for folder in v4l_dir.glob("video*"):
        digits = folder.name.removeprefix("video")
        # A USB camera registers a second node for metadata; `index` counts the nodes of a device.
        index_file, name_file = folder / "index", folder / "name"
        if digits.isdecimal() and name_file.is_file() and (not index_file.is_file() or _text(index_file) == "0"):
            found.append(CameraListing(int(digits), _text(name_file)))
    return sorted(found, key=lambda camera: camera.index)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()


def _without_repeats(*ways: Way) -> list[Way]:
    """Where nothing is asked for, the modest ways are the ambitious ones over again."""
    return [way for number, way in enumerate(ways) if way not in ways[:number]]
