"""Runs that stop and go on: exactly, from Ctrl-C, and for longer than was planned."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.errors import WeightsError
from model.networks.checkpoint import load_checkpoint, save_checkpoint
from model.predictor import KeypointPredictor
from tests.train.run.tiny import TINY, assert_same, weights_of
from train.config import TrainConfig
from train.data.label_offset import LabelOffset
from train.errors import OptionError, StoppedError
from train.run.loop import train as run
from train.run.progress import Progress


class _Interrupt(Exception):
    pass


def _stop_in_epoch_three(progress: Progress) -> None:
    if progress.epoch == 3:
        raise _Interrupt


def _stop_in_epoch_four(progress: Progress) -> None:
    if progress.epoch == 4:
        raise _Interrupt


@pytest.mark.parametrize("recipe", ["default", "baseline"])
def test_a_run_that_was_interrupted_goes_on_exactly(
    data: TrainConfig, tmp_path: Path, recipe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = replace(data, recipe=recipe)
    whole = run(replace(data, output_dir=tmp_path / "whole"), None, TINY)
    broken = replace(data, output_dir=tmp_path / "broken")
    with pytest.raises(_Interrupt):
        run(broken, _stop_in_epoch_three, TINY)
    result = run(replace(broken, resume=True), None, TINY)
    assert_same(weights_of(tmp_path / "whole"), weights_of(tmp_path / "broken"))
    assert result.nme == whole.nme and result.epochs == 3


def test_resuming_needs_a_run_and_the_same_options(data: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"last\.pt does not exist"):
        run(replace(data, output_dir=tmp_path, resume=True), None, TINY)
    run(replace(data, output_dir=tmp_path, epochs=1), None, TINY)
    with pytest.raises(OptionError, match="trained with seed 0, and 1 is asked for"):
        run(replace(data, output_dir=tmp_path, epochs=1, seed=1, resume=True), None, TINY)
    plain = replace(TINY, offset=LabelOffset((0.0, 0.0), (0.0, 0.0)))
    with pytest.raises(OptionError, match=r"trained with label_offset \[0\.42, .*\], and \[0\.0, "):
        run(replace(data, output_dir=tmp_path, epochs=1, resume=True), None, plain)


@pytest.mark.parametrize(("part", "name"), [("options", "keep"), ("recipe", "cycles")])
def test_a_run_of_an_older_version_is_not_resumed(data: TrainConfig, tmp_path: Path, part: str, name: str) -> None:
    last = run(replace(data, output_dir=tmp_path, epochs=1), None, TINY).last_path
    checkpoint = load_checkpoint(last)
    del checkpoint.training[part][name]
    save_checkpoint(last, checkpoint)
    with pytest.raises(OptionError, match="older version of this program began it; train without --resume"):
        run(replace(data, output_dir=tmp_path, epochs=1, resume=True), None, TINY)


@pytest.mark.parametrize("recipe", ["default", "baseline"])
def test_ctrl_c_in_the_first_epoch_leaves_weights_that_run_live(data: TrainConfig, tmp_path: Path, recipe: str) -> None:
    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(StoppedError, match=r"after epoch 0 of 3; .*run live \(not measured.*--resume has nothing"):
        run(replace(data, recipe=recipe, output_dir=tmp_path), stop, TINY)
    assert KeypointPredictor(tmp_path / "keypoints.onnx").info.recipe == recipe


def test_ctrl_c_later_exports_the_best_so_far_and_the_run_continues(
    data: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(progress: Progress) -> None:
        if progress.epoch == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("train.run.loop.VALIDATE_AFTER_S", 0.0)
    with pytest.raises(StoppedError, match=r"epoch 2 of 3; .*the best so far.*--resume --out "):
        run(replace(data, output_dir=tmp_path), stop, TINY)
    assert KeypointPredictor(tmp_path / "keypoints.onnx").info.recipe == "default"
    assert run(replace(data, output_dir=tmp_path, resume=True), None, TINY).epochs == 3


@pytest.mark.parametrize("recipe", ["default", "baseline", "detector"])
def test_more_epochs_continue_a_finished_run(data: TrainConfig, tmp_path: Path, recipe: str) -> None:
    """Only the baseline could be lengthened: the others' learning rate had fallen for the end."""
    config = replace(data, recipe=recipe, output_dir=tmp_path / "run", epochs=2)
    first = run(config, None, TINY)
    assert (first.epochs, first.new_epochs) == (2, 2)
    assert first.measure == ("faces missed" if recipe == "detector" else "NME")
    before = weights_of(tmp_path / "run")
    assert run(replace(config, resume=True), None, TINY).new_epochs == 0
    assert_same(before, weights_of(tmp_path / "run"))
    shutil.copytree(tmp_path / "run", tmp_path / "broken")
    longer = replace(config, epochs=4, resume=True)
    result = run(longer, None, TINY)
    assert (result.epochs, result.new_epochs) == (4, 2)
    assert any(not torch.equal(tensor, before[name]) for name, tensor in weights_of(tmp_path / "run").items())
    rows = list(csv.DictReader(result.curves_path.read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    # Interrupted on the way, it comes to the same.
    broken = replace(longer, output_dir=tmp_path / "broken")
    with pytest.raises(_Interrupt):
        run(broken, _stop_in_epoch_four, TINY)
    assert run(broken, None, TINY).new_epochs == 1
    assert_same(weights_of(tmp_path / "run"), weights_of(tmp_path / "broken"))
    with pytest.raises(OptionError, match="trained with epochs 4, and 3 is asked for"):
        run(replace(longer, epochs=3), None, TINY)


def test_more_epochs_continue_a_fine_tuned_run(data: TrainConfig, tmp_path: Path) -> None:
    first = run(replace(data, output_dir=tmp_path / "first", epochs=1), None, TINY)
    fine = replace(data, output_dir=tmp_path / "fine", start_from=first.float_path, epochs=1)
    run(fine, None, TINY)
    assert run(replace(fine, epochs=3, resume=True), None, TINY).epochs == 3
