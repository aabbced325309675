"""Whether an ONNX file is built as this project's weights are, read without running it and without the `onnx` package.

Weights are passed around. A file may declare a tensor of 40 GB, a loop that never ends, or data in other files. The
graphs that training writes hold none of that: a straight line of a few kinds of nodes, and tensors that lie in the
file. So a file is read here as bytes, within limits, before ONNX Runtime sees it. What nothing in the file shows, the
time and memory that a node's result takes, is limited when it first runs: see `model.predictor`.

Source of the field numbers: onnx.proto3 of ONNX, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

LARGEST_BYTES: Final = 64_000_000
"""Larger files are refused; ours have 1 to 8 MB."""
MOST_NODES: Final = 1000
MOST_TENSORS: Final = 2000
LARGEST_NUMBER: Final = 4096
"""No kernel, stride, padding or scale of ours is larger."""
REUSE: Final = 4
"""All uses of the tensors together may take this many times their size: each use can be packed into memory again."""
OPERATORS: Final = frozenset(
    (
        *("Add", "AveragePool", "Cast", "Clip", "Concat", "Constant", "ConstantOfShape", "Conv", "DequantizeLinear"),
        *("Div", "Flatten", "Gather", "Gemm", "Identity", "Log", "MatMul", "MaxPool", "Mul", "QuantizeLinear"),
        *("ReduceMean", "ReduceSum", "Relu", "Reshape", "Resize", "Shape", "Sigmoid", "Slice", "Softmax", "Sqrt"),
        *("Sub", "Transpose", "Unsqueeze"),
    )
)
"""What training's exporter and quantizer write, for both recipes. `ConstantOfShape` only right behind a `Shape`."""

_ITEM_BYTES: Final = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}
"""Bytes of a value by ONNX's number of its type; strings (8) and types that are not here are refused."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types of protocol buffers."""


class StructureError(ValueError):
    """The file is built otherwise; the message says how, as the rest of a sentence that begins with the file."""


@dataclass(slots=True)
class _Graph:
    """What was seen so far."""

    nodes: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    shapes: set[str] = field(default_factory=set)
    uses: Counter[str] = field(default_factory=Counter)


def check_structure(data: bytes) -> None:
    """Check that a file is an ONNX graph of nodes and tensors such as training writes.

    Raises:
        StructureError: it is not.
    """
    if len(data) > LARGEST_BYTES:
        raise StructureError(
            f"has {len(data) / 1e6:.0f} MB, and weights of at most {LARGEST_BYTES / 1e6:.0f} MB are read"
        )
    graph = _Graph()
    graphs = 0
    for number, value in _fields(memoryview(data)):
        if number == 7:
            graphs += 1
            _check_graph(_message(value), graph)
        elif number in (20, 25):
            raise StructureError("holds functions or training steps of its own, which weights of this program do not")
    if graphs != 1:
        raise StructureError(f"holds {graphs} graphs, where weights have one")
    sizes = {name: size for name, size in graph.sizes.items() if size > 64}
    used = sum(sizes.get(_original(graph, name), 0) * count for name, count in graph.uses.items())
    if used > REUSE * sum(sizes.values()) + 1_000_000:
        raise StructureError(f"uses its tensors over and over ({used / 1e6:.0f} MB in all)")


def check_size(size: int) -> None:
    """Check the size of a file in bytes before it is read.

    Raises:
        StructureError: it is too large.
    """
    if size > LARGEST_BYTES:
        raise StructureError(f"has {size / 1e6:.0f} MB, and weights of at most {LARGEST_BYTES / 1e6:.0f} MB are read")


def _check_graph(data: memoryview, graph: _Graph) -> None:
    for number, value in _fields(data):
        if number == 1:
            graph.nodes += 1
            if graph.nodes > MOST_NODES:
                raise StructureError(f"has more than {MOST_NODES} nodes")
            _check_node(_message(value), graph)
        elif number == 5:
            name, size = _check_tensor(_message(value))
            graph.sizes[name] = size
            if len(graph.sizes) > MOST_TENSORS:
                raise StructureError(f"has more than {MOST_TENSORS} tensors")
        elif number == 15:
            raise StructureError("holds sparse tensors, which weights of this program do not")


