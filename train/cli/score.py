"""`python -m train score`: train the score of a keypoint network again, and leave its points as they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import numpy.typing as npt
import typer

from train.cli.guard import guarded
from train.cli.options import CsvOption, ImagesOption, OverwriteOption
from train.config import TrainConfig
from train.errors import OptionError

if TYPE_CHECKING:
    from train.recipes.score_head import ScoreSamples

Scores = npt.NDArray[np.float32]

_CSV: Final = TrainConfig().csv_file

_GOOD: Final = 0.12
"""Error over the eye distance up to which points lie on the face, so that it should be shown."""
_CURVE: Final = (0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7)


def score(
    weights: Annotated[
        list[Path],
        typer.Argument(
            metavar="WEIGHTS.onnx...", help="First in full precision; further files are the same network in 8 bits."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the files with the new score.")],
    csv_file: CsvOption = _CSV,
    images: ImagesOption = None,
    threshold: Annotated[
        float | None,
        typer.Option(metavar="T", min=0, max=1, help="Score that a tracked face must keep. Default: as it was."),
    ] = None,
    rounds: Annotated[int, typer.Option(metavar="N", min=1, help="Views of each face.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same score.")] = 0,
    overwrite: OverwriteOption = False,
) -> None:
    """Train the score again, on turned, dressed and covered faces and on what the detectors propose in error.

    The points stay as they are. The table shows, for people held out, which share
    of the faces and of the false proposals reaches a score: choose the threshold by it.

    \b
    Example:
    python -m train score assets/weights/keypoints-float.onnx assets/weights/keypoints.onnx --out scored
    """
    guarded(lambda: _write(weights, out, csv_file, images, threshold, rounds, seed, overwrite))


def _write(
    weights: list[Path],
    out: Path,
    csv_file: Path,
    images: Path | None,
    threshold: float | None,
    rounds: int,
    seed: int,
    overwrite: bool,
) -> None:
    import copy
    import dataclasses

    import torch

    from model.networks.keypoint_net import KeypointNet
    from model.networks.onnx_weights import check_same_score, load_exported, replace_score
    from model.predictor import KeypointPredictor
    from train.data.annotations import read_annotations
    from train.data.face_store import load_store
    from train.data.label_offset import LabelOffset
    from train.data.split import development_split
    from train.outputs import check_output, make_folder, new_file
    from train.recipes.score_head import ScoreOptions, collect, fit_score, scores_of

    targets = [out / path.name for path in weights]
    if len(set(targets)) < len(targets):
        raise OptionError(f"two of the weights are called {targets[-1].name}: rename one, since both go into {out}")
    make_folder(out, "the weights")
    for target in targets:
        check_output(target, "the weights", overwrite=overwrite, inputs=weights)
    # One image at a time and small layers: threads would only wait for each other.
    torch.set_num_threads(1)
    before = KeypointNet()
    load_exported(weights[0], before)
    before.eval()
    for path in weights[1:]:
        check_same_score(path, before, str(weights[0]))
    info = KeypointPredictor(weights[0]).info
    offset = LabelOffset(info.label_offset_x, info.label_offset_y)
    annotations = read_annotations(csv_file, images)
    held_out = development_split(annotations.people)
    options = ScoreOptions(rounds=rounds)
    measured, trained = (
        collect(before, info.spec, load_store(annotations, np.flatnonzero(part).tolist(), offset), options, seed)
        for part in (held_out, ~held_out)
    )
    after = copy.deepcopy(before)
    fit_score(after, trained, options, seed)
    info = dataclasses.replace(info, score_threshold=info.score_threshold if threshold is None else threshold)
    for source, target in zip(weights, targets, strict=True):
        with new_file(target, "the weights", overwrite=overwrite) as half:
            replace_score(source, half, after, info)
    typer.echo(_curve(measured, scores_of(before, measured), scores_of(after, measured)))
    typer.echo(f"\n{', '.join(map(str, targets))}: a tracked face keeps {info.score_threshold:.2f}, ", nl=False)
    typer.echo(f"a new one needs {info.admission_score:.2f}")


def _curve(samples: "ScoreSamples", before: Scores, after: Scores) -> str:
    """Which shares of held-out people's crops reach a score, before and after."""
    from train.evaluation.report import percent, table

    face = ~np.isnan(samples.nme)
    kinds = {
        f"faces, {int((samples.nme < _GOOD).sum())}": samples.nme < _GOOD,
        f"pieces of faces, {int((~face & ~samples.proposed).sum())}": ~face & ~samples.proposed,
        f"false proposals, {int(samples.proposed.sum())}": samples.proposed,
    }
    rows = []
    for name, kind in kinds.items():
        for when, scores in (("before", before), ("after", after)):
            shares = [percent(float((scores[kind] >= level).mean())) if kind.any() else "-" for level in _CURVE]
            rows.append((f"{name}, {when}", *shares))
    return table(("reach a score of", *(f"{level:.2f}" for level in _CURVE)), rows)
