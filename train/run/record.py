"""The options of a run as a readable file in its folder, `run.toml`, from which `--resume` takes them."""

import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from train.config import TrainConfig
from train.errors import OptionError
from train.outputs import new_file

RECORD: Final = "run.toml"
_PATH_LISTS: Final = ("more_csv",)
_PATHS: Final = ("csv_file", "images_dir", "validate_csv", "start_from", "second_labels")
_OPTIONS: Final = (
    "recipe",
    *_PATHS,
    *_PATH_LISTS,
    "shares",
    "label_offset",
    "epochs",
    "batch_size",
    "learning_rate",
    "seed",
    "all_people",
    "hold_out",
    "keep",
    "varied",
)
"""What is kept of `TrainConfig`; a run that resumes chooses its own workers and device."""


def write_record(folder: Path, config: TrainConfig, epochs: int) -> None:
    """Write the options of a run; paths become absolute.

    Args:
        folder: of the run.
        config: its options.
        epochs: how many it does in all.

    Raises:
        OutputError: the file cannot be written.
    """
    values: dict[str, Any] = {name: getattr(config, name) for name in _OPTIONS}
    values |= {name: str(values[name].absolute()) for name in _PATHS if values[name] is not None}
    values |= {name: [str(path.absolute()) for path in values[name]] for name in _PATH_LISTS}
    values |= {"epochs": epochs, "hold_out": list(config.hold_out), "shares": list(config.shares)}
    lines = ["# Options of this run; python -m train --resume takes them from here."]
    # JSON's strings, numbers and lists are TOML's too, but for one control character.
    lines += [
        f"{name} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
        for name, value in values.items()
        if value is not None
    ]
    with new_file(folder / RECORD, "the run's options") as half:
        half.write_text("\n".join(lines) + "\n", encoding="utf-8")


def recorded_options(folder: Path) -> Mapping[str, Any]:
    """The options in a run's record; none where it has no record.

    Raises:
        OptionError: the record cannot be read.
    """
    path = folder / RECORD
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OptionError(f"cannot read the run's options in {path}: {error}; give them again, or mend it") from error
    unknown = sorted(values.keys() - {*_OPTIONS})
    if unknown:
        raise OptionError(f"{path} holds an option that training does not have: {unknown[0]!r:.60}; remove the line")
    return values


def with_recorded(config: TrainConfig, recorded: Mapping[str, Any], given: Collection[str]) -> TrainConfig:
    """A run's recorded options where the command line does not say.

    Args:
        config: what the command line says.
        recorded: see `recorded_options`.
        given: names of `TrainConfig`'s attributes that were typed.

    Raises:
        OptionError: a recorded value cannot be used.
    """
    taken = {name: value for name, value in recorded.items() if name not in given}
    # They say three different things: one that was typed replaces the recorded ones.
    if {"all_people", "hold_out", "validate_csv"} & set(given):
        taken = {name: value for name, value in taken.items() if name not in ("all_people", "hold_out", "validate_csv")}
    if "csv_file" in given:
        taken = {name: value for name, value in taken.items() if name not in ("more_csv", "shares", "images_dir")}
    try:
        taken |= {name: Path(taken[name]) for name in _PATHS if name in taken}
        taken |= {name: tuple(map(Path, taken[name])) for name in _PATH_LISTS if name in taken}
        if "shares" in taken:
            taken["shares"] = tuple(map(float, taken["shares"]))
        if "hold_out" in taken:
            taken["hold_out"] = tuple(map(str, taken["hold_out"]))
        return replace(config, **taken)
    except (TypeError, ValueError) as error:
        raise OptionError(f"the run's {RECORD} holds a value that cannot be used: {error}; mend it") from error