def _check_node(data: memoryview, graph: _Graph) -> None:
    inputs: list[str] = []
    outputs: list[str] = []
    kind, domain = "", ""
    attributes = []
    for number, value in _fields(data):
        if number in (1, 2):
            (inputs if number == 1 else outputs).append(_text(value))
        elif number == 4:
            kind = _text(value)
        elif number == 7:
            domain = _text(value)
        elif number == 5:
            attributes.append(_message(value))
    if kind not in OPERATORS or domain not in ("", "ai.onnx"):
        raise StructureError(f"has a node of the kind {kind[:40]!r}, which weights of this program do not have")
    for attribute in attributes:
        _check_attribute(attribute, kind)
    if kind == "ConstantOfShape" and not graph.shapes.issuperset(inputs):
        raise StructureError("makes a tensor of a size of its own")
    if kind == "Shape":
        graph.shapes.update(outputs)
    if kind == "Identity" and inputs:
        graph.aliases.update(dict.fromkeys(outputs, inputs[0]))
    graph.uses.update(inputs)


def _check_attribute(data: memoryview, kind: str) -> None:
    for number, value in _fields(data):
        if number in (6, 11, 22, 23):
            raise StructureError("holds a graph inside a node, as loops and branches do")
        if number in (5, 10):
            _check_tensor(_message(value))
        whole = number in (3, 8) and kind != "Cast"
        if whole and any(abs(item) > LARGEST_NUMBER and abs(item) < 2**62 for item in _integers(value)):
            raise StructureError(f"has a {kind} with a number beyond {LARGEST_NUMBER}")


def _check_tensor(data: memoryview) -> tuple[str, int]:
    """The tensor's name and how many bytes its values take."""
    dims: list[int] = []
    kind, held, name = 0, 0, ""
    for number, value in _fields(data):
        if number == 1:
            dims += _integers(value)
        elif number == 2:
            kind = _integers(value)[0]
        elif number == 8:
            name = _text(value)
        elif number in (4, 5, 7, 9, 10, 11):
            held += len(value) if isinstance(value, memoryview) else 8
        elif number == 13 or (number == 14 and _integers(value) != [0]):
            raise StructureError("keeps its values in other files")
    if kind not in _ITEM_BYTES:
        raise StructureError(f"holds a tensor of the type {kind}, which weights of this program do not")
    if len(dims) > 8 or any(dim < 0 for dim in dims):
        raise StructureError(f"holds a tensor of the shape {dims[:8]}")
    count = math.prod(dims)
    if count > held:  # a value takes a byte at least
        raise StructureError(f"declares a tensor of {count} values and holds {held} bytes of it")
    return name, count * _ITEM_BYTES[kind]


def _original(graph: _Graph, name: str) -> str:
    """The tensor that a name stands for."""
    for _ in range(MOST_NODES):
        if name not in graph.aliases:
            break
        name = graph.aliases[name]
    return name


def _fields(data: memoryview) -> Iterator[tuple[int, "int | memoryview"]]:
    """The fields of a message: number, and what it holds, a whole number or bytes."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            whole, place = _varint(data, place)
            yield number, whole
            continue
        if wire == _BYTES:
            length, place = _varint(data, place)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise StructureError("is not an ONNX model that can be read")
        if length > len(data) - place:
            raise StructureError("is not an ONNX model that can be read; it may be cut short")
        yield number, data[place : place + length]
        place += length


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    """A whole number of up to ten bytes, and where the next thing begins."""
    result = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, place
    raise StructureError("is not an ONNX model that can be read; it may be cut short")


def _integers(value: "int | memoryview") -> list[int]:
    """Signed whole numbers, one or packed."""
    found = []
    if isinstance(value, int):
        found.append(value)
    else:
        place = 0
        while place < len(value):
            whole, place = _varint(value, place)
            found.append(whole)
    return [whole - 2**64 if whole >= 2**63 else whole for whole in found] or [0]


def _message(value: "int | memoryview") -> memoryview:
    if isinstance(value, int):
        raise StructureError("is not an ONNX model that can be read")
    return value


def _text(value: "int | memoryview") -> str:
    return bytes(_message(value)).decode("utf-8", "replace")
