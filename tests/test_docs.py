"""What the README and the pages behind it tell people to type works, and what they point to is there."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from realtime.cli.live import app as live_app
from realtime.live.devices import Devices
from realtime.sinks.window.keyboard import HELP
from realtime.sources.base import Source
from realtime.sources.open import open_source
from tests.fakes import MjpegServer
from tests.paths import ROOT
from tests.realtime.studio import Studio
from tests.typed import PAGES, commands, write_stage
from train.cli.app import app as train_app

APPS: dict[str, typer.Typer] = {"realtime": live_app, "train": train_app}

NOT_RUN = {
    r"(python -m )?pip |sudo ": "changes the machine, and needs the net; CI installs requirements-dev.txt",
    r"python -m venv": "takes seconds, and is Python's own; CI makes one",
    r"python -m (pytest|tests\.check)": "is what runs this",
    r"python -m assets\.render": "draws over the repository's files; tests/assets/test_render.py draws them elsewhere",
    r"python -m docs\.make_pictures": "draws over the repository's files, and takes half a minute",
    r"python -m tests\.benchmarks": "takes minutes; speed is not tested",
    r"python -m train download": "fetches 330 MB; from a server on loopback in tests/train/test_download.py",
    r"python -m train second-labels": "needs mediapipe; see tests/train/test_second_labels.py",
    r"python -m realtime --page --source browser": "waits for a browser; see tests/realtime/live/test_page_browser.py",
    r"python -m train score": "needs the dataset; see tests/train/cli/test_score.py",
    r"python -m train --resume": "needs a run; runs are lengthened in tests/train/run/test_resume.py",
    r"python -m train average": "needs two finished runs; see tests/train/cli/test_cli.py",
    r"python -m train convention": "needs faces labelled by people; see tests/train/test_convention.py",
    r"python -m train measure-offset": "needs faces labelled by people; see tests/train/test_measure_offset.py",
    r"python -m train evaluate --csv lfpw": "needs pictures that are not ours to ship",
    r"python -m train .*--start-from (runs/first|before)": "needs an hour's weights; see tests/train/run/test_loop.py",
    r"python -m train quantize mean-float": "needs the mean of two runs; see tests/train/cli/test_cli.py",
    r"python -m realtime label": "waits for a person; the command and its page are run in tests/realtime/labelling",
    r"dask|.* --cluster": "a scheduler, workers and a batch on them are run in tests/realtime/test_annotate.py",
    r"faces(-train)? --install-completion": "writes into the user's start-up file; run in tests/test_completion.py",
}
"""Commands that no test can run as they stand, and why; those of ours are still parsed."""

SMALLER = {
    r"python -m realtime( --|$)": "--max-frames 2 --no-window",
    r"python -m realtime bench": "--quick --part network",
    r"python -m train( --|$)": "--epochs 1 --batch-size 8 --overwrite",
    r"python -m train show": "--count 2",
}
"""What is added to a command so that it takes a moment."""

INSTEAD = {
    "NAME": "moustache3",
    "PICTURE": "assets/filters/moustache/moustache.png",
    "--serve-points 8765": "--serve-points 0",
    "plot talk.csv": "plot talk-log.csv",
    "--log LOG.csv": "--log NEW.csv",
    "import FORMAT PATH": "import coco my/coco.json",
    "FORMAT labels.csv --out PATH": "coco my/labels.csv --out made.json",
}
"""What stands for names that mean "one of yours", and for what another program may hold."""

EVERY = sorted({command for page in PAGES for command in commands(page)})


def reason_not_to_run(command: str) -> str | None:
    return next((reason for pattern, reason in NOT_RUN.items() if re.match(pattern, command)), None)


def invoke(command: str, *more: str, devices: Devices | None = None) -> None:
    module, *arguments = shlex.split(command)[2:]
    done = CliRunner().invoke(APPS[module], [*arguments, *more], obj=devices if module == "realtime" else None)
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage") / "stage"
    folder.mkdir()
    write_stage(folder)
    return folder


@pytest.mark.parametrize("command", [c for c in EVERY if not reason_not_to_run(c)])
def test_every_command_runs(command: str, stage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On small inputs, with few frames or epochs; a camera and a microphone of ours stand for the user's."""
    shutil.copytree(stage, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    studio = Studio()

    def source_of(where: str | None, *rest: Any) -> Source:
        return studio.open_source(where) if where is None else open_source(where, *rest)

    devices = Devices(source_of, studio.open_microphone)
    monkeypatch.setattr("realtime.audio.portaudio.list_microphones", lambda: [])
    for there, here in INSTEAD.items():
        command = command.replace(there, here)
    smaller = next((added for pattern, added in SMALLER.items() if re.match(pattern, command)), "")
    with MjpegServer() as server:
        invoke(re.sub(r"http://192\.\S+", server.address, command), *smaller.split(), devices=devices)


@pytest.mark.parametrize("command", [c for c in EVERY if reason_not_to_run(c)])
def test_every_other_command_is_understood(command: str) -> None:
    """`--help` at its end stops ours from running; an option or command that is not there fails before that."""
    words = shlex.split(command)
    if words[:2] != ["python", "-m"]:
        return
    if words[2] in APPS:
        invoke(command, "--help")
    else:
        ours = (ROOT / Path(*words[2].split("."))).with_suffix(".py")
        assert words[2] in {"pip", "venv", "pytest"} or ours.is_file()


def test_no_reason_is_left_over() -> None:
    idle = [pattern for pattern in NOT_RUN if not any(re.match(pattern, command) for command in EVERY)]
    assert idle == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if not t.startswith("http") and not (page.parent / t).exists()]
    assert missing == []


@pytest.mark.parametrize("page", ["README.md", "docs/outputs.md"])
def test_the_table_of_keys_has_every_key_of_the_card(page: str) -> None:
    rows = re.findall(r"(?m)^\| ([^|]+) \|", (ROOT / page).read_text(encoding="utf-8"))
    told = {key.strip().lower() for row in rows for key in row.split(",")}
    assert {key.replace("…", "...").lower() for key, _ in HELP} - {"1 ... 9", "0"} <= told
    assert any(row.startswith("1 ... 9") for row in rows) and any("0" in row for row in rows)


def test_the_readme_s_two_commands_come_first() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first, second = re.findall(r"```\n(.*?)\n```", text)[:2]
    assert first == "pip install -r requirements-live.txt && python -m realtime"
    assert second == "pip install -r requirements-dev.txt && python -m tests.check"
    assert text.index("](docs/portrait.jpg)") < text.index(first)
