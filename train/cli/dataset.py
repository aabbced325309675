"""The commands on the dataset: fetch it, look at it, let another system label it too."""

from pathlib import Path
from typing import Annotated

import typer

from assets import DEFAULT_WEIGHTS
from train.cli.guard import guarded
from train.cli.options import CsvOption, ImagesOption, OverwriteOption, Sheet, WeightsOption
from train.config import DATA_DIR, TrainConfig

_DEFAULTS = TrainConfig()


def download(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Unpack it into DIR/train-test-data.")] = DATA_DIR.parent,
    url: Annotated[str | None, typer.Option(help="Another address of the archive.")] = None,
) -> None:
    """Download the dataset of 68-point faces, check it and unpack it. An interrupted download resumes."""
    from train.cli import commands

    guarded(lambda: commands.run_download(out, url))


def show(
    sheets: Annotated[
        list[Sheet] | None, typer.Argument(help="What to draw. Default: all of them.", show_default=False)
    ] = None,
    csv_file: CsvOption = _DEFAULTS.csv_file,
    images: ImagesOption = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the PNG files. Default: runs/show, numbered where it is taken."),
    ] = None,
    weights: WeightsOption = DEFAULT_WEIGHTS,
    overwrite: OverwriteOption = False,
    count: Annotated[int, typer.Option(min=1, max=60, help="Faces on a sheet.")] = 18,
    seed: Annotated[int, typer.Option(min=0, help="Another seed shows other faces.")] = 0,
    window: Annotated[bool, typer.Option("--window", help="Also show them in windows.")] = False,
) -> None:
    """Draw sheets to look at: samples, each transform, and predictions before and after training.

    samples: images with their labels.
    transforms: each step of the baseline's preparation, and its undoing.
    untrained: what the baseline network says before it has learnt.
    predictions: weights against the labels.
    canvases: pictures that the detector trains on.
    """
    from train.cli import commands

    look = commands.Look(weights, count, seed, window)
    guarded(lambda: commands.run_show(sheets or list(Sheet), csv_file, images, out, look, overwrite))


def second_labels(
    out: Annotated[Path, typer.Argument(metavar="FILE.csv", help="File for its points, in the dataset's layout.")],
    csv_file: CsvOption = _DEFAULTS.csv_file,
    images: ImagesOption = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Let MediaPipe say how far the lids and lips of each labelled face are open, which labels barely show.

    An optional step before training: python -m train --second-labels FILE.csv.
    It needs mediapipe 0.10.21, in an environment of its own.

    \b
    Example:
    python -m train second-labels openings.csv
    python -m train --second-labels openings.csv
    """
    from train.cli import commands

    guarded(lambda: commands.run_second_labels(out, csv_file, images, overwrite))
