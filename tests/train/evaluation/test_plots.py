"""Plots and sheets: written, sized, and with labels and predictions in their colours."""

import re
from dataclasses import replace
from pathlib import Path

import cv2
import matplotlib.colors
import numpy as np
import pytest

from model.convention import PEOPLE
from model.predictor import KeypointPredictor
from tests.tiny_weights import write_weights
from tests.train.exact import Written
from train.cli.options import Regions
from train.data.annotations import read_annotations
from train.data.dataset import FacialKeypointsDataset
from train.errors import NoDisplayError, OutputError
from train.evaluation.evaluate import Evaluation, evaluate
from train.evaluation.metrics import image_errors
from train.evaluation.plots import (
    LABEL_COLOR,
    PREDICTION_COLOR,
    draw_error_curve,
    draw_face,
    draw_plots,
    draw_worst,
    new_figure,
    save_figure,
)
from train.sheets import choose, draw_predictions, draw_samples, draw_transforms, draw_untrained, require_display


@pytest.fixture(scope="module")
def evaluation(written: Written, weights: Path) -> Evaluation:
    annotations = read_annotations(written.csv, written.images)
    return evaluate(annotations, KeypointPredictor(weights), Regions.LABELS, "six images")


def pixels_of(path: Path, color: str) -> int:
    """How many pixels of a PNG have about this colour."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert image is not None
    red, green, blue = (round(255 * c) for c in matplotlib.colors.to_rgb(color))
    return int((np.abs(image.astype(int) - (blue, green, red)).max(axis=2) < 12).sum())


def test_all_plots_are_drawn(evaluation: Evaluation, tmp_path: Path) -> None:
    paths = draw_plots(tmp_path / "plots", evaluation)
    assert {path.name for path in paths} == {"error_curve.png", "regions.png", "eye_distance.png", "worst.png"}
    for path in paths:
        image = cv2.imread(str(path))
        assert image is not None and min(image.shape[:2]) > 300 and image.std() > 5


def test_peers_are_drawn_only_under_the_images_they_were_measured_on(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(draw_error_curve(evaluation).axes) == 1
    test_images = replace(evaluation.annotations, csv_path=Path("test_frames_keypoints.csv"))
    # A part of them, or others under that name, are not what the peers were measured on.
    assert len(draw_error_curve(replace(evaluation, annotations=test_images)).axes) == 1
    monkeypatch.setattr("train.evaluation.plots.PEERS_IMAGES", len(test_images))
    assert len(draw_error_curve(replace(evaluation, annotations=test_images)).axes) == 2


def test_plots_of_an_evaluation_that_found_nothing(written: Written, tmp_path: Path) -> None:
    strict = KeypointPredictor(write_weights(tmp_path / "strict.onnx", metadata={"score_threshold": 0.999}))
    one = choose(read_annotations(written.csv, written.images), 1, 0)
    nothing = evaluate(one, strict, Regions.HAAR, "one image")
    assert nothing.errors.detected == 0
    assert len(draw_plots(tmp_path / "plots", nothing)) == 4


def test_the_worst_come_first(evaluation: Evaluation) -> None:
    titles = [axes.get_title() for axes in draw_worst(evaluation, count=3).axes]
    errors = [float(re.findall(r"([\d.]+) %", title)[0]) for title in titles]
    assert len(errors) == 3 and errors == sorted(errors, reverse=True)


def test_the_worst_faces_of_other_labels_are_those_drawn_worst(written: Written, tmp_path: Path) -> None:
    moved = KeypointPredictor(write_weights(tmp_path / "moved.onnx", metadata={"convention": PEOPLE}))
    annotations = read_annotations(written.csv, written.images)
    as_drawn = evaluate(annotations, moved, Regions.LABELS, "six images", label_offset=False)
    figure = draw_worst(as_drawn, count=1)
    (axes,) = figure.axes
    assert "(as drawn)" in figure.get_suptitle()
    (worst,) = [float(value) for value in re.findall(r"([\d.]+) %", axes.get_title())]
    assert worst == pytest.approx(100 * image_errors(as_drawn.keypoints_px, annotations.keypoints_px).max(), abs=0.01)


def test_labels_are_green_and_predictions_magenta_where_they_belong(tmp_path: Path) -> None:
    figure = new_figure(4, 4)
    axes = figure.add_subplot()
    labels = np.array([[10.0, 10.0], [20.0, 10.0]])
    draw_face(axes, np.zeros((40, 40, 3), np.uint8), labels, labels + np.array([0, 15]), "title")
    path = save_figure(figure, tmp_path / "face.png")
    image = cv2.imread(str(path))
    assert image is not None
    is_green = (image[:, :, 1].astype(int) - image[:, :, 2] > 60) & (image[:, :, 1] > 120)
    is_magenta = image[:, :, 2].astype(int) - image[:, :, 1] > 120
    assert is_green.any() and is_magenta.any()
    assert np.nonzero(is_green)[0].max() < np.nonzero(is_magenta)[0].min()


def test_sheets(written: Written, weights: Path, tmp_path: Path) -> None:
    dataset = FacialKeypointsDataset(choose(read_annotations(written.csv, written.images), 2, 0))
    sheets = {
        "samples": draw_samples(dataset),
        "transforms": draw_transforms(FacialKeypointsDataset(choose(dataset.annotations, 1, 0)), seed=0),
        "untrained": draw_untrained(dataset, seed=0),
        "predictions": draw_predictions(dataset, weights),
    }
    assert [len(figure.axes) for figure in sheets.values()] == [2, 7, 2, 2]
    for name, figure in sheets.items():
        path = save_figure(figure, tmp_path / f"{name}.png")
        if name != "predictions":  # There the labels lie under predictions that hit them exactly.
            assert pixels_of(path, LABEL_COLOR) > 100
        assert (pixels_of(path, PREDICTION_COLOR) > 100) == (name in ("untrained", "predictions"))


def test_chosen_faces_repeat_with_the_seed(written: Written) -> None:
    annotations = read_annotations(written.csv, written.images)
    assert choose(annotations, 3, 1).names == choose(annotations, 3, 1).names
    assert {choose(annotations, 3, seed).names for seed in range(9)} != {choose(annotations, 3, 1).names}
    assert len(choose(annotations, 99, 0)) == 6


def test_a_window_needs_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(NoDisplayError, match=r"--window needs a display.*leave --window out"):
        require_display()


def test_a_folder_that_cannot_be_written(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write the plots"):
        draw_plots(tmp_path / "file", evaluation)
    with pytest.raises(OutputError, match=r"cannot write the picture .*none"):
        save_figure(new_figure(1, 1), tmp_path / "none" / "p.png")
