"""Random views of a held face: regions as the live program meets them, and light, blur, noise and cover."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.crop import HAAR_TO_POINTS_SIDE, CropSpec
from model.geometry import Matrix, apply, compose, similarity
from model.keypoints import MIRROR, eye_distance
from train.augmentation.dress import hand, wear
from train.augmentation.expression import move_lids, move_lips
from train.augmentation.glasses import put_on_glasses
from train.augmentation.head_turn import turn_head
from train.augmentation.make_up import color_lips, light_mouth, paint_lips, shade_eyes
from train.augmentation.pixels import (
    add_noise,
    blur,
    cover,
    dark,
    gradient,
    jpeg,
    light,
    noise,
    random_texture,
    shadow,
    sharpen,
    small,
)
from train.data.face_store import FaceStore

HAAR_SHIFT_STD = (0.089, 0.037)
HAAR_SIDE_STD = 0.085
"""How the cascade's boxes scatter about the points' box, over the Haar side: `python -m train measure-crops`."""

_TWIN_NOISE = 6.0
"""Grey levels of noise (one standard deviation) that tell twins apart, at most."""


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """Shares of the samples that get each change.

    Attributes:
        negatives: samples that show no face, or only part of one, to train the score.
        haar: regions that scatter as the cascade's boxes do, with the face's own roll; the rest scatter as regions
            around the last points do.
        near_shift, near_side: how far those others are off, in shares of the points' side (standard deviations).
        far_roll: Haar-kind regions turned by up to 60 degrees.
        light, dark, gradient, shadow, blur, sharpen, small, noise, jpeg, cover: see `train.augmentation.pixels`.
        worn, hand: glasses, hats, beards and the like, and hands before the face: see `train.augmentation.dress`.
        border: samples in which something else lies beyond the image, instead of its repeated border.
        lids, lips: see `move_lids` and `move_lips` in `train.augmentation.expression`.
        turn: see `train.augmentation.head_turn`.
        glasses: see `train.augmentation.glasses`.
        lipstick, shaded_eyes, painted_lips: see `color_lips`, `shade_eyes` and `paint_lips` in
            `train.augmentation.make_up`. These, `glasses` and `turn` are for runs that start from weights.
        twins: samples that show the one before again, a fraction of a pixel off and with noise of its own.
        far_twins: of those, how many are farther off: as far as regions around the last points are.
        mirrored_twins: of those, how many are mirrored.
    """

    negatives: float = 0.1
    haar: float = 0.4
    near_shift: float = 0.035
    near_side: float = 0.07
    far_roll: float = 0.35
    light: float = 0.5
    dark: float = 0.12
    gradient: float = 0.15
    shadow: float = 0.12
    blur: float = 0.2
    sharpen: float = 0.2
    small: float = 0.2
    noise: float = 0.25
    jpeg: float = 0.15
    cover: float = 0.3
    worn: float = 0.18
    hand: float = 0.06
    border: float = 0.5
    lids: float = 0.3
    lips: float = 0.3
    lipstick: float = 0.0
    turn: float = 0.0
    glasses: float = 0.0
    shaded_eyes: float = 0.0
    painted_lips: float = 0.0
    twins: float = 0.0
    far_twins: float = 0.0
    mirrored_twins: float = 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples for one step.

    Attributes:
        crops: (N, 1, S, S) uint8.
        keypoints: (N, 68, 2) float32, crop pixels; 0 for negatives.
        is_face: (N,) bool.
        eye_distances: (N,) float32, crop pixels: what errors are measured in.
        labelled: (N, 68) bool, the points whose places are known.
        twins: this many pairs stand at its beginning: rows 0 and 1, 2 and 3, ... show one face in nearly the same way.
        mirrored: (twins,) bool, the pairs whose second is the mirror image.
    """

    crops: npt.NDArray[np.uint8] = field(repr=False)
    keypoints: npt.NDArray[np.float32] = field(repr=False)
    is_face: npt.NDArray[np.bool_]
    eye_distances: npt.NDArray[np.float32]
    labelled: npt.NDArray[np.bool_] = field(repr=False)
    twins: int = 0
    mirrored: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool), repr=False)


