"""Networks in 8 bits say what they said in full precision, or nearly so."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
import torch
from google.protobuf.message import DecodeError

from model.crop import CropSpec
from model.errors import WeightsError
from model.networks.checkpoint import Checkpoint, export_onnx
from model.networks.keypoint_net import KeypointNet, NetSpec
from model.networks.onnx_weights import load_exported
from model.networks.quantize import quantize
from model.predictor import KeypointPredictor
from model.weights.info import WeightsInfo

SPEC = NetSpec(32, (16, 16, 24, 32), (0, 1, 1), 16, 8, True)
INFO = WeightsInfo("default", CropSpec(32, 1.3), 0.4, True, (0.1, 0.2), (0.3, 0.4), "noise")


def _crops(count: int = 8) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (count, 32, 32), np.uint8)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "net.onnx"
    torch.manual_seed(0)
    model = KeypointNet(SPEC)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.fill_(1.0)
        model.maps.weight.mul_(8)
        for _ in range(20):
            model.train()(torch.from_numpy(_crops()[:, None]))
    export_onnx(Checkpoint(model.eval(), INFO), path)
    return path


@pytest.fixture(scope="module")
def eight_bits(full: Path) -> Path:
    path = full.with_name("quantized.onnx")
    quantize(full, _crops(), path)
    return path


def test_points_and_scores_stay_nearly_the_same(full: Path, eight_bits: Path) -> None:
    first, second = KeypointPredictor(full), KeypointPredictor(eight_bits)
    assert second.info == first.info == INFO
    a, b = first.predict_crops(_crops()), second.predict_crops(_crops())
    spread = a.keypoints_px.std(axis=0).mean()
    moved = np.abs(b.keypoints_px - a.keypoints_px).mean()
    assert 0 < moved < 0.1 * spread
    np.testing.assert_allclose(b.scores, a.scores, atol=0.03)


def test_a_face_alone_is_seen_as_in_a_batch(eight_bits: Path) -> None:
    predictor, crops = KeypointPredictor(eight_bits), _crops()
    together = predictor.predict_crops(crops).keypoints_px
    alone = np.concatenate([predictor.predict_crops(crops[i : i + 1]).keypoints_px for i in range(len(crops))])
    np.testing.assert_allclose(alone, together, atol=1e-3)


def test_weights_are_whole_numbers_that_no_processor_saturates(eight_bits: Path) -> None:
    weights = [i for i in onnx.load(eight_bits).graph.initializer if i.data_type == onnx.TensorProto.INT8]
    values = [onnx.numpy_helper.to_array(i).astype(int) for i in weights]
    kernels = [v for v in values if v.ndim == 4]
    assert max(np.ptp(v) for v in values) > 60
    # All of the network's but the first and that of the maps.
    assert len(kernels) == sum(isinstance(m, torch.nn.Conv2d) for m in KeypointNet(SPEC).modules()) - 2
    assert max(int(np.abs(v).max()) for v in kernels) <= 64


def test_the_first_layer_and_the_maps_keep_their_precision(full: Path, eight_bits: Path) -> None:
    def floats(path: Path) -> dict[str, npt.NDArray[np.float32]]:
        initializers = onnx.load(path).graph.initializer
        return {i.name: onnx.numpy_helper.to_array(i) for i in initializers if i.data_type == onnx.TensorProto.FLOAT}

    before, after = floats(full), floats(eight_bits)
    np.testing.assert_array_equal(after["net.maps.weight"], before["net.maps.weight"])
    stems = [[v for v in values.values() if v.shape == (16, 1, 5, 5)] for values in (before, after)]
    np.testing.assert_array_equal(stems[1][0], stems[0][0])


@pytest.mark.parametrize("count", [1, 31, 40])
def test_any_number_of_faces_calibrates(full: Path, tmp_path: Path, count: int) -> None:
    quantize(full, _crops(count), tmp_path / "q.onnx")
    assert KeypointPredictor(tmp_path / "q.onnx").predict_crops(_crops(2)).keypoints_px.shape == (2, 68, 2)
    assert [p.name for p in tmp_path.iterdir()] == ["q.onnx"]


def test_each_output_channel_has_a_scale_of_its_own(eight_bits: Path) -> None:
    graph = onnx.load(eight_bits).graph
    shapes = {i.name: tuple(i.dims) for i in graph.initializer}
    weights = [n for n in graph.node if n.op_type == "DequantizeLinear" and len(shapes.get(n.input[0], ())) == 4]
    assert weights
    for node in weights:
        assert shapes[node.input[1]] == shapes[node.input[0]][:1]


def test_sums_are_rounded_only_after_their_relu(eight_bits: Path) -> None:
    """A convolution is rounded as it leaves its sum, and the sum once it has been through its ReLU."""
    graph = onnx.load(eight_bits).graph
    makers = {output: node for node in graph.node for output in node.output}
    rounded = {makers[n.input[0]].op_type for n in graph.node if n.op_type == "QuantizeLinear" and n.input[0] in makers}
    assert rounded == {"Conv", "Relu"}


def test_a_file_beside_the_source_stays_and_nothing_is_left_of_a_failure(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, other = tmp_path / "net.onnx", tmp_path / "net-inferred.onnx"
    source.write_bytes(full.read_bytes())
    other.write_text("mine")
    quantize(source, _crops(), tmp_path / "q.onnx")
    assert other.read_text() == "mine"

    def full_disk(*_: object, **__: object) -> None:
        raise DecodeError("cut short")

    monkeypatch.setattr("onnxruntime.quantization.quantize_static", full_disk)
    with pytest.raises(OSError, match="is the disk full"):
        quantize(source, _crops(), tmp_path / "r.onnx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net-inferred.onnx", "net.onnx", "q.onnx"]


def test_what_cannot_be_quantized_is_named(
    full: Path, eight_bits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WeightsError, match=r"none\.onnx do not exist"):
        quantize(tmp_path / "none.onnx", _crops(), tmp_path / "q.onnx")
    with pytest.raises(WeightsError, match=r"rounded to 8 bits.*give a keypoints-float\.onnx"):
        quantize(eight_bits, _crops(), tmp_path / "q.onnx")
    with pytest.raises(WeightsError, match="rounded to 8 bits"):
        load_exported(eight_bits, KeypointNet(SPEC))
    assert not (tmp_path / "q.onnx").exists()
    quantize(full, _crops(), tmp_path / "q.onnx")
    assert capsys.readouterr() == ("", "")
