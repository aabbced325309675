"""What layers ask of a face: points by name, the head behind them, and the length that sizes are given in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from model.crop import roll_from_keypoints
from model.face import Face
from model.geometry import apply, fit_affine
from model.keypoints import GROUPS, NAMED, NAMES, eye_distance, keypoint_index
from model.mean_face import HEAD_POINTS, MEAN_FACE
from model.measures import Measures, measure
from model.pose import HeadPose, estimate_pose
from realtime.face_light import Light

CENTERS: Final[dict[str, tuple[int, ...]]] = {
    **GROUPS,
    "eyes": GROUPS["left_eye"] + GROUPS["right_eye"],
    "brows": GROUPS["left_brow"] + GROUPS["right_brow"],
    "nose": GROUPS["nose_base"],
    "mouth": GROUPS["outer_lip"],
}
"""Name -> the points whose mean it stands for."""

KEYPOINT_NAMES: Final[tuple[str, ...]] = tuple(dict.fromkeys((*CENTERS, *NAMED, *HEAD_POINTS, *NAMES)))
"""Every name that a pack can pin something to."""

CONDITION_NAMES: Final = (
    "mouth_opening",
    "jaw_open",
    "smile",
    "brow_raise",
    "left_eye_opening",
    "right_eye_opening",
    "eye_opening",
    "roll",
    "pitch",
    "yaw",
)
"""What a condition can ask for; angles in degrees, `eye_opening` is the mean of both eyes."""

_UNIT_PX = (2.0, 20_000.0)
"""Faces with an eye distance outside this are too small to show anything, or no faces."""
_EYE_CORNERS: Final[dict[str, tuple[int, ...]]] = {
    side: tuple(NAMED[f"{side}_{end}"] for end in ("outer", "inner")) for side in ("left_eye", "right_eye")
}
_STEADY = sum(_EYE_CORNERS.values(), ()) + CENTERS["brows"] + GROUPS["nose_bridge"] + GROUPS["nose_base"]
"""Points that barely move on the skull."""


def head_point(name: str) -> npt.NDArray[np.float64]:
    """(3,) head coordinates of a named point or centre on the mean face."""
    if name in HEAD_POINTS:
        return np.array(HEAD_POINTS[name])
    return np.asarray(MEAN_FACE[list(indices_of(name))].mean(axis=0))


def indices_of(name: str) -> tuple[int, ...]:
    """The keypoints whose mean `name` stands for.

    Raises:
        KeyError: no keypoint has that name.
    """
    return CENTERS[name] if name in CENTERS else (keypoint_index(name),)


def steady_indices(name: str) -> tuple[int, ...]:
    """The keypoints that a solid thing pinned to `name` goes with: of eyes their corners, for lids blink."""
    if name == "eyes":
        return _EYE_CORNERS["left_eye"] + _EYE_CORNERS["right_eye"]
    return _EYE_CORNERS.get(name) or indices_of(name)


@dataclass(frozen=True, slots=True)
class FaceView:
    """One face as layers see it.

    Attributes:
        face_id: as in `Face`.
        keypoints_px: (68, 2) float64, full-frame pixels.
        unit_px: pixels an eye distance, as if the face looked at the viewer.
        roll_rad: how far the face is turned clockwise on the screen.
        time_s: the frame's time.
        pose: the head's pose; None for points that fit no head.
        measures: what the face does; None where the pose is.
        light: the light on it; None before it has been looked at, or where the face is outside the frame.
    """

    face_id: int
    keypoints_px: npt.NDArray[np.float64] = field(repr=False)
    unit_px: float
    roll_rad: float
    time_s: float
    pose: HeadPose | None = None
    measures: Measures | None = None
    light: Light | None = field(default=None, repr=False)

    def point(self, name: str) -> npt.NDArray[np.float64]:
        """(x, y) of a named point or centre in pixels."""
        if name in HEAD_POINTS:
            result: npt.NDArray[np.float64] = self.project(np.array([HEAD_POINTS[name]]))[0]
            return result
        return np.asarray(self.keypoints_px[list(indices_of(name))].mean(axis=0))

    def points(self, names: Iterable[str]) -> npt.NDArray[np.float64]:
        """(N, 2) of named points or centres in pixels."""
        return np.array([self.point(name) for name in names])

    def project(
        self, head_points: npt.NDArray[np.float64], pinned_to: Sequence[int] = _STEADY
    ) -> npt.NDArray[np.float64]:
        """(N, 2) pixels of (N, 3) head coordinates, moved so that the keypoints `pinned_to` meet their own places.

        Without a pose the head is taken to be as flat as a picture of it.
        """
        indices = list(pinned_to)
        if self.pose is None:
            flat = fit_affine(MEAN_FACE[list(_STEADY), :2], self.keypoints_px[list(_STEADY)])
            return np.asarray(apply(flat, head_points[:, :2]))
        missing = self.keypoints_px[indices] - self.pose.project(MEAN_FACE[indices])
        return np.asarray(self.pose.project(head_points) + missing.mean(axis=0))

    def along_face(self, offset: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """An (x, y) offset in eye distances along the face's own axes, in pixels of the frame."""
        x, y = np.asarray(offset, np.float64) * self.unit_px
        cos, sin = np.cos(self.roll_rad), np.sin(self.roll_rad)
        return np.array([cos * x - sin * y, sin * x + cos * y])

    def measure(self, name: str) -> float | None:
        """One of `CONDITION_NAMES`, or None where the face has no pose."""
        if self.measures is None:
            return None
        if name == "eye_opening":
            return (self.measures.left_eye_opening + self.measures.right_eye_opening) / 2
        value = float(getattr(self.measures, name))
        return float(np.degrees(value)) if name in ("roll", "pitch", "yaw") else value


class Viewer:
    """Sees the faces of one frame after another; remembers each face's last pose, from which the next is found."""

    def __init__(self) -> None:
        self._poses: dict[int, HeadPose] = {}

    def views(self, faces: Sequence[Face], frame_size_wh: tuple[int, int], time_s: float) -> list[FaceView]:
        """The faces that can be drawn on, farther (smaller) ones first."""
        views = [self._view(face, frame_size_wh, time_s) for face in faces]
        seen = sorted((view for view in views if view is not None), key=lambda view: view.unit_px)
        self._poses = {view.face_id: view.pose for view in seen if view.pose is not None}
        return seen

    def _view(self, face: Face, frame_size_wh: tuple[int, int], time_s: float) -> FaceView | None:
        keypoints = face.keypoints_px.astype(np.float64)
        distance_px = float(eye_distance(keypoints))
        extent_px = float(np.ptp(keypoints, axis=0).max())
        if not (_UNIT_PX[0] <= max(distance_px, extent_px / 8) and extent_px <= _UNIT_PX[1]):
            return None
        roll = roll_from_keypoints(keypoints)
        try:
            pose = estimate_pose(keypoints, frame_size_wh, self._poses.get(face.face_id))
        except ValueError:  # collapsed points: drawn flat
            return FaceView(face.face_id, keypoints, max(distance_px, extent_px / 8), roll, time_s)
        unit_px = float(np.clip(pose.scale_px, distance_px / 2, max(4 * distance_px, extent_px)))
        return FaceView(face.face_id, keypoints, unit_px, roll, time_s, pose, measure(keypoints, pose))
