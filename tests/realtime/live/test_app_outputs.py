"""The live program's outputs: nothing is lost or replaced unasked, and what cannot be written is one line."""

import json
import os
import re
from pathlib import Path

import pytest

from assets import DEFAULT_WEIGHTS
from tests.realtime.program import DEMO, assert_one_line, run

pytestmark = pytest.mark.usefixtures("no_display")


def test_bad_outputs(tmp_path: Path) -> None:
    missing = tmp_path / "no" / "such"
    assert_one_line(run(*DEMO, "--record", missing / "a.mp4"), "a.mp4")
    assert_one_line(run(*DEMO, "--log", missing / "a.csv"), "a.csv")
    assert_one_line(run(*DEMO, "--stats", missing / "a.json"), "a.json")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert_one_line(run(*DEMO, "--record", tmp_path / "a.mp4"), "a.mp4")


def test_a_recording_is_not_overwritten_unasked(tmp_path: Path) -> None:
    record = tmp_path / "a.mp4"
    record.write_bytes(b"precious")
    assert_one_line(run(*DEMO, "--record", record, "--max-frames", "2"), "a.mp4", "--overwrite")
    assert record.read_bytes() == b"precious"
    assert run(*DEMO, "--record", record, "--max-frames", "2", "--overwrite")[0] == 0


def test_a_log_can_be_plotted_and_is_not_overwritten_unasked(tmp_path: Path) -> None:
    log = tmp_path / "out.csv"
    assert run(*DEMO, "--log", log, "--max-frames", "8")[0] == 0
    assert_one_line(run(*DEMO, "--log", log), "out.csv", "--overwrite")
    assert run("plot", log)[0] == 0
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    assert_one_line(run("plot", tmp_path / "none.csv"), "none.csv")


def test_a_plot_and_statistics_replace_nothing_unasked(tmp_path: Path) -> None:
    log, mine = tmp_path / "out.csv", tmp_path / "mine.json"
    assert run(*DEMO, "--log", log, "--max-frames", "4")[0] == 0
    for file in (mine, tmp_path / "out.png"):
        file.write_text("mine")
    assert_one_line(run("plot", log), "out.png exists", "--overwrite")
    assert_one_line(run(*DEMO, "--stats", mine, "--max-frames", "2"), "mine.json exists", "--overwrite")
    assert mine.read_text() == (tmp_path / "out.png").read_text() == "mine"
    assert run("plot", log, "--overwrite")[0] == 0
    assert run(*DEMO, "--stats", mine, "--max-frames", "2", "--overwrite")[0] == 0
    assert json.loads(mine.read_text())["frames"] == 2


@pytest.mark.parametrize("option", ["--record", "--log", "--stats"])
def test_an_output_is_never_the_source(tmp_path: Path, option: str) -> None:
    """Not even through a link, and with --overwrite."""
    source = tmp_path / "src.mp4"
    assert run(*DEMO, "--record", source, "--max-frames", "4")[0] == 0
    before = source.read_bytes()
    (tmp_path / "link.mp4").symlink_to(source)
    for name in ("src.mp4", "link.mp4"):
        outcome = run("--source", source, "--no-window", option, tmp_path / name, "--overwrite")
        assert_one_line(outcome, f"{option} ", "is the source itself")
    assert source.read_bytes() == before


def test_outputs_of_one_run_are_files_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one another nor the weights, whatever they are called; nothing is written before that is known."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").symlink_to(tmp_path)
    for option, name, other in (
        ("--record", "a.mp4", "a.mp4"),
        ("--log", "a.csv", "there/a.csv"),
        ("--record", "a.mp4", "there/../" + tmp_path.name + "/a.mp4"),
    ):
        outcome = run(*DEMO, option, name, "--stats", other, "--max-frames", "2", "--overwrite")
        assert_one_line(outcome, f"{option} {name} and --stats", "are one file", "give each a name of its own")
    weights = tmp_path / "mine.onnx"
    weights.write_bytes(DEFAULT_WEIGHTS.read_bytes())
    outcome = run(*DEMO, "--weights", weights, "--log", "mine.onnx", "--max-frames", "2", "--overwrite")
    assert_one_line(outcome, "--log mine.onnx is the weights file")
    assert weights.read_bytes() == DEFAULT_WEIGHTS.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.onnx", "there"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize(("option", "name"), [("--record", "a.mp4"), ("--log", "a.csv"), ("--stats", "a.json")])
def test_an_output_is_no_pipe_and_no_device(tmp_path: Path, option: str, name: str) -> None:
    """A pipe would be waited for; a device had a file put in its place."""
    os.mkfifo(tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / name)
    for path in (tmp_path / name, tmp_path / "link"):
        outcome = run(*DEMO, option, path, "--overwrite", "--max-frames", "2")
        assert_one_line(outcome, f"{option} {path}: it is a device or a pipe, not a file", "give the name of a file")
    assert (tmp_path / name).is_fifo()


@pytest.mark.parametrize("option", ["--record", "--log", "--stats"])
def test_a_name_that_no_file_can_have_is_one_line(tmp_path: Path, option: str) -> None:
    ending = {"--record": "mp4", "--log": "csv", "--stats": "json"}[option]
    assert_one_line(run(*DEMO, "--max-frames", "2", option, tmp_path / f"{'n' * 260}.{ending}"), "too long")


def test_time_in_the_names_of_log_and_statistics_becomes_the_date(tmp_path: Path) -> None:
    names = ("--log", tmp_path / "a-{time}.csv", "--stats", tmp_path / "b-{time}.json")
    assert run(*DEMO, *names, "--max-frames", "2")[0] == 0
    found = sorted(path.name for path in tmp_path.iterdir())
    date = r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d"
    assert len(found) == 2 and re.fullmatch(rf"a-{date}\.csv", found[0]) and re.fullmatch(rf"b-{date}\.json", found[1])
