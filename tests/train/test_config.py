"""Options are checked where they are made."""

from pathlib import Path
from typing import Any

import pytest

from train.config import TrainConfig
from train.errors import OptionError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep": 0.5}, "--keep goes with --start-from"),
        ({"varied": True}, "--varied goes with --start-from"),
        ({"keep": 1.0, "start_from": Path("a.onnx")}, "--keep must be at least 0 and below 1"),
        ({"recipe": "baseline", "start_from": Path("a.onnx")}, "--start-from goes with the default recipe, not with"),
        ({"recipe": "baseline", "second_labels": Path("a.csv")}, "--second-labels goes with the default recipe"),
        ({"shares": (0.5,), "more_csv": (Path("a.csv"),)}, "give each --csv a share above 0"),
        ({"shares": (0.5, 0.0), "more_csv": (Path("a.csv"),)}, "give each --csv a share above 0"),
        ({"recipe": "detector", "shares": (1.0,)}, "shares of --csv go with the default recipe"),
        ({"second_labels": Path("b.csv"), "more_csv": (Path("a.csv"),)}, "--second-labels knows the faces of one CSV"),
        ({"recipe": "magic"}, "no recipe is called 'magic'; there are: default, baseline"),
        ({"device": "tpu"}, "no device is called 'tpu'; there are: auto, cpu, cuda"),
        ({"epochs": 0}, "--epochs must be at least 1, got 0"),
        ({"batch_size": -1}, "--batch-size must be at least 1, got -1"),
        ({"learning_rate": 0.0}, "--learning-rate must be above 0"),
        ({"learning_rate": float("nan")}, "--learning-rate must be above 0"),
        ({"seed": -1}, "cannot be negative"),
    ],
)
def test_a_value_that_cannot_be_used_is_reported(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        TrainConfig(**options)


def test_the_defaults_can_be_used() -> None:
    assert TrainConfig().recipe == "default"
