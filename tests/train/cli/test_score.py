"""`train score` from its command line, on drawn faces and the weights that ship."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from assets import DEFAULT_DETECTOR, DEFAULT_WEIGHTS, FLOAT_WEIGHTS
from model.networks.keypoint_net import KeypointNet
from model.networks.onnx_weights import is_score, load_exported, replace_score
from model.predictor import KeypointPredictor
from tests.train.faces import write_faces
from train.cli.app import app
from train.recipes.score_head import ScoreOptions


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["score", *map(str, arguments)])
    return done.exit_code, done.output


def test_both_files_get_the_new_score_and_keep_their_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.recipes.score_head.ScoreOptions", partial(ScoreOptions, steps=50))
    csv_file, images = write_faces(tmp_path / "faces", 24)
    data = ("--csv", csv_file, "--images", images, "--rounds", 1)
    code, text = run(FLOAT_WEIGHTS, DEFAULT_WEIGHTS, "--out", tmp_path / "new", *data, "--threshold", 0.3)
    assert code == 0, text
    assert "false proposals" in text and "a tracked face keeps 0.30, a new one needs 0.52" in text
    crops = np.random.default_rng(0).integers(0, 255, (4, 128, 128), np.uint8)
    for old in (FLOAT_WEIGHTS, DEFAULT_WEIGHTS):
        before, after = KeypointPredictor(old), KeypointPredictor(tmp_path / "new" / old.name)
        assert after.info.score_threshold == 0.3
        assert after.info.convention == before.info.convention
        mine, theirs = before.predict_crops(crops), after.predict_crops(crops)
        np.testing.assert_array_equal(mine.keypoints_px, theirs.keypoints_px)
        assert np.abs(mine.scores - theirs.scores).max() > 1e-4
    # Nothing is replaced unasked.
    code, text = run(FLOAT_WEIGHTS, "--out", tmp_path / "new", *data)
    assert code == 2
    assert "--overwrite" in text


def test_weights_in_8_bits_alone_are_refused(tmp_path: Path) -> None:
    code, text = run(DEFAULT_WEIGHTS, "--out", tmp_path)
    assert code == 2
    assert "keypoints-float.onnx" in text


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    code, text = run(FLOAT_WEIGHTS, FLOAT_WEIGHTS, "--out", tmp_path)
    assert code == 2
    assert "two of the weights are called keypoints-float.onnx" in text


def test_a_file_of_another_network_is_refused_before_anything_is_trained_or_written(tmp_path: Path) -> None:
    other = KeypointNet()
    load_exported(FLOAT_WEIGHTS, other)
    with torch.no_grad():
        next(value for name, value in other.named_parameters() if is_score(name)).add_(0.01)
    replace_score(DEFAULT_WEIGHTS, tmp_path / "other.onnx", other, KeypointPredictor(DEFAULT_WEIGHTS).info)
    for second, message in [
        (tmp_path / "other.onnx", "other.onnx holds another network than"),
        (DEFAULT_DETECTOR, "holds a network of another shape"),
    ]:
        code, text = run(FLOAT_WEIGHTS, second, "--out", tmp_path / "new", "--csv", "is not read")
        assert code == 2
        assert message in text
        assert not list((tmp_path / "new").iterdir())
