"""Smooth outlines on a face: eyes, lips, lids, brows, cheeks; what makeup and masks are cut along."""

from functools import cache

import cv2
import numpy as np

from model.arrays import Array
from model.keypoints import GROUPS
from realtime.face_view import FaceView, head_point

_SAMPLES = 5
"""Points a segment of a smooth curve."""
_T = np.arange(_SAMPLES)[:, None, None] / _SAMPLES


def smooth(points: Array, closed: bool) -> Array:
    """Catmull-Rom curve through (N, 2) points."""
    return np.asarray(_weights(len(points), closed) @ points)


@cache
def _weights(count: int, closed: bool) -> Array:
    """(samples, count) weights of points in a smooth curve through them."""
    points = np.eye(count)
    if closed:
        around = np.vstack([points[-1:], points, points[:2]])
    else:
        around = np.vstack([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    p0, p1, p2, p3 = around[:-3], around[1:-2], around[2:-1], around[3:]
    curve = 0.5 * (
        2 * p1 + (p2 - p0) * _T + (2 * p0 - 5 * p1 + 4 * p2 - p3) * _T**2 + (3 * p1 - p0 - 3 * p2 + p3) * _T**3
    )
    flat = curve.swapaxes(0, 1).reshape(-1, count)
    return flat if closed else np.vstack([flat, points[-1:]])


def group(view: FaceView, name: str) -> Array:
    """(n, 2) points of a group."""
    return view.keypoints_px[list(GROUPS[name])]


def lips(view: FaceView) -> Array:
    """Outer outline of both lips."""
    return smooth(group(view, "outer_lip"), True)


def lower_lip_shine(view: FaceView) -> Array:
    """A lens on the middle of the lower lip, where light catches."""
    outer, inner = group(view, "outer_lip"), group(view, "inner_lip")
    # Both groups run clockwise from the left corner, so their lower halves end them, from right to left.
    outer_low, inner_low = outer[-4:-1], inner[-3:]
    near, far = 0.7 * inner_low + 0.3 * outer_low, 0.42 * inner_low + 0.58 * outer_low
    return smooth(np.vstack([near, far[::-1]]), True)


def upper_lid(view: FaceView, side: str) -> Array:
    """The lash line from the inner to the outer corner."""
    eye = group(view, f"{side}_eye")
    return smooth(eye[3::-1] if side == "left" else eye[:4], False)


def liner(view: FaceView, side: str, size: float) -> Array:
    """A line along the upper lashes, thin at the nose, thicker outwards, with a small wing."""
    lid = upper_lid(view, side)
    up = view.along_face((0.0, -1.0))
    out = (lid[-1] - lid[0]) / max(float(np.hypot(*(lid[-1] - lid[0]))), 1e-6) * view.unit_px
    along = np.linspace(0, 1, len(lid))[:, None]
    wing = lid[-1] + size * (0.075 * out + 0.05 * up)
    top = lid + size * (0.012 + 0.028 * along) * up
    under = lid - size * 0.006 * up
    return np.vstack([under, wing, top[::-1]])


def lid_shadow(view: FaceView, side: str, size: float) -> Array:
    """From the lash line up towards the brow, reaching a little beyond the outer corner."""
    lid = upper_lid(view, side)
    brow = group(view, f"{side}_brow")
    brow = smooth(brow[::-1] if side == "left" else brow, False)
    brow = brow[np.linspace(0, len(brow) - 1, len(lid)).round().astype(int)]
    share = np.clip(size * np.linspace(0.42, 0.62, len(lid)), 0, 0.95)[:, None]
    top = lid + share * (brow - lid)
    tip = lid[-1] + 0.35 * (top[-1] - lid[-1]) + 0.10 * size * (lid[-1] - lid[0])
    return np.vstack([lid, tip, top[::-1]])


def brow(view: FaceView, side: str, size: float) -> Array:
    """The brow as a band, thick at the nose and thin at the temple."""
    line = group(view, f"{side}_brow")
    line = smooth(line[::-1] if side == "left" else line, False)
    thickness = size * np.linspace(0.05, 0.018, len(line))[:, None]
    up = view.along_face((0.0, -1.0))
    return np.vstack([line + thickness * up, (line - thickness * up)[::-1]])


def cheek(view: FaceView, side: str, size: float) -> Array:
    """An oval on the cheekbone, rising towards the temple."""
    sign = -1.0 if side == "left" else 1.0
    center = np.array([sign * 0.50, 0.40, 0.03])
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    along, across = 0.24 * size * np.cos(angles), 0.13 * size * np.sin(angles)
    tilt = np.radians(28.0)
    x = sign * (along * np.cos(tilt) + across * np.sin(tilt))
    y = -along * np.sin(tilt) + across * np.cos(tilt)
    # The cheek turns away from the viewer towards the ear.
    z = 0.8 * np.maximum(sign * x, -0.1)
    return view.project(center + np.column_stack([x, y, z]))


def head_outline(view: FaceView, margin: float) -> Array:
    """(n, 2) convex outline of face, forehead, ears and skull, widened by `margin` eye distances."""
    names = [f"forehead_{column}" for column in range(7)]
    names += ["left_ear", "right_ear", "left_ear_top", "right_ear_top", "crown"]
    around = view.project(np.array([head_point(name) for name in names]))
    points = np.vstack([view.keypoints_px, around])
    circle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    disc = margin * view.unit_px * np.column_stack([np.cos(circle), np.sin(circle)])
    widened = (points[:, None] + disc).reshape(-1, 2)
    result: Array = cv2.convexHull(widened.astype(np.float32))[:, 0].astype(np.float64)
    return result
