"""Processes that train together: one network, one voice, and an end in one line whatever happens to them."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from model.networks.checkpoint import load_checkpoint
from model.predictor import KeypointPredictor
from tests.paths import ROOT
from tests.train.faces import write_faces
from train.cli.app import app
from train.errors import DatasetError, ProcessError
from train.run.distributed import Place, joined_ranks
from train.run.processes import started_processes


def _add(out: Path, place: Place) -> None:
    with joined_ranks(torch.device("cpu"), place) as ranks:
        value = torch.tensor([float(ranks.rank)])
        ranks.mean([value])
        (out / f"{ranks.rank}").write_text(str(value.item()))


def _fail(place: Place) -> None:
    raise DatasetError("a picture is\nbroken")


def _die(place: Place) -> None:
    _wait(place)
    os.kill(os.getpid(), signal.SIGKILL)


def test_each_process_does_the_work_at_its_place(tmp_path: Path) -> None:
    with started_processes(3, partial(_add, tmp_path)) as first:
        assert first.is_first and first.count == 3
        _add(tmp_path, first)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"0": "1.0", "1": "1.0", "2": "1.0"}
    with started_processes(1, _fail) as alone:
        assert alone == Place()


def test_a_process_that_fails_is_reported_in_one_line() -> None:
    said = (
        r"^process 2 of 2 failed \(DatasetError: a picture is broken\); continue .* --resume, with fewer --processes$"
    )
    with pytest.raises(ProcessError, match=said), started_processes(2, _fail) as first:
        _wait(first)
    with pytest.raises(ProcessError, match=said), started_processes(2, _fail):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_process_that_is_killed_is_reported() -> None:
    said = r"process 2 of 2 failed \(ended by signal 9\)"
    with pytest.raises(ProcessError, match=said), started_processes(2, _die) as first:
        _wait(first)
        raise RuntimeError("Connection closed by peer")


def test_an_error_of_the_first_process_ends_the_others() -> None:
    with pytest.raises(RuntimeError, match="mine"), started_processes(2, _wait):
        raise RuntimeError("mine")


def _wait(place: Place) -> None:
    assert place.meeting is not None
    place.meeting.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a group of processes")
def test_ctrl_c_leaves_weights_one_line_and_no_process(tmp_path: Path) -> None:
    """torchrun printed a traceback of its own, and a second line of the other process."""
    csv_path, _ = write_faces(tmp_path / "faces", count=24)
    command = ["-m", "train", "--processes", "2", "--csv", csv_path, "--batch-size", "8", "--out", tmp_path / "run"]
    program = subprocess.Popen(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout is not None
    said = []
    for line in program.stdout:
        said.append(line)
        if "NME" in line:
            break
    # To all of them, as a terminal does.
    os.killpg(program.pid, signal.SIGINT)
    rest, errors = program.communicate(timeout=60)
    assert program.returncode == 130, errors
    lines = errors.replace("\r", "\n").splitlines()
    told = [line for line in lines if line.strip() and "images/s" not in line and "0%|" not in line]
    (line,) = told
    assert line.startswith("stopped after epoch ") and line.endswith(f"--resume --out {tmp_path / 'run'}")
    assert sum("training on" in line for line in said) == 1 and "training on" not in rest
    assert _gone(program.pid)
    assert KeypointPredictor(tmp_path / "run" / "keypoints.onnx").info.recipe == "default"
    assert load_checkpoint(tmp_path / "run" / "last.pt").training


def _gone(group: int) -> bool:
    """Whether all processes of a group end within seconds: Python's own keeper of semaphores goes last."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_processes_that_cannot_be_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(app, ["--processes", "2", "--recipe", "baseline"])
    assert result.exit_code == 2 and "the baseline trains in one process; leave out --processes" in result.stderr
    monkeypatch.setenv("WORLD_SIZE", "2")
    result = CliRunner().invoke(app, ["--processes", "2"])
    assert result.exit_code == 2 and "torchrun starts the processes already" in result.stderr
