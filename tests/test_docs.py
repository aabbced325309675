"""What the README and the pages behind it tell people to type is understood, and what they point to is there."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from realtime.cli import app as live_app
from train.cli import app as train_app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("assets/**/*.md")]
)
APPS: dict[str, typer.Typer] = {"realtime": live_app, "train": train_app}
MODULES = {"realtime", "train", "pytest", "tests.check", "pip", "venv"}


def commands(page: Path) -> list[str]:
    """Every `python -m ...` of the page's code blocks and code spans."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    lines = [part for block in blocks for line in block.splitlines() for part in re.split(r"&&|\|", line)]
    spans = re.findall(r"`(python -m [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [line.strip() for line in (*lines, *spans) if line.strip().startswith("python -m ")]


CASES = [pytest.param(command, id=f"{page.name}: {command}") for page in PAGES for command in commands(page)]


@pytest.mark.parametrize("command", CASES)
def test_every_command_is_understood(command: str) -> None:
    """`--help` at its end stops it from running; an option or command that is not there fails before that."""
    module, *arguments = shlex.split(command, comments=True)[2:]
    if module in APPS:
        done = CliRunner().invoke(APPS[module], [*arguments, "--help"])
        assert done.exit_code == 0, done.output
    else:
        assert module in MODULES or (ROOT / Path(*module.split("."))).with_suffix(".py").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if not t.startswith("http") and not (page.parent / t).exists()]
    assert missing == []


def test_the_readme_s_two_commands_come_first() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first, second = re.findall(r"```\n(.*?)\n```", text)[:2]
    assert first == "pip install -r requirements-live.txt && python -m realtime"
    assert second == "pip install -r requirements-dev.txt && python -m pytest"
    assert text.index("](docs/portrait.jpg)") < text.index(first)
