"""Ctrl-C while the program loads."""

import os
import signal
import subprocess
import sys
import time

import pytest

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
