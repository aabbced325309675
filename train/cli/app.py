"""The command line of training: options to one call, errors to one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from assets import FLOAT_WEIGHTS
from model.program.command import OneLineGroup, Version, leads_to_command
from train.cli import dataset, labels, measures, weights
from train.cli.guard import guarded
from train.cli.options import (
    COURSE,
    MACHINE,
    PICTURES,
    CsvListOption,
    Split,
    TrainImagesOption,
    TrainOverwriteOption,
    csv_and_share,
    typed_options,
)
from train.cli.score import score
from train.config import TrainConfig
from train.convention import convention
from train.errors import OptionError

_DEFAULTS = TrainConfig()
SHIPPED: Final = Path("shipped")
"""Stands for the weights that ship, wherever the program is installed."""

app = typer.Typer(
    cls=OneLineGroup,
    add_completion=True,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def train(
    context: typer.Context,
    csv_files: CsvListOption = [str(_DEFAULTS.csv_file)],  # noqa: B006  # Typer copies it
    images: TrainImagesOption = None,
    recipe: Annotated[
        str,
        typer.Option(
            help="default: the keypoint network. detector: what finds faces. baseline: a plain keypoint network.",
            rich_help_panel=COURSE,
        ),
    ] = _DEFAULTS.recipe,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for checkpoints, curves and weights. Default: runs/RECIPE, numbered where it is taken.",
            rich_help_panel=COURSE,
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="In all. Default: the recipe's own. With --resume, more lengthen a run.",
            rich_help_panel=COURSE,
        ),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Default: the recipe's own.", rich_help_panel=COURSE)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="RATE", help="Default: the recipe's own.", rich_help_panel=COURSE)
    ] = None,
    split: Annotated[
        Split,
        typer.Option(
            help="development: hold out some people to evaluate on. all: train on everybody.", rich_help_panel=PICTURES
        ),
    ] = Split.DEVELOPMENT,
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            "--hold-out",
            metavar="PERSON",
            help="Hold out this person instead; repeat it for more.",
            rich_help_panel=PICTURES,
        ),
    ] = None,
    validate: Annotated[
        Path | None,
        typer.Option(
            "--validate",
            metavar="CSV",
            help="Train on everybody, and measure on the images of this CSV.",
            rich_help_panel=PICTURES,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="The same seed gives the same weights on one machine.", rich_help_panel=COURSE)
    ] = 0,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Resume the run in --out, or the latest one in runs. Where it is finished, more --epochs follow on "
            "its course, as one more cycle of the learning rate (the baseline's stays as it is).",
            rich_help_panel=COURSE,
        ),
    ] = False,
    overwrite: TrainOverwriteOption = False,
    workers: Annotated[
        int,
        typer.Option(
            min=0,
            help="Processes that prepare batches; with a GPU, one fewer than there are cores.",
            rich_help_panel=MACHINE,
        ),
    ] = 0,
    processes: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Processes that train together, each on its share of a batch: one a GPU, or on a CPU one a core. Not "
            "for the baseline.",
            rich_help_panel=MACHINE,
        ),
    ] = 1,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="CPU threads of each process. Default: all cores, shared among them.",
            rich_help_panel=MACHINE,
        ),
    ] = None,
    label_offset: Annotated[
        bool,
        typer.Option(
            "--label-offset/--no-label-offset",
            help="The labels have the dataset's known bias. Say no for your own; the dataset's among several keep it.",
            rich_help_panel=PICTURES,
        ),
    ] = True,
    start_from: Annotated[
        Path | None,
        typer.Option(
            metavar="FLOAT.onnx",
            help="Fine-tune a keypoints-float.onnx, in a shorter run; `shipped`: the one that ships.",
            rich_help_panel=COURSE,
        ),
    ] = None,
    keep: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            metavar="SHARE",
            help="Average the trained weights with this share of those started from.",
            rich_help_panel=COURSE,
        ),
    ] = _DEFAULTS.keep,
    varied: Annotated[
        bool,
        typer.Option(
            "--varied",
            help="With --start-from, for strangers' faces: glasses of all kinds, make-up, shade, mirrored twins.",
            rich_help_panel=COURSE,
        ),
    ] = False,
    second_labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Eyelid and lip openings, from: python -m train second-labels FILE.csv",
            rich_help_panel=PICTURES,
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.", rich_help_panel=MACHINE)] = _DEFAULTS.device,
    version: Version = False,
) -> None:
    """Train a 68-point face network from a CSV of labelled images, and evaluate, export and compare the results.

    Without a command it trains. Start with: python -m train download
    """
    if leads_to_command(context):
        return
    from train.cli import training

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
            varied=varied,
            second_labels=second_labels,
            resume=resume,
            workers=workers,
            device=device,
        )
        if resume:
            config = training.resumed(config, typed_options(context))
        training.run_training(config, threads, processes)

    guarded(start)


_PANELS: Final[dict[str, tuple[Callable[..., None], ...]]] = {
    "Labels": (dataset.download, dataset.show, labels.import_labels, labels.export_labels, labels.check),
    "How good are they?": (measures.evaluate, measures.compare, measures.expressions),
    "Weights": (weights.export, weights.average, weights.quantize, score, convention),
    "Behind what ships": (
        dataset.second_labels,
        measures.measure_crops,
        measures.measure_offset,
        measures.measure_faces,
    ),
}
for _panel, _commands in _PANELS.items():
    for _command in _commands:
        _name = "import" if _command is labels.import_labels else None  # a word of Python's own
        app.command(_name, rich_help_panel=_panel)(_command)


def main() -> None:
    """Entry point of the command `faces-train`, by whose name shells complete."""
    app()


def main_of_module() -> None:
    """Entry point of `python -m train`, which no shell can complete: it has no option to install that."""
    typer.main.get_group(app)(prog_name="python -m train")
