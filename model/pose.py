"""Head pose from the 68 points, and pictures of the 3-D head.

Camera axes as in OpenCV: x right in the picture, y down, z away from the viewer. The head's own axes are those of
`model.mean_face`, which coincide with the camera's for a face that looks straight into it.

Angles as seen in the picture: yaw > 0 turns the nose to the right of the picture, pitch > 0 turns it up, roll > 0
turns the head clockwise. A head's rotation is roll after yaw after pitch, so yaw and pitch are the nose's azimuth and
elevation in an upright picture, and roll is how far the picture is turned.
"""

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array
from model.keypoints import GROUPS, NAMED, NUM_KEYPOINTS
from model.mean_face import MEAN_FACE

Angles = tuple[Array, Array, Array]


MIN_DISTANCE = 5.0
"""The nearest a face is taken to be, outer eye distances (about 45 cm). Nearer ones show in crops and zoomed pictures,
where the frame's size says nothing of the camera."""

_JAW = GROUPS["jaw"]
_TEMPLES = (*_JAW[:2], *_JAW[-2:])
_EYE_CORNERS = tuple(NAMED[f"{side}_eye_{end}"] for side in ("left", "right") for end in ("outer", "inner"))
_WEIGHT_OF: dict[int, float] = {
    **dict.fromkeys(GROUPS["left_eye"] + GROUPS["right_eye"], 0.1),
    **dict.fromkeys(GROUPS["left_brow"] + GROUPS["right_brow"], 0.15),
    **dict.fromkeys(_EYE_CORNERS, 1.0),
    **dict.fromkeys(GROUPS["nose_bridge"] + GROUPS["nose_base"], 1.0),
    **dict.fromkeys(GROUPS["outer_lip"][2:5], 0.3),
    **dict.fromkeys(_TEMPLES, 0.25),
}
"""The points used, each about as the inverse square of its spread over people and expressions (measured by
`train.fit_mean_face`: nose 0.02, eyes 0.025, brows and temples 0.04 to 0.06 eye distances). Lids count for little:
they blink, and glasses would slip each time. The upper lip's middle is steady; the rest of the mouth and the jaw
speak and are not used."""
_USED = np.array(sorted(_WEIGHT_OF))
_WEIGHTS = np.repeat([_WEIGHT_OF[i] for i in sorted(_WEIGHT_OF)], 2)
_USED_3D = MEAN_FACE[_USED]
_COLD = np.flatnonzero(_WEIGHTS[::2] >= 0.25)
_LEFT_TEMPLE = np.flatnonzero(np.isin(np.repeat(_USED, 2), _JAW[:2]))
_RIGHT_TEMPLE = np.flatnonzero(np.isin(np.repeat(_USED, 2), _JAW[-2:]))
_UNIT_CAMERA = np.eye(3)
_FADE_SLOPE, _FADE_START = 5.0, 0.25
"""The far temple counts in full below 3 degrees of yaw and no more from 14 on; there its label starts to slide."""

_MEAN_SPREAD = float(np.sqrt(MEAN_FACE[:, :2].var(axis=0).sum()))
_MIN_SPREAD_PX = 0.5
_MIN_DEPTH = 1.6
"""Of the head's origin, eye distances: nearer, its temples could come to lie behind the camera."""
_MIN_RAY_DEPTH = 0.17
_MAX_STEPS = 12
_MAX_TURN_RAD = 0.6
_SMALL_TURN_RAD = 5e-3
_SURE_ERROR = 0.1
"""Eye distances; a fit from the last pose that is worse is checked against a cold start. Real faces have 0.03."""
_MAX_ERROR = 0.35
_NO_FACE = "no pose fits these points: they do not look like a face"


