"""Nothing that exists is replaced unasked, and half-written files never have a result's name."""

import os
from pathlib import Path

import pytest

from train.errors import OutputError
from train.outputs import check_output, make_folder, new_file, numbered_folder, run_folder


def test_what_exists_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text("mine")
    with pytest.raises(OutputError, match=r"figures\.json exists; give another name for the figures, or --overwrite"):
        check_output(path, "the figures", overwrite=False)
    check_output(path, "the figures", overwrite=True)
    check_output(tmp_path / "other.json", "the figures", overwrite=False)


def test_an_input_is_never_an_output(tmp_path: Path) -> None:
    source, link = tmp_path / "a.onnx", tmp_path / "b.onnx"
    source.write_text("mine")
    link.symlink_to(source)
    for other in (source, link, tmp_path / "." / "a.onnx"):
        with pytest.raises(OutputError, match="it is read or written in the same run"):
            check_output(other, "the weights", overwrite=True, inputs=(source,))


def test_places_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"the folder .*none does not exist"):
        check_output(tmp_path / "none" / "f.json", "the figures", overwrite=False)
    with pytest.raises(OutputError, match="it is a folder"):
        check_output(tmp_path, "the figures", overwrite=True)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot write the plots to .*file"):
        make_folder(tmp_path / "file", "the plots")
    with pytest.raises(OutputError, match=r"cannot write the run to .*give another --out"):
        (tmp_path / "here").mkdir()
        numbered_folder(tmp_path / "here" / ("x" * 300), "the run")


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "w.onnx"
    with pytest.raises(ZeroDivisionError), new_file(path, "the weights") as half:
        half.write_text("half")
        assert not path.exists() and half.parent == tmp_path
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
    with new_file(path, "the weights") as half:
        half.write_text("whole")
    assert path.read_text() == "whole" and [p.name for p in tmp_path.iterdir()] == ["w.onnx"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.onnx"
    if not links:  # as on a FAT file system

        def no_links(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(OutputError, match="exists"), new_file(path, "the weights", overwrite=False) as half:
        half.write_text("ours")
        path.write_text("theirs")
    assert path.read_text() == "theirs" and len(list(tmp_path.iterdir())) == 1
    path.unlink()
    with new_file(path, "the weights", overwrite=False) as half:
        half.write_text("ours")
    assert path.read_text() == "ours" and len(list(tmp_path.iterdir())) == 1


def test_folders_are_numbered(tmp_path: Path) -> None:
    base = tmp_path / "runs" / "default"
    assert numbered_folder(base, "the run") == base
    assert numbered_folder(base, "the run") == base, "an empty folder is free"
    (base / "last.pt").touch()
    assert numbered_folder(base, "the run").name == "default-2"
    (base.parent / "default-2" / "last.pt").touch()
    (base.parent / "default-3").touch()
    assert numbered_folder(base, "the run").name == "default-4"


def test_resuming_takes_the_latest_run(tmp_path: Path) -> None:
    base = tmp_path / "runs" / "default"
    assert run_folder(None, base, resume=True, overwrite=False) == base
    for name in ("default", "default-2", "default-10", "default-x", "default-11"):
        (base.parent / name).mkdir(parents=True)
        if name != "default-11":
            (base.parent / name / "last.pt").touch()
    assert run_folder(None, base, resume=True, overwrite=False).name == "default-10"


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(OutputError, match="it is a device or a pipe, not a file; give a file's name"):
        check_output(tmp_path / "pipe.json", "the figures", overwrite=True)


def test_an_error_of_the_file_read_is_not_taken_for_one_of_the_file_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.pt"), new_file(tmp_path / "made.onnx", "the weights"):
        (tmp_path / "gone.pt").read_bytes()
    assert not list(tmp_path.iterdir())
