"""Boxes, and 2x3 affine matrices: make, compose, invert, apply. numpy only.

Coordinates are pixels, x to the right and y down; integer coordinates are pixel centres, as in
`cv2.warpAffine`. Angles are radians, positive from the x axis towards the y axis, so clockwise on the screen.
A matrix maps column vectors: `(x', y')^T = M @ (x, y, 1)^T`.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Matrix: TypeAlias = npt.NDArray[np.float64]
"""(2, 3) affine map."""
Points: TypeAlias = npt.NDArray[np.floating]
"""(..., 2), x then y."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box in pixels, half-open, which may leave its frame.

    Raises:
        ValueError: a side is not positive, or a value is not finite.
    """

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if not (self.x1 > self.x0 and self.y1 > self.y0):
            raise ValueError(f"a box needs x1 > x0 and y1 > y0, got {self}")
        if not all(map(math.isfinite, (self.x0, self.y0, self.x1, self.y1))):
            raise ValueError(f"a box needs finite corners, got {self}")

    @property
    def width(self) -> float:
        """Pixels along x."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Pixels along y."""
        return self.y1 - self.y0

    @property
    def center(self) -> tuple[float, float]:
        """(x, y)."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def iou(self, other: "Box") -> float:
        """Intersection over union, in [0, 1]."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.width * self.height + other.width * other.height - shared)

    def moved(self, x: float, y: float) -> "Box":
        """The same box `x` further right and `y` further down."""
        return Box(self.x0 + x, self.y0 + y, self.x1 + x, self.y1 + y)

    def scaled(self, factor: float) -> "Box":
        """The same box in an image resized by `factor`."""
        return Box(self.x0 * factor, self.y0 * factor, self.x1 * factor, self.y1 * factor)


def bounding_box(points: Points) -> Box:
    """Smallest box around (N, 2) points; degenerate sides are widened to a hundredth of a pixel."""
    x0, y0 = points.min(axis=0)
    x1, y1 = points.max(axis=0)
    return Box(float(x0), float(y0), float(max(x1, x0 + 1e-2)), float(max(y1, y0 + 1e-2)))


def similarity(scale: float, angle_rad: float, center: tuple[float, float], target: tuple[float, float]) -> Matrix:
    """The map that turns by `angle_rad`, scales by `scale`, and takes `center` to `target`."""
    a, b = scale * np.cos(angle_rad), scale * np.sin(angle_rad)
    x, y = center
    return np.array([[a, -b, target[0] - a * x + b * y], [b, a, target[1] - b * x - a * y]])


def compose(second: Matrix, first: Matrix) -> Matrix:
    """The map that does `first`, then `second`."""
    linear = second[:, :2] @ first[:, :2]
    offset = second[:, :2] @ first[:, 2] + second[:, 2]
    return np.column_stack([linear, offset])


def invert(matrix: Matrix) -> Matrix:
    """The inverse map.

    Raises:
        ValueError: the matrix is singular.
    """
    (a, b, tx), (c, d, ty) = matrix.tolist()
    determinant = a * d - b * c
    if determinant == 0 or not np.isfinite(determinant):
        raise ValueError(f"matrix {matrix.tolist()} has no inverse")
    a, b, c, d = d / determinant, -b / determinant, -c / determinant, a / determinant
    return np.array([[a, b, -(a * tx + b * ty)], [c, d, -(c * tx + d * ty)]])


def apply(matrix: Matrix, points: Points) -> Points:
    """(..., 2) points mapped by `matrix`, in the points' own dtype."""
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(points.dtype, copy=False)


def fit_similarity(source: Points, target: Points) -> Matrix:
    """Least-squares similarity from (N, 2) `source` to (N, 2) `target`, without reflection.

    Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991;
    in the plane it has this closed form over complex numbers.

    Raises:
        ValueError: the source points coincide.
    """
    src, dst = np.asarray(source, np.float64), np.asarray(target, np.float64)
    src_mean, dst_mean = src.mean(axis=0), dst.mean(axis=0)
    z = (src - src_mean) @ np.array([1, 1j])
    w = (dst - dst_mean) @ np.array([1, 1j])
    power = np.vdot(z, z).real
    if power == 0:
        raise ValueError("cannot fit a similarity to coinciding points")
    q = np.vdot(z, w) / power
    linear = np.array([[q.real, -q.imag], [q.imag, q.real]])
    return np.column_stack([linear, dst_mean - linear @ src_mean])


def fit_affine(source: Points, target: Points) -> Matrix:
    """Least-squares affine map from (N, 2) `source` to (N, 2) `target`; a source on one line is taken to one point."""
    middle, goal = source.mean(axis=0), target.mean(axis=0)
    off = source - middle
    (xx, xy), (_, yy) = (off.T @ off).tolist()
    area = xx * yy - xy * xy
    # The inverse of a symmetric matrix of two rows; a general solver takes four times as long.
    inverse = np.array([[yy, -xy], [-xy, xx]]) * (1 / area if area > 1e-12 * max(xx * yy, 1e-300) else 0.0)
    linear = (inverse @ (off.T @ (target - goal))).T
    return np.column_stack([linear, goal - linear @ middle])
