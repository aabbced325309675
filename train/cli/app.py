"""The command line of training: options to one call, errors to one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from assets import DEFAULT_WEIGHTS, FLOAT_WEIGHTS
from model import command
from model.command import Version
from train.cli import labels
from train.cli.options import (
    CsvListOption,
    CsvOption,
    ImagesOption,
    OverwriteOption,
    Regions,
    RegionsOption,
    Sheet,
    Split,
    SplitOption,
    WeightsOption,
    csv_and_share,
    typed_options,
)
from train.cli.score import score
from train.config import DATA_DIR, TrainConfig
from train.convention import convention
from train.errors import OptionError, StoppedError

_DEFAULTS = TrainConfig()
SHIPPED: Final = Path("shipped")
"""Stands for the weights that ship, wherever the program is installed."""

app = typer.Typer(
    add_completion=True,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def train(
    context: typer.Context,
    csv_files: CsvListOption = [str(_DEFAULTS.csv_file)],  # noqa: B006  # Typer copies it
    images: ImagesOption = None,
    recipe: Annotated[
        str,
        typer.Option(
            help="default: the keypoint network. detector: what finds faces. baseline: a plain keypoint network."
        ),
    ] = _DEFAULTS.recipe,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for checkpoints, curves and weights. Default: runs/RECIPE, numbered where it is taken.",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="In all. Default: the recipe's own. With --resume, more lengthen a run."),
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, metavar="N", help="Default: the recipe's own.")] = None,
    learning_rate: Annotated[float | None, typer.Option(metavar="RATE", help="Default: the recipe's own.")] = None,
    split: Annotated[
        Split,
        typer.Option(help="development: hold out some people to evaluate on. all: train on everybody."),
    ] = Split.DEVELOPMENT,
    hold_out: Annotated[
        list[str] | None,
        typer.Option("--hold-out", metavar="PERSON", help="Hold out this person instead; repeat it for more."),
    ] = None,
    validate: Annotated[
        Path | None,
        typer.Option("--validate", metavar="CSV", help="Train on everybody, and measure on the images of this CSV."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same weights on one machine.")] = 0,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Resume the run in --out, or the latest one in runs. Where it is finished, more --epochs follow on "
            "its course, as one more cycle of the learning rate (the baseline's stays as it is).",
        ),
    ] = False,
    overwrite: OverwriteOption = False,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that prepare batches; with a GPU, one fewer than there are cores.")
    ] = 0,
    processes: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Processes that train together, each on its share of a batch: one a GPU, or on a CPU one a core. Not "
            "for the baseline.",
        ),
    ] = 1,
    threads: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="CPU threads of each process. Default: all cores, shared among them."),
    ] = None,
    label_offset: Annotated[
        bool,
        typer.Option(
            "--label-offset/--no-label-offset",
            help="The labels have the dataset's known bias. Say no for your own; of several --csv, its own keeps it.",
        ),
    ] = True,
    start_from: Annotated[
        Path | None,
        typer.Option(
            metavar="FLOAT.onnx",
            help="Fine-tune a keypoints-float.onnx, in a shorter run; `shipped`: the one that ships.",
        ),
    ] = None,
    keep: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="SHARE", help="Average the trained weights with this share of those started from."
        ),
    ] = _DEFAULTS.keep,
    second_labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Eyelid and lip openings, from: python -m train second-labels FILE.csv"),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = _DEFAULTS.device,
    version: Version = False,
) -> None:
    """Train a 68-point face network from a CSV of labelled images, and evaluate, export and compare the results.

    Without a command it trains. Start with: python -m train download
    """
    if context.invoked_subcommand is not None:
        return
    from train.cli import commands

    def start() -> None:
        parts = [csv_and_share(text) for text in csv_files]
        shares = tuple(share for _, share in parts if share is not None)
        if shares and len(shares) < len(parts):
            raise OptionError("give a share to every --csv, or to none; as in --csv mine.csv:0.5 --csv dataset.csv:0.5")
        config = TrainConfig(
            recipe=recipe,
            csv_file=parts[0][0],
            more_csv=tuple(path for path, _ in parts[1:]),
            shares=shares,
            label_offset=label_offset,
            images_dir=images,
            output_dir=out,
            overwrite=overwrite,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seed=seed,
            all_people=split is Split.ALL,
            hold_out=tuple(hold_out or ()),
            validate_csv=validate,
            start_from=FLOAT_WEIGHTS if start_from == SHIPPED and not SHIPPED.exists() else start_from,
            keep=keep,
            second_labels=second_labels,
            resume=resume,
            workers=workers,
            device=device,
        )
        if resume:
            config = commands.resumed(config, typed_options(context))
        commands.run_training(config, threads, processes)

    guarded(start)


@app.command()
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


@app.command()
def evaluate(
    csv_file: CsvOption = DATA_DIR / "test_frames_keypoints.csv",
    images: ImagesOption = None,
    weights: WeightsOption = DEFAULT_WEIGHTS,
    regions: RegionsOption = Regions.LABELS,
    split: SplitOption = Split.ALL,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures; 0.04 is an error of 4 %.")
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Draw the error curve, errors by region and size, and the 24 worst faces."),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Write the points in the dataset's layout, empty cells where not found."),
    ] = None,
    stress: Annotated[
        bool,
        typer.Option("--stress", help="Also turn, darken, blur, shrink, compress and cover; score; steadiness."),
    ] = False,
    label_offset: Annotated[
        bool, typer.Option("--label-offset/--no-label-offset", help="Other labels than the dataset's have no bias.")
    ] = True,
    overwrite: OverwriteOption = False,
) -> None:
    """Measure weights on labelled images, with the crop, the network and the detector that run live.

    The error of an image is the mean distance of its 68 points from the
    labels, over the distance of the outer eye corners; NME is its mean over
    the images: as the points are drawn, and in the dataset's own convention.

    \b
    Example:
    python -m train evaluate --weights runs/default/keypoints.onnx --stress --plots runs/plots
    """
    from train.cli import commands

    outputs = commands.EvaluateOutputs(json_file, plots, predictions, overwrite)
    guarded(lambda: commands.run_evaluate(csv_file, images, weights, regions, split, outputs, stress, label_offset))


app.command()(convention)
app.command()(labels.measure_crops)
app.command()(score)


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(metavar="RUN.pt", help="best.pt, last.pt, or the baseline's .pt.")],
    onnx: Annotated[Path, typer.Argument(metavar="OUT.onnx", help="Where the live program's weights go.")],
    overwrite: OverwriteOption = False,
) -> None:
    """Turn a checkpoint into an ONNX file in full precision, which the live program runs too; see also: quantize."""
    from train.cli import commands

    guarded(lambda: commands.run_export(checkpoint, onnx, overwrite))


@app.command()
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


@app.command()
def download(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Unpack it into DIR/train-test-data.")] = DATA_DIR.parent,
    url: Annotated[str | None, typer.Option(help="Another address of the archive.")] = None,
) -> None:
    """Download the dataset of 68-point faces, check it and unpack it. An interrupted download resumes."""
    from train.cli import commands

    guarded(lambda: commands.run_download(out, url))


app.command("import")(labels.import_labels)
app.command("export-labels")(labels.export_labels)
app.command()(labels.check)


@app.command()
def second_labels(
    out: Annotated[Path, typer.Argument(metavar="FILE.csv", help="File for its points, in the dataset's layout.")],
    csv_file: CsvOption = _DEFAULTS.csv_file,
    images: ImagesOption = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Let MediaPipe say how far the lids and lips of each labelled face are open, which labels barely tell.

    An optional step before training: python -m train --second-labels FILE.csv.
    It needs mediapipe 0.10.21, in an environment of its own.

    \b
    Example:
    python -m train second-labels openings.csv
    python -m train --second-labels openings.csv
    """
    from train.cli import commands

    guarded(lambda: commands.run_second_labels(out, csv_file, images, overwrite))


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="A.onnx", help="Weights.")],
    second: Annotated[Path, typer.Argument(metavar="B.onnx", help="Other weights.")],
    csv_file: CsvOption = DATA_DIR / "test_frames_keypoints.csv",
    images: ImagesOption = None,
    regions: RegionsOption = Regions.LABELS,
    split: SplitOption = Split.ALL,
) -> None:
    """Set two weights side by side on the same images: errors, time and size, and how sure the difference is.

    \b
    Example:
    python -m train compare assets/weights/keypoints.onnx runs/default/keypoints.onnx
    """
    from train.cli import commands

    guarded(lambda: commands.run_compare(first, second, csv_file, images, regions, split))


@app.command()
def expressions(
    log: Annotated[Path, typer.Argument(metavar="LOG.csv", help="From python -m realtime --source CLIP --log.")],
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE.csv", help="Another system's log of the clip.")],
) -> None:
    """Say how much of the mouth's and the eyes' movement a log holds, against another log of the same clip.

    The other log has the same columns: frame, and x0 to y67 in pixels.

    \b
    Example:
    python -m realtime --source talk.mp4 --log ours.csv --no-window
    python -m train expressions ours.csv theirs.csv
    """
    from train.cli import commands

    guarded(lambda: commands.run_expressions(log, reference))


def guarded(action: Callable[[], None]) -> None:
    """`model.command.guarded`; Ctrl-C ends with one line and exit code 130."""

    def stoppable() -> None:
        try:
            action()
        except StoppedError as error:
            if str(error):
                typer.echo(str(error), err=True)
            raise typer.Exit(130) from None

    try:
        command.guarded(stoppable)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        raise typer.Exit(130) from None


def main() -> None:
    """Entry point of the command `faces-train`, by whose name shells complete."""
    app()


def main_of_module() -> None:
    """Entry point of `python -m train`, which no shell can complete: it has no option to install that."""
    typer.main.get_group(app)(prog_name="python -m train")
