"""Blinks and speech that the dataset lacks: lids and lips moved, in the picture and in its labels alike.

The dataset's faces mostly look into a camera with open eyes and a closed mouth, and their labels, made by a network,
barely follow what lids do. A network trained on them learns where lids usually are. Here each column of pixels through
an eye or the mouth is stretched or squeezed up and down by a known map, so that the labels of what moved are exact.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.keypoints import GROUPS, NAMED

Points = npt.NDArray[np.float32]

_INNER_LIP = list(GROUPS["inner_lip"])
_OUTER_LIP = list(GROUPS["outer_lip"])


@dataclass(frozen=True, slots=True)
class _ColumnMap:
    """How pixels move up and down about a line across the face.

    Attributes:
        line: (3,) polynomial in x, highest power first: y of the line.
        x0, x1: where it acts fully; beyond, it fades out over `fade` pixels.
        fade: see there.
        before, after: (K,) heights above (-) and below (+) the line, and where they go; both rise. What lies beyond the
            first and the last stays.
    """

    line: npt.NDArray[np.float64]
    x0: float
    x1: float
    fade: float
    before: npt.NDArray[np.float64]
    after: npt.NDArray[np.float64]

    def weight(self, x: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """How far the map acts at `x`, in [0, 1]."""
        outside = np.maximum(self.x0 - x, x - self.x1) / self.fade
        result: npt.NDArray[np.floating] = np.clip(1 - outside, 0, 1)
        return result

    def move_points(self, points: Points) -> Points:
        """(N, 2) points, moved."""
        height = points[:, 1] - np.polyval(self.line, points[:, 0])
        moved = np.interp(height, self.before, self.after, left=0, right=0)
        acts = (height > self.before[0]) & (height < self.before[-1])
        shift = np.where(acts, (moved - height) * self.weight(points[:, 0]), 0)
        result: Points = (points + np.stack([np.zeros_like(shift), shift], axis=1)).astype(np.float32)
        return result

    def move_pixels(self, crop: Image) -> Image:
        """The crop, moved; a copy."""
        size = crop.shape[0]
        x0, x1 = max(0, int(self.x0 - self.fade)), min(size, int(np.ceil(self.x1 + self.fade)) + 1)
        x = np.arange(x0, x1, dtype=np.float32)
        line = np.polyval(self.line, x)
        y0 = max(0, int(line.min() + self.before[0]))
        y1 = min(size, int(np.ceil(line.max() + self.before[-1])) + 1)
        if x1 - x0 < 2 or y1 - y0 < 2:
            return crop
        y = np.arange(y0, y1, dtype=np.float32)[:, None]
        # Where each pixel of the result came from: the map, which rises, turned around. A piecewise linear function
        # is a sum of hinges at its knots; beyond the outer ones its slope is 1 and its shift 0.
        before = self.before.astype(np.float32)[:, None]
        to = before + self.weight(x).astype(np.float32) * (self.after.astype(np.float32)[:, None] - before)
        ones = np.ones((1, len(x)), np.float32)
        bends = np.diff(np.concatenate([ones, np.diff(before, axis=0) / np.diff(to, axis=0), ones]), axis=0)
        source_y = np.repeat(y, len(x), axis=1)
        for knot, bend in zip(to + line.astype(np.float32), bends, strict=True):
            source_y += bend * np.maximum(y - knot, 0)
        source_x = np.broadcast_to(x, source_y.shape).astype(np.float32)
        moved = crop.copy()
        moved[y0:y1, x0:x1] = cv2.remap(crop, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return moved


def move_lids(crop: Image, keypoints: Points, rng: np.random.Generator) -> tuple[Image, Points]:
    """Close or open the eyes of an upright (S, S) face further; both mostly alike.

    Returns:
        The crop and its (68, 2) points, both new.
    """
    factors = np.exp(rng.uniform(np.log(0.12), np.log(1.5))) * np.ones(2)
    if rng.random() < 0.2:
        factors[rng.integers(2)] = 1.0
    for name, factor in zip(("left_eye", "right_eye"), factors, strict=True):
        column_map = _lid_map(keypoints[list(GROUPS[name])], float(factor))
        if column_map is not None and factor != 1.0:
            crop, keypoints = column_map.move_pixels(crop), column_map.move_points(keypoints)
    return crop, keypoints


def move_lips(crop: Image, keypoints: Points, rng: np.random.Generator) -> tuple[Image, Points]:
    """Open or close the mouth of an upright (S, S) face; the chin follows a little.

    Returns:
        The crop and its (68, 2) points, both new.
    """
    width = float(np.ptp(keypoints[_OUTER_LIP, 0]))
    gap = width * (rng.uniform(0, 0.12) if rng.random() < 0.4 else rng.uniform(0.1, 0.6))
    column_map = _lip_map(keypoints, gap)
    if column_map is None:
        return crop, keypoints
    return column_map.move_pixels(crop), column_map.move_points(keypoints)


def _lid_map(eye: Points, factor: float) -> _ColumnMap | None:
    half = float(np.ptp(eye[:, 0])) / 2
    if half < 2:
        return None
    slope = (eye[3, 1] - eye[0, 1]) / max(float(eye[3, 0] - eye[0, 0]), 1.0)
    # The eye's middle in height, not its corners': both lids come together there.
    line = np.array([0.0, slope, float(eye[:, 1].mean() - slope * eye[:, 0].mean())])
    heights = eye[:, 1] - np.polyval(line, eye[:, 0])
    inner, outer = max(float(np.abs(heights).max()) * 1.1, 0.2 * half), 1.25 * half
    if inner * max(factor, 1.0) > 0.9 * outer:
        return None
    before = np.array([-outer, -inner, inner, outer])
    return _ColumnMap(line, eye[:, 0].min(), eye[:, 0].max(), 0.5 * half, before, before * [1, factor, factor, 1])


def _lip_map(keypoints: Points, gap: float) -> _ColumnMap | None:
    lips, inner = keypoints[_OUTER_LIP], keypoints[_INNER_LIP]
    half = float(np.ptp(lips[:, 0])) / 2
    upper, lower = keypoints[NAMED["upper_lip_bottom"]], keypoints[NAMED["lower_lip_top"]]
    x = np.array([inner[0, 0], (upper[0] + lower[0]) / 2, inner[4, 0]], np.float64)
    y = np.array([inner[0, 1], (upper[1] + lower[1]) / 2, inner[4, 1]], np.float64)
    if half < 3 or np.diff(x).min() < 0.2 * half:
        return None
    line = np.polyfit(x, y, 2)
    now = max(float(lower[1] - upper[1]) / 2, 0.04 * half)
    above = min(float(upper[1] - keypoints[NAMED["nose_bottom"], 1]), 2 * half)
    lip_up = max(float(upper[1] - keypoints[NAMED["upper_lip_top"], 1]), 0.05 * half) + now
    lip_down = max(float(keypoints[NAMED["lower_lip_bottom"], 1] - lower[1]), 0.05 * half) + now
    up, down = 0.3 * gap - now, 0.7 * gap - now
    top, bottom = -(above + now), 3.0 * half
    before = np.array([top, -lip_up, -now, now, lip_down, bottom])
    after = np.array([top, -lip_up - up, -now - up, now + down, lip_down + down, bottom])
    if np.diff(before).min() <= 0 or np.diff(after).min() <= 0:
        return None
    # Full in the middle of the mouth, nothing at its corners: they stay closed.
    return _ColumnMap(line, x[1] - 0.25 * half, x[1] + 0.25 * half, 0.75 * half, before, after)
