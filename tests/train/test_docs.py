"""What docs/training.md shows is so."""

import re
from pathlib import Path

import typer

from tests.paths import ROOT
from tests.train.faces import write_faces
from train.cli.app import app

TEXT = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


def test_every_option_that_is_named_exists() -> None:
    group = typer.main.get_group(app)
    commands = [group, *(command for command in group.commands.values())]
    known = {option for command in commands for parameter in command.params for option in parameter.opts}
    known |= {option for command in commands for parameter in command.params for option in parameter.secondary_opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT)) - {"--source", "--log", "--help"}
    assert named <= known, named - known
    there_are = (
        "show",
        "evaluate",
        "export",
        "quantize",
        "download",
        "compare",
        "expressions",
        "import",
        "export-labels",
        "check",
        "measure-crops",
        "measure-offset",
        "measure-faces",
        "second-labels",
        "convention",
        "score",
        "average",
    )
    assert set(group.commands) == set(there_are)
    assert set(re.findall(r"python -m train ([a-z][a-z-]+)", TEXT)) == set(group.commands)


def test_the_program_runs(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    csv_path, images = write_faces(tmp_path / "faces", count=24)
    program = program.replace("data/train-test-data/training_frames_keypoints.csv", csv_path.as_posix())
    program = program.replace("data/train-test-data/training", images.as_posix())
    scope: dict[str, object] = {}
    exec(program, scope)
    batch, points = scope["batch"], scope["points"]
    assert isinstance(batch, dict) and tuple(batch["image"].shape) == (24, 1, 224, 224)
    assert points.min() > 0 and points.max() < 140  # type: ignore[attr-defined]
