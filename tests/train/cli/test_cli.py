"""The command line: what each command prints and writes, and one line with exit status 2 for whatever goes wrong."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner, Result

from assets import FLOAT_WEIGHTS
from model.networks.baseline_net import BaselineNet
from model.networks.onnx_weights import replace_info
from model.predictor import KeypointPredictor
from tests.paths import ROOT
from tests.train.exact import Written
from tests.train.faces import write_faces
from train.cli import training
from train.cli.app import app
from train.config import TrainConfig
from train.data.annotations import read_annotations
from train.errors import StoppedError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def fails(result: Result, *parts: str) -> None:
    """One line on stderr, status 2, nothing of a traceback."""
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1, result.stderr
    for part in parts:
        assert part in result.stderr


def test_options_before_a_command_are_not_ignored_in_silence() -> None:
    fails(run("--csv", "mine.csv", "evaluate"), "--csv before the command evaluate has no effect; write it after: ")
    fails(run("--epochs", 1, "check", "mine.csv"), "--epochs before the command check has no effect; leave it out")


def data(written: Written) -> tuple[object, ...]:
    return "--csv", written.csv, "--images", written.images


def test_evaluate_prints_and_writes_all_it_is_asked_for(written: Written, weights: Path, tmp_path: Path) -> None:
    outputs = ("--json", tmp_path / "f.json", "--plots", tmp_path / "plots", "--predictions", tmp_path / "p.csv")
    result = run("evaluate", *data(written), "--weights", weights, *outputs)
    assert result.exit_code == 0, result.output
    assert "labels.csv (all 6 images, 3 people)" in result.stdout and "dataset's convention" in result.stdout
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["images"] == figures["detected"] == 6 and figures["nme"] < 1e-3
    assert len(read_annotations(tmp_path / "p.csv", written.images)) == 6
    assert len(list((tmp_path / "plots").glob("*.png"))) == 4


def test_evaluate_under_stress(written: Written, weights: Path, tmp_path: Path) -> None:
    arguments = ("--weights", weights, "--split", "development", "--stress", "--json", tmp_path / "f.json")
    result = run("evaluate", *data(written), *arguments)
    assert result.exit_code == 0, result.output
    assert "roll 45 degrees" in result.stdout and "AUROC" in result.stdout and "Steadiness" in result.stdout
    assert result.stdout.count("held-out people of labels.csv (2 of 6 images)") == 2
    figures = json.loads((tmp_path / "f.json").read_text())
    assert len(figures["stress"]["conditions"]) == 11 and "noise_rms" in figures["steadiness"]


def test_show_draws_the_sheets(written: Written, weights: Path, tmp_path: Path) -> None:
    result = run("show", "samples", "predictions", *data(written), "--weights", weights, "--out", tmp_path / "s")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "s").iterdir()} == {"samples.png", "predictions.png"}
    assert f"samples: {tmp_path / 's' / 'samples.png'}" in result.stdout


def test_compare(written: Written, weights: Path) -> None:
    result = run("compare", weights, weights, *data(written))
    assert result.exit_code == 0 and "image by image" in result.stdout


def test_export_makes_weights_of_the_seeds_state_dict(tmp_path: Path, written: Written) -> None:
    torch.save(BaselineNet().state_dict(), tmp_path / "keypoints_model_1.pt")
    result = run("export", tmp_path / "keypoints_model_1.pt", tmp_path / "out.onnx")
    assert result.exit_code == 0, result.output
    assert run("evaluate", *data(written), "--weights", tmp_path / "out.onnx").exit_code == 0


def test_options_of_training_reach_the_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[tuple[TrainConfig, int | None, int]] = []

    def record(config: TrainConfig, threads: int | None, processes: int) -> None:
        seen.append((config, threads, processes))

    monkeypatch.setattr(training, "run_training", record)
    (tmp_path / "last.pt").touch()
    options = "--recipe baseline --epochs 3 --batch-size 8 --seed 5 --split all --resume --workers 2 --threads 1"
    assert (
        run(
            "--csv",
            "a.csv",
            "--images",
            "b",
            "--out",
            tmp_path,
            *options.split(),
            "--no-label-offset",
            "--processes",
            3,
        ).exit_code
        == 0
    )
    assert run().exit_code == 0
    config, threads, processes = seen[0]
    assert processes == 3
    assert (config.recipe, config.epochs, config.batch_size, config.seed) == ("baseline", 3, 8, 5)
    assert (config.csv_file, config.images_dir, config.output_dir) == (Path("a.csv"), Path("b"), tmp_path)
    assert config.all_people and config.resume and config.workers == 2 and threads == 1 and not config.label_offset
    assert seen[1] == (TrainConfig(), None, 1)
    assert run("--start-from", "w.onnx", "--keep", "0.25", "--second-labels", "s.csv").exit_code == 0
    assert (seen[2][0].start_from, seen[2][0].keep, seen[2][0].second_labels) == (Path("w.onnx"), 0.25, Path("s.csv"))
    assert run("--csv", "a.csv:0.25", "--csv", "b.csv:.75").exit_code == 0
    config, *_ = seen.pop()
    assert (config.csv_file, config.more_csv, config.shares) == (Path("a.csv"), (Path("b.csv"),), (0.25, 0.75))
    result = run("--csv", "a.csv:0.25", "--csv", "b.csv")
    assert result.exit_code == 2 and "give a share to every --csv, or to none" in result.stderr
    (tmp_path / "odd.csv:2").touch()
    assert run("--csv", tmp_path / "odd.csv:2").exit_code == 0 and seen.pop()[0].csv_file == tmp_path / "odd.csv:2"
    assert run("--start-from", "shipped").exit_code == 0 and seen.pop()[0].start_from == FLOAT_WEIGHTS
    assert run("--recipe", "baseline").exit_code == 0 and seen[3][0].output_dir is None


def test_training_leaves_weights_that_run(tmp_path: Path) -> None:
    csv_path, images = write_faces(tmp_path / "faces", count=24)
    arguments = ("--csv", csv_path, "--images", images, "--epochs", 1, "--batch-size", 8, "--no-label-offset")
    result = run(*arguments, "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    assert "NME on the held-out people, in full precision" in result.stdout
    assert "keypoints-float.onnx" in result.stdout
    assert f"python -m realtime --compare {tmp_path / 'run' / 'keypoints.onnx'}\n" in result.stdout
    info = KeypointPredictor(tmp_path / "run" / "keypoints.onnx").info
    assert info.label_offset_x == info.label_offset_y == (0.0, 0.0) and info.recipe == "default"
    full = tmp_path / "run" / "keypoints-float.onnx"
    result = run("quantize", full, tmp_path / "again.onnx", *arguments[:4])
    assert result.exit_code == 0 and "MB now\npoints of" in result.stdout, result.output
    assert (tmp_path / "again.onnx").read_bytes() == (tmp_path / "run" / "keypoints.onnx").read_bytes()
    fails(run("quantize", tmp_path / "again.onnx", tmp_path / "c.onnx", *arguments[:4]), "rounded to 8 bits")
    fails(run("quantize", full, tmp_path, *arguments[:4]), "it is a folder")
    fails(run("quantize", full, full, *arguments[:4]), "it is read or written in the same run", "give another file")
    result = run("average", full, FLOAT_WEIGHTS, "--out", tmp_path / "mean.onnx")
    fails(result, "differ in how faces are cut or points are drawn")
    fails(run("average", full, "--out", tmp_path / "mean.onnx"), "average takes two weights files or more")
    stricter = tmp_path / "stricter.onnx"
    replace_info(full, stricter, replace(KeypointPredictor(full).info, score_threshold=0.7))
    assert run("average", full, stricter, "--out", tmp_path / "mean.onnx").exit_code == 0
    assert KeypointPredictor(tmp_path / "mean.onnx").info.score_threshold == info.score_threshold
    assert run("quantize", tmp_path / "mean.onnx", tmp_path / "d.onnx", *arguments[:4]).exit_code == 0
    crops = np.random.default_rng(0).integers(0, 256, (3, 128, 128), np.uint8)
    first, mean = (KeypointPredictor(path).predict_crops(crops).keypoints_px for path in (full, tmp_path / "mean.onnx"))
    np.testing.assert_allclose(mean, first, atol=1e-3)
    fails(run("average", full, tmp_path / "again.onnx", "--out", tmp_path / "e.onnx"), "rounded to 8 bits")
    start = ("--start-from", tmp_path / "again.onnx", "--out", tmp_path / "never", *arguments[:4])
    fails(run(*start), "rounded to 8 bits", "keypoints-float.onnx")
    assert not (tmp_path / "never").exists()


def test_a_finished_run_says_how_to_continue_it_and_continues(tmp_path: Path) -> None:
    csv_path, _ = write_faces(tmp_path / "faces", count=24)
    resume = ("--resume", "--out", tmp_path / "run")
    assert run("--csv", csv_path, "--epochs", 3, "--batch-size", 8, "--out", tmp_path / "run").exit_code == 0
    result = run(*resume)
    assert result.exit_code == 0, result.output
    assert "finished already; to continue it, ask for more epochs: --resume --epochs 4\n" in result.stdout
    result = run(*resume, "--epochs", 4)
    assert result.exit_code == 0 and "finished already" not in result.stdout and "trained 4 epochs" in result.stdout
    fails(run(*resume, "--epochs", 2), "it was trained with epochs 4, and 2 is asked for")


def test_each_bad_input_is_one_line(written: Written, weights: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "cut.onnx").write_bytes(weights.read_bytes()[:200])
    (tmp_path / "cut.pt").write_bytes(b"PK")
    good = (*data(written), "--weights", weights)
    fails(run("evaluate", "--csv", tmp_path / "no.csv", "--images", written.images), "no.csv does not exist")
    fails(run("evaluate", "--csv", written.csv, "--images", tmp_path / "no"), "images folder")
    fails(run("evaluate", *data(written), "--weights", tmp_path / "no.onnx"), "no.onnx does not exist")
    fails(run("evaluate", *data(written), "--weights", tmp_path / "cut.onnx"), "cut.onnx is not an ONNX model")
    fails(run("evaluate", *good, "--json", tmp_path / "no" / "f.json"), "folder", "does not exist")
    fails(run("evaluate", *good, "--predictions", tmp_path), "it is a folder")
    fails(
        run("evaluate", *good, "--predictions", tmp_path / "x", "--json", tmp_path / "x"),
        "read or written in the same run",
    )
    fails(run("evaluate", *good, "--plots", tmp_path / "file"), "cannot write the plots")
    fails(run("show", *data(written), "--out", tmp_path / "file"), "cannot write the sheets")
    fails(run("export", tmp_path / "no.pt", tmp_path / "x.onnx"), "no.pt does not exist")
    fails(run("export", tmp_path / "cut.pt", tmp_path / "x.onnx"), "cut.pt cannot be read")
    fails(run("download", "--out", tmp_path, "--url", "nowhere"), "not the address of an archive")
    fails(run("expressions", tmp_path / "a.csv", tmp_path / "b.csv"), "a.csv: No such file or directory")
    fails(run("--recipe", "best"), "no recipe is called 'best'", "default, baseline")
    fails(run("--csv", tmp_path / "no.csv"), "no.csv does not exist")
    fails(run("--csv", tmp_path), "is a folder; give the file of the labels in it, as in", "labels.csv")


def test_a_window_without_display_is_one_line(monkeypatch: pytest.MonkeyPatch, written: Written) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    fails(run("show", *data(written), "--window"), "--window needs a display")


def test_ctrl_c_ends_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "run_training", stop)
    result = run()
    assert result.exit_code == 130 and result.stderr == "stopped\n"


def test_an_interrupted_run_says_what_it_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise StoppedError("stopped after epoch 2 of 3; weights that run live: here.onnx")

    monkeypatch.setattr(training, "run_training", stop)
    result = run()
    assert result.exit_code == 130 and result.stderr == "stopped after epoch 2 of 3; weights that run live: here.onnx\n"


@pytest.mark.parametrize("command", ["show", "evaluate", "export", "download", "compare", "expressions"])
def test_each_command_explains_itself(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0 and command in result.stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, train.cli.app\n"
        "heavy = {'torch', 'cv2', 'pandas', 'matplotlib', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_module_runs(written: Written, weights: Path) -> None:
    arguments = [str(a) for a in ("evaluate", *data(written), "--weights", weights)]
    done = subprocess.run(
        [sys.executable, "-m", "train", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "NME" in done.stdout, done.stderr


def test_training_on_points_that_are_partly_labelled(tmp_path: Path) -> None:
    """NaN would be the loss, and the error, if missing points were not left out of both."""
    csv_path, _ = write_faces(tmp_path / "faces", count=24)
    lines = csv_path.read_text().splitlines()
    for row in range(1, len(lines), 2):
        cells = lines[row].split(",")
        lines[row] = ",".join([*cells[:97], *[""] * 40])
    csv_path.write_text("\n".join(lines))
    for recipe in ("default", "baseline"):
        out = tmp_path / recipe
        result = run("--csv", csv_path, "--recipe", recipe, "--epochs", 1, "--batch-size", 8, "--out", out)
        assert result.exit_code == 0, result.output
        assert "NME on the held-out people" in result.stdout and "nan" not in result.stdout
    result = run("evaluate", "--csv", csv_path, "--weights", tmp_path / "default" / "keypoints.onnx")
    assert result.exit_code == 0, result.output


def test_who_is_held_out_is_printed_and_can_be_chosen(tmp_path: Path) -> None:
    csv_path, images = write_faces(tmp_path / "faces", count=24)
    other, _ = write_faces(tmp_path / "other", count=6, seed=1)
    plain = ("--csv", csv_path, "--images", images, "--epochs", 1, "--batch-size", 8)
    result = run(*plain, "--hold-out", "kept_0x", "--out", tmp_path / "a")
    assert result.exit_code == 0, result.output
    assert "images of 5 people (Held" in result.stdout and "of 1 person (Kept_0x)" in result.stdout
    assert "all people but Kept_0x" in result.stdout
    result = run(*plain, "--validate", other, "--out", tmp_path / "b")
    assert result.exit_code == 0, result.output
    assert "training on 24 images" in result.stdout and "measuring on 6 images" in result.stdout
    assert "measured on faces.csv" in result.stdout
    fails(run(*plain, "--hold-out", "Nobody"), "nobody is called that; there are 6 people")
    fails(run(*plain, "--validate", other, "--split", "all"), "say three different things")


def test_results_that_exist_are_kept(written: Written, weights: Path, tmp_path: Path) -> None:
    """Each of these replaced the user's file without a word."""
    mine = tmp_path / "mine"
    mine.write_text("mine")
    good = (*data(written), "--weights", weights)
    torch.save(BaselineNet().state_dict(), tmp_path / "seed.pt")
    (tmp_path / "samples.png").write_text("mine")
    (tmp_path / "worst.png").write_text("mine")
    commands: tuple[tuple[object, ...], ...] = (
        ("evaluate", *good, "--json", mine),
        ("evaluate", *good, "--predictions", mine),
        ("evaluate", *good, "--plots", tmp_path),
        ("show", "samples", *data(written), "--out", tmp_path),
        ("export", tmp_path / "seed.pt", mine),
        ("quantize", weights, mine, *data(written)),
        ("average", weights, weights, "--out", mine),
        ("convention", weights, mine, *data(written)),
        ("second-labels", mine, *data(written)),
    )
    for command in commands:
        fails(run(*command), "exists; give another name", "--overwrite")
    assert {path.read_text() for path in (mine, tmp_path / "samples.png", tmp_path / "worst.png")} == {"mine"}
    fails(run("export", tmp_path / "seed.pt", tmp_path / "seed.pt", "--overwrite"), "written in the same run")
    assert run("export", tmp_path / "seed.pt", mine, "--overwrite").exit_code == 0
    assert mine.read_bytes() != b"mine"
