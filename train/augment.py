"""Random views of a held face: regions as the live program meets them, and light, blur, noise and cover."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from model.crop import HAAR_TO_POINTS_SIDE, CropSpec
from model.geometry import Matrix, apply, compose, similarity
from model.keypoints import MIRROR, eye_distance
from train.crops import FaceStore
from train.expression import move_lids, move_lips

Crop = npt.NDArray[np.uint8]

HAAR_SHIFT_STD = (0.089, 0.037)
HAAR_SIDE_STD = 0.085
"""How the cascade's boxes scatter about the points' box, in shares of the Haar side (measured on 600 images)."""

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
        light, dark, gradient, blur, small, noise, jpeg, cover: see the functions of these names.
        border: samples whose outside of the image is filled anew, where it was the image's repeated border.
        lids, lips: see `train.expression`.
        twins: samples that show the one before again, a fraction of a pixel off and with noise of its own.
    """

    negatives: float = 0.1
    haar: float = 0.4
    near_shift: float = 0.035
    near_side: float = 0.07
    far_roll: float = 0.35
    light: float = 0.5
    dark: float = 0.12
    gradient: float = 0.15
    blur: float = 0.2
    small: float = 0.2
    noise: float = 0.25
    jpeg: float = 0.15
    cover: float = 0.3
    border: float = 0.5
    lids: float = 0.3
    lips: float = 0.3
    twins: float = 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples for one step.

    Attributes:
        crops: (N, 1, S, S) uint8.
        keypoints: (N, 68, 2) float32, crop pixels; 0 for negatives.
        is_face: (N,) bool.
        eye_distances: (N,) float32, crop pixels: what errors are measured in.
        twins: so many pairs stand at its beginning: rows 0 and 1, 2 and 3, ... show one face in nearly the same way.
    """

    crops: npt.NDArray[np.uint8] = field(repr=False)
    keypoints: npt.NDArray[np.float32] = field(repr=False)
    is_face: npt.NDArray[np.bool_]
    eye_distances: npt.NDArray[np.float32]
    twins: int = 0


def augmented_batch(
    store: FaceStore, indices: npt.NDArray[np.intp], spec: CropSpec, config: AugmentConfig, rng: np.random.Generator
) -> Batch:
    """One random view of each face at `indices`, or of what is no face in its image.

    A twin takes the place of a face, which is not seen in this batch.
    """
    size = spec.size_px
    crops = np.empty((len(indices), 1, size, size), np.uint8)
    keypoints = np.zeros((len(indices), store.keypoints.shape[1], 2), np.float32)
    is_face = rng.random(len(indices)) >= config.negatives
    twins = int(config.twins * len(indices))
    is_face[1 : 2 * twins : 2] = is_face[0 : 2 * twins : 2]
    for row, index in enumerate(indices):
        if row < 2 * twins and row % 2:
            continue
        view = _face_view(store, int(index), spec, config, rng) if is_face[row] else _negative_view(store, spec, rng)
        image, points = _with_border(store, int(index), config, rng), store.keypoints[index]
        if is_face[row]:
            if rng.random() < config.lids:
                image, points = move_lids(image, points, rng)
            if rng.random() < config.lips:
                image, points = move_lips(image, points, rng)
        texture = _texture(size, rng) if not is_face[row] and rng.random() < 0.1 else None
        views = [view]
        if row < 2 * twins:
            views.append(compose(_nearly_the_same(size, rng), view))
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
            if flipped:
                crop = cv2.flip(crop, 1)
                found = found[MIRROR]
                found[:, 0] = size - 1 - found[:, 0]
            if len(views) > 1:
                # Both are changed alike; only their noise is not the same.
                crop = change_pixels(crop, config, copy.deepcopy(changes))
                crops[row + twin, 0] = _add_noise(crop.astype(np.float32), rng.uniform(0, _TWIN_NOISE), rng)
            else:
                crops[row, 0] = change_pixels(crop, config, changes)
            if is_face[row]:
                keypoints[row + twin] = found
    distances = np.where(is_face, eye_distance(keypoints), 1.0).astype(np.float32)
    return Batch(crops, keypoints, is_face, distances, twins)


def _nearly_the_same(size: int, rng: np.random.Generator) -> Matrix:
    """A move by up to a pixel, and a change of size and turn as small."""
    middle = (size - 1) / 2
    x, y = middle + rng.uniform(-1, 1, 2)
    scale, turn = np.exp(rng.normal(0, 0.01)), rng.normal(0, 0.01)
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


def _with_border(store: FaceStore, index: int, config: AugmentConfig, rng: np.random.Generator) -> Crop:
    """The held crop, or a copy whose outside of the image is grey, or another image's."""
    crop = store.crops[index]
    size = crop.shape[0]
    x0, y0, x1, y1 = store.valid[index]
    x0, y0 = max(0, int(np.ceil(x0))), max(0, int(np.ceil(y0)))
    x1, y1 = min(size, int(x1) + 1), min(size, int(y1) + 1)
    if rng.random() >= config.border or (x0 <= 0 and y0 <= 0 and x1 >= size and y1 >= size):
        return crop
    if rng.random() < 0.5:
        filled = np.full_like(crop, rng.integers(0, 256))
    else:
        filled = np.ascontiguousarray(np.roll(store.crops[rng.integers(len(store))], size // 2, axis=(0, 1)))
    filled[y0:y1, x0:x1] = crop[y0:y1, x0:x1]
    return filled


def change_pixels(crop: Crop, config: AugmentConfig, rng: np.random.Generator) -> Crop:
    """A (S, S) crop with cover, light, blur, coarse pixels, noise and JPEG blocks, each by its share."""
    steps: tuple[tuple[float, Callable[[Crop, np.random.Generator], Crop]], ...] = (
        (config.cover, cover),
        (config.light, light),
        (config.gradient, gradient),
        (config.blur, blur),
        (config.small, small),
        (config.dark, dark),
        (config.noise, noise),
        (config.jpeg, jpeg),
    )
    for (share, step), draw in zip(steps, rng.random(len(steps)), strict=True):
        if draw < share:
            crop = step(crop, rng)
    return crop


def light(crop: Crop, rng: np.random.Generator) -> Crop:
    """Other gamma, contrast and brightness."""
    x = np.arange(256, dtype=np.float32) / 255
    y = x ** np.exp(rng.normal(0, 0.35))
    y = (y - 0.5) * np.exp(rng.normal(0, 0.25)) + 0.5 + rng.normal(0, 0.1)
    return cv2.LUT(crop, np.clip(y * 255, 0, 255).astype(np.uint8))


def gradient(crop: Crop, rng: np.random.Generator) -> Crop:
    """Light from one side."""
    size = crop.shape[0]
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.8)
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    field_of_light = 1 + strength * (np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None]) / np.sqrt(2)
    return np.clip(crop * field_of_light, 0, 255).astype(np.uint8)


