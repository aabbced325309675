"""Save and load trained networks, and export them to the ONNX files that the live program runs.

A checkpoint rebuilds its network from what is in the file; the baseline's plain state dict is known by its keys.
"""

import pickle
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from model.crop import CropSpec
from model.errors import WeightsError
from model.networks.baseline_net import (
    BASELINE_CROP_SCALE,
    BASELINE_CROP_SHIFT_Y,
    BASELINE_SIZE_PX,
    BaselineNet,
    keypoints_from_output,
)
from model.networks.keypoint_net import KeypointNet, NetSpec
from model.weights_info import METADATA_KEY, WeightsInfo, metadata_text, parse_metadata

CHECKPOINT_FORMAT = 1
OPSET = 17
"""Read by every ONNX Runtime from 1.19 on, and long before."""
NO_OFFSET = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trained network and all that is needed to use it.

    Attributes:
        model: `KeypointNet` or `BaselineNet`, in evaluation mode.
        info: what its weights file says of itself.
        training: state of the training that made it, to go on from; empty where it was not kept.
    """

    model: nn.Module = field(repr=False)
    info: WeightsInfo
    training: dict[str, Any] = field(default_factory=dict, repr=False)


def baseline_info(trained_on: str) -> WeightsInfo:
    """What the baseline's weights say of themselves."""
    spec = CropSpec(BASELINE_SIZE_PX, BASELINE_CROP_SCALE, BASELINE_CROP_SHIFT_Y)
    return WeightsInfo("baseline", spec, 0.0, False, NO_OFFSET, NO_OFFSET, trained_on)


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; an older file of that name is replaced only once the new one is whole.

    Raises:
        OSError: the file cannot be written.
    """
    model = checkpoint.model
    data = {
        "format": CHECKPOINT_FORMAT,
        "info": metadata_text(checkpoint.info),
        "net": asdict(model.spec) if isinstance(model, KeypointNet) else None,
        "model": model.state_dict(),
        "training": checkpoint.training,
    }
    half = path.with_name(path.name + ".half")
    with half.open("wb") as file:
        torch.save(data, file)
    half.replace(path)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, or the baseline's plain state dict.

    Raises:
        WeightsError: the file is missing, cut short, or no checkpoint of this project.
    """
    data = _read(path)
    remedy = "give last.pt or best.pt of a run of python -m train"
    if isinstance(data, dict) and data.keys() == BaselineNet().state_dict().keys():
        return Checkpoint(_filled(BaselineNet(), data, path), baseline_info("the dataset of its run"))
    if not isinstance(data, dict) or not {"format", "info", "net", "model"} <= data.keys():
        raise WeightsError(f"{path} holds PyTorch data, but no checkpoint of this project; {remedy}")
    if data["format"] != CHECKPOINT_FORMAT:
        raise WeightsError(
            f"{path} is a checkpoint of format {data['format']}, this program reads {CHECKPOINT_FORMAT}; {remedy}"
        )
    try:
        info = parse_metadata(data["info"])
        net = data["net"]
        model = BaselineNet() if net is None else KeypointNet(NetSpec(**{k: _frozen(v) for k, v in net.items()}))
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path} describes its network in a way that cannot be read ({error}); {remedy}") from error
    return Checkpoint(_filled(model, data["model"], path), info, data.get("training", {}))


def export_onnx(checkpoint: Checkpoint, path: Path) -> None:
    """Write the ONNX file that the live program runs; see `model.predictor` for its contract.

    Raises:
        OSError: the file cannot be written.
    """
    graph = _BaselineGraph(checkpoint.model) if checkpoint.info.recipe == "baseline" else _Graph(checkpoint.model)
    size = checkpoint.info.spec.size_px
    half = path.with_name(path.name + ".half")
    with warnings.catch_warnings():
        # The older exporter folds batch normalisation and needs no further package; it warns that it is the older.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph.eval(),
            (torch.zeros(2, 1, size, size, dtype=torch.uint8),),
            half,
            input_names=["crops"],
            output_names=["keypoints", "scores"],
            dynamic_axes={name: {0: "faces"} for name in ("crops", "keypoints", "scores")},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(half)
    model.metadata_props.add(key=METADATA_KEY, value=metadata_text(checkpoint.info))
    onnx.checker.check_model(model)
    onnx.save(model, half)
    half.replace(path)


def export_checkpoint(checkpoint_path: Path, onnx_path: Path) -> None:
    """`load_checkpoint`, then `export_onnx`.

    Raises:
        WeightsError: see `load_checkpoint`.
        OSError: the ONNX file cannot be written.
    """
    export_onnx(load_checkpoint(checkpoint_path), onnx_path)


class _Graph(nn.Module):
    """Crops as the predictor cuts them -> points in crop pixels and scores."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        output = self.net(crops)
        return output.keypoints, torch.sigmoid(output.score_logits)


class _BaselineGraph(nn.Module):
    """The same for the baseline, which has no score: always 1."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        output = self.net(crops.float() / 255)
        return keypoints_from_output(output), torch.ones_like(output[:, 0])


def _read(path: Path) -> Any:
    if not path.is_file():
        raise WeightsError(f"checkpoint {path} does not exist; make one with: python -m train")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError, OSError) as error:
        raise WeightsError(
            f"{path} cannot be read as a PyTorch checkpoint; it may be cut short or another kind of file: copy it "
            "again, or train anew with: python -m train"
        ) from error


def _filled(model: nn.Module, state: dict[str, Tensor], path: Path) -> nn.Module:
    try:
        model.load_state_dict(state)
    except (RuntimeError, AttributeError, TypeError) as error:
        raise WeightsError(
            f"the weights in {path} do not fit the network it names; train anew with: python -m train"
        ) from error
    return model.eval()


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
