"""The mean 3-D face, got from the 2-D labels alone: `python -m train.fit_mean_face CSV IMAGES_DIR` prints its 68 rows.

Every labelled face is treated as a view of one rigid head under scaled orthography; the faces look in enough different
directions to reveal depth. The steps:

1. Each shape is centred and scaled to unit spread. Its mirror image is added, so that the result is symmetric and
   the labels' shift to one side cancels.
2. Factorisation: the 2F x 68 matrix of coordinates is (up to expression and noise) of rank 3. Tomasi and Kanade,
   "Shape and motion from image streams under orthography", IJCV 1992; with one scale a view as in Poelman and Kanade,
   "A paraperspective factorization method for shape and motion recovery", TPAMI 1997.
3. Refinement: motion of each face and the shape in turns, each a least-squares fit with the weights of Student's t
   (a laughing or mislabelled face counts less, a point that moves by expression counts less), and without the jaw of
   the far side in turned faces, where the labels follow the visible outline and not a place on the skin.
4. Axes: see `model.mean_face`. The sign of the depth, which orthography leaves open, is that of a nose in front.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.arrays import Array
from model.keypoints import GROUPS, LEFT_EYE_OUTER, MIRROR, NAMED, NAMES, RIGHT_EYE_OUTER
from model.pose import angles_from_rotation
from train.data.annotations import read_annotations
from train.errors import OptionError, TrainError

MIN_FACES = 20
"""Fewer faces than this say nothing reliable about depth."""
MIN_DEPTH_RATIO = 2.0
"""Third over fourth singular value of the shapes, at least: turning must show more than expression and noise do. The
dataset has 5.8."""

_FAR_JAW_YAW_RAD = 0.2
_FLIP_X = np.array([-1.0, 1.0])
_LEFT = np.flatnonzero(np.arange(len(NAMES)) < MIRROR)
_LEFT_JAW = np.array([i for i in GROUPS["jaw"] if i < NAMED["chin"] - 1])
_RIGHT_JAW = MIRROR[_LEFT_JAW]


@dataclass(frozen=True, slots=True)
class ShapeFit:
    """A rigid face and how well it explains the labels.

    Attributes:
        mean_face: (68, 3), axes and unit of `model.mean_face`.
        yaw_rad, pitch_rad, roll_rad: (F,) of the given faces, signs of `model.pose`.
        residual: (68,) median distance of each point from its projection, in eye distances.
    """

    mean_face: Array = field(repr=False)
    yaw_rad: Array = field(repr=False)
    pitch_rad: Array = field(repr=False)
    roll_rad: Array = field(repr=False)
    residual: Array = field(repr=False)


@dataclass(slots=True)
class _Motion:
    """Scaled-orthographic cameras: `x = scale * rotation[:2] @ X + offset`."""

    rotation: Array
    scale: Array
    offset: Array

    def project(self, shape: Array) -> Array:
        """(F, 68, 2) pictures of a (68, 3) shape."""
        return (self.scale[:, None, None] * self.rotation[:, :2]) @ shape.T + self.offset[..., None]


def fit_mean_face(keypoints: npt.NDArray[np.floating], rounds: int = 25) -> ShapeFit:
    """Fit one rigid face to many labelled ones.

    Args:
        keypoints: (F, 68, 2), any unit; each face may have its own.
        rounds: of refinement; the shape moves by less than 0.001 after 20.

    Raises:
        OptionError: there are too few faces, or they all look the same way, so that depth cannot be determined.
    """
    if len(keypoints) < MIN_FACES:
        raise OptionError(f"a 3-D face needs at least {MIN_FACES} labelled faces, got {len(keypoints)}; give more")
    centred = keypoints - keypoints.mean(axis=1, keepdims=True)
    centred = centred / np.sqrt((centred**2).sum(axis=(1, 2), keepdims=True) / len(NAMES))
    views = np.concatenate([centred, centred[:, MIRROR] * _FLIP_X]).astype(np.float64)

    shape = _canonical(factorise(views))
    weights = np.ones(views.shape[:2])
    motion = _fit_motion(views, shape, weights, steps=5)
    for _ in range(rounds):
        residual = np.linalg.norm(views - motion.project(shape).swapaxes(1, 2), axis=2) / motion.scale[:, None]
        weights = _weights(residual, angles_from_rotation(motion.rotation)[0])
        shape = _canonical(_fit_shape(views, motion, weights))
        motion = _fit_motion(views, shape, weights, steps=5)
    _, pitch, _ = angles_from_rotation(motion.rotation)
    shape = _pitched(shape, float(np.median(pitch)))
    motion = _fit_motion(views, shape, weights, steps=5)

    count = len(keypoints)
    residual = np.linalg.norm(views - motion.project(shape).swapaxes(1, 2), axis=2) / motion.scale[:, None]
    yaw, pitch, roll = (angle[:count] for angle in angles_from_rotation(motion.rotation))
    return ShapeFit(shape, yaw, pitch, roll, np.median(residual, axis=0))


def factorise(views: Array) -> Array:
    """(68, 3) shape, up to rotation and reflection, of which (F, 68, 2) centred shapes are orthographic pictures.

    Raises:
        OptionError: the pictures do not tell depth.
    """
    u, values, vt = np.linalg.svd(views.swapaxes(1, 2).reshape(-1, views.shape[1]), full_matrices=False)
    if values[2] < MIN_DEPTH_RATIO * values[3] or values[2] < 1e-3 * values[1]:
        raise OptionError(
            f"the faces do not tell their depth: turning shows {values[2] / max(values[3], 1e-9):.1f} times as much as "
            f"everything else, and {MIN_DEPTH_RATIO} is needed; give faces that look to both sides"
        )
    motion = u[:, :3] * values[:3]
    # Find G so that each view's rows a, b are orthogonal and of equal length: a G a = b G b, a G b = 0.
    a, b = motion[0::2], motion[1::2]
    upper = np.triu_indices(3)

    def products(left: Array, right: Array) -> Array:
        outer = left[:, :, None] * right[:, None, :]
        outer = outer + outer.swapaxes(1, 2)
        outer[:, range(3), range(3)] /= 2
        return outer[:, upper[0], upper[1]]

    equations = np.concatenate([products(a, a) - products(b, b), products(a, b)])
    gram = np.zeros((3, 3))
    gram[upper] = np.linalg.svd(equations, full_matrices=False)[2][-1]
    gram = gram + np.triu(gram, 1).T
    eigenvalues, vectors = np.linalg.eigh(gram * np.sign(np.trace(gram)))
    root = vectors * np.sqrt(np.maximum(eigenvalues, 1e-6 * eigenvalues[-1]))
    return np.linalg.solve(root, vt[:3]).T


def format_rows(mean_face: Array) -> str:
    """The rows of `_ROWS` in `model/mean_face.py`, one point a line."""
    return "\n".join(
        f"    ({x:.3f}, {y:.3f}, {z:.3f}),  # {name}"
        for name, (x, y, z) in zip(NAMES, np.round(mean_face, 3) + 0.0, strict=True)
    )


def _canonical(shape: Array) -> Array:
    """The shape turned, mirrored and scaled into the mean face's axes, made exactly symmetric."""
    shape = shape - shape.mean(axis=0)
    x = (shape[MIRROR[_LEFT]] - shape[_LEFT]).mean(axis=0)
    x /= np.linalg.norm(x)
    y = shape[NAMED["chin"]] - shape[NAMED["nose_root"]]
    y -= x * (x @ y)
    y /= np.linalg.norm(y)
    shape = shape @ np.stack([x, y, np.cross(x, y)]).T
    if shape[NAMED["nose_tip"], 2] > shape[[NAMED["left_temple"], NAMED["right_temple"]], 2].mean():
        shape[:, 2] *= -1
    shape = (shape + shape[MIRROR] * np.append(_FLIP_X, 1.0)) / 2
    return _unit(shape)


