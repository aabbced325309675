"""Constants of boxes and crops are measured on pictures whose answer is known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.detection.haar import Detection
from model.geometry import Box
from realtime.filters.authoring.portrait import portrait
from tests.train.data.test_importers import run
from train.data.annotations import write_keypoints_csv
from train.measure_crops import box_row, crop_row, measure_scatter


def test_a_box_is_seen_from_the_face() -> None:
    """Rolled by a quarter turn, what lies to the left of the picture lies below."""
    points = Box(90, 90, 130, 140)
    upright = Detection(Box(60, 50, 160, 150), 0.0)
    assert box_row(upright, points) == pytest.approx((0.0, 0.15, 0.5))
    rolled = Detection(Box(75, 65, 175, 165), np.pi / 2)
    assert box_row(rolled, points) == pytest.approx((0.0, 0.15, 0.5))


def test_the_seeds_crop() -> None:
    assert crop_row((250, 500), Box(75, 200, 175, 300)) == pytest.approx((2.24, 0.0))
    assert crop_row((500, 250), Box(200, 100, 300, 200)) == pytest.approx((2.24, -0.25))


def test_a_few_wrong_boxes_do_not_count() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal((0, 0.16, 0.89), (0.09, 0.04, 0.08), (1000, 3))
    rows[:15] += 3
    scatter = measure_scatter(rows)
    assert scatter.faces == 1000 and scatter.shift_y == pytest.approx(0.16, abs=0.01)
    assert scatter.shift_std == pytest.approx((0.09, 0.04), abs=0.01)
    assert (scatter.side, scatter.side_std) == pytest.approx((0.89, 0.08), abs=0.01)


def test_the_command(tmp_path: Path) -> None:
    names, labels = [], []
    for index in range(12):
        picture_bgr, face = portrait(40.0 + 2 * index, (200, 220), (0.5, 0.45))
        names.append(f"{index}.png")
        labels.append(np.asarray(face.keypoints_px, np.float64))
        cv2.imwrite(str(tmp_path / names[-1]), picture_bgr)
    write_keypoints_csv(tmp_path / "faces.csv", names, labels)
    code, output = run("measure-crops", "--csv", tmp_path / "faces.csv")
    assert code == 0 and "12 boxes of the cascade on 12 images" in output and "BASELINE_CROP_SHIFT_Y" in output
    write_keypoints_csv(tmp_path / "faces.csv", names[:2], labels[:2])
    code, output = run("measure-crops", "--csv", tmp_path / "faces.csv")
    assert code == 2 and "found 2 of the 2 faces" in output
