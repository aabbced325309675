"""Ten thousand faces of every place, size and pose, and shapeless ones: nothing breaks, nothing is drawn elsewhere."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from model.face import Face
from model.geometry import bounding_box
from model.mean_face import MEAN_FACE
from model.pose import rotation_from_angles
from realtime.filters.base import ScreenLayer
from realtime.filters.filter import LayeredFilter
from realtime.filters.packs.manifest import filter_of
from tests.realtime.filters.sample_packs import KIND_SAMPLES, pack_of

SIZE_WH = (128, 96)
FACES = 10_000
PER_KIND = -(-FACES // len(KIND_SAMPLES))


@dataclass(frozen=True)
class Drawn:
    face: Face
    reach_px: float


def random_face(random: np.random.Generator, face_id: int) -> Drawn:
    """A face, and how far from its points a filter may draw."""
    shape = random.integers(0, 10)
    center = random.uniform(-0.6, 1.6, 2) * SIZE_WH
    if shape < 7:  # a head under some pose, mostly seen from the front
        turn = random.normal(0, 0.5, 3) if shape < 5 else random.uniform(-np.pi, np.pi, 3)
        eye_distance = float(np.exp(random.uniform(np.log(0.5), np.log(400))))
        solid = MEAN_FACE @ rotation_from_angles(*turn).T + (0, 0, random.uniform(2.5, 12))
        points = solid[:, :2] / solid[:, 2:] * solid[:, 2].mean() * eye_distance + center
        points += random.normal(0, 0.02 * eye_distance, (68, 2))
        reach = 3.0 * eye_distance
    elif shape == 7:  # noise
        spread = float(np.exp(random.uniform(-2, 6)))
        points, reach = random.normal(0, spread, (68, 2)) + center, 12 * spread
    elif shape == 8:  # all in one point, or on a line
        points = np.zeros((68, 2)) + center
        points[:, 0] += np.linspace(0, random.choice([0.0, 1e-3, 80.0]), 68)
        reach = 100.0
    else:  # absurdly far or large
        points = random.normal(0, 1, (68, 2)) * 10.0 ** random.uniform(3, 9) + center * 10.0 ** random.uniform(0, 6)
        reach = np.inf
    keypoints = points.astype(np.float32)
    return Drawn(Face(keypoints, 0.9, face_id, bounding_box(keypoints)), reach + 4)


def outside_of(drawn: list[Drawn]) -> np.ndarray:
    """Mask of the pixels that no filter may touch."""
    free = np.ones(SIZE_WH[::-1], bool)
    for each in drawn:
        if not np.isfinite(each.reach_px):
            return np.zeros_like(free)
        low = np.clip(each.face.keypoints_px.min(axis=0) - each.reach_px, 0, SIZE_WH).astype(int)
        high = np.clip(each.face.keypoints_px.max(axis=0) + each.reach_px + 1, 0, SIZE_WH).astype(int)
        free[low[1] : high[1], low[0] : high[0]] = False
    return free


def draw(shown: LayeredFilter, drawn: list[Drawn], random: np.random.Generator, frames: int) -> None:
    base = np.full((SIZE_WH[1], SIZE_WH[0], 3), 128, np.uint8)
    base[:, ::2, 0] = 90
    before = [each.face.keypoints_px.copy() for each in drawn]
    canvas = base.copy()
    for time_s in np.cumsum(random.uniform(0, 0.2, frames)).tolist():
        canvas = base.copy()
        shown.apply(canvas, [each.face for each in drawn], time_s)
    assert all(np.array_equal(a, b.face.keypoints_px) for a, b in zip(before, drawn, strict=True))
    if any(isinstance(use.layer, ScreenLayer) for use in shown.layers):
        return  # it belongs to the frame, not to a face
    free = outside_of(drawn)
    assert np.array_equal(canvas[free], base[free]), [each.face.keypoints_px for each in drawn]


@pytest.mark.parametrize("kind", KIND_SAMPLES)
def test_any_face_through_every_kind(kind: str) -> None:
    cv2.setNumThreads(1)
    random = np.random.default_rng(sorted(KIND_SAMPLES).index(kind))
    shown = filter_of(pack_of([KIND_SAMPLES[kind]]))
    count = 2 if kind == "swap" else 1
    for first in range(0, PER_KIND, count):
        draw(
            shown,
            [random_face(random, first + number) for number in range(count)],
            random,
            3 if kind == "particles" else 1,
        )
