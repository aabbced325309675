"""Heads turned further to a side than the dataset shows them: in the picture and in its labels alike.

Faces turned by more than 40 degrees are three in a hundred of the dataset, and a network trained on it lets its points
turn too little. Here a face gets the depth of the mean 3-D face under its own pose, spread smoothly between the points
and the head around them, and is turned about the vertical: nearer pixels move over what lies behind them, as in "Face
profiling" (Zhu et al., "Face alignment across large poses: a 3D solution", CVPR 2016). What was hidden before cannot
come into view, so a head is only ever turned further to the side it looks to.
"""

import functools
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from model.geometry import bounding_box
from model.mean_face import HEAD_POINTS, MEAN_FACE
from model.pose import HeadPose, estimate_pose

Points = npt.NDArray[np.float32]

MAX_YAW_RAD: Final = float(np.radians(60))
"""No head is turned beyond: there the far eye is hidden, and its labels would be a guess."""
_TURN_RAD = (float(np.radians(8)), float(np.radians(40)))
_FRONTAL_RAD = float(np.radians(8))
"""Heads that look straight on up to here are turned to either side."""
_MAX_ROLL_RAD = 0.35
_GRID = 128
_RING, _REACH = 16, 2.4
"""Points of the ring around the head, and how far from its middle they are, outer eye distances."""
_SPACING = 0.04
_HEAD = np.array(
    [place for name, place in HEAD_POINTS.items() if name.startswith(("forehead", "brow_up")) or "ear" in name]
)
_HALF_WIDTH, _HALF_HEIGHT = 1.0, 1.45
"""Of the head around the middle of the eyes, outer eye distances."""
_BACK = float(_HEAD[:, 2].max())
"""Depth of what surrounds the head, outer eye distances: that of the ears."""


def turn_head(crop: Image, keypoints: Points, rng: np.random.Generator) -> tuple[Image, Points]:
    """Turn the head in an upright (S, S) picture by 8 to 40 degrees more, to 60 at most.

    The points' box keeps its centre. Points that come to lie behind others go to the outline that hides them, in their
    own row, where labels of hidden points lie as well.

    Args:
        crop: (S, S) grey, the head in its middle with about its own width of space on each side.
        keypoints: (68, 2) in its pixels.
        rng: the amount, and the side where the head looks straight on.

    Returns:
        The crop and its points, both new; unchanged where the head is turned that far already or the points have no
        pose.
    """
    size = crop.shape[0]
    amount, side = rng.uniform(*_TURN_RAD), 1.0 if rng.random() < 0.5 else -1.0
    try:
        pose = estimate_pose(keypoints, (size, size))
    except ValueError:
        return crop, keypoints
    yaw, _, roll = pose.angles_rad
    if abs(yaw) > _FRONTAL_RAD:
        side = float(np.sign(yaw))
    amount = min(amount, MAX_YAW_RAD - abs(yaw))
    if amount < _TURN_RAD[0] / 2 or abs(roll) > _MAX_ROLL_RAD:
        return crop, keypoints
    return turn_head_by(crop, keypoints, pose, side * amount)


