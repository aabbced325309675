"""Two networks side by side on one picture: the same face twice, followed and drawn by each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from assets import DEFAULT_WEIGHTS
from model.arrays import Image
from realtime.drawing.primitives import blend_premultiplied
from realtime.drawing.text import fitted_text, render_plate, render_text, text_size_wh
from realtime.face_view import FaceView, Viewer
from realtime.filters.base import Filter
from realtime.frame import Frame
from realtime.tracking.tracker import FaceTracker

_FOLLOWING: Final = 0.1
"""Share of the way to the face that the shown part moves with each frame: it must not tremble with the points."""
_LINE_PX: Final = 2
_TEXT_SHARE: Final = 0.035
_PLATE_BGR: Final = (20, 20, 20)


class Comparison:
    """Shows the middle of the picture twice: on the left as one network has it, on the right as another.

    Args:
        shown: what draws on the faces of the run's own tracker.
        other_tracker: follows the faces by the other network.
        other: draws on those; not the same as `shown`, for filters keep state of each face.
        names: of the two networks, left and right.
    """

    def __init__(self, shown: Filter, other_tracker: FaceTracker, other: Filter, names: tuple[str, str]) -> None:
        self._shown, self._tracker, self._other, self._names = shown, other_tracker, other, names
        self._viewer = Viewer()
        self._middle: float | None = None
        self._index = 0

    def draw(self, canvas_bgr: Image, views: Sequence[FaceView], time_s: float) -> None:
        """Draw both halves on the canvas, which holds the frame as it came."""
        height, width = canvas_bgr.shape[:2]
        other_bgr = canvas_bgr.copy()
        faces = self._tracker.update(Frame(other_bgr.copy(), self._index, time_s))
        self._index += 1
        self._shown.draw(canvas_bgr, views, time_s)
        self._other.draw(other_bgr, self._viewer.views(faces, (width, height), time_s), time_s)
        half = width // 2
        left = self._left_edge(views, width, half)
        halves = [canvas_bgr[:, left : left + half].copy(), other_bgr[:, left : left + half]]
        for place, (picture, name) in enumerate(zip(halves, self._names, strict=True)):
            canvas_bgr[:, place * half : place * half + half] = picture
            _write(canvas_bgr, name, place * half, half)
        canvas_bgr[:, half - _LINE_PX // 2 : half + _LINE_PX // 2] = 255
        canvas_bgr[:, 2 * half :] = 0

    def close(self) -> None:
        """End the other tracker's thread."""
        self._tracker.close()

    def _left_edge(self, views: Sequence[FaceView], width: int, half: int) -> int:
        """Where the part that is shown twice begins; the nearest face comes last."""
        wished = float(views[-1].keypoints_px[:, 0].mean()) if views else width / 2
        self._middle = wished if self._middle is None else self._middle + _FOLLOWING * (wished - self._middle)
        return int(np.clip(self._middle - half / 2, 0, width - half))


def name_of(weights: Path) -> str:
    """What weights are called on the picture: training calls every file alike, so its folder names them."""
    if weights == DEFAULT_WEIGHTS:
        return "shipped"
    return weights.absolute().parent.name if weights.name.startswith("keypoints") else weights.stem


def _write(canvas_bgr: Image, name: str, left: int, width: int) -> None:
    size_px = max(11, round(_TEXT_SHARE * canvas_bgr.shape[0]))
    gap = size_px // 2
    text = fitted_text(name, size_px, max(width - 4 * gap, 1), bold=True)
    wide, high = text_size_wh(text, size_px, bold=True)
    if wide + 4 * gap > width or high + 3 * gap > canvas_bgr.shape[0]:
        return
    plate = render_plate((wide + 2 * gap, high + gap), gap, _PLATE_BGR, 0.6)
    blend_premultiplied(canvas_bgr, plate, left + gap, gap)
    blend_premultiplied(canvas_bgr, render_text(text, size_px, bold=True), left + 2 * gap, gap + gap // 2)
