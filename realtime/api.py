"""Find, track, decorate and record faces from Python: what `import realtime` offers.

Pictures are (H, W, 3) uint8 arrays in OpenCV's BGR order; coordinates are pixels of the picture, and whole numbers are
pixel centres.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from assets import DEFAULT_WEIGHTS
from model.arrays import Image, check_image
from model.face import Face
from model.finder import FaceFinder, open_finder
from realtime.control.controls import Controls
from realtime.face_view import FaceView, Viewer
from realtime.filters.stack import FilterStack
from realtime.sinks.recording.formats import RecorderConfig, check_writable
from realtime.sinks.recording.video import VideoWriter


def find_faces(image_bgr: Image, weights: Path | str = DEFAULT_WEIGHTS) -> list[Face]:
    """All faces of one picture, the largest first.

    Args:
        image_bgr: (H, W, 3) BGR or (H, W) grey, uint8; not changed.
        weights: the keypoint network; loaded once and kept.

    Returns:
        Each with `keypoints_px` (68, 2) float32, `score` in [0, 1], `box`, and `face_id` 0, 1, 2 and so on.

    Raises:
        WeightsError, DetectorError: the weights or the installed OpenCV cannot be used.
        ValueError: the picture is no such array.
    """
    check_image(image_bgr, "image_bgr", grey=True)
    return _finder(Path(weights)).find(image_bgr)


def analyse(faces: Sequence[Face], size_wh: tuple[int, int], time_s: float = 0.0) -> list[FaceView]:
    """What each face does: pose and measures, and named points.

    Args:
        faces: of one picture.
        size_wh: (width, height) of that picture.
        time_s: when it was taken.

    Returns:
        The faces that are large enough, smaller (farther) ones first. `pose` and `measures` are None where the points
        fit no head.
    """
    return Viewer().views(faces, size_wh, time_s)


def wear(
    filters: Sequence[str] | str, *, keypoints: bool = False, filters_dir: Path | str | None = None
) -> FilterStack:
    """Filters to draw frame after frame: `apply(canvas_bgr, faces, time_s)` draws on a picture in place.

    Args:
        filters: names, as `python -m realtime filters` lists them, drawn in this order; or one name.
        keypoints: draw the 68 points as well.
        filters_dir: a folder with more packs.

    Raises:
        FilterError: a filter is unknown or broken.
    """
    names = [filters] if isinstance(filters, str) else list(filters)
    return FilterStack(Controls(names, show_keypoints=keypoints), [Path(filters_dir)] if filters_dir else ())


def draw(
    image_bgr: Image, faces: Sequence[Face], filters: Sequence[str] | str = (), *, keypoints: bool = False
) -> Image:
    """A copy of a picture with filters, keypoints or both on its faces.

    Raises:
        FilterError: a filter is unknown or broken.
        ValueError: the picture is not a (H, W, 3) uint8 array.
    """
    check_image(image_bgr, "image_bgr")
    canvas_bgr = image_bgr.copy()
    wear(filters, keypoints=keypoints).apply(canvas_bgr, faces, 0.0)
    return canvas_bgr


class Recording:
    """A video that is written frame by frame; a context manager.

    The suffix chooses the format: `.mp4`, `.mkv` or `.webm`. The video has the size of the first frame; later frames of
    another size are fitted in.

    Args:
        path: the file.
        overwrite: replace a file that exists.
        config: quality, speed and rate.

    Raises:
        SinkError: the file exists, or cannot be written.
    """

    def __init__(self, path: Path | str, *, overwrite: bool = False, config: RecorderConfig | None = None) -> None:
        self._path = Path(path)
        self._config = config or RecorderConfig()
        self._writer: VideoWriter | None = None
        check_writable(self._path, overwrite)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, frame_bgr: Image, time_s: float) -> None:
        """Add a (H, W, 3) uint8 frame that is shown from `time_s` on; times must rise.

        Raises:
            SinkError: it cannot be written.
            ValueError: it is no such array, or the time is not finite.
        """
        check_image(frame_bgr, "frame_bgr")
        if not math.isfinite(time_s):
            raise ValueError(f"time_s must be finite, got {time_s}")
        if self._writer is None:
            self._writer = VideoWriter(self._path, (frame_bgr.shape[1], frame_bgr.shape[0]), self._config)
        self._writer.write(frame_bgr, time_s)

    def close(self) -> None:
        """Finish the file; may be called more than once."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


@lru_cache(maxsize=2)
def _finder(weights: Path) -> FaceFinder:
    return open_finder(weights, closely=True)
