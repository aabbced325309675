"""How the programs begin: Ctrl-C while they load, and what libraries warn of."""

import os
import signal
import subprocess
import sys
import time

import pytest

from model.program.start import start
from realtime.cli import VALUE_LEFT_OUT
from tests.paths import ROOT


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("module", ["realtime", "train"])
@pytest.mark.parametrize("after_s", [0.15, 0.3, 0.6])
def test_ctrl_c_while_it_loads_is_no_traceback(module: str, after_s: float) -> None:
    """From when our first line has run: what comes before is Python's own start."""
    code = (
        f"import sys, runpy; sys.argv = ['{module}', '--help']\n"
        f"import {module}.__main__ as m\n"
        "print('begun', flush=True)\n"
        "m.main(as_module=True)\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None and program.stdout.readline() == "begun\n"
    time.sleep(after_s)
    program.send_signal(signal.SIGINT)
    _, told = program.communicate(timeout=60)
    assert "Traceback" not in told


def test_warnings_of_libraries_are_not_shown_unless_asked_for() -> None:
    code = (
        "from model.program.start import start\n"
        "import warnings\n"
        "def run(): warnings.warn('realm was unquoted', UserWarning); print('done')\n"
        "start(lambda: run)\n"
    )
    for options, wanted in (((), ""), (("-W", "default"), "realm was unquoted")):
        told = subprocess.run([sys.executable, *options, "-c", code], cwd=ROOT, capture_output=True, text=True)
        assert told.stdout == "done\n" and (wanted in told.stderr if wanted else told.stderr == "")


def test_ctrl_c_that_nobody_takes_ends_it_with_130() -> None:
    code = "from model.program.start import start\ndef run(): raise KeyboardInterrupt\nstart(lambda: run)\n"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 130 and told.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--source", ""], "--source"),
        (["--log=", "--no-window"], "--log"),
        (["annotate", "", "--out", "o"], "an argument"),
    ],
)
def test_an_empty_argument_is_not_the_current_folder(
    arguments: list[str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["faces", *arguments])
    with pytest.raises(SystemExit, match="2"):
        start(lambda: pytest.fail("it began"))
    assert capsys.readouterr().err == f"error: {named} is empty; give it a value, or leave it out\n"


@pytest.mark.parametrize("arguments", [["--microphone", "", "--page="], ["--microphone=", "--no-window"], ["--page"]])
def test_an_option_whose_value_may_be_left_out_may_be_empty(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["faces", *arguments])
    began = []
    start(lambda: lambda: began.append(True), may_be_empty=VALUE_LEFT_OUT)
    assert began
