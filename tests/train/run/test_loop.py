"""The training loop: files it leaves, same seed same weights, and a clear stop."""

import csv
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.networks.checkpoint import load_checkpoint
from model.predictor import KeypointPredictor
from tests.paths import ROOT
from tests.train.run.tiny import TINY, assert_same, weights_of
from train.config import TrainConfig
from train.data.training_data import read_training_data
from train.errors import LossError, OptionError, OutputError
from train.recipes.default import DefaultRecipe
from train.recipes.default_loss import keypoint_loss
from train.run.distributed import Ranks, pick_device
from train.run.loop import train as run
from train.run.progress import Progress, ProgressBar


def test_a_run_leaves_checkpoints_curves_and_weights_that_go_live(data: TrainConfig, tmp_path: Path) -> None:
    told: list[Progress] = []
    result = run(replace(data, output_dir=tmp_path), told.append, TINY)
    weights = {"keypoints.onnx", "keypoints-float.onnx"}
    assert {p.name for p in tmp_path.iterdir()} == {"last.pt", "best.pt", "curves.csv", "run.toml"} | weights
    assert result.epochs == 3 and result.nme is not None and "held out" in result.split
    with result.curves_path.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["val_nme"] == "" and float(rows[2]["val_nme"]) == result.nme
    info = KeypointPredictor(result.weights_path).info
    assert info.recipe == "default" and info.has_score and info.label_offset_x == (0.42, 0.0142)
    batches = told[0].batches
    assert [(p.epoch, p.batch) for p in told] == [(e, b) for e in (1, 2, 3) for b in range(1, batches + 1)]
    assert told[-1].seconds_left == 0 and told[-1].val_nme == result.nme and told[0].images_per_s > 0


