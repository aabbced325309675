"""Weights come back out of an exported file as they went in."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from model.crop import CropSpec
from model.errors import WeightsError
from model.networks.checkpoint import Checkpoint, export_onnx
from model.networks.keypoint_net import KeypointNet, NetSpec
from model.networks.onnx_weights import freeze_norms, load_exported
from model.weights.info import WeightsInfo
from train.recipes.averaging import average

SPEC = NetSpec(32, (8, 8, 12, 16), (0, 1, 1), 8, 8, True)


def _trained() -> KeypointNet:
    """A network whose normalisations have seen something."""
    torch.manual_seed(3)
    model = KeypointNet(SPEC).train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
    with torch.no_grad():
        for _ in range(3):
            model(_crops())
    return model.eval()


def _crops() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (4, 1, 32, 32), np.uint8))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "net.onnx"
    info = WeightsInfo("default", CropSpec(32, 1.3), 0.4, True, (0.0, 0.0), (0.0, 0.0), "noise")
    export_onnx(Checkpoint(_trained(), info), path)
    return path


def test_the_network_says_the_same_after_going_out_and_in(exported: Path) -> None:
    model = KeypointNet(SPEC)
    load_exported(exported, model)
    with torch.no_grad():
        found, wanted = model.eval()(_crops()), _trained()(_crops())
    torch.testing.assert_close(found.keypoints, wanted.keypoints, atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(found.score_logits, wanted.score_logits, atol=1e-4, rtol=1e-3)


def test_the_mean_of_two_lies_between_them(exported: Path) -> None:
    one, other = KeypointNet(SPEC), KeypointNet(SPEC)
    load_exported(exported, one)
    load_exported(exported, other)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(3)
    before = {name: value.clone() for name, value in one.state_dict().items()}
    mean = average([one, other, other, one])
    for name, value in mean.named_parameters():
        torch.testing.assert_close(value, 2 * before[name])
    for name, value in one.state_dict().items():
        torch.testing.assert_close(value, before[name])
    with torch.no_grad():
        wanted, found = one.eval()(_crops()), average([one, one]).eval()(_crops())
    torch.testing.assert_close(found.keypoints, wanted.keypoints)


def test_offsets_of_older_files_are_taken_up(exported: Path, tmp_path: Path) -> None:
    older = onnx.load(exported)
    (weight,) = (i for i in older.graph.initializer if i.name == "net.offsets.weight")
    del weight.dims[:]
    weight.dims.extend([136, 8, 1, 1])
    onnx.save(older, tmp_path / "older.onnx")
    new, old = KeypointNet(SPEC), KeypointNet(SPEC)
    load_exported(exported, new)
    load_exported(tmp_path / "older.onnx", old)
    for name, value in new.state_dict().items():
        torch.testing.assert_close(old.state_dict()[name], value)
    weight.dims[:2] = [8, 136]
    onnx.save(older, tmp_path / "other.onnx")
    with pytest.raises(WeightsError, match="holds a network of another shape"):
        load_exported(tmp_path / "other.onnx", KeypointNet(SPEC))


def test_frozen_norms_do_not_look_at_the_batch(exported: Path) -> None:
    model = KeypointNet(SPEC)
    load_exported(exported, model)
    model.train()
    freeze_norms(model)
    with torch.no_grad():
        whole, first = model(_crops()).keypoints, model(_crops()[:1]).keypoints
    torch.testing.assert_close(whole[:1], first, atol=1e-3, rtol=1e-4)


def test_what_cannot_be_taken_up_is_named(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.onnx do not exist; give a keypoints-float.onnx that"):
        load_exported(tmp_path / "none.onnx", KeypointNet(SPEC))
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(WeightsError, match=r"text\.onnx is not an ONNX model"):
        load_exported(tmp_path / "text.onnx", KeypointNet(SPEC))
    for other in (
        NetSpec(32, (8, 8, 12, 16), (0, 2, 1), 8, 8, True),
        NetSpec(32, (8, 8, 16, 16), (0, 1, 1), 8, 8, True),
    ):
        with pytest.raises(WeightsError, match="holds a network of another shape"):
            load_exported(exported, KeypointNet(other))
    empty = onnx.load(exported)
    del empty.graph.initializer[:]
    onnx.save(empty, tmp_path / "empty.onnx")
    with pytest.raises(WeightsError, match="holds a network of another shape"):
        load_exported(tmp_path / "empty.onnx", KeypointNet(SPEC))
