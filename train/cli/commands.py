"""What the commands of `python -m train` do and print. Each takes what was typed and raises this package's errors."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import typer

from model.errors import WeightsError
from train.cli.options import Regions, Sheet, Split
from train.data.annotations import read_annotations
from train.data.split import hold_out
from train.errors import OptionError
from train.outputs import check_output, make_folder, new_file, numbered_folder


@dataclass(frozen=True, slots=True)
class EvaluateOutputs:
    """Where `evaluate` writes figures (JSON), pictures and points (CSV), or None; and whether it may replace files."""

    json_file: Path | None = None
    plots_dir: Path | None = None
    predictions_csv: Path | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What `show` draws: predictions of which weights, how many faces, chosen by which seed, and whether in windows."""

    weights: Path
    count: int
    seed: int
    window: bool


def run_show(
    sheets: Sequence[Sheet],
    csv_file: Path,
    images: Path | None,
    out: Path | None,
    look: Look,
    overwrite: bool,
) -> None:
    """Draw the sheets, say where they are, and show them where asked."""
    from train import sheets as show
    from train.data.dataset import FacialKeypointsDataset
    from train.evaluation.plots import save_figure

    if look.window:
        show.require_display()
    annotations = read_annotations(csv_file, images)
    folder = numbered_folder(Path("runs/show"), "the sheets") if out is None else make_folder(out, "the sheets")
    for sheet in sheets:
        check_output(folder / f"{sheet}.png", "the sheet", overwrite=overwrite)
    dataset = FacialKeypointsDataset(show.choose(annotations, look.count, look.seed))
    few = FacialKeypointsDataset(show.choose(annotations, min(look.count, 4), look.seed))
    draw = {
        Sheet.SAMPLES: lambda: show.draw_samples(dataset),
        Sheet.TRANSFORMS: lambda: show.draw_transforms(few, look.seed),
        Sheet.UNTRAINED: lambda: show.draw_untrained(dataset, look.seed),
        Sheet.PREDICTIONS: lambda: show.draw_predictions(dataset, look.weights),
        Sheet.CANVASES: lambda: show.draw_canvases(dataset.annotations, look.count, look.seed),
    }
    paths = []
    for sheet in dict.fromkeys(sheets):
        paths.append(save_figure(draw[sheet](), folder / f"{sheet}.png"))
        typer.echo(f"{sheet}: {paths[-1]}")
    if look.window:
        show.show_windows(paths)


