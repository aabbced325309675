"""One file under two names is not taken for two, whether it exists or not; and what is no file is left alone."""

import os
from pathlib import Path

import pytest

from model.program import files as module
from model.program.files import check_file, is_no_file, put_in_place, same_file, whole_file


def test_links_and_detours_lead_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    (tmp_path / "link").symlink_to(tmp_path)
    for other in (file, tmp_path / "link" / "a.mp4", tmp_path / "link" / ".." / tmp_path.name / "a.mp4"):
        assert same_file(file, other)  # before it exists
    file.write_bytes(b"x")
    (tmp_path / "hard.mp4").hardlink_to(file)
    assert same_file(tmp_path / "hard.mp4", file) and same_file(tmp_path / "link" / "a.mp4", file)
    assert not same_file(file, tmp_path / "b.mp4") and not same_file(tmp_path / "c", tmp_path / "b")


def test_letter_case_counts_where_the_system_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folds in (False, True):
        monkeypatch.setattr(module, "_FOLDS_CASE", folds)
        assert same_file(tmp_path / "A.mp4", tmp_path / "a.MP4") is folds


def test_names_that_no_file_can_have_are_no_others(tmp_path: Path) -> None:
    assert not same_file(tmp_path / ("x" * 5000), tmp_path / "a") and not same_file(Path("a\0b"), Path("a\0b"))


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_pipe_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    pipe, link, whole = tmp_path / "pipe", tmp_path / "link", tmp_path / "whole"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    whole.write_text("whole")
    for path in (pipe, link):
        assert is_no_file(path)
        with pytest.raises(OSError, match="it is a device or a pipe, not a file"):
            check_file(path)
        with pytest.raises(OSError, match="it is a device or a pipe, not a file"):
            put_in_place(whole, path)
    assert pipe.is_fifo() and link.is_symlink() and whole.is_file()


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_pipe_with_the_name_of_the_half_written_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "out.json.half"
    os.mkfifo(pipe)
    with (
        pytest.raises(OSError, match="it is a device or a pipe, not a file"),
        whole_file(tmp_path / "out.json") as half,
    ):
        half.write_text("half")
    assert list(tmp_path.iterdir()) == [pipe]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole", tmp_path / "out"
    for text in ("first", "second"):
        whole.write_text(text)
        put_in_place(whole, path)
        assert path.read_text() == text and not whole.exists()
    check_file(path)
    check_file(tmp_path)
    check_file(tmp_path / "none")


def test_a_file_that_fails_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("older")
    with pytest.raises(ZeroDivisionError), whole_file(path) as half:
        half.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "older" and list(tmp_path.iterdir()) == [path]
    with whole_file(path) as half:
        half.write_text("whole")
        assert path.read_text() == "older"
    assert path.read_text() == "whole" and list(tmp_path.iterdir()) == [path]