def augmented_batch(
    store: FaceStore, indices: npt.NDArray[np.intp], spec: CropSpec, config: AugmentConfig, rng: np.random.Generator
) -> Batch:
    """One random view of each face at `indices`, or of what is not a face in its image.

    A twin takes the place of a face, which is not seen in this batch.
    """
    size = spec.size_px
    crops = np.empty((len(indices), 1, size, size), np.uint8)
    keypoints = np.zeros((len(indices), store.keypoints.shape[1], 2), np.float32)
    labelled = np.ones(keypoints.shape[:2], bool)
    is_face = rng.random(len(indices)) >= config.negatives
    twins = int(config.twins * len(indices))
    is_face[1 : 2 * twins : 2] = is_face[0 : 2 * twins : 2]
    mirrored = rng.random(twins) < config.mirrored_twins if config.mirrored_twins else np.zeros(twins, bool)
    for row, index in enumerate(indices):
        if row < 2 * twins and row % 2:
            continue
        view = _face_view(store, int(index), spec, config, rng) if is_face[row] else _negative_view(store, spec, rng)
        image, points = _with_border(store, int(index), config, rng), store.keypoints[index]
        if is_face[row]:
            if rng.random() < config.lids:
                image, points = move_lids(image, points, rng)
            if config.lipstick and rng.random() < config.lipstick:
                image = color_lips(image, points, rng)
            if config.painted_lips and rng.random() < config.painted_lips:
                image = paint_lips(image, points, rng)
                if rng.random() < 0.4:
                    image = light_mouth(image, points, rng)
            if config.shaded_eyes and rng.random() < config.shaded_eyes:
                image = shade_eyes(image, points, rng)
            if rng.random() < config.lips:
                image, points = move_lips(image, points, rng)
            if config.turn and rng.random() < config.turn:
                image, points = turn_head(image, points, rng)
            if config.glasses and rng.random() < config.glasses:
                image = put_on_glasses(image, points, rng)
            if config.worn and rng.random() < config.worn:
                image = wear(image, points, rng)
            if config.hand and rng.random() < config.hand:
                image = hand(image, points, rng)
        texture = random_texture(size, rng) if not is_face[row] and rng.random() < 0.1 else None
        views = [view]
        if row < 2 * twins:
            far = config.far_twins > 0 and rng.random() < config.far_twins
            views.append(compose(_beside(size, rng) if far else _nearly_the_same(size, rng), view))
        flipped = rng.random() < 0.5
        changes = rng.spawn(1)[0] if len(views) > 1 else rng
        for twin, seen in enumerate(views):
            if texture is None:
                crop = cv2.warpAffine(
                    image, seen, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
                )
            else:
                crop = texture
            found = apply(seen, points)
            turned = flipped != (twin == 1 and mirrored[row // 2])
            if turned:
                crop = cv2.flip(crop, 1)
                found = found[MIRROR]
                found[:, 0] = size - 1 - found[:, 0]
            if len(views) > 1:
                # Both are changed alike; only their noise is not the same.
                crop = change_pixels(crop, config, copy.deepcopy(changes))
                crops[row + twin, 0] = add_noise(crop.astype(np.float32), rng.uniform(0, _TWIN_NOISE), rng)
            else:
                crops[row, 0] = change_pixels(crop, config, changes)
            if is_face[row]:
                keypoints[row + twin] = found
                known = store.labelled[index]
                labelled[row + twin] = known[MIRROR] if turned else known
    distances = np.where(is_face, eye_distance(keypoints), 1.0).astype(np.float32)
    return Batch(crops, keypoints, is_face, distances, labelled, twins, mirrored)


def _nearly_the_same(size: int, rng: np.random.Generator) -> Matrix:
    """A move by up to a pixel, and a change of size and turn as small."""
    middle = (size - 1) / 2
    x, y = middle + rng.uniform(-1, 1, 2)
    scale, turn = np.exp(rng.normal(0, 0.01)), rng.normal(0, 0.01)
    return similarity(float(scale), float(turn), (middle, middle), (float(x), float(y)))


def _beside(size: int, rng: np.random.Generator) -> Matrix:
    """A move by some pixels, a change of size by a twentieth, and a turn by some degrees."""
    middle = (size - 1) / 2
    x, y = middle + rng.normal(0, 0.025, 2) * size
    scale, turn = np.exp(rng.normal(0, 0.06)), rng.normal(0, 0.05)
    return similarity(float(scale), float(turn), (middle, middle), (float(x), float(y)))


def _face_view(store: FaceStore, index: int, spec: CropSpec, config: AugmentConfig, rng: np.random.Generator) -> Matrix:
    """Map from store to crop pixels for a region that is off as a real one is."""
    if rng.random() < config.haar:
        haar_side = 1 / max(0.5, rng.normal(0.884, HAAR_SIDE_STD))
        shift = rng.normal(0, HAAR_SHIFT_STD) * haar_side
        side = HAAR_TO_POINTS_SIDE * haar_side
        turn = float(store.rolls_rad[index])
        if rng.random() < config.far_roll:
            turn += np.radians(rng.uniform(-60, 60))
        else:
            turn += np.radians(rng.normal(0, 8))
    else:
        shift = rng.normal(0, config.near_shift, 2)
        side = np.exp(rng.normal(0, config.near_side))
        # Regions around the last points are upright in the face; those around a box, in the image.
        turn = float(store.rolls_rad[index]) * rng.integers(2) + np.radians(rng.normal(0, 5))
    center = store.crops.shape[1] / 2 - 0.5 + shift * store.side
    target = (spec.size_px - 1) / 2
    view = similarity(spec.size_px / (store.side * side * spec.scale), turn, tuple(center), (target, target))
    # Faces are wider and narrower than those in the data.
    stretch = np.exp(rng.normal(0, 0.03, 2))
    squeeze = np.array([[stretch[0], 0, target * (1 - stretch[0])], [0, stretch[1], target * (1 - stretch[1])]])
    return compose(squeeze, view)


def _negative_view(store: FaceStore, spec: CropSpec, rng: np.random.Generator) -> Matrix:
    """Map from store to crop pixels for a region that holds no face, half of one, or a piece of one."""
    kind = rng.random()
    turn = np.radians(rng.normal(0, 20))
    if kind < 0.45:  # a half or a quarter, at a face's size
        side, distance = np.exp(rng.normal(0, 0.15)), rng.uniform(0.5, 1.1)
    elif kind < 0.65:  # a piece, blown up
        side, distance = rng.uniform(0.1, 0.45), rng.uniform(0.0, 0.5)
    elif kind < 0.8:  # the surroundings with a small face somewhere off the middle
        side, distance = rng.uniform(1.6, 2.0), rng.uniform(0.7, 1.1)
    elif kind < 0.9:  # upside down
        side, distance, turn = np.exp(rng.normal(0, 0.1)), rng.uniform(0, 0.2), np.pi + rng.normal(0, 0.4)
    else:  # background at the image's rim
        side, distance = rng.uniform(0.2, 0.6), rng.uniform(0.9, 1.2)
    angle = rng.uniform(0, 2 * np.pi)
    center = store.crops.shape[1] / 2 - 0.5 + distance * store.side * np.array([np.cos(angle), np.sin(angle)])
    target = (spec.size_px - 1) / 2
    return similarity(spec.size_px / (store.side * side * spec.scale), turn, tuple(center), (target, target))


def _with_border(store: FaceStore, index: int, config: AugmentConfig, rng: np.random.Generator) -> Image:
    """The held crop, or a copy whose outside of the image is grey, or another image's."""
    crop = store.crops[index]
    size = crop.shape[0]
    x0, y0, x1, y1 = store.valid[index]
    x0, y0 = max(0, int(np.ceil(x0))), max(0, int(np.ceil(y0)))
    x1, y1 = min(size, int(x1) + 1), min(size, int(y1) + 1)
    if rng.random() >= config.border or (x0 <= 0 and y0 <= 0 and x1 >= size and y1 >= size):
        result: Image = crop
        return result
    if rng.random() < 0.5:
        filled = np.full_like(crop, rng.integers(0, 256))
    else:
        filled = np.ascontiguousarray(np.roll(store.crops[rng.integers(len(store))], size // 2, axis=(0, 1)))
    filled[y0:y1, x0:x1] = crop[y0:y1, x0:x1]
    result = filled
    return result


def change_pixels(crop: Image, config: AugmentConfig, rng: np.random.Generator) -> Image:
    """A (S, S) crop with cover, light, blur, coarse pixels, noise and JPEG blocks, each by its share."""
    steps: tuple[tuple[float, Callable[[Image, np.random.Generator], Image]], ...] = (
        (config.cover, cover),
        (config.light, light),
        (config.gradient, gradient),
        (config.shadow, shadow),
        (config.blur, blur),
        (config.sharpen, sharpen),
        (config.small, small),
        (config.dark, dark),
        (config.noise, noise),
        (config.jpeg, jpeg),
    )
    for (share, step), draw in zip(steps, rng.random(len(steps)), strict=True):
        if draw < share:
            crop = step(crop, rng)
    return crop
