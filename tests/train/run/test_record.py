"""A run's record: what is written comes back, and what is typed goes before it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from train.cli import training
from train.cli.app import app
from train.config import TrainConfig
from train.errors import OptionError
from train.run.record import RECORD, recorded_options, with_recorded, write_record

CONFIG = TrainConfig(
    recipe="baseline",
    csv_file=Path('/faces/one \x7f "two" \U0001f600.csv'),
    batch_size=5,
    learning_rate=0.01,
    seed=3,
    more_csv=(Path("/faces/b.csv"),),
    label_offset=False,
    hold_out=("Ada", "Bob"),
)


def test_options_come_back_as_they_were(tmp_path: Path) -> None:
    write_record(tmp_path, CONFIG, 7)
    config = with_recorded(TrainConfig(), recorded_options(tmp_path), set())
    assert (
        config.more_csv == CONFIG.more_csv
        and not config.label_offset
        and config.epochs == 7
        and config.csv_file == CONFIG.csv_file
    )
    assert (config.recipe, config.batch_size, config.learning_rate) == ("baseline", 5, 0.01)
    assert config.seed == 3 and config.hold_out == ("Ada", "Bob")


def test_what_is_typed_goes_before_the_record(tmp_path: Path) -> None:
    write_record(tmp_path, CONFIG, 7)
    typed = TrainConfig(epochs=9, all_people=True)
    config = with_recorded(typed, recorded_options(tmp_path), {"epochs", "all_people"})
    assert config.epochs == 9 and config.all_people and not config.hold_out and config.seed == 3


def test_the_command_line_takes_the_options_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_record(tmp_path, CONFIG, 7)
    (tmp_path / "last.pt").touch()
    told: list[TrainConfig] = []
    monkeypatch.setattr(training, "run_training", lambda config, *_: told.append(config))
    result = CliRunner().invoke(app, ["--resume", "--out", str(tmp_path), "--epochs", "11", "--workers", "2"])
    assert result.exit_code == 0, result.output
    (config,) = told
    assert config.recipe == "baseline" and config.epochs == 11 and config.workers == 2 and config.resume
    assert config.output_dir == tmp_path and not config.label_offset


def test_a_run_that_is_not_there_is_reported_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["--resume"])
    assert result.exit_code == 2
    assert "--resume: runs/default holds no run to continue; name its folder with --out, or train" in result.stderr
    (tmp_path / "runs" / "baseline").mkdir(parents=True)
    (tmp_path / "runs" / "baseline" / "last.pt").touch()
    result = CliRunner().invoke(app, ["--resume"])
    assert "there are runs in runs/baseline: name one with --out" in result.stderr
    result = CliRunner().invoke(app, ["--resume", "--out", "nowhere"])
    assert result.exit_code == 2 and "nowhere holds no run" in result.stderr and not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epochs = ", "cannot read the run's options"),
        ("colour = 1", "training does not have: 'colour'"),
        ("epochs = 'many'", "cannot be used"),
        ("csv_file = 3", "cannot be used"),
        ("shares = ['a']", "cannot be used"),
        ("recipe = 'cake'", "no recipe is called 'cake'"),
    ],
)
def test_a_broken_record_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / RECORD).write_text(text)
    with pytest.raises(OptionError, match=message):
        with_recorded(TrainConfig(), recorded_options(tmp_path), set())


def test_a_run_without_a_record_keeps_what_was_typed(tmp_path: Path) -> None:
    assert with_recorded(CONFIG, recorded_options(tmp_path), set()) == CONFIG
