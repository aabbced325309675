"""A small dataset of drawn faces in the dataset's own layout, for tests that train."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from train.data.annotations import write_keypoints_csv
from train.data.split import is_held_out

_ANGLES = np.linspace(np.pi, 0, 17)


def _ring(center: tuple[float, float], radii: tuple[float, float], count: int) -> list[tuple[float, float]]:
    turns = np.pi + 2 * np.pi * np.arange(count) / count
    return [(center[0] + radii[0] * np.cos(a), center[1] + radii[1] * np.sin(a)) for a in turns]


def _line(start: tuple[float, float], end: tuple[float, float], count: int) -> list[tuple[float, float]]:
    return [tuple(point) for point in np.linspace(start, end, count)]


def face_keypoints() -> npt.NDArray[np.float64]:
    """(68, 2) points of an upright face about (0, 0), some two units wide."""
    points = [(np.cos(a), 1.2 * np.sin(a)) for a in _ANGLES]
    points += _line((-0.8, -0.55), (-0.2, -0.6), 5) + _line((0.2, -0.6), (0.8, -0.55), 5)
    points += _line((0, -0.3), (0, 0.2), 4) + _line((-0.2, 0.3), (0.2, 0.3), 5)
    points += _ring((-0.45, -0.3), (0.2, 0.1), 6) + _ring((0.45, -0.3), (0.2, 0.1), 6)
    points += _ring((0, 0.65), (0.4, 0.2), 12) + _ring((0, 0.65), (0.3, 0.1), 8)
    return np.array(points, np.float64)


def draw_face(size_wh: tuple[int, int], keypoints_px: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """BGR picture of a face with these points: light skin, dark eyes, red mouth."""
    image = np.full((size_wh[1], size_wh[0], 3), (90, 70, 50), np.uint8)
    whole = np.round(keypoints_px).astype(np.int32)
    cv2.fillConvexPoly(image, cv2.convexHull(whole), (150, 180, 220))
    for part in (whole[36:42], whole[42:48]):
        cv2.fillConvexPoly(image, part, (30, 20, 10))
    cv2.fillConvexPoly(image, whole[48:60], (60, 40, 200))
    return image


def write_faces(folder: Path, count: int = 24, seed: int = 0) -> tuple[Path, Path]:
    """Write `count` drawn faces of several people, some of whom are held out; gives the CSV and the images' folder."""
    rng = np.random.default_rng(seed)
    images = folder / "images"
    images.mkdir(parents=True)
    held = next(f"Held_{i}x" for i in range(1000) if is_held_out(f"Held_{i}x"))
    kept = [f"Kept_{i}x" for i in range(50) if not is_held_out(f"Kept_{i}x")][:5]
    names, labels = [], []
    for index in range(count):
        person = held if index % 6 == 5 else kept[index % len(kept)]
        center, radius = rng.uniform(55, 75, 2), rng.uniform(30, 42)
        keypoints = face_keypoints() * radius + center
        name = f"{person}_{index}.png"
        cv2.imwrite(str(images / name), draw_face((130, 140), keypoints))
        names.append(name)
        labels.append(np.round(keypoints))
    csv_path = folder / "faces.csv"
    write_keypoints_csv(csv_path, names, labels)
    return csv_path, images
