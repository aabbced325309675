"""The bias of labels is measured on pictures whose answer is known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.keypoints import MIRROR
from model.predictor import KeypointPredictor
from realtime.filters.authoring.portrait import portrait
from tests.train.data.test_importers import run
from train.data.annotations import read_annotations, write_keypoints_csv
from train.measure_offset import below_people, bias_across, bias_down, fit_law


def test_the_law_is_found_though_a_few_faces_are_far_off() -> None:
    rng = np.random.default_rng(0)
    distances = rng.uniform(20, 120, 1000)
    bias = 0.42 + 0.0142 * distances + rng.normal(0, 0.05, 1000)
    bias[:10] += 20
    law = fit_law(bias, distances, 43.0)
    assert law.constant_px == pytest.approx(0.42, abs=0.02) and law.slope == pytest.approx(0.0142, abs=3e-4)
    assert law.share == pytest.approx(0.42 / 43 + 0.0142, abs=2e-4)


def test_down_the_picture_people_give_one_figure() -> None:
    law = bias_down(0.014, 0.002, 0.43, 43.0)
    assert law.share == pytest.approx(0.016) and law.slope == pytest.approx(0.006) and law.constant_px == 0.43


def _faces(folder: Path, move: tuple[float, float]) -> Path:
    """Portraits and their mirror images, with labels moved by a share of the eyes' distance."""
    names, labels = [], []
    for index in range(6):
        picture_bgr, face = portrait(50.0 + 8 * index, (240, 260), (0.5, 0.45))
        points = np.asarray(face.keypoints_px, np.float64)
        mirrored_bgr = np.ascontiguousarray(picture_bgr[:, ::-1])
        turned = points[MIRROR] * (-1, 1) + (picture_bgr.shape[1] - 1, 0)
        for name, image_bgr, found in ((f"{index}.png", picture_bgr, points), (f"{index}m.png", mirrored_bgr, turned)):
            cv2.imwrite(str(folder / name), image_bgr)
            names.append(name)
            labels.append(found + np.array(move) * np.linalg.norm(found[45] - found[36]))
    write_keypoints_csv(folder / "faces.csv", names, labels)
    return folder / "faces.csv"


def test_labels_that_lie_to_the_right_or_below_are_seen(tmp_path: Path) -> None:
    (tmp_path / "moved").mkdir()
    plain, moved = (
        read_annotations(_faces(tmp_path, (0, 0))),
        read_annotations(_faces(tmp_path / "moved", (0.03, 0.02))),
    )
    predictor, all_of = KeypointPredictor(), range(12)
    before, after = (bias_across(faces, predictor, all_of) for faces in (plain, moved))
    # A picture and its mirror image together have no side.
    assert abs((before[:, 0] / before[:, 1]).mean()) < 0.003
    assert ((after - before)[:, 0] / after[:, 1]).mean() == pytest.approx(0.03, abs=0.004)
    low = [below_people(faces, predictor, all_of).mean() for faces in (plain, moved)]
    assert low[1] - low[0] == pytest.approx(-0.02, abs=0.004)


def test_the_command(tmp_path: Path) -> None:
    faces = _faces(tmp_path, (0, 0))
    code, output = run("measure-offset", "--csv", faces, "--people", faces)
    assert code == 0 and "across, of the eye distance" in output and "12 faces of faces.csv by people" in output
    code, output = run("measure-offset", "--csv", faces)
    assert code == 0 and "across, constant" in output and "down" not in output
    few = tmp_path / "few.csv"
    few.write_text("\n".join(faces.read_text().splitlines()[:4]))
    code, output = run("measure-offset", "--csv", faces, "--images", tmp_path, "--people", few)
    assert code == 2 and "labels 3 faces, and 10 are needed" in output