def _pitched(shape: Array, pitch_rad: float) -> Array:
    """The shape turned so that faces whose pitch was `pitch_rad` have pitch 0."""
    c, s = np.cos(pitch_rad), np.sin(pitch_rad)
    return _unit(shape @ np.array([[1, 0, 0], [0, c, s], [0, -s, c]]).T)


def _unit(shape: Array) -> Array:
    left, right = shape[LEFT_EYE_OUTER], shape[RIGHT_EYE_OUTER]
    result: Array = (shape - (left + right) / 2) / np.linalg.norm(right - left)
    return result


def _weights(residual: Array, yaw_rad: Array) -> Array:
    """(F, 68): Student's t for each point's own spread, zero for the jaw on the far side of turned faces."""
    spread = np.median(residual, axis=0)
    weights = (spread.mean() / spread) ** 2 / (1 + (residual / (2 * spread)) ** 2)
    weights[:, _RIGHT_JAW] *= (yaw_rad < _FAR_JAW_YAW_RAD)[:, None]
    weights[:, _LEFT_JAW] *= (yaw_rad > -_FAR_JAW_YAW_RAD)[:, None]
    result: Array = weights
    return result


def _fit_motion(views: Array, shape: Array, weights: Array, steps: int) -> _Motion:
    """The best camera of each view: weighted affine fit, then orthographic Procrustes with the depth filled in."""
    share = (weights / weights.sum(axis=1, keepdims=True))[..., None]
    view_mean, shape_mean = (share * views).sum(axis=1), share[..., 0] @ shape
    x, y = views - view_mean[:, None], shape - shape_mean[:, None]
    weighted = weights[..., None] * y
    cross, square = x.swapaxes(1, 2) @ weighted, y.swapaxes(1, 2) @ weighted
    u, values, vt = np.linalg.svd(cross @ np.linalg.inv(square), full_matrices=False)
    rows, scale = u @ vt, values.mean(axis=1)
    for _ in range(steps):
        # The unseen third coordinates are taken from the present fit; then the nearest rotation is closed-form.
        third = np.cross(rows[:, 0], rows[:, 1])
        moment = np.concatenate([cross, scale[:, None, None] * (third[:, None] @ square)], axis=1)
        u, _, vt = np.linalg.svd(moment)
        u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
        rows = (u @ vt)[:, :2]
        scale = (rows * cross).sum(axis=(1, 2)) / ((rows @ square) * rows).sum(axis=(1, 2))
    rotation = np.concatenate([rows, np.cross(rows[:, 0], rows[:, 1])[:, None]], axis=1)
    return _Motion(rotation, scale, view_mean - scale[:, None] * (rows @ shape_mean[..., None])[..., 0])


