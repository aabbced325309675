"""Shells complete the commands `faces` and `faces-train`: seen in a real bash, as their own option installs it."""

import os
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from realtime.cli.live import app
from tests.paths import ROOT

COMMANDS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
needs_bash = pytest.mark.skipif(not shutil.which("bash") or sys.platform == "win32", reason="needs bash")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a user who has installed the commands as pip does, and completion by their own option."""
    home = tmp_path_factory.mktemp("home")
    for name, entry in COMMANDS.items():
        module, function = entry.split(":")
        script = home / name
        script.write_text(f"#!{sys.executable}\nfrom {module} import {function}\n{function}()\n")
        script.chmod(0o755)
    environment = {**os.environ, "HOME": str(home), "PATH": f"{home}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    # The shell is told from the process that began it, which is bash only for a user who sits in one.
    environment |= {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    for name in COMMANDS:
        subprocess.run([home / name, "--install-completion", "bash"], env=environment, check=True, capture_output=True)
    return environment


def completed(shell: dict[str, str], line: str) -> list[str]:
    """What bash offers at the end of `line`, by the file that its start-up file reads."""
    words = line.split(" ")
    name = words[0]
    script = (
        f"source ~/.bashrc; COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}; "
        f'function=$(complete -p {name} | sed "s/.*-F \\([^ ]*\\).*/\\1/"); $function {name}; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "--norc", "-c", script], env=shell, capture_output=True, text=True, check=True)
    return done.stdout.split()


@needs_bash
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("faces --fil", ["--filter", "--filters-dir"]),
        ("faces --filter sun", ["sunglasses"]),
        ("faces annotate clips --filter pir", ["pirate"]),
        ("faces --source de", ["demo"]),
        ("faces bench --part st", ["start", "steadiness"]),
        ("faces --encoder f", ["fast"]),
        ("faces ann", ["annotate"]),
        ("faces-train ev", ["evaluate"]),
        ("faces-train evaluate --regions h", ["haar"]),
    ],
)
def test_bash_completes(shell: dict[str, str], line: str, offered: list[str]) -> None:
    assert completed(shell, line) == offered


@pytest.mark.parametrize("entry", COMMANDS.values())
def test_the_commands_of_the_installed_package_are_there(entry: str) -> None:
    module, function = entry.split(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("module", ["realtime", "train"])
def test_a_module_offers_no_completion_that_would_not_work(module: str) -> None:
    """What it would write for a name with spaces, bash stumbles over at each start."""
    command = [sys.executable, "-m", module, "--install-completion", "bash"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: no such option: --install-completion") and done.stderr.count("\n") == 1


def test_filters_of_a_folder_that_cannot_be_read_are_no_trouble(tmp_path: Path) -> None:
    environment = {
        "_ROOT_COMPLETE": "complete_bash",
        "COMP_WORDS": f"root --filters-dir {tmp_path / 'no'} --filter s",
        "COMP_CWORD": "4",
    }
    done = CliRunner().invoke(app, [], env=environment, prog_name="root")
    assert done.exit_code == 0 and done.stdout.strip() == ""
