"""Checkpoints and ONNX export: what comes back is what went in, and other files are refused."""

import zipfile
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
import torch

from model.crop import CropSpec
from model.errors import WeightsError
from model.networks.baseline_net import BaselineNet
from model.networks.checkpoint import (
    Checkpoint,
    baseline_info,
    export_checkpoint,
    export_onnx,
    load_checkpoint,
    save_checkpoint,
)
from model.networks.keypoint_net import KeypointNet, NetSpec
from model.predictor import KeypointPredictor
from model.weights.info import WeightsInfo

SPEC = NetSpec(size_px=48, widths=(8, 8, 16, 16), blocks=(1, 1, 1), decoder=16, map_stride=8, offsets=True)
INFO = WeightsInfo("default", CropSpec(48, 1.3), 0.25, True, (0.42, 0.0142), (0.1, 0.2), "ten faces")


@pytest.fixture
def checkpoint() -> Checkpoint:
    torch.manual_seed(3)
    return Checkpoint(KeypointNet(SPEC).eval(), INFO, {"epoch": 7})


def _crops(size_px: int, count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, size_px, size_px), np.uint8)


def test_a_checkpoint_rebuilds_its_network_from_the_file_alone(checkpoint: Checkpoint, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a.pt", checkpoint)
    loaded = load_checkpoint(tmp_path / "a.pt")
    assert loaded.info == INFO and loaded.training == {"epoch": 7}
    crops = torch.from_numpy(_crops(48, 2)[:, None])
    torch.testing.assert_close(loaded.model(crops).keypoints, checkpoint.model(crops).keypoints)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]