def turn_head_by(crop: Image, keypoints: Points, pose: HeadPose, angle_rad: float) -> tuple[Image, Points]:
    """Turn the head in an upright (S, S) picture about the vertical; see `turn_head`.

    Args:
        crop, keypoints: see there.
        pose: of these points in the picture.
        angle_rad: > 0 turns the nose to the right of the picture; not 0, and not past the profile.
    """
    # All of it happens on a grid half as fine as the picture.
    size = crop.shape[0]
    step = size / _GRID
    depth = _depth_map(pose, size)
    lines = (np.arange(_GRID, dtype=np.float32) + 0.5) * step - 0.5
    head_x, head_y = pose.project(np.zeros((1, 3)))[0]
    belongs = _belonging(lines - head_x, lines - head_y, pose.scale_px)
    shrink, shift = np.float32(np.cos(angle_rad) - 1), np.float32(np.sin(angle_rad))
    center_x = np.float32(bounding_box(keypoints).center[0])
    behind, turned = belongs * depth, lines + belongs * shrink * (lines - center_x)
    places = np.ascontiguousarray((keypoints + 0.5) / step - 0.5, np.float32)
    middle = np.float32(depth.mean())
    moved = keypoints.copy()
    for _ in range(3):
        to = turned - shift * (behind - belongs * middle)
        to = np.maximum.accumulate(to, axis=1) if angle_rad > 0 else np.minimum.accumulate(to[:, ::-1], axis=1)[:, ::-1]
        to = np.ascontiguousarray(to)
        x = cv2.remap(to, places[:, 0], places[:, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        moved[:, 0] = x[:, 0]
        middle -= (np.float32(bounding_box(moved).center[0]) - center_x) / shift
    return _pulled(crop, to, lines), moved


def _belonging(x: Array, y: Array, eye_distance_px: float) -> npt.NDArray[np.float32]:
    """How far each place of a grid moves with the head, in [0, 1]; `x` and `y` from between the eyes, pixels."""
    radius = np.hypot(x / (_HALF_WIDTH * eye_distance_px), y[:, None] / (_HALF_HEIGHT * eye_distance_px))
    return np.clip((1.7 - radius) / 0.6, 0, 1).astype(np.float32)


def _pulled(crop: Image, to: npt.NDArray[np.float32], lines: npt.NDArray[np.float32]) -> Image:
    """The crop with what lies at each of `lines` moved along its row to column `to`, which nowhere falls."""
    size = crop.shape[0]
    columns = np.arange(size, dtype=np.float32)
    source = np.stack([np.interp(columns, row, lines) for row in to]).astype(np.float32)
    source = cv2.resize(source, (size, size), interpolation=cv2.INTER_LINEAR)
    rows = np.repeat(columns[:, None], size, axis=1)
    result: Image = cv2.remap(crop, source, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return result


def _depth_map(pose: HeadPose, size: int) -> npt.NDArray[np.float32]:
    """Pixels that what is seen at each place of the grid lies behind the head's origin."""
    surface = _surface()
    places = np.rint((pose.project(surface) + 0.5) * (_GRID / size) - 0.5).astype(int)
    depths = (surface @ (pose.rotation[2] * pose.scale_px)).astype(np.float32)
    inside = ((places >= 0) & (places < _GRID)).all(axis=1)
    depth = np.full(_GRID * _GRID, _BACK * pose.scale_px, np.float32)
    np.minimum.at(depth, places[inside, 1] * _GRID + places[inside, 0], depths[inside])
    # The nearest of the neighbours closes the gaps of a surface that is seen from nearby.
    result: npt.NDArray[np.float32] = cv2.blur(
        cv2.erode(depth.reshape(_GRID, _GRID), np.ones((3, 3), np.uint8)), (3, 3)
    )
    return result


@functools.cache
def _surface() -> Array:
    """(N, 3) dense points, head axes: a thin plate through the mean face, the head and a ring around it."""
    angles = np.arange(_RING) * (2 * np.pi / _RING)
    ring = np.stack([_REACH * np.cos(angles), _REACH * np.sin(angles), np.full(_RING, _BACK)], axis=1)
    known = np.concatenate([MEAN_FACE, _HEAD, ring])
    count = len(known)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _plate(known, known)
    system[:count, count], system[:count, count + 1 :] = 1, known[:, :2]
    system[count:, :count] = system[:count, count:].T
    solved = np.linalg.solve(system, np.append(known[:, 2], np.zeros(3)))
    line = np.arange(-_REACH, _REACH, _SPACING)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    depth = _plate(plane, known) @ solved[:count] + solved[count] + plane @ solved[count + 1 :]
    surface = np.concatenate([plane, np.minimum(depth, _BACK)[:, None]], axis=1)
    surface.setflags(write=False)
    return surface


def _plate(first: Array, second: Array) -> Array:
    """(N, M) thin-plate kernel r^2 log r of N and M places, x and y first."""
    squares = (first[:, None, 0] - second[:, 0]) ** 2 + (first[:, None, 1] - second[:, 1]) ** 2
    return np.asarray(0.5 * squares * np.log(np.maximum(squares, 1e-12)))
