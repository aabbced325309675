"""The values that travel through the loop."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.arrays import check_image
from model.face import Face
from realtime.face_view import FaceView


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    Attributes:
        pixels_bgr: (H, W, 3) uint8, C-contiguous.
        index: 0 for the source's first frame; a camera's skipped frames leave gaps.
        time_s: seconds since the source's first frame, never going back: the clock for cameras, presentation time
            for files.
        captured_s: `time.perf_counter()` when a live source took the picture; None for files.
        duration_s: how long a file shows it; None where nobody knows.

    Raises:
        ValueError: the pixels are not of that shape, type or layout.
    """

    pixels_bgr: npt.NDArray[np.uint8] = field(repr=False)
    index: int
    time_s: float
    captured_s: float | None = None
    duration_s: float | None = None

    def __post_init__(self) -> None:
        check_image(self.pixels_bgr, "pixels_bgr")
        if not self.pixels_bgr.flags.c_contiguous:
            raise ValueError("pixels_bgr must be C-contiguous")

    @property
    def size_wh(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels_bgr.shape[1], self.pixels_bgr.shape[0]


@dataclass(frozen=True, slots=True)
class Output:
    """What a sink is given: all that is known of one frame.

    Attributes:
        original: the source's frame; shared by all, never to be changed.
        annotated: the same frame with keypoints and filters drawn; shared by all sinks, never to be changed.
        faces: the faces found in it.
        views: pose and measures of those faces that can be drawn on, computed once for everybody.
    """

    original: Frame
    annotated: Frame
    faces: Sequence[Face]
    views: Sequence[FaceView] = ()
