"""The commands that measure: weights on labelled images, logs against each other, and numbers that the code holds."""

from pathlib import Path
from typing import Annotated

import typer

from assets import DEFAULT_WEIGHTS
from train.cli.guard import guarded
from train.cli.options import (
    CsvOption,
    ImagesOption,
    LabelOffsetOption,
    OverwriteOption,
    Regions,
    RegionsOption,
    Split,
    SplitOption,
    WeightsOption,
)
from train.config import DATA_DIR, TrainConfig

_DEFAULTS = TrainConfig()


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
    label_offset: LabelOffsetOption = True,
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


def compare(
    first: Annotated[Path, typer.Argument(metavar="A.onnx", help="Weights.")],
    second: Annotated[Path, typer.Argument(metavar="B.onnx", help="Other weights.")],
    csv_file: CsvOption = DATA_DIR / "test_frames_keypoints.csv",
    images: ImagesOption = None,
    regions: RegionsOption = Regions.LABELS,
    split: SplitOption = Split.ALL,
    label_offset: LabelOffsetOption = True,
) -> None:
    """Set two weights side by side on the same images: errors, time and size, and how sure the difference is.

    \b
    Example:
    python -m train compare assets/weights/keypoints.onnx runs/default/keypoints.onnx
    """
    from train.cli import commands

    guarded(lambda: commands.run_compare(first, second, csv_file, images, regions, split, label_offset))


def expressions(
    log: Annotated[Path, typer.Argument(metavar="LOG.csv", help="From python -m realtime --source CLIP --log.")],
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE.csv", help="Another system's log of the clip.")],
) -> None:
    """Say how much of the movement of mouth and eyes a log captures, compared with another log of the same clip.

    The other log has the same columns: frame, and x0 to y67 in pixels.

    \b
    Example:
    python -m realtime --source talk.mp4 --log ours.csv --no-window
    python -m train expressions ours.csv theirs.csv
    """
    from train.cli import commands

    guarded(lambda: commands.run_expressions(log, reference))


def measure_crops(
    csv_file: CsvOption = _DEFAULTS.csv_file,
    images: ImagesOption = None,
    count: Annotated[int, typer.Option(min=10, help="Images to look at.")] = 600,
) -> None:
    """Measure how the cascade's boxes and the baseline's crops lie around the labels, and show the code's figures.

    Those are in model/crop.py, train/augmentation/batch.py and
    model/networks/baseline_net.py.

    \b
    Example:
    python -m train measure-crops
    """

    def start() -> None:
        from train.data.annotations import read_annotations
        from train.measure_crops import describe_crops

        typer.echo(describe_crops(read_annotations(csv_file, images), count))

    guarded(start)


def measure_offset(
    people: Annotated[
        Path | None,
        typer.Option("--people", metavar="CSV", help="Faces that people labelled, for the bias down the picture."),
    ] = None,
    csv_file: CsvOption = _DEFAULTS.csv_file,
    images: ImagesOption = None,
    weights: WeightsOption = DEFAULT_WEIGHTS,
    count: Annotated[int, typer.Option(min=10, help="Images of the dataset to look at.")] = 1000,
) -> None:
    """Measure how far the dataset's labels lie to the right of and below the face, and show the code's figures.

    Across: the mean of what a network says of a picture and of its mirror
    image cannot know left from right. Down: measured on faces that people
    labelled, with --people. The numbers are in train/data/label_offset.py.

    \b
    Example:
    python -m train measure-offset --people dlib.csv
    """

    def start() -> None:
        from model.predictor import KeypointPredictor
        from train.data.annotations import read_annotations
        from train.measure_offset import describe_offset

        annotations = read_annotations(csv_file, images)
        hand = None if people is None else read_annotations(people, None)
        typer.echo(describe_offset(annotations, hand, KeypointPredictor(weights), count))

    guarded(start)


def measure_faces(
    csv_file: CsvOption = _DEFAULTS.csv_file,
    images: ImagesOption = None,
    label_offset: LabelOffsetOption = True,
) -> None:
    """Measure mouths, brows and lids of labelled faces, and show what counts as 0 and 1 of a measure beside it.

    Turn, tilt and distance are taken out first. The numbers are in
    model/measures.py.

    \b
    Example:
    python -m train measure-faces
    """

    def start() -> None:
        from train.data.annotations import read_annotations
        from train.measure_faces import describe_faces

        typer.echo(describe_faces(read_annotations(csv_file, images), label_offset))

    guarded(start)
