"""Pictures of an evaluation: the error curve, error by region and by eye distance, and the worst faces."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from model.geometry import bounding_box
from model.keypoints import REGIONS, eye_distance
from train.data.download import Contents
from train.evaluation.evaluate import Evaluation
from train.evaluation.metrics import FAILURE, image_errors
from train.evaluation.report import percent
from train.outputs import make_folder, new_file

PEERS_CSV = "test_frames_keypoints.csv"
PEERS_IMAGES = dict(Contents().rows)[PEERS_CSV]
"""The labels that `PEERS` were measured on, all of them; beside any other their errors would say nothing."""
PEERS = {
    "MobileFaceNet 68": 0.0464,
    "face-api.js 68": 0.0468,
    "PFLD": 0.0484,
    "MediaPipe, refined": 0.0495,
    "OpenSeeFace model 0": 0.0511,
    "dlib 68": 0.0520,
}
"""NME of other networks on the 770 labelled test images of the dataset, in boxes from the labels, each after one fixed
per-point offset fitted on training images, since they were trained on labels of another convention."""

_ERROR_AXIS = "error, % of the eye distance"
LABEL_COLOR = "#2ca02c"
PREDICTION_COLOR = "#e0218a"
_PLAIN = "#7f8fa6"
_RESTORED = "#1b4f9c"
WORST = 24
PLOTS = ("error_curve.png", "regions.png", "eye_distance.png", "worst.png")
"""What `draw_plots` writes."""


def draw_plots(folder: Path, evaluation: Evaluation) -> list[Path]:
    """Draw all pictures of an evaluation.

    Returns:
        The PNG files written.

    Raises:
        OutputError: they cannot be written.
        DatasetError: an image cannot be decoded.
    """
    make_folder(folder, "the plots")
    draw = (draw_error_curve, draw_regions, draw_eye_distance, draw_worst)
    return [save_figure(picture(evaluation), folder / name) for name, picture in zip(PLOTS, draw, strict=True)]


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure that draws to memory, whatever display there is."""
    figure = Figure(figsize=(width_in, height_in), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG; an older file is replaced once the new one is whole.

    Raises:
        OutputError: the file cannot be written.
    """
    with new_file(path, "the picture") as half:
        figure.savefig(half, format="png")
    return path


def draw_error_curve(evaluation: Evaluation) -> Figure:
    """Share of the images below each error, of the points as drawn and in the dataset's own convention.

    On the dataset's test images, the peers' means are drawn below.
    """
    figure = new_figure(9, 6.6)
    peers = None
    if evaluation.annotations.csv_path.name == PEERS_CSV and len(evaluation.annotations) == PEERS_IMAGES:
        axes, peers = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1.1])
    else:
        axes = figure.add_subplot()
        axes.set_xlabel(_ERROR_AXIS)
    truth, labelled = evaluation.annotations.keypoints_px, evaluation.annotations.labelled
    series = (
        ("as drawn", evaluation.keypoints_px, evaluation.errors, _PLAIN),
        ("dataset's convention", evaluation.restored_px, evaluation.errors_restored, _RESTORED),
    )
    for name, points, summary, color in series:
        errors = np.sort(np.nan_to_num(image_errors(points, truth, labelled), nan=np.inf))
        shares = np.arange(1, len(errors) + 1) / len(errors)
        label = f"{name}: mean {percent(summary.nme)}, AUC {percent(summary.auc_10)}"
        axes.step(100 * np.r_[0, errors], 100 * np.r_[0, shares], where="post", color=color, lw=2, label=label)
        axes.axvline(100 * summary.nme, color=color, lw=1.2, ls="--")
    axes.set(xlim=(0, 100 * FAILURE), ylim=(0, 100), ylabel="share of images, %")
    _title(axes, "Error curve", evaluation)
    axes.legend(loc="upper left", fontsize=9, frameon=False)
    _tidy(axes)
    if peers is not None:
        _draw_peers(peers, evaluation.errors_restored.nme)
    return figure


def _draw_peers(axes: Axes, ours: float) -> None:
    """A row for each peer's mean error, with a line where ours lies."""
    rows = sorted(PEERS.items(), key=lambda item: -item[1])
    for row, (name, nme) in enumerate(rows):
        axes.plot(100 * nme, row, "o", color="#444444", ms=5)
        axes.annotate(
            f"{name}  {percent(nme)}",
            (100 * nme, row),
            xytext=(8, 0),
            textcoords="offset points",
            fontsize=8,
            va="center",
        )
    axes.axvline(100 * ours, color=_RESTORED, lw=1.2, ls="--")
    axes.set(ylim=(-0.7, len(rows) - 0.3), yticks=[], xlabel=_ERROR_AXIS)
    axes.set_title(
        "Mean error of peers on the 770 labelled test images, each calibrated to the labels' convention", fontsize=8
    )
    _tidy(axes)


def draw_regions(evaluation: Evaluation) -> Figure:
    """Mean error of each region, of the points as drawn and in the dataset's own convention."""
    figure = new_figure(8, 4.2)
    axes = figure.add_subplot()
    places = np.arange(len(REGIONS))
    for shift, name, summary, color in (
        (-0.2, "as drawn", evaluation.errors, _PLAIN),
        (0.2, "dataset's convention", evaluation.errors_restored, _RESTORED),
    ):
        bars = axes.bar(places + shift, [100 * summary.regions[r] for r in REGIONS], 0.38, color=color, label=name)
        axes.bar_label(bars, fmt="%.2f", fontsize=8)
    axes.set_xticks(places, list(REGIONS))
    axes.set(ylabel="NME, % of the eye distance")
    axes.margins(y=0.15)
    _title(axes, "Error by region", evaluation)
    axes.legend(fontsize=9, frameon=False)
    _tidy(axes)
    return figure


def draw_eye_distance(evaluation: Evaluation) -> Figure:
    """Error of each image over its eye distance, and the medians of equal groups."""
    figure = new_figure(8, 4.6)
    axes = figure.add_subplot()
    truth, labelled = evaluation.annotations.keypoints_px, evaluation.annotations.labelled
    errors, distances = image_errors(evaluation.compared_px, truth, labelled), eye_distance(truth)
    found = np.isfinite(errors)
    color = _RESTORED if evaluation.label_offset else _PLAIN
    axes.scatter(distances[found], 100 * errors[found], s=9, color=color, alpha=0.35, lw=0, label="one image")
    top = 15.0
    if found.any():
        groups = np.array_split(np.argsort(distances[found]), max(1, min(8, int(found.sum()) // 20)))
        x = [np.median(distances[found][group]) for group in groups]
        y = [100 * np.median(errors[found][group]) for group in groups]
        axes.plot(x, y, "o-", color="#d9822b", lw=2, label="median of a group")
        top = max(top, float(np.percentile(100 * errors[found], 99.5)))
    axes.axhline(100 * FAILURE, color="#999999", lw=1, ls=":", label="failure")
    axes.set(xscale="log", ylim=(0, top), xlabel="eye distance, px", ylabel="error, % of the eye distance")
    ticks = [t for t in (15, 20, 30, 40, 60, 80, 120, 160, 240) if distances.min() * 0.8 < t < distances.max() * 1.25]
    axes.set_xticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()
    _title(axes, f"Error by eye distance, {evaluation.convention}", evaluation)
    axes.legend(fontsize=9, frameon=False)
    _tidy(axes)
    return figure


def draw_worst(evaluation: Evaluation, count: int = WORST) -> Figure:
    """The faces with the largest errors, those not found first, with label and prediction.

    Raises:
        DatasetError: an image cannot be decoded.
    """
    truth = evaluation.annotations.keypoints_px
    labels = evaluation.annotations.labels_px
    errors = image_errors(evaluation.compared_px, truth, evaluation.annotations.labelled)
    worst = np.argsort(np.nan_to_num(errors, nan=np.inf))[::-1][:count]
    columns = min(6, len(worst))
    rows = -(-len(worst) // columns)
    figure = new_figure(2.5 * columns, 2.75 * rows + 0.5)
    for place, index in enumerate(worst):
        axes = figure.add_subplot(rows, columns, place + 1)
        image_bgr = evaluation.annotations.read_bgr(int(index))
        predicted = evaluation.compared_px[index]
        what = "not found" if np.isnan(errors[index]) else percent(errors[index])
        title = f"{evaluation.annotations.names[index]}\n{what}, {eye_distance(truth[index]):.0f} px"
        draw_face(axes, cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB), labels[index], predicted, title)
    figure.suptitle(
        f"The worst {len(worst)}: label green, prediction ({evaluation.convention}) magenta; error, eye distance. "
        f"{evaluation.split}",
        fontsize=10,
    )
    return figure


def draw_face(
    axes: Axes,
    image_rgb: npt.NDArray[Any],
    labels_px: npt.NDArray[Any] | None,
    predicted_px: npt.NDArray[Any] | None,
    title: str,
    *,
    lines: bool = True,
) -> None:
    """An image, zoomed to its points, with labels in green and predictions in magenta, joined by lines;
    NaN is left out."""
    axes.imshow(image_rgb, cmap="gray", interpolation="nearest")
    sets = [(labels_px, LABEL_COLOR), (predicted_px, PREDICTION_COLOR)]
    shown = [(points[np.isfinite(points).all(axis=1)], color) for points, color in sets if points is not None]
    shown = [(points, color) for points, color in shown if len(points)]
    if lines and labels_px is not None and predicted_px is not None and len(shown) == 2:
        axes.plot(*np.stack([labels_px, predicted_px]).transpose(2, 0, 1), color="white", lw=0.6, alpha=0.8)
    for points, color in shown:
        axes.scatter(points[:, 0], points[:, 1], s=7, color=color, lw=0)
    if shown:
        box = bounding_box(np.concatenate([points for points, _ in shown]))
        margin = 0.25 * max(box.width, box.height)
        height, width = image_rgb.shape[:2]
        axes.set_xlim(max(box.x0 - margin, min(box.x0, -0.5)), min(box.x1 + margin, max(box.x1, width - 0.5)))
        axes.set_ylim(min(box.y1 + margin, max(box.y1, height - 0.5)), max(box.y0 - margin, min(box.y0, -0.5)))
    axes.set_title(title, fontsize=7.5)
    axes.set_axis_off()


def _title(axes: Axes, what: str, evaluation: Evaluation) -> None:
    axes.set_title(f"{what}\n{evaluation.split}", fontsize=10)


def _tidy(axes: Axes) -> None:
    axes.grid(color="#e6e6e6", lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
