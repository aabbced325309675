"""Sheets of pictures to look at the data with: samples, what each transform does, and predictions."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from model.keypoints import eye_distance
from train.errors import NoDisplayError
from train.evaluation.plots import draw_face, new_figure

if TYPE_CHECKING:
    from train.data.annotations import Annotations
    from train.data.dataset import FacialKeypointsDataset, Sample

LEGEND = "label green, prediction magenta"


def choose(annotations: "Annotations", count: int, seed: int) -> "Annotations":
    """Some of the images, the same for the same seed."""
    count = min(count, len(annotations))
    mask = np.zeros(len(annotations), bool)
    mask[np.random.default_rng(seed).choice(len(annotations), count, replace=False)] = True
    return annotations.subset(mask)


def draw_samples(dataset: "FacialKeypointsDataset") -> Figure:
    """Each image as it is, with its labels.

    Raises:
        DatasetError: an image cannot be decoded.
    """
    figure, places = _grid(len(dataset), f"Samples of {dataset.annotations.csv_path.name}: labels in green")
    for axes, index in zip(places, range(len(dataset)), strict=True):
        sample = dataset[index]
        height, width = sample["image"].shape[:2]
        title = f"{dataset.annotations.names[index]}\n{width}x{height} px"
        draw_face(axes, sample["image"], sample["keypoints"], None, title)
        _whole(axes, sample["image"])
    return figure


def draw_transforms(dataset: "FacialKeypointsDataset", seed: int) -> Figure:
    """A row an image: as it is, after each transform alone and all of them, and un-transformed again.

    Raises:
        DatasetError: an image cannot be decoded.
    """
    from train.recipes.baseline_transforms import Compose, Normalize, RandomCrop, Rescale, seed_transform, undo_points

    def rng() -> np.random.Generator:
        return np.random.default_rng(seed)

    steps: dict[str, Callable[[Sample], Sample]] = {
        "Rescale(250)": Rescale(250),
        "Rescale((160, 250))": Rescale((160, 250)),
        "Rescale(250),\nRandomCrop(224)": Compose([Rescale(250), RandomCrop(224, rng())]),
        "Normalize": Normalize(),
    }
    columns = len(steps) + 3
    figure, places = _grid(len(dataset) * columns, "Transforms: labels in green", columns)
    place = iter(places)
    for index in range(len(dataset)):
        sample = dataset[index]
        stages: list[tuple[str, npt.NDArray[Any], npt.NDArray[Any]]] = [
            ("as it is", sample["image"], sample["keypoints"])
        ]
        window = int(0.7 * min(sample["image"].shape[:2]))
        cropped = RandomCrop(window, rng())(sample)
        stages.append((f"RandomCrop({window})", cropped["image"], cropped["keypoints"]))
        for name, step in steps.items():
            changed = step(sample)
            points = Normalize.inverse(changed["keypoints"]) if name == "Normalize" else changed["keypoints"]
            stages.append((name, changed["image"], points))
        tensors = seed_transform(rng())(sample)
        back = undo_points(tensors["keypoints"].numpy().astype(np.float64), tensors["undo"].numpy())
        stages.append(("all, then undone", sample["image"], back))
        for name, image, points in stages:
            axes = next(place)
            height, width = image.shape[:2]
            draw_face(axes, image, points, None, f"{name}\n{width}x{height} px")
            _whole(axes, image)
    return figure


def draw_untrained(dataset: "FacialKeypointsDataset", seed: int) -> Figure:
    """What the baseline's network says of the seed's crops before it has learnt anything, un-transformed.

    Raises:
        DatasetError: an image cannot be decoded.
    """
    import torch

    from model.networks.baseline_net import BaselineNet, keypoints_from_output
    from train.data.dataset import FacialKeypointsDataset, make_loader
    from train.recipes.baseline_transforms import Normalize, seed_transform

    torch.manual_seed(seed)
    net = BaselineNet().eval()
    transformed = FacialKeypointsDataset(dataset.annotations, transform=seed_transform(np.random.default_rng(seed)))
    batch: Sample = next(iter(make_loader(transformed, batch_size=len(dataset), seed=seed)))
    with torch.inference_mode():
        predicted = keypoints_from_output(net(batch["image"])).numpy()
    labels = Normalize.inverse(batch["keypoints"].numpy())
    figure, places = _grid(len(dataset), f"The baseline network before training, in its 224 px crops: {LEGEND}")
    for index, axes in enumerate(places):
        image = batch["image"][index, 0].numpy()
        draw_face(axes, image, labels[index], predicted[index], dataset.annotations.names[index], lines=False)
        _whole(axes, image)
    return figure


def draw_canvases(annotations: "Annotations", count: int, seed: int) -> Figure:
    """Pictures that the detector trains on, made from these faces, with the faces it is to find.

    Raises:
        DatasetError: an image cannot be decoded.
    """
    from train.augmentation.canvas import MOST_FACES, CanvasConfig, draw_canvas
    from train.data.face_store import load_store
    from train.data.label_offset import LabelOffset

    store = load_store(annotations, list(range(len(annotations))), LabelOffset())
    figure, places = _grid(count, "Canvases of the detector: faces to be found in green, either way in grey")
    for axes, number in zip(places, range(count), strict=True):
        rng = np.random.default_rng((seed, number))
        canvas = draw_canvas(store, rng.integers(0, len(store), MOST_FACES), CanvasConfig(), rng)
        axes.imshow(canvas.picture, cmap="gray", vmin=0, vmax=255)
        for face in canvas.faces:
            turned = cv2.boxPoints(((face.center_x, face.center_y), (face.side, face.side), np.degrees(face.roll_rad)))
            axes.add_patch(Polygon(turned, fill=False, color="lime", linewidth=1))
        for x0, y0, x1, y1 in canvas.ignored:
            axes.add_patch(Polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill=False, color="silver", linewidth=1))
        axes.set_xlim(0, canvas.picture.shape[1])
        axes.set_ylim(canvas.picture.shape[0], 0)
        axes.set_axis_off()
    return figure


def draw_predictions(dataset: "FacialKeypointsDataset", weights: Path) -> Figure:
    """What weights say of each face, in whole images, cut around the labels' box.

    Raises:
        DatasetError: an image cannot be decoded.
        WeightsError: the weights cannot be used.
    """
    from model.crop import region_from_box
    from model.geometry import bounding_box
    from model.predictor import KeypointPredictor
    from train.evaluation.metrics import image_errors
    from train.evaluation.report import percent

    predictor = KeypointPredictor(weights)
    annotations = dataset.annotations
    figure, places = _grid(len(dataset), f"{weights.name} on {annotations.csv_path.name}, as drawn live: {LEGEND}")
    for index, axes in enumerate(places):
        image_bgr, truth = annotations.read_bgr(index), annotations.keypoints_px[index]
        predicted = predictor.predict(image_bgr, [region_from_box(bounding_box(truth))]).keypoints_px
        error = percent(image_errors(predicted, truth[None], annotations.labelled[index, None])[0])
        title = f"{annotations.names[index]}\n{error} of {eye_distance(truth):.0f} px"
        labels = annotations.labels_px[index]
        draw_face(axes, cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB), labels, predicted[0], title)
    return figure


def require_display() -> None:
    """Make sure that a window can be opened.

    Raises:
        NoDisplayError: there is no display, or matplotlib has no toolkit for windows.
    """
    import matplotlib.pyplot as plt

    remedy = "leave --window out and look at the PNG files"
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise NoDisplayError(f"--window needs a display, and DISPLAY and WAYLAND_DISPLAY are not set; {remedy}")
    for backend in ("macosx", "qtagg", "gtk4agg", "gtk3agg", "tkagg", "wxagg"):
        try:
            plt.switch_backend(backend)
        except (ImportError, RuntimeError):
            continue
        return
    raise NoDisplayError(
        "--window needs a display that answers and a toolkit that matplotlib opens windows with, such as PyQt6 or Tk, "
        f"and found none; {remedy}"
    )


def show_windows(paths: Sequence[Path]) -> None:
    """Show PNG files in windows until they are closed; call `require_display` first."""
    import matplotlib.pyplot as plt

    for path in paths:
        image = plt.imread(path)
        height, width = image.shape[:2]
        figure = plt.figure(path.name, figsize=(width / 110, height / 110))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.imshow(image)
        axes.set_axis_off()
    plt.show()


def _grid(count: int, title: str, columns: int = 6) -> tuple[Figure, list[Axes]]:
    columns = min(columns, count)
    rows = -(-count // columns)
    figure = new_figure(max(2.3 * columns, 7), 2.55 * rows + 0.4)
    figure.suptitle(title, fontsize=10)
    return figure, [figure.add_subplot(rows, columns, place + 1) for place in range(count)]


def _whole(axes: Axes, image: npt.NDArray[Any]) -> None:
    height, width = image.shape[:2]
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height - 0.5, -0.5)
