"""Small ONNX networks with known answers, for tests that need weights but no skill."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from model.keypoints import GROUPS, NUM_KEYPOINTS


def face_shape(size_px: int) -> np.ndarray:
    """(68, 2) float32: a plain upright face whose points' box fills two thirds of a crop of `size_px`."""
    points = np.zeros((NUM_KEYPOINTS, 2))

    def put(group: str, xy: list[tuple[float, float]]) -> None:
        points[list(GROUPS[group])] = xy

    angles = np.linspace(np.pi, 0, 17)
    put("jaw", [(float(np.cos(a)), -0.55 + 1.55 * float(np.sin(a))) for a in angles])
    brow = [(0.8 - 0.15 * i, -0.85 - 0.15 * float(np.sin(np.pi * i / 4))) for i in range(5)]
    put("left_brow", [(-x, y) for x, y in brow])
    put("right_brow", brow[::-1])
    put("nose_bridge", [(0, -0.5 + 0.2 * i) for i in range(4)])
    put("nose_base", [(-0.2 + 0.1 * i, 0.25) for i in range(5)])
    eye = [(-0.2, 0.0), (-0.07, -0.09), (0.07, -0.09), (0.2, 0.0), (0.07, 0.09), (-0.07, 0.09)]
    put("left_eye", [(x - 0.42, y - 0.5) for x, y in eye])
    put("right_eye", [(x + 0.42, y - 0.5) for x, y in eye])
    lip = np.linspace(np.pi, -np.pi, 13)[:-1]
    put("outer_lip", [(0.35 * float(np.cos(a)), 0.6 - 0.18 * float(np.sin(a))) for a in lip])
    inner = np.linspace(np.pi, -np.pi, 9)[:-1]
    put("inner_lip", [(0.27 * float(np.cos(a)), 0.6 - 0.07 * float(np.sin(a))) for a in inner])
    return (points / 3 * size_px + (size_px - 1) / 2).astype(np.float32)


def write_weights(
    path: Path, *, size_px: int = 32, scale: float = 1.5, metadata: dict[str, object] | None = None, key: bool = True
) -> Path:
    """Weights that see `face_shape` in every crop, scored by the crop's mean grey over 255.

    Args:
        path: file to write.
        size_px, scale: the crop asked for.
        metadata: entries that replace the default ones.
        key: False leaves the metadata out, as in another project's model.
    """
    shape = numpy_helper.from_array(face_shape(size_px)[None], "shape")
    keep = numpy_helper.from_array(np.array([1, 2]), "one_two")
    none = numpy_helper.from_array(np.array(0.0, np.float32), "zero")
    white = numpy_helper.from_array(np.array(255.0, np.float32), "white")
    nodes = [
        helper.make_node("Cast", ["crops"], ["grey"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["grey"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Div", ["mean", "white"], ["scores"]),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Unsqueeze", ["nothing", "one_two"], ["nothing_each"]),
        helper.make_node("Add", ["shape", "nothing_each"], ["keypoints"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("crops", TensorProto.UINT8, ["n", 1, size_px, size_px])],
        [
            helper.make_tensor_value_info("keypoints", TensorProto.FLOAT, ["n", NUM_KEYPOINTS, 2]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n"]),
        ],
        [shape, keep, none, white],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    if key:
        info = {
            "format": 1,
            "recipe": "tiny",
            "size_px": size_px,
            "scale": scale,
            "score_threshold": 0.2,
            "has_score": True,
            "label_offset": {"x": [0.0, 0.0], "y": [0.0, 0.0]},
            "trained_on": "nothing",
        }
        helper.set_model_props(model, {"face_keypoints": json.dumps(info | (metadata or {}))})
    path.write_bytes(model.SerializeToString())
    return path
