"""A face to draw on, and ways to move it."""

import numpy as np

from model.face import Face
from model.geometry import bounding_box
from model.keypoints import GROUPS
from model.mean_face import MEAN_FACE
from model.pose import HeadPose, rotation_from_angles

_FRONTAL: dict[str, list[tuple[float, float]]] = {
    "jaw": [
        (-0.83, 0),
        (-0.81, 0.2),
        (-0.78, 0.4),
        (-0.74, 0.6),
        (-0.68, 0.8),
        (-0.56, 0.97),
        (-0.44, 1.09),
        (-0.26, 1.18),
    ],
    "left_brow": [(-0.66, -0.18), (-0.55, -0.23), (-0.43, -0.26), (-0.31, -0.24), (-0.21, -0.21)],
    "nose_bridge": [(0, 0.01), (0, 0.16), (0, 0.29), (0, 0.41)],
    "nose_base": [(-0.14, 0.48), (-0.08, 0.5), (0, 0.53), (0.08, 0.5), (0.14, 0.48)],
    "left_eye": [(-0.5, 0), (-0.42, -0.03), (-0.32, -0.03), (-0.22, 0), (-0.31, 0.04), (-0.42, 0.03)],
}


def frontal_keypoints() -> np.ndarray:
    """(68, 2) of a plain frontal face in eye distances about the middle of the eyes, symmetric."""
    mirrored = [(-x, y) for x, y in _FRONTAL["left_brow"]][::-1]
    x_eye = [(-x, y) for x, y in _FRONTAL["left_eye"]]
    right_eye = [x_eye[i] for i in (3, 2, 1, 0, 5, 4)]
    outer = [(-0.29, 0.73), (-0.19, 0.69), (-0.06, 0.66), (0, 0.68), (0.06, 0.66), (0.19, 0.69), (0.29, 0.73)]
    outer += [(0.18, 0.8), (0.09, 0.83), (0, 0.84), (-0.09, 0.83), (-0.18, 0.8)]
    inner = [
        (-0.27, 0.73),
        (-0.08, 0.72),
        (0, 0.72),
        (0.08, 0.72),
        (0.27, 0.73),
        (0.08, 0.75),
        (0, 0.75),
        (-0.08, 0.75),
    ]
    jaw = _FRONTAL["jaw"]
    groups: dict[str, list[tuple[float, float]]] = {
        **_FRONTAL,
        "jaw": [*jaw, (0, 1.24), *[(-x, y) for x, y in jaw[::-1]]],
        "right_brow": mirrored,
        "right_eye": right_eye,
        "outer_lip": outer,
        "inner_lip": inner,
    }
    return np.concatenate([np.array(groups[name], np.float64) for name in GROUPS])


def face_at(center: tuple[float, float], eye_distance: float = 100.0, roll_rad: float = 0.0, face_id: int = 0) -> Face:
    """A frontal face whose eyes' midpoint is at `center`, full-frame pixels."""
    cos, sin = np.cos(roll_rad), np.sin(roll_rad)
    points = frontal_keypoints() * eye_distance @ np.array([[cos, sin], [-sin, cos]]) + center
    keypoints = points.astype(np.float32)
    return Face(keypoints, 0.9, face_id, bounding_box(keypoints))


def head_pose(
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    roll_deg: float = 0.0,
    eye_distance: float = 100.0,
    center: tuple[float, float] = (320.0, 200.0),
    frame_size_wh: tuple[int, int] = (640, 480),
) -> HeadPose:
    """A pose with its origin at `center`, `eye_distance` pixels large, before the camera that poses are sought with."""
    middle = (frame_size_wh[0] - 1) / 2, (frame_size_wh[1] - 1) / 2
    focal = float(max(frame_size_wh))
    depth = focal / eye_distance
    x, y = ((np.array(center) - middle) / eye_distance).tolist()
    return HeadPose(
        rotation_from_angles(*np.radians([yaw_deg, pitch_deg, roll_deg])), np.array([x, y, depth]), focal, middle
    )


def turned_face(
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    roll_deg: float = 0.0,
    eye_distance: float = 100.0,
    center: tuple[float, float] = (320.0, 200.0),
) -> Face:
    """The mean face under a pose, in a 640x480 frame."""
    points = head_pose(yaw_deg, pitch_deg, roll_deg, eye_distance, center).project(MEAN_FACE).astype(np.float32)
    return Face(points, 0.9, 0, bounding_box(points))
