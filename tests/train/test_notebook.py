"""The seed document with this project's names: its functions, and the notebook that walks through it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import nbclient
import nbformat
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgba
from torch import nn
from torch.utils.data import DataLoader

from model.networks.baseline_net import BaselineNet
from model.networks.checkpoint import load_checkpoint
from tests.paths import ROOT
from tests.train.faces import write_faces
from train.data.dataset import FacialKeypointsDataset
from train.evaluation.plots import LABEL_COLOR, PREDICTION_COLOR
from train.notebook import net_sample_output, show_all_keypoints, show_keypoints, visualize_output
from train.recipes.baseline_transforms import seed_transform


@pytest.fixture(autouse=True)
def _memory_only() -> Iterator[None]:
    before = matplotlib.get_backend()
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


def write_dataset(folder: Path) -> Path:
    """Drawn faces in the folders and files of the download."""
    csv_path, images = write_faces(folder / "written")
    for name, split in (("training_frames_keypoints.csv", "training"), ("test_frames_keypoints.csv", "test")):
        shutil.copy(csv_path, folder / name)
        shutil.copytree(images, folder / split)
    return folder


def _dots() -> dict[Any, Any]:
    """Colour -> (N, 2) places of the dots in the current axes."""
    collections: list[Any] = list(plt.gca().collections)
    return {tuple(np.round(dots.get_facecolor()[0], 3)): dots.get_offsets() for dots in collections}


def _color(name: str) -> Any:
    return tuple(np.round(to_rgba(name), 3))


def test_keypoints_are_dots_on_the_image() -> None:
    points = np.arange(136.0).reshape(68, 2)
    show_keypoints(np.zeros((140, 140, 3), np.uint8), points)
    np.testing.assert_allclose(_dots()[_color(PREDICTION_COLOR)], points)
    assert len(plt.gca().images) == 1


def test_truth_is_green_and_predictions_are_magenta() -> None:
    points = np.arange(136.0).reshape(68, 2)
    show_all_keypoints(np.zeros((140, 140)), points, points + 3)
    np.testing.assert_allclose(_dots()[_color(PREDICTION_COLOR)], points)
    np.testing.assert_allclose(_dots()[_color(LABEL_COLOR)], points + 3)
    plt.figure()
    show_all_keypoints(np.zeros((140, 140)), points)
    assert list(_dots()) == [_color(PREDICTION_COLOR)]


def test_a_batch_is_predicted_and_drawn_in_pixels(tmp_path: Path) -> None:
    csv_path, images_dir = write_faces(tmp_path / "faces")
    faces = FacialKeypointsDataset(csv_path, images_dir, seed_transform(np.random.default_rng(0)))
    net = BaselineNet().train()
    images, outputs, truth = net_sample_output(net, DataLoader(faces, batch_size=3))
    assert images.shape == (3, 1, 224, 224) and images.dtype == torch.float32
    assert outputs.shape == truth.shape == (3, 68, 2) and net.training
    visualize_output(images, outputs, truth, batch_size=24)
    assert len(plt.gcf().axes) == 3
    np.testing.assert_allclose(_dots()[_color(LABEL_COLOR)], truth[2] * 50 + 100, atol=1e-3)
    np.testing.assert_allclose(_dots()[_color(PREDICTION_COLOR)], outputs[2] * 50 + 100, atol=1e-3)


def test_a_loader_without_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no batch"):
        net_sample_output(nn.Identity(), [])


@pytest.mark.slow
def test_the_notebook_runs_from_its_first_cell_to_its_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACES", str(write_dataset(tmp_path / "data")))
    monkeypatch.setenv("WORKERS", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(ROOT / "docs/examples/first_network.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    client = nbclient.NotebookClient(notebook, timeout=200, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    text = "".join(output.get("text", "") for output in outputs)
    assert "landmarks shape: (68, 2)" in text and "Finished Training!" in text
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5
    assert load_checkpoint(tmp_path / "saved_models/keypoints_model_1.pt")


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(ROOT / "docs/examples/first_network.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)


def test_everything_that_the_document_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its steps under its names: the table, samples, transforms, batches, before and after, the saved file."""
    from docs.examples.seed_document import main, train_net

    done = main(write_dataset(tmp_path / "data"), tmp_path / "out", 1)
    assert len(done) == 23 and "landmarks shape: (68, 2)" in done[2]
    assert any("(24, 1, 224, 224), (24, 68, 2), (24, 68, 2)" in line for line in done)
    pictures = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    assert pictures == ["1_table.png", "2_samples.png", "3_transforms.png", "4_before.png", "5_after.png"]
    saved = torch.load(tmp_path / "out" / "saved_models" / "keypoints_model_1.pt", weights_only=True)
    BaselineNet().load_state_dict(saved)
    batch = {"image": torch.zeros(2, 1, 4, 4), "keypoints": torch.full((2, 68, 2), 0.5)}
    capsys.readouterr()
    train_net(nn.Sequential(nn.Flatten(), nn.Linear(16, 136, bias=False)), [batch] * 48, 1)  # type: ignore[arg-type]
    assert capsys.readouterr().out.splitlines() == [f"Epoch: 1, Batch:{n}, Avg. Loss:0.125" for n in (24, 48)]