def test_the_exported_graph_says_what_the_network_says_for_any_number_of_faces(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    save_checkpoint(tmp_path / "a.pt", checkpoint)
    export_checkpoint(tmp_path / "a.pt", tmp_path / "a.onnx")
    predictor = KeypointPredictor(tmp_path / "a.onnx")
    assert predictor.info == INFO
    for count in (1, 3):
        crops = _crops(48, count)
        found = predictor.predict_crops(crops)
        with torch.inference_mode():
            wanted = checkpoint.model(torch.from_numpy(crops[:, None]))
        np.testing.assert_allclose(found.keypoints_px, wanted.keypoints.numpy(), atol=1e-3)
        np.testing.assert_allclose(found.scores, torch.sigmoid(wanted.score_logits).numpy(), atol=1e-4)
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["a.onnx", "a.pt"]


def test_the_graph_keeps_the_contract_of_types_and_names(checkpoint: Checkpoint, tmp_path: Path) -> None:
    export_onnx(checkpoint, tmp_path / "a.onnx")
    session = ort.InferenceSession(str(tmp_path / "a.onnx"))
    (crops,) = session.get_inputs()
    assert (crops.name, crops.type, crops.shape[1:]) == ("crops", "tensor(uint8)", [1, 48, 48])
    keypoints, scores = session.get_outputs()
    assert (keypoints.name, keypoints.type) == ("keypoints", "tensor(float)")
    assert (scores.name, scores.type) == ("scores", "tensor(float)")


def test_the_baselines_plain_state_dict_is_known_and_goes_live(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = BaselineNet().eval()
    torch.save(net.state_dict(), tmp_path / "keypoints_model_1.pt")
    export_checkpoint(tmp_path / "keypoints_model_1.pt", tmp_path / "b.onnx")
    predictor = KeypointPredictor(tmp_path / "b.onnx")
    assert predictor.info.recipe == "baseline" and not predictor.info.has_score
    crops = _crops(224, 2)
    found = predictor.predict_crops(crops)
    assert found.scores.tolist() == [1.0, 1.0]
    with torch.inference_mode():
        wanted = net(torch.from_numpy(crops[:, None]).float() / 255).reshape(2, 68, 2) * 50 + 100
    np.testing.assert_allclose(found.keypoints_px, wanted.numpy(), atol=1e-2)


def test_a_baseline_checkpoint_is_rebuilt_too(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "b.pt", Checkpoint(BaselineNet(), baseline_info("two faces")))
    loaded = load_checkpoint(tmp_path / "b.pt")
    assert isinstance(loaded.model, BaselineNet) and loaded.info.trained_on == "two faces"


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no\.pt does not exist; make one with: python -m train"):
        load_checkpoint(tmp_path / "no.pt")


def test_a_checkpoint_cut_short_is_reported(checkpoint: Checkpoint, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a.pt", checkpoint)
    data = (tmp_path / "a.pt").read_bytes()
    for kept in (0, 10, len(data) // 2):
        (tmp_path / "cut.pt").write_bytes(data[:kept])
        with pytest.raises(WeightsError, match=r"cut\.pt cannot be read as a PyTorch checkpoint; it may be cut short"):
            load_checkpoint(tmp_path / "cut.pt")


def test_a_file_of_another_kind_is_reported(tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("no weights at all")
    with pytest.raises(WeightsError, match="cannot be read as a PyTorch checkpoint"):
        load_checkpoint(tmp_path / "text.pt")
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match="no checkpoint of this project"):
        load_checkpoint(tmp_path / "other.pt")


def test_weights_that_do_not_fit_their_network_are_reported(checkpoint: Checkpoint, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a.pt", checkpoint)
    data = torch.load(tmp_path / "a.pt", weights_only=True)
    torch.save({**data, "net": {**data["net"], "decoder": 32}}, tmp_path / "b.pt")
    with pytest.raises(WeightsError, match="do not fit the network it names"):
        load_checkpoint(tmp_path / "b.pt")
    torch.save({**data, "net": {"depth": 3}}, tmp_path / "c.pt")
    with pytest.raises(WeightsError, match="describes its network in a way that cannot be read"):
        load_checkpoint(tmp_path / "c.pt")
    torch.save({**data, "format": 99}, tmp_path / "d.pt")
    with pytest.raises(WeightsError, match="format 99, this program reads 1"):
        load_checkpoint(tmp_path / "d.pt")


@pytest.mark.parametrize(
    "net",
    [
        {"blocks": [0, 10**9, 2]},
        {"blocks": [-1, 2, 2]},
        {"widths": [24, -40, 80, 128]},
        {"widths": [24, 40, 80, 10**9]},
        {"decoder": 10**9},
        {"size_px": 16 * 10**8},
        {"size_px": 0},
        {"blocks": [0.5, 2, 2]},
        {"widths": [24]},
        {"map_stride": "8"},
    ],
    ids=str,
)
def test_a_network_of_any_size_is_not_built(checkpoint: Checkpoint, tmp_path: Path, net: dict[str, object]) -> None:
    """`blocks = 10^9` built layers until the memory was gone."""
    save_checkpoint(tmp_path / "a.pt", checkpoint)
    data = torch.load(tmp_path / "a.pt", weights_only=True)
    torch.save({**data, "net": {**data["net"], **net}}, tmp_path / "b.pt")
    with pytest.raises(WeightsError, match="describes its network in a way that cannot be read"):
        load_checkpoint(tmp_path / "b.pt")


@pytest.mark.parametrize(
    "change", [{"model": 5}, {"net": [1]}, {"info": 7}, {"info": "{}"}, {"format": [1] * 9}], ids=str
)
def test_a_checkpoint_of_other_things_is_reported(
    checkpoint: Checkpoint, tmp_path: Path, change: dict[str, object]
) -> None:
    save_checkpoint(tmp_path / "a.pt", checkpoint)
    data = torch.load(tmp_path / "a.pt", weights_only=True)
    torch.save({**data, **change}, tmp_path / "b.pt")
    with pytest.raises(WeightsError, match=r"b\.pt"):
        load_checkpoint(tmp_path / "b.pt")


def test_weights_that_are_not_numbers_are_reported(checkpoint: Checkpoint, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a.pt", checkpoint)
    data = torch.load(tmp_path / "a.pt", weights_only=True)
    next(iter(data["model"].values())).fill_(float("nan"))
    torch.save(data, tmp_path / "b.pt")
    with pytest.raises(WeightsError, match="not finite numbers"):
        load_checkpoint(tmp_path / "b.pt")


def test_a_packed_checkpoint_is_not_unpacked(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """A few kilobytes that unpack to gigabytes."""
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))
    with pytest.raises(WeightsError, match="is a packed archive"):
        load_checkpoint(tmp_path / "bomb.pt")


def test_a_checkpoint_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big.pt").open("wb") as file:
        file.truncate(1_000_000_001)
    with pytest.raises(WeightsError, match="checkpoints of at most 1000 MB are read"):
        load_checkpoint(tmp_path / "big.pt")


def test_a_tensor_that_claims_to_be_huge_is_reported(tmp_path: Path) -> None:
    """A view of one number as 10^12 of them, as a file may hold it."""
    state = BaselineNet().state_dict()
    name = next(iter(state))
    state[name] = torch.zeros(1).expand(10**12)
    torch.save(state, tmp_path / "a.pt")
    with pytest.raises(WeightsError, match=r"do not fit"):
        load_checkpoint(tmp_path / "a.pt")
