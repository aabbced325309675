"""Training pictures of the detector: faces of all sizes and turns on backdrops, and where they are."""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.crop import Region, region_from_keypoints
from model.geometry import Matrix, apply, compose, similarity
from model.keypoints import MIRROR
from train.augmentation.backdrop import backdrop, clear_patch
from train.augmentation.dress import hand, wear
from train.augmentation.head_turn import turn_head
from train.augmentation.pixels import blur, cover, dark, gradient, jpeg, light, noise, shadow, sharpen, small
from train.data.face_store import FaceStore

MOST_FACES: Final = 8


@dataclass(frozen=True, slots=True)
class CanvasConfig:
    """Numbers of the training canvases.

    Attributes:
        size_px: a canvas is square; a multiple of 32.
        smallest_px, largest_px: sides of the faces' points' boxes.
        roll_std_rad, far_roll, far_roll_rad: most heads roll as people's do; a share is turned up to the last.
        turn, worn, hand, cover: shares of the faces that are turned further, dressed, and covered in part.
        side_light: share of the faces with light of their own.
        decoys: mean number of pieces that are not faces but could be taken for some.
        empty: share of the canvases without a face.
    """

    size_px: int = 256
    smallest_px: float = 9.0
    largest_px: float = 340.0
    roll_std_rad: float = 0.15
    far_roll: float = 0.3
    far_roll_rad: float = 1.15
    turn: float = 0.35
    worn: float = 0.3
    hand: float = 0.08
    cover: float = 0.12
    side_light: float = 0.35
    decoys: float = 1.0
    empty: float = 0.08


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture and its faces.

    Attributes:
        picture: (S, S) grey.
        faces: regions of the faces to be found, canvas pixels.
        ignored: (x0, y0, x1, y1) of places where finding a face is neither right nor wrong.
    """

    picture: Image = field(repr=False)
    faces: tuple[Region, ...]
    ignored: tuple[tuple[float, float, float, float], ...]


def draw_canvas(
    store: FaceStore,
    indices: npt.NDArray[np.intp],
    config: CanvasConfig,
    rng: np.random.Generator,
    decoys: tuple[Image, ...] = (),
) -> Canvas:
    """Faces at `indices`, or some of them, on a backdrop.

    Args:
        store: all faces.
        indices: at most `MOST_FACES` of them.
        config: see there.
        rng: draws everything.
        decoys: pieces that a detector took for faces, to be shown as backdrop.
    """
    size = config.size_px
    picture = backdrop(store, size, rng)
    _add_decoys(picture, store, config, rng, decoys)
    placed: list[tuple[Region, float]] = []
    ignored: list[tuple[float, float, float, float]] = []
    sides = _sides(len(indices), config, rng)
    for index, side in zip(indices.tolist(), sides, strict=False):
        center = _free_place(side, placed, size, rng)
        if center is None:
            continue
        region = _paste(picture, store, index, side, center, config, rng)
        box = _box(region)
        # Outside the canvas, or so small that nobody could tell.
        inside = 0 <= region.center_x < size and 0 <= region.center_y < size
        if inside and region.side >= config.smallest_px * 0.8:
            placed.append((region, side))
        else:
            ignored.append(box)
    return Canvas(_changed(picture, rng), tuple(region for region, _ in placed), tuple(ignored))


def _sides(count: int, config: CanvasConfig, rng: np.random.Generator) -> list[float]:
    """Sides of the faces, largest first, so that small ones lie before large ones and none is hidden."""
    if rng.random() < config.empty:
        return []
    few = 1 if rng.random() < 0.4 else int(rng.integers(2, count + 1)) if count > 1 else 1
    largest = config.largest_px if few == 1 else 0.45 * config.size_px
    low = np.log(config.smallest_px)
    if few == 1 and rng.random() < 0.35:  # faces that fill the picture
        low = np.log(0.35 * config.size_px)
    return sorted(np.exp(rng.uniform(low, np.log(largest), few)).tolist(), reverse=True)


def _free_place(
    side: float, placed: list[tuple[Region, float]], size: int, rng: np.random.Generator
) -> tuple[float, float] | None:
    for _ in range(12):
        out = 0.12 * min(side, size)
        x, y = rng.uniform(-out, size - 1 + out, 2).tolist()
        if side > 0.6 * size:
            x, y = (size / 2 + rng.normal(0, 0.17 * size, 2)).tolist()
        if all(
            max(abs(region.center_x - x), abs(region.center_y - y)) > 0.62 * (other + side) for region, other in placed
        ):
            return x, y
    return None


def _paste(
    picture: Image,
    store: FaceStore,
    index: int,
    side: float,
    center: tuple[float, float],
    config: CanvasConfig,
    rng: np.random.Generator,
) -> Region:
    """Draw one face into the picture; gives where it is."""
    face, points = store.crops[index], store.keypoints[index]
    mask = _mask(store, index, rng)
    if rng.random() < config.turn:
        face, points = turn_head(face, points, rng)
    if rng.random() < config.worn:
        face = wear(face, points, rng)
    if rng.random() < config.hand:
        face = hand(face, points, rng)
    if rng.random() < config.cover:
        face = cover(face, rng)
    if rng.random() < config.side_light:
        face = (gradient if rng.random() < 0.5 else shadow)(face, rng)
    if rng.random() < 0.35:
        face = light(face, rng)
    # Halved as often as it fits, so that small faces are means of their pixels.
    step = 1
    while side * step * 2 <= store.side:
        step *= 2
    if step > 1:
        few = (face.shape[1] // step, face.shape[0] // step)
        face, mask = (cv2.resize(layer, few, interpolation=cv2.INTER_AREA) for layer in (face, mask))
    to_small = np.array([[1 / step, 0, (1 / step - 1) / 2], [0, 1 / step, (1 / step - 1) / 2]])
    roll = rng.normal(0, config.roll_std_rad)
    if rng.random() < config.far_roll:
        roll = rng.uniform(-config.far_roll_rad, config.far_roll_rad)
    middle = (face.shape[0] - 1) / 2
    stretch = float(np.exp(rng.normal(0, 0.05)))
    view = similarity(side * step / store.side, roll, (middle, middle), center)
    squeeze = np.array([[stretch, 0, center[0] * (1 - stretch)], [0, 1 / stretch, center[1] * (1 - 1 / stretch)]])
    flip = rng.random() < 0.5
    view = compose(squeeze, view)
    if flip:
        view = compose(view, np.array([[-1.0, 0, face.shape[1] - 1], [0, 1, 0]]))
    _blend(picture, face, mask, view)
    found = apply(compose(view, to_small), points)
    if flip:
        found = found[MIRROR]
    return region_from_keypoints(found)


def _blend(picture: Image, face: Image, mask: Image, view: Matrix) -> None:
    size = picture.shape[0]
    corners = apply(view, np.array([[0, 0], [face.shape[1], 0], [face.shape[1], face.shape[0]], [0, face.shape[0]]]))
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, size).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, size).astype(int).tolist()
    if x1 <= x0 or y1 <= y0:
        return
    moved = view - np.array([[0, 0, x0], [0, 0, y0]])
    shown = cv2.warpAffine(face, moved, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(mask, moved, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    under = picture[y0:y1, x0:x1]
    share = alpha.astype(np.float32) / 255
    under[:] = (under + share * (shown.astype(np.float32) - under) + 0.5).astype(np.uint8)


def _mask(store: FaceStore, index: int, rng: np.random.Generator) -> Image:
    """What of a held image is pasted: all of it, or the head, with or without shoulders."""
    size = store.crops.shape[1]
    mask = np.zeros((size, size), np.uint8)
    x0, y0, x1, y1 = np.clip(np.rint(store.valid[index]), 0, size - 1).astype(int).tolist()
    kind = rng.random()
    if kind < 0.3:
        mask[y0 : y1 + 1, x0 : x1 + 1] = 255
    else:
        middle = size // 2
        axes = (int(store.side * rng.uniform(0.62, 0.85)), int(store.side * rng.uniform(0.85, 1.1)))
        cv2.ellipse(mask, (middle, int(middle - 0.2 * store.side)), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
        if kind < 0.7:
            wide = int(store.side * rng.uniform(0.8, 1.3))
            top = int(middle + 0.45 * store.side)
            neck = int(0.4 * store.side)
            outline = [(middle - neck, top), (middle + neck, top), (middle + wide, size), (middle - wide, size)]
            cv2.fillPoly(mask, [np.array(outline, np.int32)], 255, cv2.LINE_AA)
        soft = int(rng.integers(2, 24))
        mask = cv2.blur(cv2.blur(mask, (soft, soft)), (soft, soft))
        inside = np.zeros_like(mask)
        inside[y0 : y1 + 1, x0 : x1 + 1] = 255
        mask = cv2.min(mask, inside)
    return mask


def _add_decoys(
    picture: Image, store: FaceStore, config: CanvasConfig, rng: np.random.Generator, mined: tuple[Image, ...]
) -> None:
    """Paste what could be taken for a face: pieces of faces, faces in disorder or upside down, and mined pieces."""
    size = picture.shape[0]
    for _ in range(int(rng.poisson(config.decoys))):
        crop = store.crops[rng.integers(len(store))]
        middle, side, kind = crop.shape[0] / 2, store.side, rng.random()
        if mined and kind < 0.35:
            piece = mined[rng.integers(len(mined))]
        elif kind < 0.55:  # an eye, a cheek, an ear, some hair, blown up
            extent = int(side * rng.uniform(0.15, 0.4))
            x, y = (middle + rng.uniform(-0.7, 0.7, 2) * side - extent / 2).astype(int).tolist()
            piece = crop[max(y, 0) : y + extent, max(x, 0) : x + extent]
        elif kind < 0.75:  # the quarters of a face in another order
            low, high = int(middle - 0.55 * side), int(middle + 0.55 * side)
            half = (high - low) // 2
            quarters = [crop[y : y + half, x : x + half] for y in (low, low + half) for x in (low, low + half)]
            a, b, c, d = (quarters[i] for i in ((1, 2, 3, 0), (2, 3, 0, 1), (3, 0, 1, 2))[rng.integers(3)])
            piece = np.vstack([np.hstack([a, b]), np.hstack([c, d])])
        elif kind < 0.85:  # upside down
            low, high = int(middle - 0.7 * side), int(middle + 0.7 * side)
            piece = cv2.rotate(crop[low:high, low:high], cv2.ROTATE_180)
        else:
            found = clear_patch(store, rng)
            if found is None:
                continue
            piece = found
        if min(piece.shape) < 4:
            continue
        extent = int(np.exp(rng.uniform(np.log(12), np.log(0.8 * size))))
        piece = cv2.resize(piece, (extent, max(4, round(extent * piece.shape[0] / piece.shape[1]))))[:size]
        if rng.random() < 0.5:
            piece = light(piece, rng)
        x, y = rng.integers(-extent // 3, size - extent // 3, 2).tolist()
        x, y = max(x, 0), max(y, 0)
        under = picture[y : y + piece.shape[0], x : x + piece.shape[1]]
        under[:] = piece[: under.shape[0], : under.shape[1]]


def _changed(picture: Image, rng: np.random.Generator) -> Image:
    """The canvas as a camera would give it."""
    steps = (
        (0.4, light),
        (0.12, gradient),
        (0.08, shadow),
        (0.07, dark),
        (0.15, blur),
        (0.15, sharpen),
        (0.08, small),
        (0.3, noise),
        (0.2, jpeg),
    )
    for (share, step), draw in zip(steps, rng.random(len(steps)), strict=True):
        if draw < share:
            picture = step(picture, rng)
    if rng.random() < 0.04:
        picture = cv2.equalizeHist(picture)
    return picture


def _box(region: Region) -> tuple[float, float, float, float]:
    half = region.side / 2
    return (region.center_x - half, region.center_y - half, region.center_x + half, region.center_y + half)
