"""`python -m realtime filters`: list, begin and check packs, from the command line."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets import DRESS_DIR, FILTERS_DIR
from realtime.cli.live import app
from realtime.control.settings import Settings, save_settings
from realtime.control.state import CATEGORIES
from tests.paths import ROOT
from tests.realtime import program


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user's folder of this test's own."""
    monkeypatch.setattr("realtime.control.settings.user_folder", lambda: tmp_path / "settings")
    return tmp_path / "settings" / "filters"


def run(*arguments: str | Path) -> tuple[int, str]:
    return program.run("filters", *arguments)


def test_all_that_ship_are_listed_with_kind_and_description() -> None:
    code, text = run()
    assert code == 0
    lines = {line.split()[0]: line for line in text.splitlines()}
    assert set(lines) == {path.name for path in FILTERS_DIR.iterdir() if path.is_dir()}
    assert len(lines) >= 20
    assert "glasses" in lines["sunglasses"]
    assert "aviator" in lines["sunglasses"]
    assert not any("broken" in line for line in lines.values())
    categories = [line[19:31].strip() for line in lines.values()]
    assert list(dict.fromkeys(categories)) == [name for name in CATEGORIES if name in categories]


def test_a_reader_that_hangs_up_early_makes_no_error() -> None:
    lister = subprocess.Popen([sys.executable, "-m", "realtime", "filters"], cwd=ROOT, stdout=subprocess.PIPE)
    assert lister.stdout is not None
    assert lister.stdout.read(1)  # as `| grep -q` does, before the last line
    lister.stdout.close()
    assert lister.wait() == 0


def test_favourites_are_listed_first(own_folder: Path) -> None:
    save_settings(Settings(favourites=("tiger", "blur")))
    assert [line.split()[:2] for line in run()[1].splitlines()[:3]] == [
        ["tiger", "*"],
        ["blur", "*"],
        ["pixel-glasses", "glasses"],
    ]


def test_a_pack_begun_from_a_picture_is_right_listed_and_worn(tmp_path: Path, own_folder: Path) -> None:
    picture = DRESS_DIR / "top-hat.png"
    code, text = run("new", "my-hat", "--image", picture, "--in", own_folder, "--spot", "head")
    assert code == 0, text
    assert (own_folder / "my-hat-preview.png").is_file()
    assert run("check", own_folder / "my-hat")[0] == 0
    assert "my-hat" in run()[1]
    arguments = ["--source", "demo", "--size", "160x90", "--no-window", "--filter", "my-hat", "--max-frames", "2"]
    assert CliRunner().invoke(app, arguments).exit_code == 0


def test_what_is_wrong_is_said_in_one_line(tmp_path: Path) -> None:
    pack = tmp_path / "odd"
    pack.mkdir()
    (pack / "filter.toml").write_text('schema = 1\ntitle = "Odd"\ncolour = "red"\n', encoding="utf-8")
    code, text = run("check", pack)
    assert code == 2
    assert text.startswith("error: ")
    assert "filter.toml" in text
    assert len(text.strip().splitlines()) == 1
    assert "broken" in run("--filters-dir", tmp_path)[1]
    assert run("new", "x", "--image", tmp_path / "none.png")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--filter", "tiger", "annotate", "a.jpg", "--out", "o"),
            "--filter before the command annotate has no effect; ",
        ),
        (("--fps", "5", "filters"), "--fps before the command filters has no effect; leave it out"),
        (("filters", "--filters-dir", "x", "gallery", "g.png"), "has no effect; write it after: gallery --filters-dir"),
    ],
)
def test_options_before_a_command_are_not_ignored_in_silence(arguments: tuple[str, ...], line: str) -> None:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 2 and result.stderr.startswith("error: ") and line in result.stderr
    assert result.stderr.count("\n") == 1
