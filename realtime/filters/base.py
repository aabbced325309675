"""The contracts of a filter and of the layers it is made of."""

from collections.abc import Sequence
from typing import Protocol

from model.arrays import Image
from realtime.face_view import FaceView


class Filter(Protocol):
    """One look, drawn on every face of a frame.

    `draw` draws on `canvas_bgr` ((H, W, 3) uint8, C-contiguous) in place and returns nothing. `views` holds all faces
    of the frame, farther ones first; they may be partly or wholly outside, tiny or degenerate: then less or nothing is
    drawn, and nothing is raised. State between frames, if any, is keyed by `face_id` and dropped for faces that left.
    `time_s` is the frame's time.
    """

    def draw(self, canvas_bgr: Image, views: Sequence[FaceView], time_s: float) -> None: ...


class Layer(Protocol):
    """One thing drawn on a face; a filter is a pile of them. Implementations subclass it for its empty `begin`.

    `draw` draws one face on `canvas_bgr` in place, at `opacity` 0 to 1, and nothing outside the face's surroundings;
    degenerate faces are drawn partly or not at all, and raise nothing. With opacity 0 nothing new appears; it is called
    anyway, since particles live on.
    """

    def begin(self, canvas_bgr: Image, views: Sequence[FaceView]) -> None:
        """Called once a frame, before any face is drawn, with all faces of the frame."""
        return None

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None: ...


class ScreenLayer(Layer):
    """A layer of the whole frame: painted once a frame, with or without faces, and never on a face."""

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        return None

    def paint(self, canvas_bgr: Image, opacity: float, time_s: float) -> None:
        """Change the frame in place; `opacity` is above 0, `time_s` the frame's time."""
        raise NotImplementedError
