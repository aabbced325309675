"""What of mouth and eyes stays free of paint: nothing where they are closed, teeth and eyes where they are open."""

from functools import cache

import cv2
import numpy as np
import pytest

from model.face import Face
from model.finder import open_finder
from model.geometry import bounding_box
from model.keypoints import GROUPS, eye_distance
from realtime.drawing.primitives import polygon_mask
from realtime.face_view import Viewer
from realtime.filters.filter import LayeredFilter
from realtime.filters.packs.manifest import filter_of
from tests.paths import SHARED_DIR
from tests.realtime.filters.faces import turned_face
from tests.realtime.filters.sample_packs import pack_of

SKIN, LIP, TOOTH, DARK = (140, 165, 205), (105, 95, 180), (215, 225, 230), (20, 18, 28)
INNER, OUTER = list(GROUPS["inner_lip"]), list(GROUPS["outer_lip"])
WILD = SHARED_DIR / "data" / "wild" / "lfpw"
CLOSED = ["image_0003.jpg", "image_0007.jpg", "image_0013.jpg", "image_0027.jpg", "image_0053.jpg", "image_0119.jpg"]
"""Mouths that people see closed, though the keypoints' lips do not meet."""


@cache
def lipstick() -> LayeredFilter:
    return filter_of(pack_of([{"kind": "makeup", "part": "lips", "color": "#ff00ff", "blend": "normal"}]))


def face_with_gap(gap: float, part: str = "inner_lip") -> Face:
    """The mean face, 200 px an eye distance, with its lips or lids `gap` eye distances apart."""
    points = turned_face(eye_distance=200, center=(320, 160)).keypoints_px.astype(np.float64)
    for name in ("left_eye", "right_eye") if part == "eyes" else (part,):
        group = points[list(GROUPS[name])]
        middle = group[:, 1].mean()
        height = np.ptp(group[:, 1])
        points[list(GROUPS[name]), 1] = middle + (group[:, 1] - middle) * gap * 200 / height
        if name == "inner_lip":
            outer = points[OUTER, 1]
            points[OUTER, 1] = outer + np.sign(outer - middle).round() * (gap * 200 - height) / 2
    keypoints = points.astype(np.float32)
    return Face(keypoints, 0.9, 0, bounding_box(keypoints))


def picture(face: Face, inside: tuple[int, int, int], true_gap: float = 1.0) -> np.ndarray:
    """Skin, lips, and between them `inside`, as wide open as this share of what the keypoints say."""
    canvas = np.full((480, 640, 3), SKIN, np.uint8)
    inner = face.keypoints_px[INNER].copy()
    inner[:, 1] = inner[:, 1].mean() + true_gap * (inner[:, 1] - inner[:, 1].mean())
    cv2.fillPoly(canvas, [face.keypoints_px[OUTER].round().astype(np.int32)], LIP)
    cv2.fillPoly(canvas, [inner.round().astype(np.int32)], inside)
    return canvas


def painted(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """How strongly each pixel was painted, from its green, 0 to 1."""
    return np.asarray(1 - after[..., 1] / np.maximum(before[..., 1].astype(float), 1))


def lips_of(face: Face, shape: tuple[int, ...], inset_px: int) -> np.ndarray:
    mask = polygon_mask((shape[1], shape[0]), [face.keypoints_px[OUTER].astype(np.float64)])
    return np.asarray(cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=inset_px) > 128)


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.044])
def test_closed_lips_are_painted_without_a_slit(gap: float) -> None:
    face = face_with_gap(gap)
    canvas = picture(face, LIP)
    before = canvas.copy()
    lipstick().apply(canvas, [face], 0.0)
    assert painted(before, canvas)[lips_of(face, canvas.shape, 6)].min() > 0.97


def test_lips_in_the_measured_gap_are_painted_and_teeth_and_darkness_are_not() -> None:
    face = face_with_gap(0.14)
    for inside in (TOOTH, DARK):
        # Half of what the keypoints take to be open is lip.
        before = picture(face, inside, true_gap=0.5)
        canvas = before.copy()
        lipstick().apply(canvas, [face], 0.0)
        strength = painted(before, canvas)
        x, middle = face.keypoints_px[INNER].mean(axis=0).round().astype(int)
        assert strength[middle, x] < 0.15
        bottom = round(float(face.keypoints_px[INNER[6], 1]))
        assert strength[bottom - 2, x] > 0.8, "inside the outline, but lip"


def test_the_hole_opens_with_the_gap() -> None:
    shares = []
    for gap in (0.045, 0.06, 0.075, 0.095, 0.13):
        face = face_with_gap(gap)
        before = picture(face, TOOTH)
        canvas = before.copy()
        lipstick().apply(canvas, [face], 0.0)
        x, y = face.keypoints_px[INNER].mean(axis=0).round().astype(int)
        shares.append(painted(before, canvas)[y, x])
    assert shares[0] > 0.97 and shares[-1] < 0.03 and shares == sorted(shares, reverse=True)


def test_the_holes_edge_is_soft() -> None:
    face = face_with_gap(0.2)
    before = picture(face, TOOTH)
    canvas = before.copy()
    lipstick().apply(canvas, [face], 0.0)
    x = int(face.keypoints_px[INNER].mean(axis=0)[0].round())
    column = painted(before, canvas)[:, x]
    assert np.abs(np.diff(column)).max() < 0.5, "no hard step from lip to teeth"


@pytest.mark.parametrize("gap", [0.0, 0.02])
def test_closed_lids_are_masked_and_open_eyes_are_not(gap: float) -> None:
    shown = filter_of(
        pack_of([{"kind": "mask", "image": "a.png", "origin": [125, 120], "eye_distance": 100, "keep_open": ["eyes"]}])
    )
    for opened, kept in ((gap, False), (0.12, True)):
        face = face_with_gap(opened, "eyes")
        canvas = np.full((480, 640, 3), (90, 90, 90), np.uint8)
        for name in ("left_eye", "right_eye"):
            eye = face.keypoints_px[list(GROUPS[name])]
            cv2.fillPoly(canvas, [eye.round().astype(np.int32)], (235, 235, 235) if kept else (90, 90, 90))
        before = canvas.copy()
        shown.apply(canvas, [face], 0.0)
        x, y = face.keypoints_px[list(GROUPS["left_eye"])].mean(axis=0).round().astype(int)
        assert np.array_equal(canvas[y, x], before[y, x]) == kept


@pytest.mark.skipif(not WILD.is_dir(), reason="needs ../shared/data/wild")
def test_closed_mouths_of_people_are_painted_whole() -> None:
    finder = open_finder()
    shares = {}
    for name in CLOSED:
        before = np.asarray(cv2.imread(str(WILD / name)), np.uint8)
        (face, *_) = finder.find(before)
        distance = float(eye_distance(face.keypoints_px))
        canvas = before.copy()
        lipstick().draw(canvas, Viewer().views([face], (before.shape[1], before.shape[0]), 0.0))
        inside = lips_of(face, before.shape, max(1, round(0.02 * distance)))
        # Where green is next to nothing, what was painted cannot be told.
        inside &= before[..., 1] > 40
        shares[name] = float((painted(before, canvas)[inside] > 0.8).mean())
    assert min(shares.values()) > 0.97, shares
