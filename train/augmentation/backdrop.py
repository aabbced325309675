"""What lies behind the faces of a training canvas: the images' own surroundings, textures, shapes and writing."""

from typing import Final

import cv2
import numpy as np

from model.arrays import Image
from model.geometry import similarity
from train.augmentation.pixels import random_texture
from train.data.face_store import FaceStore

_WORDS: Final = ("OPEN", "Exit", "12:30", "COFFEE", "No. 7", "sale", "Hello", "A B C", "2026", "www", "Bus", "NEWS")
_CLEAR: Final = 0.62
"""What is farther from the middle of the points than this many of their sides shows no feature of the face."""


def backdrop(store: FaceStore, size: int, rng: np.random.Generator) -> Image:
    """A (size, size) grey picture without faces."""
    kind = rng.random()
    if kind < 0.42:
        picture = _surroundings(store, size, rng)
    elif kind < 0.62:
        picture = _textures(size, rng)
    elif kind < 0.72:
        picture = _flat(size, rng)
    else:
        first, second = _surroundings(store, size, rng), _textures(size, rng)
        mask = cv2.resize(rng.integers(0, 2, (3, 3)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
        share = np.clip(mask * rng.uniform(1, 8) - rng.uniform(0, 2), 0, 1)
        picture = (first * share + second * (1 - share)).astype(np.uint8)
    if rng.random() < 0.5:
        _scatter(picture, rng)
    return picture


def clear_patch(store: FaceStore, rng: np.random.Generator) -> Image | None:
    """A piece of an image that shows nothing of its face; None where the one drawn has no such piece."""
    index = int(rng.integers(len(store)))
    crop, size = store.crops[index], store.crops.shape[1]
    x0, y0, x1, y1 = np.clip(np.rint(store.valid[index]), 0, size - 1).astype(int).tolist()
    reach, middle = _CLEAR * store.side, size / 2
    sides = (
        (x0, y0, int(middle - reach), y1),
        (int(middle + reach), y0, x1, y1),
        (x0, int(middle + reach), x1, y1),
        (x0, y0, x1, int(middle - 1.25 * reach)),
    )
    left, top, right, bottom = sides[rng.integers(4)]
    if right - left < 10 or bottom - top < 10:
        return None
    width, height = (int(rng.uniform(0.5, 1) * extent) for extent in (right - left, bottom - top))
    width, height = max(width, 8), max(height, 8)
    x, y = int(rng.integers(left, right - width + 1)), int(rng.integers(top, bottom - height + 1))
    piece: Image = crop[y : y + height, x : x + width]
    return piece


def _surroundings(store: FaceStore, size: int, rng: np.random.Generator) -> Image:
    """Pieces of images away from their faces, mirrored until they fill the picture."""
    picture = _flat(size, rng)
    for number in range(int(rng.integers(1, 5))):
        patch = clear_patch(store, rng)
        if patch is None:
            continue
        zoom = float(np.exp(rng.uniform(np.log(0.5), np.log(6))))
        middle = ((patch.shape[1] - 1) / 2, (patch.shape[0] - 1) / 2)
        turn = similarity(zoom, rng.uniform(0, 2 * np.pi), middle, (size / 2, size / 2))
        filled = cv2.warpAffine(patch, turn, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        if number == 0:
            picture = filled
            continue
        x, y = rng.integers(-size // 4, size, 2).tolist()
        w, h = rng.integers(size // 8, size, 2).tolist()
        place = (slice(max(0, y), y + h), slice(max(0, x), x + w))
        picture[place] = filled[place]
    return picture


def _textures(size: int, rng: np.random.Generator) -> Image:
    total = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        total += rng.uniform(0.3, 1) * random_texture(size, rng)
        if rng.random() < 0.3:  # finer than the texture's grid
            few = int(rng.integers(24, size))
            total += rng.uniform(0.1, 0.5) * cv2.resize(rng.integers(0, 256, (few, few), np.uint8), (size, size))
    if rng.random() < 0.35:
        lines = np.arange(size, dtype=np.float32)
        angle, period = rng.uniform(0, np.pi), rng.uniform(4, 60)
        wave = np.sin((np.cos(angle) * lines[None] + np.sin(angle) * lines[:, None]) * (2 * np.pi / period))
        total += rng.uniform(20, 120) * (np.sign(wave) if rng.random() < 0.5 else wave)
    low, high = float(total.min()), float(total.max())
    darkest, brightest = np.sort(rng.integers(0, 256, 2)).tolist()
    scaled = (total - low) * ((brightest - darkest) / max(high - low, 1)) + darkest
    return np.asarray(scaled, np.uint8)


def _flat(size: int, rng: np.random.Generator) -> Image:
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 60) * (np.cos(angle) * ramp[None] + np.sin(angle) * ramp[:, None])
    return np.asarray(np.clip(rng.uniform(0, 256) + slope, 0, 255), np.uint8)


def _scatter(picture: Image, rng: np.random.Generator) -> None:
    """Draw shapes and words into the picture, some of them arranged like eyes and mouths."""
    size = picture.shape[0]

    def place() -> tuple[int, int]:
        x, y = rng.integers(0, size, 2).tolist()
        return x, y

    for _ in range(int(rng.integers(1, 12))):
        grey, kind = int(rng.integers(0, 256)), rng.random()
        extent = int(np.exp(rng.uniform(np.log(3), np.log(size / 2))))
        x, y = place()
        if kind < 0.25:
            axes = (extent, max(1, int(extent * rng.uniform(0.3, 1.5))))
            cv2.ellipse(picture, (x, y), axes, rng.uniform(0, 180), 0, 360, grey, _thickness(rng), cv2.LINE_AA)
        elif kind < 0.5:
            cv2.rectangle(picture, (x, y), (x + extent, y + int(extent * rng.uniform(0.2, 3))), grey, _thickness(rng))
        elif kind < 0.65:
            cv2.line(picture, (x, y), place(), grey, int(rng.integers(1, 8)), cv2.LINE_AA)
        elif kind < 0.8:
            word = _WORDS[rng.integers(len(_WORDS))]
            font = int(rng.integers(0, 8))
            cv2.putText(picture, word, (x, y), font, rng.uniform(0.3, 3), grey, int(rng.integers(1, 4)), cv2.LINE_AA)
        else:
            _false_face(picture, x, y, extent, rng)


def _false_face(picture: Image, x: int, y: int, extent: int, rng: np.random.Generator) -> None:
    """A disc with two dots and a bar, as buttons, plugs, cars and lamps show."""
    skin, dot = rng.integers(0, 256, 2).tolist()
    cv2.ellipse(picture, (x, y), (extent, int(extent * rng.uniform(0.9, 1.4))), 0, 0, 360, skin, -1, cv2.LINE_AA)
    apart, up, radius = (int(extent * rng.uniform(*share)) for share in ((0.3, 0.5), (0.1, 0.4), (0.08, 0.25)))
    for side in (-1, 1):
        cv2.circle(picture, (x + side * apart, y - up), max(radius, 1), dot, -1, cv2.LINE_AA)
    if rng.random() < 0.6:
        bar = int(extent * rng.uniform(0.2, 0.5))
        cv2.line(picture, (x - bar, y + up), (x + bar, y + up), dot, max(radius // 2, 1), cv2.LINE_AA)


def _thickness(rng: np.random.Generator) -> int:
    return -1 if rng.random() < 0.6 else int(rng.integers(1, 6))
