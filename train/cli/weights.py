"""The commands that make weights files of others."""

from pathlib import Path
from typing import Annotated

import typer

from train.cli.guard import guarded
from train.cli.options import CsvOption, ImagesOption, OverwriteOption, Split
from train.config import TrainConfig

_DEFAULTS = TrainConfig()


def export(
    checkpoint: Annotated[Path, typer.Argument(metavar="RUN.pt", help="best.pt, last.pt, or the baseline's .pt.")],
    onnx: Annotated[Path, typer.Argument(metavar="OUT.onnx", help="Where the live program's weights go.")],
    overwrite: OverwriteOption = False,
) -> None:
    """Turn a checkpoint into an ONNX file in full precision, which the live program runs too; see also: quantize."""
    from train.cli import commands

    guarded(lambda: commands.run_export(checkpoint, onnx, overwrite))


def average(
    weights: Annotated[
        list[Path],
        typer.Argument(metavar="FLOAT.onnx...", help="Two files or more, in full precision, of networks of one shape."),
    ],
    out: Annotated[Path, typer.Option(metavar="OUT.onnx", help="Where the mean goes.")],
    overwrite: OverwriteOption = False,
) -> None:
    """Take the mean of the weights of networks that were trained on from the same ones: it mostly keeps what each does
    better. A file given twice counts twice.

    \b
    Example:
    python -m train average runs/a/keypoints-float.onnx runs/b/keypoints-float.onnx --out mean-float.onnx
    python -m train quantize mean-float.onnx mean.onnx
    """
    from train.cli import commands

    guarded(lambda: commands.run_average(weights, out, overwrite))


def quantize(
    weights: Annotated[Path, typer.Argument(metavar="FLOAT.onnx", help="From training or export; default recipe.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.onnx", help="Where the live program's weights go.")],
    csv_file: CsvOption = _DEFAULTS.csv_file,
    images: ImagesOption = None,
    split: Annotated[
        Split, typer.Option(help="development: leave out the faces of people held out from training. all: take any.")
    ] = Split.DEVELOPMENT,
    overwrite: OverwriteOption = False,
) -> None:
    """Round weights to 8 bits: the live program then takes less than half the time for a face. Training does so itself.

    \b
    Example:
    python -m train export runs/default/last.pt last-float.onnx
    python -m train quantize last-float.onnx last.onnx
    """
    from train.cli import commands

    guarded(lambda: commands.run_quantize(weights, out, csv_file, images, split, overwrite))