def run_evaluate(
    csv_file: Path,
    images: Path | None,
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
    from train.evaluation.plots import PLOTS, draw_plots
    from train.evaluation.steadiness import steadiness
    from train.evaluation.stress import stress as measure_stress

    taken = [csv_file, weights]
    for path, what in ((outputs.json_file, "the figures"), (outputs.predictions_csv, "the predictions")):
        if path is not None:
            check_output(path, what, overwrite=outputs.overwrite, inputs=taken)
            taken.append(path)
    if outputs.plots_dir is not None:
        make_folder(outputs.plots_dir, "the plots")
        for name in PLOTS:
            check_output(outputs.plots_dir / name, "the plots", overwrite=outputs.overwrite, inputs=taken)
    predictor = KeypointPredictor(weights)
    annotations, words = evaluate.select_split(read_annotations(csv_file, images), split)
    evaluation = evaluate.evaluate(annotations, predictor, regions, words, label_offset=label_offset, quiet=False)
    typer.echo(report.describe(evaluation, weights, predictor.info))
    figures = evaluate.figures(evaluation)
    if outputs.predictions_csv is not None:
        evaluate.write_predictions(outputs.predictions_csv, evaluation, overwrite=outputs.overwrite)
        typer.echo(f"\npredictions: {outputs.predictions_csv}")
    if stress:
        stressed, still = measure_stress(annotations, predictor, quiet=False), steadiness(predictor)
        typer.echo(f"\n{report.describe_stress(stressed, words)}\n\n{report.describe_steadiness(still)}")
        figures |= {"stress": asdict(stressed), "steadiness": asdict(still)}
    if outputs.plots_dir is not None:
        paths = draw_plots(outputs.plots_dir, evaluation)
        typer.echo(f"\nplots: {', '.join(map(str, paths))}")
    if outputs.json_file is not None:
        report.write_json(outputs.json_file, figures, overwrite=outputs.overwrite)
        typer.echo(f"\nfigures: {outputs.json_file}")


def run_export(checkpoint: Path, onnx: Path, overwrite: bool) -> None:
    """Export a checkpoint to ONNX."""
    from model.networks.checkpoint import export_checkpoint

    check_output(onnx, "the weights", overwrite=overwrite, inputs=(checkpoint,))
    with new_file(onnx, "the weights", overwrite=overwrite) as half:
        export_checkpoint(checkpoint, half)
    typer.echo(f"{onnx}: try it with: python -m realtime --weights {onnx}")


def run_average(weights: Sequence[Path], out: Path, overwrite: bool) -> None:
    """Average exported weights; what the first file says of itself goes for the mean, with all it was trained on."""
    from model.networks.checkpoint import Checkpoint, export_onnx
    from model.networks.keypoint_net import KeypointNet, NetSpec
    from model.networks.onnx_weights import load_exported
    from model.predictor import KeypointPredictor
    from train.recipes.averaging import average

    check_output(out, "the weights", overwrite=overwrite, inputs=weights)
    if len(weights) < 2:
        raise OptionError(f"average takes two weights files or more, got {weights[0]} alone; name the others as well")
    infos, models = [KeypointPredictor(path).info for path in weights], []
    for path, info in zip(weights, infos, strict=True):
        if replace(info, trained_on="", score_threshold=0.0) != replace(infos[0], trained_on="", score_threshold=0.0):
            raise WeightsError(
                f"{path} and {weights[0]} differ in how faces are cut or points are drawn; average weights that were "
                "trained on from the same ones"
            )
        models.append(KeypointNet(NetSpec(size_px=info.spec.size_px)))
        load_exported(path, models[-1])
    trained_on = "the mean of: " + "; ".join(dict.fromkeys(info.trained_on for info in infos))
    with new_file(out, "the weights", overwrite=overwrite) as half:
        export_onnx(Checkpoint(average(models), replace(infos[0], trained_on=trained_on)), half)
    typer.echo(f"{out}: the mean of {len(weights)} networks; next: python -m train quantize {out} OUT.onnx")


def run_quantize(weights: Path, out: Path, csv_file: Path, images: Path | None, split: Split, overwrite: bool) -> None:
    """Quantize exported weights, and say how far their points move by it."""
    import numpy as np

    from model.keypoints import eye_distance
    from model.networks.onnx_weights import read_exported
    from model.networks.quantize import quantize
    from model.predictor import KeypointPredictor
    from train.data.face_store import cut_for_calibration

    check_output(out, "the weights", overwrite=overwrite, inputs=(weights,))
    read_exported(weights)
    before_mb = weights.stat().st_size / 1e6
    before = KeypointPredictor(weights)
    annotations = read_annotations(csv_file, images)
    held_out = hold_out(annotations.people, all_people=split is Split.ALL).held_out
    crops = cut_for_calibration(annotations, np.flatnonzero(~held_out), before.info.spec)
    with new_file(out, "the weights", overwrite=overwrite) as half:
        quantize(weights, crops, half)
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


def run_second_labels(out: Path, csv_file: Path, images: Path | None, overwrite: bool) -> None:
    """Label faces a second time and write the points."""
    from train.data import second_labels
    from train.evaluation.evaluate import progress

    annotations = read_annotations(csv_file, images)
    check_output(out, "the second labels", overwrite=overwrite, inputs=(csv_file,))
    labeller = second_labels.open_mediapipe()
    labelled = second_labels.label_faces(annotations, labeller, progress(range(len(annotations)), "label", quiet=False))
    with new_file(out, "the second labels", overwrite=overwrite) as half:
        second_labels.write_second_labels(half, annotations, labelled)
    typer.echo(f"{out}: {sum(points is not None for points in labelled)} of {len(labelled)} faces labelled")
    mean, closed = second_labels.lips_apart(annotations, labelled)
    typer.echo(
        f"inner lips are farther apart in the labels by {mean:.3f} eye distances, by {closed:.3f} in closed mouths "
        f"({second_labels.CLOSED_LIPS_GAP} in the code)"
    )


def run_compare(
    first: Path,
    second: Path,
    csv_file: Path,
    images: Path | None,
    regions: Regions,
    split: Split,
    label_offset: bool,
) -> None:
    """Print two weights side by side."""
    from train.evaluation.compare import contend, describe_pair
    from train.evaluation.evaluate import select_split

    annotations, words = select_split(read_annotations(csv_file, images), split)
    a, b = (
        contend(path, annotations, regions, words, label_offset=label_offset, quiet=False) for path in (first, second)
    )
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
