"""A small dataset whose labels the tiny test weights hit exactly, in the layout and with the quirks of the real one."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from tests.tiny_weights import face_shape
from train.data.annotations import write_keypoints_csv
from train.data.split import is_held_out


@dataclass(frozen=True)
class Written:
    """A dataset on disk.

    Attributes:
        csv: its labels.
        images: folder of its images.
        names: their names, in order.
        keypoints_px: (N, 68, 2).
    """

    csv: Path
    images: Path
    names: tuple[str, ...]
    keypoints_px: npt.NDArray[np.float64]


def face_at(x: float, y: float, side: float) -> npt.NDArray[np.float64]:
    """(68, 2) points of the tiny weights' face, its points' box a square of that side about (x, y)."""
    shape = face_shape(96).astype(np.float64)
    low, high = shape.min(axis=0), shape.max(axis=0)
    result: npt.NDArray[np.float64] = (shape - (low + high) / 2) / (high - low).max() * side + (x, y)
    return result


def people(count: int, *, held_out: bool) -> list[str]:
    """Names of people who are, or are not, held out for development."""
    return [name for name in (f"Person_{i}x" for i in range(2000)) if is_held_out(name) == held_out][:count]


def write_exact(folder: Path, count: int = 6, size_wh: tuple[int, int] = (120, 100)) -> Written:
    """Write `count` images named .jpg that hold RGBA PNG; every third shows a held-out person."""
    images = folder / "images"
    images.mkdir(parents=True)
    kept, held = people(2, held_out=False), people(1, held_out=True)[0]
    rng = np.random.default_rng(0)
    names, points = [], []
    for index in range(count):
        person = held if index % 3 == 2 else kept[index % 2]
        names.append(f"{person}_{index:02d}.jpg")
        points.append(face_at(size_wh[0] / 2 + index, size_wh[1] / 2 - index, 50 + index))
        bgra = rng.integers(120, 200, (size_wh[1], size_wh[0], 4), np.uint8)
        bgra[:, :, 3] = 7  # An alpha channel that must not darken the picture.
        bgra[0, 0] = (10, 20, 30, 7)
        cv2.circle(bgra, (int(points[-1][30, 0]), int(points[-1][30, 1])), 20, (90, 140, 220, 7), -1)
        (images / names[-1]).write_bytes(cv2.imencode(".png", bgra)[1].tobytes())
    write_keypoints_csv(folder / "labels.csv", names, points)
    return Written(folder / "labels.csv", images, tuple(names), np.stack(points))
