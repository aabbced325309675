"""The face template: the mean face seen from the front, over which packs' pictures are drawn.

A picture on the template is 1000 x 1200 pixels, 400 pixels an eye distance, the midpoint of the outer eye corners at
(500, 480): head coordinate (x, y) of `model.mean_face` is its pixel (500 + 400 x, 480 + 400 y).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from model.keypoints import CLOSED_GROUPS, GROUPS
from model.mean_face import HEAD_POINTS, MEAN_FACE

TEMPLATE_SIZE_WH: Final = (1000, 1200)
TEMPLATE_ORIGIN: Final = (500.0, 480.0)
TEMPLATE_EYE_DISTANCE: Final = 400.0
_MARKED: Final = ("crown", "left_ear", "right_ear", "left_ear_top", "right_ear_top")


def to_template(head_points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(N, 2) template pixels of (N, 2+) head coordinates."""
    return head_points[:, :2] * TEMPLATE_EYE_DISTANCE + TEMPLATE_ORIGIN


def template_svg() -> str:
    """The template as a drawing, to lay under one's own: `docs/face_template.svg`."""
    width, height = TEMPLATE_SIZE_WH
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="#f6f2ec"/>',
    ]
    grid = "".join(f"M{at} 0V{height}" for at in range(100, width, 100))
    grid += "".join(f"M0 {at}H{width}" for at in range(80, height, 100))
    lines.append(f'<path d="{grid}" stroke="#ddd5c8" fill="none"/>')
    face = to_template(MEAN_FACE)
    shapes = [(face[list(indices)], group in CLOSED_GROUPS) for group, indices in GROUPS.items()]
    shapes += [(_head_row("forehead"), False), (_head_row("brow_up"), False)]
    for points, closed in shapes:
        listed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        tag = "polygon" if closed else "polyline"
        lines.append(f'<{tag} points="{listed}" fill="none" stroke="#6f8fae" stroke-width="2"/>')
    marks = to_template(np.array([HEAD_POINTS[name] for name in _MARKED]))
    dots = np.concatenate([*(points for points, _ in shapes), marks])
    lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#b8384a"/>' for x, y in dots]
    return "\n".join([*lines, "</svg>", ""])


def _head_row(prefix: str) -> npt.NDArray[np.float64]:
    return to_template(np.array([HEAD_POINTS[f"{prefix}_{column}"] for column in range(7)]))
