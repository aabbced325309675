"""From what was typed to an open source."""

import re
from pathlib import Path

from realtime.errors import SourceError
from realtime.sources.base import Source
from realtime.sources.demo import DemoConfig, DemoSource
from realtime.sources.demo_motions import REFERENCE_SIZE_WH
from realtime.sources.files.file import is_still, open_file
from realtime.sources.files.images import MAX_MEGAPIXELS, ImageSource, StillSource
from realtime.sources.files.video import VideoSource
from realtime.sources.live.camera import CameraConfig, CameraSource
from realtime.sources.live.stream import StreamSource
from realtime.sources.paced import PacedSource
from realtime.sources.prefetched import PrefetchedSource

_LINUX_DEVICE = re.compile(r"/dev/video(\d+)")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_FILE_AT_ADDRESS = re.compile(
    r"^https?://[^?#]*\.(mp4|m4v|mov|mkv|webm|avi|mpg|mpeg|ogv|gif|png|jpe?g|webp|bmp)([?#]|$)", re.IGNORECASE
)
"""Addresses of files of some length, of which no frame is to be lost; all others are taken as live."""


def open_source(
    where: str | None,
    camera: int | str | None = None,
    size_wh: tuple[int, int] | None = None,
    fps: float | None = None,
    paced: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Source:
    """Open what the options `--source` and `--camera` name.

    Args:
        where: `demo`, an address, an image, a folder of images, or a video file; None for a camera.
        camera: index or part of a name; None is camera 0.
        size_wh: asked of cameras and of the demo, 1280x720 where it is None; files keep their own.
        fps: asked of cameras and of the demo, and the rate of a folder's images, 30 where it is None; videos keep
            their own.
        paced: for a window that people watch: recordings play no faster than their time, without loss; the demo is
            looped and plays by the clock; a single image stays.
        max_megapixels: larger images are refused.

    Raises:
        SourceError: there is no such source, or it cannot be opened.
    """
    if where is None:
        # Left alone, most cameras give 640x480.
        return CameraSource(CameraConfig(0 if camera is None else camera, size_wh or REFERENCE_SIZE_WH, fps or 30.0))
    if device := _LINUX_DEVICE.fullmatch(where):
        return open_source(None, int(device[1]), size_wh, fps)
    if where.strip().lower() == "demo":
        demo = DemoSource(DemoConfig(size_wh or REFERENCE_SIZE_WH, fps or 30.0, loop=paced, paced=paced))
        return demo if paced else PrefetchedSource(demo)
    if _ADDRESS.match(where):
        if not _FILE_AT_ADDRESS.match(where):
            return StreamSource(where)
        source: Source = VideoSource(where)
    else:
        source = _open_path(where, fps or 30.0, max_megapixels, held=paced)
    ahead = PrefetchedSource(source)
    return PacedSource(ahead) if paced else ahead


def _open_path(where: str, fps: float, max_megapixels: float, held: bool) -> Source:
    path = Path(where).expanduser()
    try:
        is_folder, is_file, exists = path.is_dir(), path.is_file(), path.exists()
    except OSError as error:
        raise SourceError(f"cannot look for --source {where}: {error.strerror}; check the path") from error
    if is_folder:
        return ImageSource(path, fps, max_megapixels)
    if not is_file:
        problem = "is neither file nor folder" if exists else "does not exist"
        raise SourceError(
            f"--source {where} {problem}; give a video, an image, a folder of images, an address, or `demo`"
            + (f" (for a camera: --camera {where})" if where.isdecimal() else "")
        )
    if held and is_still(path):
        return StillSource(path, fps, max_megapixels)
    return open_file(path, fps=fps, max_megapixels=max_megapixels)
