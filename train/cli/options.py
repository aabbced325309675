"""Choices and options of the command line that more than one place knows; light, so that `--help` is quick."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

_SHARE: Final = re.compile(r"(.+):(\d+(?:\.\d*)?|\.\d+)")


def csv_and_share(text: str) -> tuple[Path, float | None]:
    """`faces.csv` or `faces.csv:0.5`; a file whose name ends so is meant as it stands."""
    match = None if Path(text).exists() else _SHARE.fullmatch(text)
    return (Path(match[1]), float(match[2])) if match else (Path(text), None)


class Regions(StrEnum):
    """Where faces are looked for."""

    LABELS = "labels"
    HAAR = "haar"
    LIVE = "live"


class Split(StrEnum):
    """Which people: all, or development (some are held out from training, and measured on)."""

    ALL = "all"
    DEVELOPMENT = "development"


class LabelFormat(StrEnum):
    """Other formats of labels."""

    PTS = "pts"
    DLIB = "dlib"
    WFLW = "wflw"
    KAGGLE = "kaggle"
    COCO = "coco"
    CVAT = "cvat"
    LABEL_STUDIO = "label-studio"
    LABELME = "labelme"
    LOG = "log"


class ExportFormat(StrEnum):
    """Formats that labels can be turned into."""

    PTS = "pts"
    DLIB = "dlib"
    COCO = "coco"
    CVAT = "cvat"
    LABEL_STUDIO = "label-studio"
    LABELME = "labelme"


class Sheet(StrEnum):
    """What a sheet of pictures shows."""

    SAMPLES = "samples"
    TRANSFORMS = "transforms"
    UNTRAINED = "untrained"
    PREDICTIONS = "predictions"
    CANVASES = "canvases"


PICTURES: Final = "Pictures"
COURSE: Final = "Course"
MACHINE: Final = "Machine"
"""Headings of training's options in its help."""

CsvOption = Annotated[
    Path, typer.Option("--csv", metavar="CSV", help="Labels: image,x0,y0,...,x67,y67, or the dataset's ,0,...,135.")
]
CsvListOption = Annotated[
    list[str],
    typer.Option(
        "--csv",
        metavar="CSV[:SHARE]",
        help="Labels: image,x0,y0,...,x67,y67, or the dataset's ,0,...,135. Repeat it for several; mine.csv:0.5 makes "
        "half of the faces shown come from mine.csv.",
        rich_help_panel=PICTURES,
    ),
]
_IMAGES: Final = "Folder of the CSV's images. Default: found beside the CSV."
ImagesOption = Annotated[Path | None, typer.Option("--images", metavar="DIR", help=_IMAGES)]
TrainImagesOption = Annotated[
    Path | None, typer.Option("--images", metavar="DIR", help=_IMAGES, rich_help_panel=PICTURES)
]
WeightsOption = Annotated[
    Path,
    typer.Option(metavar="FILE", help="Weights to use, as made by training (.onnx).", show_default="those that ship"),
]
RegionsOption = Annotated[
    Regions,
    typer.Option(
        help="labels: cut faces out around their labels. live: find them in the whole image, as the live program does. "
        "haar: the same by the cascade alone."
    ),
]
SplitOption = Annotated[
    Split,
    typer.Option(help="all: every image. development: only people held out from training, always the same ones."),
]
LabelOffsetOption = Annotated[
    bool,
    typer.Option(
        "--label-offset/--no-label-offset",
        help="The labels have the dataset's known bias. Say no for others: the points as drawn are measured.",
    ),
]
_OVERWRITE: Final = "Replace results that exist."
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help=_OVERWRITE)]
TrainOverwriteOption = Annotated[bool, typer.Option("--overwrite", help=_OVERWRITE, rich_help_panel=COURSE)]


def typed_options(context: typer.Context) -> set[str]:
    """Names in `TrainConfig` of the options that were typed."""
    names = {
        "csv_files": "csv_file",
        "images": "images_dir",
        "out": "output_dir",
        "split": "all_people",
        "validate": "validate_csv",
    }
    typed = (name for name in context.params if _was_typed(context, name))
    return {names.get(name, name) for name in typed}


def _was_typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    # By name: some versions of Typer carry a click of their own.
    return source is not None and source.name == "COMMANDLINE"
