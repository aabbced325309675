"""Lengths of faces are measured on faces whose answer is known."""

from pathlib import Path

import numpy as np
import pytest

from model.keypoints import GROUPS
from model.mean_face import MEAN_FACE
from model.measures import SCALES, Lengths
from tests.train.data.test_importers import run
from tests.train.faces import write_faces
from train.measure_faces import measure_lengths

BROWS = [*GROUPS["left_brow"], *GROUPS["right_brow"]]


def test_raised_brows_and_a_face_without_points() -> None:
    rest = np.asarray(MEAN_FACE[:, :2], np.float64) * 100 + 200
    raised, unknown = rest.copy(), rest.copy()
    raised[BROWS, 1] -= 10
    unknown[3] = np.nan
    first, second = measure_lengths(np.stack([rest, raised, unknown]), (400, 400))
    assert second.brows - first.brows == pytest.approx(0.10, abs=0.015)
    assert second.mouth == pytest.approx(first.mouth, abs=0.02)
    assert set(SCALES) == set(Lengths._fields)


def test_the_command(tmp_path: Path) -> None:
    faces, _ = write_faces(tmp_path, count=12)
    code, output = run("measure-faces", "--csv", faces)
    assert code == 0 and "12 faces of faces.csv" in output and "brows above the eyes" in output
    code, other = run("measure-faces", "--csv", faces, "--no-label-offset")
    assert code == 0 and other != output
    few = tmp_path / "few.csv"
    few.write_text("\n".join(faces.read_text().splitlines()[:4]))
    code, output = run("measure-faces", "--csv", few)
    assert code == 2 and "labels 3 faces whole, and 10 are needed" in output
