"""How a command ends where something is wrong: one line and exit code 2."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from model.errors import UserError
from model.program.command import guarded
from tests.paths import ROOT


def refused() -> None:
    raise UserError("cannot do this; try that")


def too_long() -> None:
    Path("n" * 300).exists()


def not_entered() -> None:
    raise PermissionError(13, "Permission denied", "/secret/faces.csv")


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (refused, "error: cannot do this; try that\n"),
        (too_long, f"error: cannot use {'n' * 300}: File name too long; check that path, and that you may read or"),
        (not_entered, "error: cannot use /secret/faces.csv: Permission denied; check that path"),
    ],
)
def test_what_a_user_can_put_right_is_one_line(
    action: Callable[[], None], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        guarded(action)
    shown = capsys.readouterr().err
    assert shown.startswith(line) and shown.count("\n") == 1


def test_an_error_without_a_file_is_a_mistake_of_ours() -> None:
    def broken() -> None:
        raise OSError("something")

    with pytest.raises(OSError, match="something"):
        guarded(broken)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("realtime --fps 0", r"error: --fps 0: .*1.*; see .* -h"),
        ("realtime --quality=300 --record x.mp4", r"error: --quality 300: .*100.*; see .* -h"),
        ("realtime --bogus", r"error: no such option: --bogus.*; see .* -h"),
        ("realtime plot a.csv b.csv", r"error: got unexpected extra argument.*b\.csv.*; see .* plot -h"),
        ("realtime filters new", r"error: missing argument.*name.*; see .* filters new -h"),
        ("train evaluate --regions nose", r"error: --regions nose: .*labels.*; see .* evaluate -h"),
        ("train evaluat", r"error: no such command 'evaluat'.*"),
        ("train --epochs", r"error: option '--epochs' requires an argument.*"),
    ],
)
def test_a_mistake_in_the_words_is_one_line(words: str, line: str) -> None:
    program, *options = words.split()
    done = subprocess.run(
        [sys.executable, "-m", program, *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and done.stdout == ""
    assert re.fullmatch(line + r"\n", done.stderr, re.IGNORECASE), done.stderr
