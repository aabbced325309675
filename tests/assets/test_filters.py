"""Filters that ship: their parts hold together on heads that turn."""

import cv2
import numpy as np
import pytest

from model.face import Face
from realtime.face_view import Viewer
from realtime.filters.packs.registry import load
from tests.realtime.filters.faces import turned_face


@pytest.mark.parametrize("yaw", [-28, -14, 0, 14, 28])
@pytest.mark.parametrize("pitch", [-8, 0, 8])
def test_the_pirates_strap_runs_from_the_patch_under_the_bandana(yaw: float, pitch: float) -> None:
    face = turned_face(yaw, pitch, 5, 90, (320.0, 300.0))
    points = (2 * face.keypoints_px + 0.5).astype(np.float32)
    (view,) = Viewer().views([Face(points, 0.9, 0, face.box)], (1280, 960), 0.0)
    _, strap, patch, _, bandana = load("pirate").layers
    covered = []
    for use in (strap, patch, bandana):
        canvas = np.full((960, 1280, 3), 255, np.uint8)
        use.layer.draw(canvas, view, 1.0)
        covered.append((canvas.min(axis=2) < 160).astype(np.uint8))
    shown = covered[0] & ~covered[1] & ~covered[2] & 1
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(shown, connectivity=8)
    pieces = [cv2.dilate((labels == index).astype(np.uint8), np.ones((9, 9))) for index in range(1, count)]
    pieces = [piece for piece, size in zip(pieces, sizes[1:, cv2.CC_STAT_AREA], strict=True) if size > 60]
    assert pieces
    for piece in pieces:
        assert (piece & covered[1]).any() and (piece & covered[2]).any()
