"""What layers ask of a face: points by name, and the length that sizes are given in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from model.crop import roll_from_keypoints
from model.face import Face
from model.keypoints import GROUPS, NAMED, NAMES, eye_distance, keypoint_index

CENTERS: Final[dict[str, tuple[int, ...]]] = {
    **GROUPS,
    "eyes": GROUPS["left_eye"] + GROUPS["right_eye"],
    "brows": GROUPS["left_brow"] + GROUPS["right_brow"],
    "nose": GROUPS["nose_base"],
    "mouth": GROUPS["outer_lip"],
}
"""Name -> the points whose mean it stands for."""

KEYPOINT_NAMES: Final[tuple[str, ...]] = (*CENTERS, *NAMED, *NAMES)
"""Every name that a pack can pin something to."""

_UNIT_PX = (2.0, 20_000.0)
"""Faces with an eye distance outside this are too small to show anything, or no faces."""


def indices_of(name: str) -> tuple[int, ...]:
    """The points whose mean `name` stands for.

    Raises:
        KeyError: no point has that name.
    """
    return CENTERS[name] if name in CENTERS else (keypoint_index(name),)


@dataclass(frozen=True, slots=True)
class FaceView:
    """One face as layers see it.

    Attributes:
        face_id: as in `Face`.
        keypoints_px: (68, 2) float64, full-frame pixels.
        unit_px: pixels an eye distance.
        roll_rad: as `model.crop.roll_from_keypoints`.
        time_s: the frame's time.
    """

    face_id: int
    keypoints_px: npt.NDArray[np.float64] = field(repr=False)
    unit_px: float
    roll_rad: float
    time_s: float

    def point(self, name: str) -> npt.NDArray[np.float64]:
        """(x, y) of a named point or centre in pixels."""
        return self.points([name])[0]

    def points(self, names: Iterable[str]) -> npt.NDArray[np.float64]:
        """(N, 2) of named points or centres in pixels."""
        return np.array([self.keypoints_px[list(indices_of(name))].mean(axis=0) for name in names])

    def along_face(self, offset: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """An (x, y) offset in eye distances along the face's own axes, in pixels of the frame."""
        x, y = np.asarray(offset, np.float64) * self.unit_px
        cos, sin = np.cos(self.roll_rad), np.sin(self.roll_rad)
        return np.array([cos * x - sin * y, sin * x + cos * y])


def views_of(faces: Sequence[Face], time_s: float) -> list[FaceView]:
    """The faces that can be drawn on, farther (smaller) ones first."""
    views = []
    for face in faces:
        keypoints = face.keypoints_px.astype(np.float64)
        unit_px = float(eye_distance(keypoints))
        if _UNIT_PX[0] <= unit_px <= _UNIT_PX[1]:
            views.append(FaceView(face.face_id, keypoints, unit_px, roll_from_keypoints(keypoints), time_s))
    return sorted(views, key=lambda view: view.unit_px)