def rotation_from_angles(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Array:
    """(3, 3) rotation, head to camera: roll after yaw after pitch, signs as in the module's text."""
    (cy, sy), (cp, sp), (cr, sr) = ((np.cos(angle), np.sin(angle)) for angle in (yaw_rad, pitch_rad, roll_rad))
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    yaw = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    result: Array = roll @ yaw @ pitch
    return result


def angles_from_rotation(rotation: Array) -> Angles:
    """(yaw, pitch, roll) in radians of (..., 3, 3) rotations; yaw in [-pi/2, pi/2], the others in (-pi, pi]."""
    cos_yaw = np.hypot(rotation[..., 0, 0], rotation[..., 1, 0])
    yaw = np.arctan2(rotation[..., 2, 0], cos_yaw)
    pitch = np.arctan2(-rotation[..., 2, 1], rotation[..., 2, 2])
    roll = np.arctan2(rotation[..., 1, 0], rotation[..., 0, 0])
    return yaw, pitch, roll


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Where a head is and how it is turned, before a pinhole camera without distortion.

    Attributes:
        rotation: (3, 3), head axes to camera axes.
        translation: (3,), the head's origin (between the outer eye corners) in camera axes, outer eye distances.
        focal_px: focal length, pixels.
        center_px: (x, y) pixel on the optical axis.
    """

    rotation: Array = field(repr=False)
    translation: Array
    focal_px: float
    center_px: tuple[float, float]

    @property
    def angles_rad(self) -> tuple[float, float, float]:
        """(yaw, pitch, roll) against the line of sight: 0, 0, 0 wherever in the picture a head looks frontal."""
        x, y, z = (self.translation / np.linalg.norm(self.translation)).tolist()
        # The smallest rotation that takes the optical axis to the line of sight (Rodrigues' formula).
        k = 1 / (1 + z)
        sight = np.array([[1 - k * x * x, -k * x * y, x], [-k * x * y, 1 - k * y * y, y], [-x, -y, z]])
        yaw, pitch, roll = angles_from_rotation(sight.T @ self.rotation)
        return float(yaw), float(pitch), float(roll)

    @property
    def yaw_rad(self) -> float:
        """Turn of the head: > 0 with the nose to the right of the picture."""
        return self.angles_rad[0]

    @property
    def pitch_rad(self) -> float:
        """Nod of the head: > 0 with the nose up."""
        return self.angles_rad[1]

    @property
    def roll_rad(self) -> float:
        """Tilt of the head: > 0 clockwise on the screen."""
        return self.angles_rad[2]

    @property
    def scale_px(self) -> float:
        """Pixels that one outer eye distance across the line of sight fills at the head's origin."""
        return float(self.focal_px / self.translation[2])

    def project(self, points_3d: npt.NDArray[np.floating]) -> Array:
        """(N, 2) full-frame pixels of (N, 3) points in head axes, such as `MEAN_FACE` and `HEAD_POINTS` hold."""
        in_camera = points_3d @ self.rotation.T + self.translation
        return in_camera[:, :2] * (self.focal_px / in_camera[:, 2:]) + self.center_px

    def unproject(self, keypoints_px: npt.NDArray[np.floating]) -> Array:
        """The 68 points as they would be seen from the front: (68, 2), head x and y, outer eye distances.

        Each point is taken to lie at the depth that it has in the mean face, so turn, tilt and distance are taken out
        and expression and the shape of the face are left. Beyond 80 degrees from the front it is no longer exact.
        """
        rays = np.empty((NUM_KEYPOINTS, 3))
        rays[:, :2] = (keypoints_px - self.center_px) / self.focal_px
        rays[:, 2] = 1
        rays = rays @ self.rotation
        camera = -self.translation @ self.rotation
        steps = (MEAN_FACE[:, 2] - camera[2]) / np.maximum(rays[:, 2], _MIN_RAY_DEPTH)
        result: Array = camera[:2] + steps[:, None] * rays[:, :2]
        return result


def estimate_pose(
    keypoints_px: npt.NDArray[np.floating], frame_size_wh: tuple[int, int], previous: HeadPose | None = None
) -> HeadPose:
    """The pose under which the mean face's rigid points look like these.

    The camera is taken to look at the frame's middle, with a focal length of the frame's longer side (a field of
    view of 53 degrees, as webcams have), or longer where that would put the face nearer than `MIN_DISTANCE`.

    `cv2.solvePnP` gives the start where there is none. From there a weighted least-squares fit follows, for two reasons
    that solvePnP knows nothing of: some points move by expression, and the labels of the jaw's far side stick to the
    visible outline, which at 50 degrees of yaw is a third of an eye distance from where they are in a frontal face.

    A pose is as good as its points. On heads turned by more than some 30 degrees the shipped network's points turn too
    little: on a clip of one turning head this fit saw a range of 79 degrees in them and of 90 in another network's.
    Of these 11 the temples, which hair hid, made 3; a mean face 5 percent flatter, as its fit may be off, would give 2.

    Args:
        keypoints_px: (68, 2), full-frame pixels.
        frame_size_wh: (width, height) of the frame.
        previous: the pose of the same face in the frame before, to start from.

    Raises:
        ValueError: the points are not finite, not 68, or look like no face at all (collapsed, on a line, inside out).
    """
    points = np.asarray(keypoints_px, np.float64)
    if points.shape != (NUM_KEYPOINTS, 2) or not np.isfinite(points).all():
        raise ValueError(f"a pose needs 68 finite points, got shape {points.shape}")
    spread_px = float(np.sqrt(points.var(axis=0).sum()))
    if spread_px < _MIN_SPREAD_PX:
        raise ValueError(f"a pose needs points that are apart, these spread over {spread_px:.3g} pixels")
    width, height = frame_size_wh
    center = ((width - 1) / 2, (height - 1) / 2)
    focal = max(float(max(frame_size_wh)), MIN_DISTANCE * spread_px / _MEAN_SPREAD)
    rays = (points[_USED] - center) / focal

    if previous is not None:
        start = previous.rotation, previous.translation * (1.0, 1.0, focal / previous.focal_px)
        fit = _refine(rays, *start)
        if fit is not None and fit.error < _SURE_ERROR:
            return HeadPose(fit.rotation, fit.translation, focal, center)
    fit = _refine(rays, *_solve_cold(rays))
    if fit is None or fit.error > _MAX_ERROR:
        raise ValueError(_NO_FACE)
    return HeadPose(fit.rotation, fit.translation, focal, center)


@dataclass(frozen=True, slots=True)
class _Fit:
    rotation: Array
    translation: Array
    error: float
    """Weighted RMS distance of the points from the fit, eye distances."""


def _solve_cold(rays: Array) -> tuple[Array, Array]:
    """Rotation and translation from (N, 2) normalised coordinates of the used points, without a start."""
    # SQPNP is a global solver: no start, hence no flip to a mirrored pose.
    try:
        found, rotation_vector, translation = cv2.solvePnP(
            _USED_3D[_COLD], rays[_COLD], _UNIT_CAMERA, None, flags=cv2.SOLVEPNP_SQPNP
        )
    except cv2.error as error:
        raise ValueError(_NO_FACE) from error
    if not found:
        raise ValueError(_NO_FACE)
    return cv2.Rodrigues(rotation_vector)[0], translation[:, 0]


def _refine(rays: Array, rotation: Array, translation: Array) -> _Fit | None:
    """Weighted Gauss-Newton from a start; None where it leaves the space before the camera."""
    wanted = rays.ravel()
    vector, shift = cv2.Rodrigues(rotation)[0][:, 0], translation
    for _ in range(_MAX_STEPS):
        if not shift[2] > _MIN_DEPTH:
            return None
        seen, derivatives = cv2.projectPoints(_USED_3D, vector, shift, _UNIT_CAMERA, None)
        jacobian, residual = derivatives[:, :6], wanted - seen.ravel()
        weights = _weights(float(rotation[2, 0]))
        weighted = (jacobian * weights[:, None]).T
        solved, step = cv2.solve(weighted @ jacobian, weighted @ residual, flags=cv2.DECOMP_CHOLESKY)
        turn = math.hypot(*step[:3, 0])
        if not solved or not math.isfinite(turn):
            return None
        if turn > _MAX_TURN_RAD:
            step *= _MAX_TURN_RAD / turn
        vector, shift = vector + step[:3, 0], shift + step[3:, 0]
        rotation = cv2.Rodrigues(vector)[0]
        if turn < _SMALL_TURN_RAD:
            break
    if not shift[2] > _MIN_DEPTH:
        return None
    error = math.sqrt(2 * (weights @ residual**2) / weights.sum()) * shift[2]
    return _Fit(rotation, shift, error)


def _weights(sin_yaw: float) -> Array:
    """Weights of the used points' x and y in turn; the temple on the far side fades out as the head turns."""
    fade = _FADE_SLOPE * abs(sin_yaw) - _FADE_START
    if fade <= 0:
        return _WEIGHTS
    weights = _WEIGHTS.copy()
    weights[_RIGHT_TEMPLE if sin_yaw > 0 else _LEFT_TEMPLE] *= max(1 - fade, 0.0)
    return weights