def test_the_same_seed_gives_the_sameweights_of(data: TrainConfig, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run(replace(data, output_dir=tmp_path / name, seed=seed, epochs=1), None, TINY)
    assert_same(weights_of(tmp_path / "a"), weights_of(tmp_path / "b"))
    assert not torch.equal(weights_of(tmp_path / "a")["maps.weight"], weights_of(tmp_path / "c")["maps.weight"])


def test_the_baseline_tells_its_running_loss_and_saves_the_seeds_file(
    data: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("train.recipes.baseline.BaselineRecipe.running_every", 2)
    told: list[Progress] = []
    result = run(replace(data, recipe="baseline", output_dir=tmp_path / "run", batch_size=5, epochs=1), told.append)
    means = [p.running_loss for p in told if p.running_loss is not None]
    assert means == pytest.approx([(told[0].loss + told[1].loss) / 2, (told[2].loss + told[3].loss) / 2])
    assert result.state_path == tmp_path / "run" / "saved_models" / "keypoints_model_1.pt"
    assert not (tmp_path / "saved_models").exists()
    saved = load_checkpoint(result.state_path)
    assert_same(saved.model.state_dict(), weights_of(tmp_path / "run"))
    assert KeypointPredictor(tmp_path / "run" / "keypoints.onnx").info.spec.size_px == 224


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_state(
    data: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(replace(data, output_dir=tmp_path, epochs=1), None, TINY)
    good = weights_of(tmp_path)
    data = replace(data, overwrite=True)
    real = keypoint_loss
    monkeypatch.setattr("train.recipes.default.keypoint_loss", lambda *args: real(*args) * float("nan"))
    with pytest.raises(LossError, match=r"epoch 1, batch 1: the loss is nan; the last good state is .*last\.pt; try a"):
        run(replace(data, output_dir=tmp_path), None, TINY)
    assert_same(good, weights_of(tmp_path))


def test_the_best_checkpoint_is_never_overwritten_by_a_worse_one(
    data: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = iter([0.3, 0.2, 0.5])
    monkeypatch.setattr("train.run.loop.VALIDATE_EVERY", 1)
    monkeypatch.setattr("train.recipes.default.DefaultRecipe.validate", lambda self: next(errors))
    kept: list[dict[str, torch.Tensor]] = []

    def keep(progress: Progress) -> None:
        if progress.epoch == 3 and progress.batch == 1:
            kept.append(weights_of(tmp_path))

    result = run(replace(data, output_dir=tmp_path), keep, TINY)
    assert result.nme == 0.2
    assert_same(kept[0], load_checkpoint(result.best_path).model.state_dict())


def test_training_on_all_people_measures_nobody_and_says_so(data: TrainConfig, tmp_path: Path) -> None:
    result = run(replace(data, output_dir=tmp_path, all_people=True, epochs=1), None, TINY)
    assert result.nme is None and result.split == "all people"
    assert "24 images, all people" in KeypointPredictor(result.weights_path).info.trained_on


def test_an_output_folder_that_cannot_be_made_is_reported(data: TrainConfig, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot write to .*file.*; give another --out"):
        run(replace(data, output_dir=tmp_path / "file" / "run"), None, TINY)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_reported() -> None:
    assert pick_device("auto").type == "cpu"
    with pytest.raises(OptionError, match="PyTorch finds no GPU here"):
        pick_device("cuda")


def test_the_bar_shows_loss_time_left_and_speed(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar() as bar:
        bar(Progress(1, 2, 24, 24, 0.125, 310.0, 65.0, running_loss=0.25, val_nme=0.05, measure="faces missed"))
    captured = capsys.readouterr()
    assert "loss 0.1250, 1:05 left, 310 images/s" in captured.err
    assert "Epoch: 1, Batch: 24, Avg. Loss: 0.25000" in captured.out
    assert "epoch 1: faces missed 5.00%, on held-out people" in captured.out


_RANK_PROGRAM = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from model.networks.keypoint_net import NetSpec
from train.config import TrainConfig
from train.data.label_offset import LabelOffset
from train.run.loop import train
from train.recipes.default_options import DefaultOptions
net = NetSpec(32, (8, 8, 8, 8), (0, 0, 0), 8, 8, True)
config = TrainConfig(csv_file=Path(sys.argv[1]), images_dir=Path(sys.argv[2]), output_dir=Path(sys.argv[3]),
                     epochs=2, device="cpu")
result = train(config, None, DefaultOptions(net=net, batch_size=8))
print(result.nme)
"""


def test_slow_epochs_are_measured_by_time(data: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.run.loop.VALIDATE_AFTER_S", 0.0)
    told: list[Progress] = []
    run(replace(data, output_dir=tmp_path), told.append, TINY)
    assert all(p.val_nme is not None for p in told if p.batch == p.batches)


def test_fine_tuning_on_few_pictures_takes_enough_steps(data: TrainConfig, tmp_path: Path) -> None:
    """Ten pictures made an epoch of one step, and a whole run of 36."""
    first = run(replace(data, output_dir=tmp_path / "first", epochs=1), None, TINY)
    options = replace(TINY, fine_epochs=2, fine_steps=13)
    told: list[Progress] = []
    fine = replace(data, output_dir=tmp_path / "fine", start_from=first.float_path, epochs=None)
    run(fine, told.append, options)
    assert len(told) == 14 and told[-1].epoch == 2


def test_a_batch_smaller_than_the_processes_gives_each_a_face(data: TrainConfig) -> None:
    """A process without a face gave a loss that is not a number."""
    recipe = DefaultRecipe(
        replace(data, batch_size=1), read_training_data(data), torch.device("cpu"), Ranks(1, 2), TINY
    )
    assert recipe.batch_size == 2
    loss, _ = next(recipe.losses(1))
    assert loss.isfinite()


def test_two_processes_train_one_network_together(data: TrainConfig, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-c", _RANK_PROGRAM, str(data.csv_file), str(data.images_dir), str(tmp_path)]
    processes = []
    for rank in ("0", "1"):
        # What torchrun sets.
        env = {**os.environ, "RANK": rank, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    single = run(replace(data, output_dir=tmp_path / "single", epochs=2), None, TINY)
    together = float(outputs[0][0])
    assert single.nme is not None
    # After two epochs of a tiny network the figure is rough; half of a gradient would be far off.
    assert together == pytest.approx(single.nme, rel=0.2)


def test_a_run_is_never_replaced_unasked(data: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run replaced best.pt, last.pt and curves.csv of the first."""
    monkeypatch.chdir(tmp_path)
    data = replace(data, epochs=1)
    first = run(data, None, TINY)
    second = run(replace(data, seed=1), None, TINY)
    assert first.last_path == Path("runs/default/last.pt") and second.last_path == Path("runs/default-2/last.pt")
    with pytest.raises(OutputError, match=r"runs/default holds a run already \(last\.pt\); continue it with --resume"):
        run(replace(data, output_dir=Path("runs/default")), None, TINY)
    assert run(replace(data, seed=1, resume=True), None, TINY).last_path == second.last_path
    assert run(replace(data, output_dir=Path("runs/default"), overwrite=True), None, TINY).epochs == 1
