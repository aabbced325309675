"""The detector's recipe: it learns drawn faces, goes on from a checkpoint, and its weights run live."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from model.crop import Region
from model.detection.network import NetworkFaceDetector
from model.networks.checkpoint import Checkpoint
from model.networks.detector_net import DetectorSpec
from tests.train.faces import write_faces
from train.augmentation.canvas import Canvas, CanvasConfig
from train.config import TrainConfig
from train.data.annotations import Annotations, read_annotations
from train.data.training_data import TrainingData
from train.recipes.detector import DetectorOptions, DetectorRecipe
from train.recipes.detector_loss import canvas_batch, detector_loss
from train.run.distributed import Ranks

OPTIONS = DetectorOptions(
    net=DetectorSpec((8, 8, 12, 12, 12), (0, 1, 0, 0), 12),
    batch_size=8,
    epochs=4,
    canvas=CanvasConfig(size_px=96, smallest_px=24, largest_px=60),
)


@pytest.fixture(scope="module")
def annotations(tmp_path_factory: pytest.TempPathFactory) -> Annotations:
    csv_path, images = write_faces(tmp_path_factory.mktemp("faces"), count=20)
    return read_annotations(csv_path, images)


def recipe_of(annotations: Annotations, **options: int) -> DetectorRecipe:
    config = TrainConfig(recipe="detector", csv_file=annotations.csv_path, images_dir=annotations.images_dir)
    data = TrainingData.of(annotations, config)
    return DetectorRecipe(config, data, torch.device("cpu"), Ranks(), replace(OPTIONS, **options))  # type: ignore[arg-type]


def train(recipe: DetectorRecipe, epoch: int, steps: int | None = None) -> list[float]:
    values = []
    for value, _ in islice(recipe.losses(epoch), steps):
        value.backward()  # type: ignore[no-untyped-call]
        recipe.step()
        values.append(float(value.detach()))
    return values


def test_the_loss_falls_and_faces_are_missed_less(annotations: Annotations) -> None:
    recipe = recipe_of(annotations, epochs=30)
    first = train(recipe, 1)
    for epoch in range(2, 31):
        last = train(recipe, epoch)
    assert np.mean(last) < 0.7 * np.mean(first)
    missed = recipe.validate()
    assert missed is not None and 0 <= missed <= 1


def test_an_epoch_can_be_repeated_and_the_run_goes_on(annotations: Annotations) -> None:
    whole, part = recipe_of(annotations), recipe_of(annotations)
    train(whole, 1)
    train(part, 1)
    resumed = recipe_of(annotations)
    resumed.load_state(part.state())
    assert train(whole, 2) == pytest.approx(train(resumed, 2), rel=1e-4)


def test_a_run_that_is_lengthened_goes_on_at_a_gentler_rate(annotations: Annotations) -> None:
    part, longer = recipe_of(annotations), recipe_of(annotations, epochs=14)
    longer.load_state(part.state())
    longer._mined = (np.zeros((8, 8), np.uint8),)
    rates = []
    for epoch in range(5, 15):
        train(longer, epoch)
        rates.append(longer._course.rate)
    assert 0.7 * 0.4 * OPTIONS.learning_rate < max(rates) <= 0.4 * OPTIONS.learning_rate
    assert rates[-1] < 0.01 * max(rates)


def test_false_faces_are_mined_once_even_where_there_are_none(
    annotations: Annotations, monkeypatch: pytest.MonkeyPatch
) -> None:
    mined = []

    def mine(recipe: DetectorRecipe) -> tuple[()]:
        mined.append(recipe)
        return ()

    monkeypatch.setattr(DetectorRecipe, "_mine", mine)
    recipe = recipe_of(annotations)
    for epoch in range(1, 5):
        train(recipe, epoch, 1)
    resumed = recipe_of(annotations, epochs=6)
    resumed.load_state(recipe.state())
    train(resumed, 5, 1)
    assert mined == [recipe]


def test_its_weights_run_live(annotations: Annotations, tmp_path: Path) -> None:
    recipe = recipe_of(annotations)
    full = recipe.export(Checkpoint(recipe.best_model(), recipe.info), tmp_path / "detector.onnx")
    assert full.name == "detector-float.onnx" and recipe.weights_name == "detector.onnx"
    for path in (full, tmp_path / "detector.onnx"):
        assert NetworkFaceDetector(path).info.trained_on == recipe.info.trained_on


def test_the_wanted_map_peaks_at_the_face_and_is_worth_nothing_where_ignored() -> None:
    face = Region(100.0, 52.0, 64.0, 0.5)
    canvas = Canvas(np.zeros((128, 128), np.uint8), (face,), ((0.0, 100.0, 30.0, 128.0),))
    batch = canvas_batch([canvas])
    (row, column) = np.argwhere(batch.heat[0] == 1)[0]
    x, y, size, roll = batch.values[0, :, row, column]
    assert ((column + x + 0.5) * 8 - 0.5, (row + y + 0.5) * 8 - 0.5) == pytest.approx((100, 52), abs=1e-3)
    assert 32 * np.exp(size) == pytest.approx(64, rel=1e-4) and roll == pytest.approx(0.5)
    output = torch.full((1, 5, 16, 16), -6.0)
    output[0, 1:] = torch.from_numpy(batch.values[0])
    output[0, 0, row, column] = 6.0
    right = detector_loss(output, batch)
    output[0, 0, 15, 0] = 6.0
    assert detector_loss(output, batch) == right, "ignored"
    output[0, 0, 0, 0] = 6.0
    assert detector_loss(output, batch) > right + 1
