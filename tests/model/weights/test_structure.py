"""Weights of strangers: what loops, allocates or points elsewhere is refused before it runs; the rest is limited."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from assets import DEFAULT_WEIGHTS, FLOAT_WEIGHTS
from model.errors import WeightsError
from model.predictor import KeypointPredictor
from model.weights.structure import StructureError, check_structure
from tests.tiny_weights import write_weights


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_weights(tmp_path / "strange.onnx")


def change(path: Path, edit: Callable[[onnx.ModelProto], object]) -> Path:
    """Edit a weights file in place."""
    model = onnx.load(path)
    edit(model)
    path.write_bytes(model.SerializeToString())
    return path


def refused(path: Path, match: str) -> None:
    with pytest.raises(WeightsError, match=match) as caught:
        KeypointPredictor(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 800


def tensor(name: str, dims: Sequence[int], **values: Any) -> onnx.TensorProto:
    return onnx.TensorProto(name=name, dims=dims, data_type=TensorProto.FLOAT, **values)


@pytest.mark.parametrize("weights", [DEFAULT_WEIGHTS, FLOAT_WEIGHTS], ids=lambda path: path.name)
def test_weights_that_ship_are_as_they_should_be(weights: Path) -> None:
    check_structure(weights.read_bytes())


def test_a_tensor_of_forty_gigabytes(path: Path) -> None:
    big = tensor("big", [10**5, 10**5])
    refused(change(path, lambda m: m.graph.initializer.append(big)), "declares a tensor of 10000000000 values")


def test_a_tensor_of_a_negative_size(path: Path) -> None:
    odd = tensor("odd", [-5, 2])
    refused(change(path, lambda m: m.graph.initializer.append(odd)), r"tensor of the shape \[-5, 2\]")


def test_data_in_other_files(path: Path) -> None:
    where = onnx.StringStringEntryProto(key="location", value="/etc/passwd")
    outside = tensor("out", [1], external_data=[where], data_location=1)
    refused(change(path, lambda m: m.graph.initializer.append(outside)), "keeps its values in other files")


def test_a_loop(path: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        body = helper.make_graph([], "body", [], [])
        model.graph.node.append(helper.make_node("Loop", ["", ""], ["x"], body=body))

    refused(change(path, edit), "a node of the kind 'Loop'")


def test_a_graph_inside_a_node_that_is_allowed(path: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.node[0].attribute.append(helper.make_attribute("body", helper.make_graph([], "body", [], [])))

    refused(change(path, edit), "a graph inside a node")


def test_a_node_of_another_library(path: Path) -> None:
    refused(change(path, lambda m: setattr(m.graph.node[0], "domain", "com.evil")), "a node of the kind 'Cast'")


def test_functions_of_its_own(path: Path) -> None:
    refused(change(path, lambda m: m.functions.append(onnx.FunctionProto(name="f"))), "functions or training steps")


def test_a_size_of_its_own(path: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(numpy_helper.from_array(np.array([10**10]), "size"))
        model.graph.node.append(helper.make_node("ConstantOfShape", ["size"], ["huge"]))

    refused(change(path, edit), "a tensor of a size of its own")


def test_numbers_beyond_all_kernels(path: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.node.append(helper.make_node("MaxPool", ["grey"], ["p"], kernel_shape=[1, 1], pads=[10**7] * 4))

    refused(change(path, edit), "a MaxPool with a number beyond 4096")


def test_more_nodes_than_any_network_has(path: Path) -> None:
    more = [helper.make_node("Relu", ["grey"], [f"r{i}"]) for i in range(1500)]
    refused(change(path, lambda m: m.graph.node.extend(more)), "more than 1000 nodes")


def test_one_tensor_used_over_and_over(path: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(numpy_helper.from_array(np.ones((500, 500), np.float32), "w"))
        model.graph.node.extend(helper.make_node("MatMul", ["w", "w"], [f"m{i}"]) for i in range(500))

    refused(change(path, edit), "uses its tensors over and over")


def test_a_file_that_is_too_large(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(65_000_000)
    refused(path, "has 65 MB, and weights of at most 64 MB are read")


def test_a_result_that_takes_too_much_memory(path: Path) -> None:
    """Two small tensors whose sum has 1.6 GB."""

    def edit(model: onnx.ModelProto) -> None:
        for name, shape in (("a", (1, 20000, 1)), ("b", (1, 1, 20000))):
            model.graph.initializer.append(numpy_helper.from_array(np.ones(shape, np.float32), name))
        nodes = [
            helper.make_node("Add", ["a", "nothing_each"], ["a2"]),
            helper.make_node("Add", ["a2", "b"], ["c"]),
            helper.make_node("ReduceSum", ["c"], ["d"], keepdims=0),
        ]
        last = model.graph.node.pop()
        last.input[1] = "d"
        model.graph.node.extend([*nodes, last])

    refused(change(path, edit), "take more than 128 MB of memory for a face")


def test_a_result_that_takes_too_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.weights.session.TRIAL_SECONDS", 0.2)

    def edit(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(numpy_helper.from_array(np.eye(1200, dtype=np.float32)[None], "w"))
        nodes = [helper.make_node("Add", ["w", "nothing_each"], ["x0"])]
        nodes += [helper.make_node("MatMul", [f"x{i}", "x0"], [f"x{i + 1}"]) for i in range(900)]
        nodes.append(helper.make_node("ReduceSum", ["x900"], ["d"], keepdims=0))
        last = model.graph.node.pop()
        last.input[1] = "d"
        model.graph.node.extend([*nodes, last])

    refused(change(path, edit), "take more than 0 s for a face")


def test_points_that_are_not_numbers(path: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        shape = model.graph.initializer[0]
        shape.CopyFrom(numpy_helper.from_array(np.full((1, 68, 2), np.nan, np.float32), "shape"))

    refused(change(path, edit), "give points or scores that are not finite numbers")


def test_points_that_are_not_numbers_later_on(path: Path) -> None:
    """One over the crop's grey: fine for a black one, on which weights are tried, infinite for a white one."""

    def edit(model: onnx.ModelProto) -> None:
        scores = next(node for node in model.graph.node if node.output[0] == "scores")
        scores.output[0] = "share"
        nodes = [
            helper.make_node("Sub", ["share", "one"], ["below"]),
            helper.make_node("Div", ["share", "below"], ["scores"]),
        ]
        model.graph.initializer.append(numpy_helper.from_array(np.array(1.0, np.float32), "one"))
        model.graph.node.extend(nodes)

    predictor = KeypointPredictor(change(path, edit))
    with pytest.raises(WeightsError, match="not finite"):
        predictor.predict_crops(np.full((1, 32, 32), 255, np.uint8))


def test_points_of_another_shape(path: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        shape = model.graph.initializer[0]
        shape.CopyFrom(numpy_helper.from_array(np.zeros((1, 5, 2), np.float32), "shape"))
        model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 5

    refused(change(path, edit), r"give points of the shape \(1, 5, 2\)")


def test_a_float_input(path: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT

    refused(change(path, edit), r"takes and gives tensor\(float\)")


def test_a_crop_that_is_not_square(path: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 16

    refused(change(path, edit), "not of one grey square")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["meta_deep.onnx", "meta_inf.onnx"])
def test_the_cases_that_ended_in_tracebacks(shared_dir: Path, name: str) -> None:
    refused(shared_dir / "cases" / "weights" / name, "describes itself in a way that cannot be read")


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, b"\x3a\xff\xff\xff\xff\x0f", b"\x3b\x00", b"not a model"])
def test_bytes_that_are_no_model(data: bytes) -> None:
    with pytest.raises(StructureError):
        check_structure(data)
