"""The 3-D face is found again from synthetic pictures of a known one, and the committed one from the dataset."""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from model.keypoints import NAMES
from model.mean_face import DATASET_FACE as MEAN_FACE
from model.pose import rotation_from_angles
from tests.paths import ROOT
from train.data.annotations import read_annotations, write_keypoints_csv
from train.errors import OptionError
from train.fit_mean_face import fit_mean_face, format_rows, main


def pictures(
    face: npt.NDArray[np.float64], count: int, yaw_rad: float = 0.35, noise: float = 0.01
) -> npt.NDArray[np.float64]:
    """(count, 68, 2) orthographic pictures of a face in many poses, pitch 0 in the median, a few of them broken."""
    rng = np.random.default_rng(0)
    shapes = []
    for number in range(count):
        yaw, pitch, roll = rng.normal(0, [yaw_rad, 0.15 if yaw_rad else 0, 0.1])
        turned = (face @ rotation_from_angles(yaw, pitch, roll).T)[:, :2] + rng.normal(0, noise, (68, 2))
        if number % 40 == 7:
            turned += rng.normal(0, 0.2, (68, 2))
        shapes.append(rng.uniform(20, 150) * turned + rng.uniform(0, 300, 2))
    return np.stack(shapes)


def test_a_known_face_is_found_again() -> None:
    face = MEAN_FACE * (1, 1, 1.2)
    fit = fit_mean_face(pictures(face, 300))
    off_median = np.rad2deg(np.median(fit.pitch_rad))
    assert abs(off_median) < 0.1
    # Pitch 0 is the sample's median, so up to its error of a degree or two the axes are those of the truth.
    assert np.abs(fit.mean_face - face).max() < 0.04
    assert fit.residual.mean() < 0.03
    assert fit.yaw_rad.shape == fit.pitch_rad.shape == fit.roll_rad.shape == (300,)


def test_labels_shifted_to_one_side_give_a_symmetric_face() -> None:
    shapes = pictures(MEAN_FACE, 200)
    spread = shapes.std(axis=(1, 2))
    shapes[:, 20:40, 0] += 0.05 * spread[:, None]
    fit = fit_mean_face(shapes, rounds=5)
    assert np.allclose(fit.mean_face[36] * (-1, 1, 1), fit.mean_face[45])


def test_too_few_faces_are_refused() -> None:
    with pytest.raises(OptionError, match="at least 20 labelled faces, got 5"):
        fit_mean_face(pictures(MEAN_FACE, 5))


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_faces_that_all_look_ahead_are_refused(noise: float) -> None:
    with pytest.raises(OptionError, match="do not tell their depth"):
        fit_mean_face(pictures(MEAN_FACE, 60, yaw_rad=0.0, noise=noise), rounds=3)


def test_rows_are_those_of_the_module() -> None:
    rows = format_rows(MEAN_FACE).splitlines()
    assert len(rows) == len(NAMES)
    assert rows[8] == "    (0.000, 1.328, 0.013),  # jaw_8"
    source = ROOT / "model" / "mean_face.py"
    assert "\n".join(rows) in source.read_text(encoding="utf-8")


def test_the_command_prints_rows_and_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"Somebody_{number}.jpg" for number in range(60)]
    for name in names:
        (tmp_path / name).touch()
    write_keypoints_csv(tmp_path / "labels.csv", names, pictures(MEAN_FACE, 60))
    assert main([str(tmp_path / "labels.csv"), str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert len(re.findall(r"^    \(.*\),  # \w+$", printed, re.MULTILINE)) == len(NAMES)
    assert "# residual: 0.0" in printed


def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: python -m train.fit_mean_face CSV IMAGES_DIR" in capsys.readouterr().err
    assert main([str(tmp_path / "none.csv"), str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "none.csv does not exist" in message
    assert message.count("\n") == 1


@pytest.mark.shared
def test_the_committed_face_comes_from_the_dataset(shared_dir: Path) -> None:
    data = shared_dir / "data" / "train-test-data"
    annotations = read_annotations(data / "training_frames_keypoints.csv", data / "training")
    fit = fit_mean_face(annotations.keypoints_px[::4], rounds=8)
    assert np.abs(fit.mean_face - MEAN_FACE).max() < 0.05
