"""Glasses of all kinds, drawn at random each time.

Those in our own filters are a handful. Those of strangers have thick frames and thin ones, hang low on the nose,
mirror a window or are dark. Points stay where they are.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.geometry import apply
from model.keypoints import GROUPS, eye_distance
from model.mean_face import MEAN_FACE
from train.augmentation.outlines import FIXED_BITS, Outlines, drawn, filled, fixed_point

Points = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

_SEEN: Final = (*GROUPS["left_eye"], *GROUPS["right_eye"], *GROUPS["nose_bridge"], 0, 16)
"""The points that glasses are laid on."""
_LENS_ANGLES: Final = np.linspace(0, 2 * np.pi, 40, endpoint=False)


def put_on_glasses(image: Image, points: Points, rng: np.random.Generator) -> Image:
    """A copy of a grey face with glasses, clear or dark, in a random shape, tone and place.

    Args:
        image: (H, W) uint8; not changed.
        points: (68, 2) in its pixels.
        rng: draws what they look like.
    """
    unit = float(eye_distance(points))
    design = np.column_stack([MEAN_FACE[list(_SEEN), :2], np.ones(len(_SEEN))])
    place = np.linalg.lstsq(design, points[list(_SEEN)].astype(np.float64), rcond=None)[0].T
    middle = np.array([rng.uniform(0.29, 0.36), rng.normal(0.03, 0.05)])
    lens = middle + _lens(rng)
    lenses = [apply(place, lens * (side, 1)) for side in (-1, 1)]
    shown = image.astype(np.float32)
    skin = (
        max(20.0, float(np.median(image[_inside(lenses, image.shape)].astype(np.float32))))
        if min(image.shape)
        else 20.0
    )

    dark = rng.random() < 0.3
    if dark or rng.random() < 0.2:
        opacity = rng.uniform(0.75, 1.0) if dark else rng.uniform(0.1, 0.5)
        tone = rng.uniform(0, 0.5) * skin
        mask = filled(lenses, image.shape) * opacity * _fall(image.shape, points, unit, rng)
        shown += mask * (tone - shown)
    if rng.random() < 0.4:
        shown += filled(lenses, image.shape) * _mirrored(image.shape, points, unit, rng) * (250 - shown)
    if not dark and rng.random() < 0.15:  # the near part of bifocals
        for outline in lenses:
            lower = 0.45 * (outline - outline.mean(axis=0)) + outline.mean(axis=0)
            lower[:, 1] += 0.12 * unit
            shown += drawn([lower], image.shape, 1) * (rng.uniform(0.6, 1.4) * skin - shown) * 0.6

    rim = float(np.clip(rng.choice([0.0, 0.35, 1.0]) * rng.uniform(0, 0.05) + 0.012, 0.01, 0.06)) * unit
    tone = skin * (rng.uniform(0.05, 0.5) if rng.random() < 0.75 else rng.uniform(0.6, 1.6))
    shadow = drawn(lenses, image.shape, max(1, round(rim)))
    shadow = np.roll(cv2.GaussianBlur(shadow, (0, 0), 0.02 * unit + 0.5), round(0.04 * unit), axis=0)
    shown *= 1 - rng.uniform(0, 0.3) * shadow
    kind = rng.random()
    upper = [outline[outline[:, 1] < outline[:, 1].mean()] for outline in lenses]
    if kind < 0.75:
        frame = drawn(lenses, image.shape, max(1, round(rim)))
    elif kind < 0.9:  # thick above, nothing or a line below
        frame = 0.4 * drawn(lenses, image.shape, 1)
        for outline in upper:
            along = outline[np.argsort(outline[:, 0])]
            frame = np.maximum(frame, drawn([along], image.shape, max(1, round(1.5 * rim)), closed=False))
    else:
        frame = 0.5 * drawn(lenses, image.shape, 1)
    for piece in _bridge_and_arms(lens, rng):
        frame = np.maximum(frame, drawn([apply(place, piece)], image.shape, max(1, round(0.9 * rim)), closed=False))
    shown += frame * rng.uniform(0.7, 1.0) * (tone - shown)
    return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def _lens(rng: np.random.Generator) -> Floats:
    """(40, 2) outline of a lens around its middle, eye distances: between a circle and a rectangle, or a drop."""
    half = np.array([rng.uniform(0.2, 0.3), rng.uniform(0.12, 0.26)])
    power = 2 / rng.choice([2.0, 2.5, 3.5, 6.0])
    unit = np.column_stack([np.cos(_LENS_ANGLES), np.sin(_LENS_ANGLES)])
    outline = np.sign(unit) * np.abs(unit) ** power * half
    drop = rng.uniform(-0.1, 0.35)
    outline[:, 0] *= 1 - drop * np.clip(outline[:, 1] / half[1], 0, 1)
    outline[:, 1] -= rng.uniform(-0.05, 0.25) * outline[:, 0]  # the outer corner up, as in cat-eye frames
    return np.asarray(outline)


def _bridge_and_arms(lens: Floats, rng: np.random.Generator) -> list[Floats]:
    """Lines between the lenses and to the temples, in the mean face's frame."""
    inner, outer = float(lens[:, 0].min()), float(lens[:, 0].max())
    height = float(lens[:, 1].mean()) - rng.uniform(0.02, 0.1)
    across = np.linspace(-inner, inner, 7)
    bridge = np.column_stack([across, height + rng.uniform(-0.02, 0.5) * (across**2 - inner**2)])
    top = float(lens[:, 1].min()) * rng.uniform(0.3, 1.0)
    end = 0.84, height - rng.uniform(0.0, 0.08)
    arms = [np.array([[side * outer, top], [side * end[0], end[1]]]) for side in (-1, 1)]
    return [bridge, *arms]


def _mirrored(shape: tuple[int, ...], points: Points, unit: float, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """(H, W) how strongly something bright is mirrored: a window's pane or a streak over each lens."""
    bright = np.zeros(shape, np.float32)
    offset, angle, wide = rng.normal(0, 0.1, 2), rng.uniform(-1.2, 1.2), rng.uniform(0.03, 0.2)
    along = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.1, 0.3)
    across = np.array([-np.sin(angle), np.cos(angle)]) * wide
    pane = np.array([along + across, along - across, -along - across, -along + across])
    for name in ("left_eye", "right_eye"):
        if rng.random() < 0.85:
            center = points[list(GROUPS[name])].mean(axis=0)
            corners = center + (pane + offset) * unit
            cv2.fillConvexPoly(bright, fixed_point(corners), rng.uniform(0.15, 0.9), cv2.LINE_AA, FIXED_BITS)
    return np.asarray(cv2.GaussianBlur(bright, (0, 0), rng.uniform(0.005, 0.05) * unit + 0.3), np.float32)


def _fall(shape: tuple[int, ...], points: Points, unit: float, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """(H, 1) how the tint of dark lenses falls off downwards; mostly not at all."""
    if rng.random() < 0.6:
        return np.ones((shape[0], 1), np.float32)
    top = float(points[list(GROUPS["left_eye"]), 1].mean()) - 0.2 * unit
    down = (np.arange(shape[0], dtype=np.float32)[:, None] - top) / (0.5 * unit)
    return np.asarray(1 - rng.uniform(0.2, 0.7) * np.clip(down, 0, 1), np.float32)


def _inside(outlines: Outlines, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    inside = filled(outlines, shape) > 0.5
    return inside if inside.any() else np.ones(shape, bool)
