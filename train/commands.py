"""What the commands of `python -m train` do and print. Each takes what was typed and raises this package's errors."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from train.config import TrainConfig
from train.data.annotations import hold_out, read_annotations
from train.errors import OutputError
from train.options import Regions, Sheet, Split


@dataclass(frozen=True, slots=True)
class EvaluateOutputs:
    """Where `evaluate` writes what it prints: figures as JSON, pictures, points as CSV; None where not asked for."""

    json_file: Path | None = None
    plots_dir: Path | None = None
    predictions_csv: Path | None = None


def run_training(config: TrainConfig, threads: int | None, *, label_offset: bool) -> None:
    """Train, with a progress bar, and say what came of it; without `label_offset`, on the labels as they are."""
    import torch

    from train.data.face_store import LabelOffset
    from train.loop import train
    from train.progress import ProgressBar
    from train.recipes.default_options import DefaultOptions

    if threads is not None:
        torch.set_num_threads(threads)
    options = (
        DefaultOptions() if label_offset else DefaultOptions(offset=LabelOffset((0.0, 0.0), (0.0, 0.0)), convention=())
    )
    with ProgressBar() as bar:
        result = train(config, bar, options)
    if os.environ.get("RANK", "0") != "0":  # Under torchrun, one process speaks for all.
        return
    typer.echo(f"trained {result.epochs} epochs on {result.split}")
    if result.nme is not None:
        typer.echo(f"NME on the held-out people, in full precision: {result.nme:.2%}")
    typer.echo(f"weights for the live program: {result.weights_path}")
    if result.float_path is not None:
        typer.echo(f"the same in full precision, to train on from: {result.float_path}")
    typer.echo(f"checkpoints: {result.best_path}, {result.last_path}; curves: {result.curves_path}")


def run_show(
    sheets: Sequence[Sheet],
    csv_file: Path,
    images: Path,
    out: Path,
    weights: Path,
    count: int,
    seed: int,
    window: bool,
) -> None:
    """Draw the sheets, say where they are, and show them where asked."""
    from train import sheets as show
    from train.data.dataset import FacialKeypointsDataset
    from train.evaluation.plots import save_figure
    from train.evaluation.report import make_folder

    if window:
        show.require_display()
    annotations = read_annotations(csv_file, images)
    make_folder(out, "the sheets")
    dataset = FacialKeypointsDataset(show.choose(annotations, count, seed))
    few = FacialKeypointsDataset(show.choose(annotations, min(count, 4), seed))
    draw = {
        Sheet.SAMPLES: lambda: show.draw_samples(dataset),
        Sheet.TRANSFORMS: lambda: show.draw_transforms(few, seed),
        Sheet.UNTRAINED: lambda: show.draw_untrained(dataset, seed),
        Sheet.PREDICTIONS: lambda: show.draw_predictions(dataset, weights),
    }
    paths = []
    for sheet in dict.fromkeys(sheets):
        paths.append(save_figure(draw[sheet](), out / f"{sheet}.png"))
        typer.echo(f"{sheet}: {paths[-1]}")
    if window:
        show.show_windows(paths)


def run_evaluate(
    csv_file: Path,
    images: Path,
    weights: Path,
    regions: Regions,
    split: Split,
    outputs: EvaluateOutputs,
    stress: bool,
    label_offset: bool,
) -> None:
    """Evaluate, print the figures, and write what was asked for."""
    from model.predictor import KeypointPredictor
    from train.evaluation import evaluate, report
    from train.evaluation.steadiness import steadiness
    from train.evaluation.stress import stress as measure_stress

    for path, what in ((outputs.json_file, "the figures"), (outputs.predictions_csv, "the predictions")):
        if path is not None:
            report.check_writable(path, what)
    if outputs.plots_dir is not None:
        report.make_folder(outputs.plots_dir, "the plots")
    predictor = KeypointPredictor(weights)
    annotations, words = evaluate.select_split(read_annotations(csv_file, images), split)
    evaluation = evaluate.evaluate(annotations, predictor, regions, words, label_offset=label_offset, quiet=False)
    typer.echo(report.describe(evaluation, weights, predictor.info))
    figures = evaluate.figures(evaluation)
    if outputs.predictions_csv is not None:
        evaluate.write_predictions(outputs.predictions_csv, evaluation)
        typer.echo(f"\npredictions: {outputs.predictions_csv}")
    if stress:
        stressed, still = measure_stress(annotations, predictor, quiet=False), steadiness(predictor)
        typer.echo(f"\n{report.describe_stress(stressed, words)}\n\n{report.describe_steadiness(still)}")
        figures |= {"stress": asdict(stressed), "steadiness": asdict(still)}
    if outputs.plots_dir is not None:
        from train.evaluation.plots import draw_plots

        paths = draw_plots(outputs.plots_dir, evaluation)
        typer.echo(f"\nplots: {', '.join(map(str, paths))}")
    if outputs.json_file is not None:
        report.write_json(outputs.json_file, figures)
        typer.echo(f"\nfigures: {outputs.json_file}")


def run_export(checkpoint: Path, onnx: Path) -> None:
    """Export a checkpoint to ONNX."""
    from model.networks.checkpoint import export_checkpoint
    from train.evaluation.report import check_writable

    check_writable(onnx, "the weights")
    with _writing_weights(onnx):
        export_checkpoint(checkpoint, onnx)
    typer.echo(f"{onnx}: try it with: python -m realtime --weights {onnx}")


def run_quantize(weights: Path, out: Path, csv_file: Path, images: Path, split: Split) -> None:
    """Quantize exported weights, and say how far their points move by it."""
    import numpy as np

    from model.keypoints import eye_distance
    from model.networks.onnx_weights import read_exported
    from model.networks.quantize import quantize
    from model.predictor import KeypointPredictor
    from train.data.face_store import cut_for_calibration
    from train.evaluation.report import check_writable

    check_writable(out, "the weights")
    read_exported(weights)
    if out.exists() and out.samefile(weights):
        raise OutputError(f"{out} holds the weights in full precision, and they are kept; give another file")
    before_mb = weights.stat().st_size / 1e6
    before = KeypointPredictor(weights)
    annotations = read_annotations(csv_file, images)
    held_out, _ = hold_out(annotations.names, all_people=split is Split.ALL)
    crops = cut_for_calibration(annotations, np.flatnonzero(~held_out), before.info.spec)
    with _writing_weights(out):
        quantize(weights, crops, out)
    old, new = (p.predict_crops(crops).keypoints_px for p in (before, KeypointPredictor(out)))
    moved = np.linalg.norm(new - old, axis=-1).mean(axis=1) / eye_distance(old)
    typer.echo(f"{out}: {before_mb:.2f} MB before, {out.stat().st_size / 1e6:.2f} MB now")
    typer.echo(f"points of {len(crops)} faces moved by {moved.mean():.2%} of the eye distance")


def run_download(out: Path, url: str | None) -> None:
    """Fetch, check and unpack the dataset."""
    from train.data.download import URL, Contents, check, download

    folder = download(out, url or URL)
    for annotations in check(folder, Contents()):
        typer.echo(f"{annotations.csv_path}: {len(annotations)} labelled images in {annotations.images_dir}")


def run_second_labels(out: Path, csv_file: Path, images: Path) -> None:
    """Label faces a second time and write what came of it."""
    from train.data import second_labels
    from train.evaluation.evaluate import progress
    from train.evaluation.report import check_writable

    annotations = read_annotations(csv_file, images)
    check_writable(out, "the second labels")
    labeller = second_labels.open_mediapipe()
    labelled = second_labels.label_faces(annotations, labeller, progress(range(len(annotations)), "label", quiet=False))
    second_labels.write_second_labels(out, annotations, labelled)
    typer.echo(f"{out}: {sum(points is not None for points in labelled)} of {len(labelled)} faces labelled")


def run_compare(first: Path, second: Path, csv_file: Path, images: Path, regions: Regions, split: Split) -> None:
    """Print two weights side by side."""
    from train.evaluation.compare import contend, describe_pair
    from train.evaluation.evaluate import select_split

    annotations, words = select_split(read_annotations(csv_file, images), split)
    a, b = (contend(path, annotations, regions, words, quiet=False) for path in (first, second))
    typer.echo(describe_pair(a, b))


def run_expressions(log: Path, reference: Path) -> None:
    """Print how the openings of one log follow another's."""
    from train.evaluation.movement import compare_movements
    from train.evaluation.report import table

    movements = compare_movements(log, reference)
    rows = [(m.name, f"{m.correlation:.3f}", f"{m.amplitude:.0%}", f"{m.slope:.0%}") for m in movements]
    typer.echo(f"{log} against {reference}, {movements[0].frames} frames with the same face")
    typer.echo(table(("opening", "r", "amplitude", "slope"), rows))
    typer.echo(
        "r: correlation. amplitude: standard deviation over the reference's. slope: the log's against the reference, "
        "what it\nkeeps of the movement without its own noise. Openings are over the eye distance."
    )


@contextmanager
def _writing_weights(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write the weights to {path}: {error.strerror}; give another file") from error
