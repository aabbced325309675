"""Make-up and shade: lids dark, lined or in the shadow of the brows, lips of any tone and with gloss, teeth in any
light.

The dataset's faces are mostly lit from the front and wear what television wears. Points stay where they are.
"""

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.keypoints import GROUPS, eye_distance
from train.augmentation.outlines import FIXED_BITS, drawn, filled, fixed_point

Points = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float32]

_INNER_LIP = list(GROUPS["inner_lip"])
_OUTER_LIP = list(GROUPS["outer_lip"])
_UPPER_LIP = [48, 49, 50, 51, 52, 53, 54, 64, 63, 62, 61, 60]
_LOWER_LIP = [48, 60, 67, 66, 65, 64, 54, 55, 56, 57, 58, 59]
_UPPER_INNER, _UPPER_OUTER = [61, 62, 63], [50, 51, 52]
_LOWER_INNER, _LOWER_OUTER = [67, 66, 65], [58, 57, 56]
"""Left, middle and right of each lip, at its inner and its outer edge."""


def shade_eyes(image: Image, points: Points, rng: np.random.Generator) -> Image:
    """A copy of a grey face with darker or lighter lids, lines along them, or eyes in the shade of the brows.

    Args:
        image: (H, W) uint8; not changed.
        points: (68, 2) in its pixels.
        rng: draws what is changed.
    """
    unit = float(eye_distance(points))
    shown = image.astype(np.float32)
    lids, line, sockets = rng.random(3) < (0.6, 0.5, 0.35)
    factor = np.exp(rng.uniform(np.log(0.4), np.log(1.3)))
    reach, thick = rng.uniform(0.05, 0.16), rng.uniform(0.004, 0.025)
    for name in ("left_eye", "right_eye"):
        eye = points[list(GROUPS[name])].astype(np.float64)
        center = eye.mean(axis=0)
        opened = filled([eye], image.shape)
        if lids:
            above = eye.copy()
            above[1:3, 1] -= reach * unit
            above = center + (above - center) * (1.15, 1.0)
            around = cv2.GaussianBlur(filled([above], image.shape), (0, 0), 0.02 * unit + 0.5)
            shown *= 1 + around * (1 - opened) * (factor - 1)
        if sockets:
            wide = center + (eye - center) * (1.7, 3.5) - (0, 0.04 * unit)
            shown *= 1 - rng.uniform(0.1, 0.6) * cv2.GaussianBlur(filled([wide], image.shape), (0, 0), 0.08 * unit + 1)
        if line:
            ends = eye[:4] if rng.random() < 0.6 else np.concatenate([eye, eye[:1]])
            liner = drawn([ends], image.shape, max(1, round(thick * unit)), closed=False)
            shown *= 1 - rng.uniform(0.3, 0.8) * cv2.GaussianBlur(liner, (0, 0), 0.6)
    return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def color_lips(crop: Image, keypoints: Points, rng: np.random.Generator) -> Image:
    """A copy with lips as dark as lipstick makes them, or lighter."""
    colored = crop.copy()
    window = _around_lips(colored, keypoints)
    if window is None:
        return crop
    under, corner = window
    lips = np.zeros(under.shape, np.float32)
    for outline, value in ((_OUTER_LIP, 1.0), (_INNER_LIP, 0.0)):
        cv2.fillPoly(lips, [fixed_point(keypoints[outline] - corner)], value, cv2.LINE_8, FIXED_BITS)
    lips = cv2.GaussianBlur(lips, (0, 0), rng.uniform(0.6, 1.5))
    factor = np.exp(rng.uniform(np.log(0.45), np.log(1.25)))
    under[:] = np.clip(np.rint(under * (1 + lips * (factor - 1))), 0, 255)
    return colored


def paint_lips(crop: Image, keypoints: Points, rng: np.random.Generator) -> Image:
    """A copy with lips as dark as lipstick makes them, or lighter, each in a tone of its own, and with gloss.

    Lips that differ, or shine, look like an open mouth with teeth to a network that has seen few of them.
    """
    colored = crop.copy()
    window = _around_lips(colored, keypoints)
    if window is None:
        return crop
    under, corner = window
    local = keypoints.astype(np.float64) - corner
    blur_px = rng.uniform(0.6, 1.5)
    shown = under.astype(np.float32)
    factors = np.exp(rng.uniform(np.log(0.45), np.log(1.25))) * np.ones(2)
    if rng.random() < 0.5:
        factors *= np.exp(rng.normal(0, 0.25, 2))
    for lip, factor in zip((_UPPER_LIP, _LOWER_LIP), factors, strict=True):
        shown *= 1 + cv2.GaussianBlur(filled([local[lip]], under.shape), (0, 0), blur_px) * (factor - 1)
    if rng.random() < 0.5:
        shown += _gloss(under.shape, local, rng)
    under[:] = np.clip(np.rint(shown), 0, 255)
    return colored


def light_mouth(crop: Image, keypoints: Points, rng: np.random.Generator) -> Image:
    """A copy with brighter teeth, or a darker mouth: what lies between the lips, where they are open."""
    inside = filled([keypoints[_INNER_LIP]], crop.shape)
    factors = 1 + cv2.GaussianBlur(inside, (0, 0), 1.0) * (np.exp(rng.normal(0, 0.3)) - 1)
    lit: Image = np.clip(np.rint(crop * factors), 0, 255).astype(np.uint8)
    return lit


def _around_lips(crop: Image, keypoints: Points) -> tuple[Image, npt.NDArray[np.intp]] | None:
    """The part of a crop around the lips, a view, and its (x, y) corner; None where lips lie outside of it."""
    outer = keypoints[_OUTER_LIP]
    corner = np.maximum(np.floor(outer.min(axis=0)).astype(np.intp) - 4, 0)
    x1, y1 = np.ceil(outer.max(axis=0)).astype(np.intp) + 5
    part: Image = crop[corner[1] : y1, corner[0] : x1]
    return None if min(part.shape) < 4 else (part, corner)


def _gloss(shape: tuple[int, ...], keypoints: npt.NDArray[np.float64], rng: np.random.Generator) -> Floats:
    """(H, W) light that one to three soft spots on the lower lip, or now and then the upper, mirror."""
    upper = rng.random() < 0.2
    near, far = (_UPPER_INNER, _UPPER_OUTER) if upper else (_LOWER_INNER, _LOWER_OUTER)
    ridge = keypoints[near] + rng.uniform(0.3, 0.7) * (keypoints[far] - keypoints[near])
    thick = float(np.linalg.norm(keypoints[far[1]] - keypoints[near[1]]))
    along = ridge[2] - ridge[0]
    tilt = float(np.degrees(np.arctan2(along[1], along[0])))
    spots = np.zeros(shape, np.float32)
    for _ in range(rng.integers(1, 4)):
        share = rng.uniform(-0.3, 1.3)
        x, y = (ridge[0] + share * along).tolist()
        axes = rng.uniform(0.15, 0.7) * float(np.linalg.norm(along)), rng.uniform(0.12, 0.4) * thick
        place = ((x, y), (2 * axes[0], 2 * axes[1]), tilt)
        cv2.ellipse(spots, place, rng.uniform(15, 90), -1, cv2.LINE_AA)
    result: Floats = cv2.GaussianBlur(spots, (0, 0), max(0.6, rng.uniform(0.1, 0.3) * thick))
    return result
