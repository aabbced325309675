"""Tracking of one picture that is shown again and again: done when it has settled."""

from typing import Final, Protocol

from model.face import Face
from realtime.frame import Frame

_SETTLED: Final = 120
"""Frames after which detection has been everywhere and smoothing has come to rest: four seconds."""


class AnyTracker(Protocol):
    """A tracker; see `FaceTracker`."""

    def update(self, frame: Frame) -> list[Face]: ...


class SettledTracker:
    """Another tracker's faces of a still picture; after a while its last ones, without asking again.

    Args:
        inner: the tracker. Every frame given to it must show the same picture.
    """

    def __init__(self, inner: AnyTracker) -> None:
        self._inner = inner
        self._faces: list[Face] = []
        self._count = 0

    def update(self, frame: Frame) -> list[Face]:
        """The faces in a frame."""
        if self._count < _SETTLED:
            self._count += 1
            self._faces = self._inner.update(frame)
        return self._faces
