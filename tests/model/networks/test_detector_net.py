"""The detector network: its map, and what reads it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model.detection.info import DetectorInfo
from model.detection.map_reader import read_map
from model.detection.network import NetworkFaceDetector, NetworkSearch
from model.networks.checkpoint import Checkpoint, export_onnx, load_checkpoint, save_checkpoint
from model.networks.detector_net import DetectorNet, DetectorSpec
from model.networks.quantize import quantize

TINY = DetectorSpec((4, 4, 4, 4, 4), (0, 0, 0, 0), 4)
INFO = DetectorInfo("detector", 0.2, "nothing")


def test_the_map_has_a_cell_for_every_eight_pixels_of_any_size() -> None:
    net = DetectorNet(TINY).eval()
    for height, width in ((64, 96), (32, 32)):
        assert net(torch.zeros(2, 1, height, width, dtype=torch.uint8)).shape == (2, 5, height // 8, width // 8)


def test_more_light_and_less_change_little() -> None:
    torch.manual_seed(0)
    net = DetectorNet(TINY).eval()
    picture = torch.randint(60, 200, (1, 1, 64, 64)).float()
    assert (net(picture) - net(picture + 20)).abs().max() < (net(picture) - net(200 - picture)).abs().max()


@pytest.mark.parametrize("values", [((1, 1), (1, 1, 1, 1), 4), ((4,) * 5, (9, 1, 1, 1), 4), ((4,) * 5, (1,) * 4, 1000)])
def test_a_shape_out_of_range_is_refused(values: tuple[tuple[int, ...], tuple[int, ...], int]) -> None:
    with pytest.raises(ValueError):
        DetectorSpec(*values)


def test_it_is_saved_exported_and_rounded(tmp_path: Path) -> None:
    torch.manual_seed(0)
    save_checkpoint(tmp_path / "last.pt", Checkpoint(DetectorNet(TINY).eval(), INFO))
    loaded = load_checkpoint(tmp_path / "last.pt")
    assert loaded.info == INFO and isinstance(loaded.model, DetectorNet) and loaded.model.spec == TINY
    export_onnx(loaded, tmp_path / "full.onnx")
    quantize(
        tmp_path / "full.onnx", np.random.default_rng(0).integers(0, 255, (8, 64, 64), np.uint8), tmp_path / "q.onnx"
    )
    picture = np.random.default_rng(1).integers(0, 255, (70, 90), np.uint8)
    for name in ("full.onnx", "q.onnx"):
        assert NetworkFaceDetector(tmp_path / name, 0.001).search(picture, NetworkSearch(70 * 90))


def test_a_peak_is_read_where_it_lies() -> None:
    found = np.zeros((5, 6, 8), np.float32)
    found[0] = -5
    found[:, 2, 3] = (2.0, 0.25, -0.5, np.log(2), 0.3)
    found[0, 2, 4] = 1.0
    (peak,) = read_map(found, 0.5)
    assert (peak.x, peak.y) == ((3.25 + 0.5) * 8 - 0.5, (1.5 + 0.5) * 8 - 0.5)
    assert peak.side == pytest.approx(64) and peak.roll_rad == pytest.approx(0.3)
    assert peak.score == pytest.approx(1 / (1 + np.exp(-2)))
