"""The contract of a filter."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.face import Face


class Filter(Protocol):
    """One look, drawn on every face of a frame.

    `apply` draws on `canvas_bgr` ((H, W, 3) uint8, C-contiguous) in place and returns nothing. Faces may be partly or
    wholly outside, tiny or degenerate: then less or nothing is drawn, and nothing is raised. `time_s` is the frame's
    time. State between frames, if any, is keyed by `face_id` and dropped for faces no longer present.
    """

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    def apply(self, canvas_bgr: npt.NDArray[np.uint8], faces: Sequence[Face], time_s: float) -> None: ...
