"""`python -m train convention`: measure where people put the 68 points, and write it into a weights file."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from model.convention import TURN_LIMIT, Floats, Table, mirrored_mean, nose_turn
from model.keypoints import LID_PAIRS, LIP_PAIRS, MIRROR, REGIONS
from model.plain_text import counted
from train.cli.guard import guarded
from train.cli.options import ImagesOption, OverwriteOption
from train.errors import OptionError
from train.outputs import check_output, new_file

MIN_FACES = 10
"""Fewer faces say more about themselves than about a convention."""
_EXAMPLE_TURN = 0.2
_SMALL_TURN = 0.03
"""Faces turned no further than this, some 5 degrees, tell next to nothing of slopes, which then stay near 0."""


def measure_table(predicted: Floats, labels: Floats) -> Table:
    """68 rows that move predicted points onto people's labels.

    Args:
        predicted: (N, 68, 2) points as the network gives them, without any table.
        labels: (N, 68, 2) people's labels in the same frame; NaN where a point is not labelled.

    Returns:
        For each point the median over the faces of its offset in the predicted eyes' frame, and the slope of that over
        the turn of the head by least squares, drawn a little towards 0; faces and their mirror images count alike.
        Rounded to a ten-thousandth of the eye distance. Upper and lower points of lids share one row, so that no
        closed eye is turned inside out; so do those of the inner lips, less the gap that the dataset leaves between
        closed ones.

    Raises:
        OptionError: a point is labelled on no face.
    """
    from train.data.second_labels import CLOSED_LIPS_GAP
    from train.evaluation.hand_labels import eye_frame_errors

    off = eye_frame_errors(labels, predicted)
    unknown = np.flatnonzero(np.isnan(off).all(axis=(0, 2)))
    if unknown.size:
        raise OptionError(f"no face has a label for point {unknown[0]}; give faces that are labelled whole")
    turn = np.clip(nose_turn(predicted), -TURN_LIMIT, TURN_LIMIT)
    off = np.concatenate([off, off[:, MIRROR] * (-1, 1)])
    turn = np.concatenate([turn, -turn])[:, None, None]
    weight = np.where(np.isnan(off), 0.0, turn**2)
    still = np.nanmedian(off, axis=0)
    slope = np.nansum(turn * (off - still), axis=0) / (weight.sum(axis=0) + len(off) * _SMALL_TURN**2)
    table = mirrored_mean(np.hstack([np.nanmedian(off - turn * slope, axis=0), slope]))
    for pair in (*LID_PAIRS, *LIP_PAIRS):
        table[list(pair)] = table[list(pair)].mean(axis=0)
    for upper, lower in LIP_PAIRS:
        table[upper, 1] += CLOSED_LIPS_GAP / 2
        table[lower, 1] -= CLOSED_LIPS_GAP / 2
    return tuple(tuple(round(value, 4) for value in row) for row in table.tolist())


def convention(
    weights: Annotated[Path, typer.Argument(metavar="WEIGHTS.onnx", help="Trained on the dataset.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.onnx", help="The same weights with the table.")],
    csv_file: Annotated[Path, typer.Option("--csv", metavar="FILE", help="Labels made by people.")],
    images: ImagesOption = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Move points to where people label them: measure one offset a point, and write the table into weights.

    The dataset's convention differs from people's: its inner brow ends lie short
    of the nose, its nose bridge low, and its jaw stays behind as a head turns. The
    table is in the frame of the eyes, so it turns and scales with the head, and it
    says how each offset changes with the turn. Labels of some 40 faces suffice, a
    few of them turned.

    \b
    Example:
    python -m train convention runs/default/keypoints.onnx mine.onnx --csv people.csv --images people
    """
    guarded(lambda: _write(weights, out, csv_file, images, overwrite))


def _write(weights: Path, out: Path, csv_file: Path, images: Path | None, overwrite: bool) -> None:
    import dataclasses

    from model.convention import to_network
    from model.networks.onnx_weights import replace_info
    from model.predictor import KeypointPredictor
    from train.cli.options import Regions
    from train.data.annotations import read_annotations
    from train.evaluation.evaluate import evaluate
    from train.evaluation.metrics import image_errors
    from train.evaluation.report import percent, table

    check_output(out, "the weights", overwrite=overwrite, inputs=(weights, csv_file))
    predictor = KeypointPredictor(weights)
    annotations = read_annotations(csv_file, images)
    if len(annotations) < MIN_FACES:
        raise OptionError(f"{csv_file} labels {counted(len(annotations), 'face')}; give at least {MIN_FACES}")
    drawn = evaluate(annotations, predictor, Regions.LABELS, str(csv_file)).keypoints_px
    offsets = measure_table(to_network(drawn, predictor.info.convention), annotations.labels_px)
    with new_file(out, "the weights", overwrite=overwrite) as half:
        replace_info(weights, half, dataclasses.replace(predictor.info, convention=offsets))
    lengths = np.linalg.norm(np.array(offsets)[:, :2], axis=1)
    slopes = np.linalg.norm(np.array(offsets)[:, 2:], axis=1)
    moved = evaluate(annotations, KeypointPredictor(out), Regions.LABELS, str(csv_file)).keypoints_px
    before, after = (
        float(np.nanmean(image_errors(p, annotations.keypoints_px, annotations.labelled))) for p in (drawn, moved)
    )
    rows = [
        (
            name,
            percent(float(lengths[list(points)].mean())),
            percent(float(slopes[list(points)].mean() * _EXAMPLE_TURN)),
        )
        for name, points in REGIONS.items()
    ]
    typer.echo(table(("region", "mean offset", "turned by 30 degrees, more"), rows))
    typer.echo(
        f"NME on {csv_file.name}: {percent(before)} before, {percent(after)} with the table (fitted on the same)"
    )
    typer.echo(f"{out}: try it with: python -m realtime --weights {out}")
