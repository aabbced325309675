"""The live program as a command line runs it."""

from pathlib import Path

from typer.testing import CliRunner

from realtime.cli.live import app
from realtime.live.devices import Devices

DEMO = ["--source", "demo", "--size", "320x180", "--no-window"]


def run(*arguments: str | Path, devices: Devices | None = None) -> tuple[int, str]:
    """Exit code, and all that was printed."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], obj=devices)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def assert_one_line(outcome: tuple[int, str], *says: str) -> None:
    code, text = outcome
    line = text.strip().splitlines()[-1]
    assert code == 2
    assert line.startswith("error: ")
    assert "Traceback" not in text
    for word in says:
        assert word in line