def blur(crop: Crop, rng: np.random.Generator) -> Crop:
    """Out of focus, or smeared along a line."""
    if rng.random() < 0.6:
        return cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.5, 2.2))
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(crop, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def small(crop: Crop, rng: np.random.Generator) -> Crop:
    """As if cut from a face of few pixels."""
    size = crop.shape[0]
    few = int(rng.uniform(0.28, 0.8) * size)
    return cv2.resize(cv2.resize(crop, (few, few), interpolation=cv2.INTER_AREA), (size, size))


def dark(crop: Crop, rng: np.random.Generator) -> Crop:
    """Little light, so that the sensor's noise shows."""
    dim = crop * np.float32(np.exp(rng.uniform(np.log(0.08), np.log(0.5))))
    return _add_noise(dim, rng.uniform(0.5, 4), rng)


def noise(crop: Crop, rng: np.random.Generator) -> Crop:
    """Sensor noise."""
    return _add_noise(crop.astype(np.float32), rng.uniform(1, 12), rng)


def jpeg(crop: Crop, rng: np.random.Generator) -> Crop:
    """Blocks of a poor JPEG."""
    done, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 60))])
    coarse = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if done else None
    if coarse is None:
        raise RuntimeError("this OpenCV cannot write and read JPEG; install it anew: pip install opencv-python")
    return np.asarray(coarse, np.uint8)


def cover(crop: Crop, rng: np.random.Generator) -> Crop:
    """One to three patches of grey, noise, or the crop's own texture over up to about a third of it."""
    crop = crop.copy()
    size = crop.shape[0]
    for _ in range(int(rng.integers(1, 4))):
        w, h = (int(rng.uniform(0.1, 0.5) * size) for _ in range(2))
        x, y = int(rng.integers(-w // 2, size - w // 2)), int(rng.integers(-h // 2, size - h // 2))
        kind = rng.random()
        if kind < 0.5:
            cv2.rectangle(crop, (x, y), (x + w, y + h), int(rng.integers(0, 256)), -1)
        elif kind < 0.75:
            center = (x + w // 2, y + h // 2)
            cv2.ellipse(crop, center, (w // 2, h // 2), rng.uniform(0, 180), 0, 360, int(rng.integers(0, 256)), -1)
        else:
            x, y = max(x, 0), max(y, 0)
            patch = crop[y : y + h, x : x + w]
            texture = _texture(size, rng) if rng.random() < 0.5 else np.roll(crop, size // 2, axis=0)
            crop[y : y + h, x : x + w] = texture[: patch.shape[0], : patch.shape[1]]
    return crop


def _add_noise(values: npt.NDArray[np.float32], sigma: float, rng: np.random.Generator) -> Crop:
    values = values + rng.standard_normal(values.shape, np.float32) * np.float32(sigma)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _texture(size: int, rng: np.random.Generator) -> Crop:
    """Smooth or rough random grey."""
    coarse = int(rng.integers(2, 24))
    grid = rng.integers(0, 256, (coarse, coarse), np.uint8)
    return cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
