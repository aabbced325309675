"""Take the weights of an exported network up again, to train on from them."""

from pathlib import Path

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from torch import Tensor, nn

from model.arrays import Array
from model.errors import WeightsError
from model.networks.keypoint_net import KeypointNet
from model.program.files import whole_file
from model.weights.info import METADATA_KEY, WeightsInfo, metadata_text
from model.weights.session import read_weights

PLACES = ("net.maps.weight", "net.offsets.weight")
"""Weights of what says where the points lie; the second was a convolution too in older files."""
LAST = (*PLACES, "head.weight")
"""The same, of detectors too: they stay in full precision."""
_OWN = "net."
"""Weights that the exporter kept by name; the others are convolutions with their normalisation folded in."""
_REMEDY = (
    "give a keypoints-float.onnx that python -m train made with this recipe, such as that in assets/weights, or a "
    "checkpoint turned into one by: python -m train export"
)


def read_exported(path: Path) -> onnx.GraphProto:
    """The graph of a `KeypointNet` that `model.networks.checkpoint.export_onnx` wrote.

    Raises:
        WeightsError: the file is missing, broken, another kind of network, or quantized.
    """
    graph = read_convolutional(path)
    if not any(i.name == PLACES[0] for i in graph.initializer):
        raise WeightsError(f"{path} holds a network of another shape; {_REMEDY}")
    return graph


def read_convolutional(path: Path) -> onnx.GraphProto:
    """The graph of a `KeypointNet` or a `DetectorNet` that `model.networks.checkpoint.export_onnx` wrote.

    Raises:
        WeightsError: the file is missing, broken, another kind of network, or quantized.
    """
    graph = _read(path).graph
    if any(node.op_type == "DequantizeLinear" for node in graph.node):
        raise WeightsError(f"{path} holds weights rounded to 8 bits, for the live program; {_REMEDY}")
    if not any(i.name in LAST for i in graph.initializer):
        raise WeightsError(f"{path} holds a network of another shape; {_REMEDY}")
    return graph


def load_exported(path: Path, model: KeypointNet) -> None:
    """Fill `model` with the weights of an ONNX file made by `model.networks.checkpoint.export_onnx`.

    The exporter folds each normalisation into its convolution, so they come back as ones that only add: the network
    gives the same points and scores, and is to be trained on with `freeze_norms`.

    Raises:
        WeightsError: the file is missing, broken, quantized, or a network of another shape.
    """
    graph = read_exported(path)
    tensors = {i.name: torch.tensor(numpy_helper.to_array(i)) for i in graph.initializer}
    named = {name.removeprefix(_OWN): value for name, value in tensors.items() if name.startswith(_OWN)}
    # The graph goes through them in the order of the modules. Equal tensors are stored once, and passed on by name.
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in tensors:
            tensors[node.output[0]] = tensors[node.input[0]]
    inputs = [node.input for node in graph.node if node.op_type == "Conv" and not node.input[1].startswith(_OWN)]
    folded = [tensors[name] for names in inputs for name in names[1:3] if name in tensors]
    pairs = _normalized(model)
    if len(folded) != 2 * len(pairs) or not named.keys() <= model.state_dict().keys():
        raise WeightsError(f"{path} holds a network of another shape; {_REMEDY}")
    try:
        model.load_state_dict(named, strict=False)
    except RuntimeError as error:  # torch's word for shapes that differ
        raise WeightsError(f"{path} holds a network of another shape; {_REMEDY}") from error
    with torch.no_grad():
        for (convolution, norm), weight, bias in zip(pairs, folded[::2], folded[1::2], strict=True):
            if convolution.weight.shape != weight.shape:
                raise WeightsError(f"{path} holds a network of another shape; {_REMEDY}")
            convolution.weight.copy_(weight)
            _only_add(norm, bias)


def replace_info(source: Path, path: Path, info: WeightsInfo) -> None:
    """Copy a weights file, and say other things of it; an older file at `path` is replaced once the new one is whole.

    Raises:
        WeightsError: the source cannot be read.
        OSError: the new file cannot be written.
    """
    model = _read(source)
    _describe(model, info)
    _save(model, path)


def replace_score(source: Path, path: Path, model: KeypointNet, info: WeightsInfo) -> None:
    """Copy a weights file, in full precision or in 8 bits, with the score of `model`, and say other things of it.

    Raises:
        WeightsError: the source cannot be read, or its score has another shape.
        OSError: the new file cannot be written.
    """
    changed = _read(source)
    for tensor, new in _score_tensors(changed, source, model):
        tensor.CopyFrom(numpy_helper.from_array(new, tensor.name))
    _describe(changed, info)
    _save(changed, path)


def check_same_score(source: Path, model: KeypointNet, name: str) -> None:
    """See that a weights file holds `model`, in full precision or in 8 bits: its score is not rounded in either.

    Raises:
        WeightsError: it cannot be read, or holds another network than that of the weights called `name`.
    """
    for tensor, own in _score_tensors(_read(source), source, model):
        if not np.array_equal(numpy_helper.to_array(tensor), own):
            raise WeightsError(
                f"{source} holds another network than {name}; make it from that one: "
                f"python -m train quantize {name} OUT.onnx"
            )


def _score_tensors(read: onnx.ModelProto, source: Path, model: KeypointNet) -> list[tuple[onnx.TensorProto, Array]]:
    """The tensors of a file's score, each with that of `model`; raises `WeightsError` where their shapes differ."""
    named = {_OWN + name: value.detach().numpy() for name, value in model.named_parameters() if is_score(name)}
    found = [tensor for tensor in read.graph.initializer if tensor.name in named]
    if len(found) != len(named) or any(tuple(tensor.dims) != named[tensor.name].shape for tensor in found):
        raise WeightsError(f"{source} holds a network of another shape; {_REMEDY}")
    return [(tensor, named[tensor.name]) for tensor in found]


def is_score(name: str) -> bool:
    """Whether a parameter of a `KeypointNet` is its score's."""
    return name.startswith("score")


def _describe(model: onnx.ModelProto, info: WeightsInfo) -> None:
    for entry in model.metadata_props:
        if entry.key == METADATA_KEY:
            entry.value = metadata_text(info)


def _save(model: onnx.ModelProto, path: Path) -> None:
    with whole_file(path) as half:
        onnx.save(model, half)


def _read(path: Path) -> onnx.ModelProto:
    if not path.is_file():
        raise WeightsError(f"weights {path} {'are not a file' if path.exists() else 'do not exist'}; {_REMEDY}")
    data = read_weights(path)
    try:
        return onnx.load_model_from_string(data)
    except (DecodeError, ValueError, TypeError) as error:
        raise WeightsError(f"{path} cannot be read as an ONNX file; {_REMEDY}") from error


def freeze_norms(model: nn.Module) -> None:
    """Let normalisations use what they hold instead of the batch's statistics; weights and biases go on learning."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def _normalized(model: KeypointNet) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    pairs, last = [], None
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            if last is None:
                raise TypeError("a normalisation without a convolution before it")
            pairs.append((last, module))
        elif isinstance(module, nn.Conv2d):
            last = module
    return pairs


def _only_add(norm: nn.BatchNorm2d, bias: Tensor) -> None:
    norm.weight.fill_(1.0)
    norm.bias.copy_(bias)
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("a normalisation that keeps no statistics")
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0 - norm.eps)