def _fit_shape(views: Array, motion: _Motion, weights: Array) -> Array:
    """(68, 3): each point by weighted least squares over all views."""
    rows = motion.scale[:, None, None] * motion.rotation[:, :2]
    square = np.tensordot(weights, rows.swapaxes(1, 2) @ rows, axes=(0, 0))
    offsets = views - motion.offset[:, None]
    cross = np.einsum("fp,fpj->pj", weights, offsets @ rows)
    return np.linalg.solve(square, cross[..., None])[..., 0]


def main(arguments: list[str]) -> int:
    """`CSV IMAGES_DIR`: print the rows of `model/mean_face.py` and how well they fit; the exit code."""
    if len(arguments) != 2:
        print("usage: python -m train.fit_mean_face CSV IMAGES_DIR", file=sys.stderr)
        return 2
    try:
        annotations = read_annotations(Path(arguments[0]), Path(arguments[1]))
        fit = fit_mean_face(annotations.keypoints_px[annotations.labelled.all(axis=1)])
    except TrainError as error:
        print(error, file=sys.stderr)
        return 2
    print(format_rows(fit.mean_face))
    for name in ("yaw", "pitch", "roll"):
        low, median, high = np.rad2deg(np.percentile(getattr(fit, f"{name}_rad"), [1, 50, 99]))
        print(f"# {name}: 1 %, 50 %, 99 % of {len(fit.yaw_rad)} faces at {low:.1f}, {median:.1f}, {high:.1f} degrees")
    print(f"# residual: {fit.residual.mean():.3f} eye distances (median of each point, mean of the points)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
