"""Save and load trained networks, and export them to the ONNX files that the live program runs.

A checkpoint rebuilds its network from what is in the file; the baseline's plain state dict is known by its keys.
"""

import warnings
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from model.crop import CropSpec
from model.detection.info import DETECTOR_KEY, DetectorInfo, detector_info_text, parse_detector_info
from model.errors import WeightsError
from model.networks.baseline_net import (
    BASELINE_CROP_SCALE,
    BASELINE_CROP_SHIFT_Y,
    BASELINE_SIZE_PX,
    BaselineNet,
    keypoints_from_output,
)
from model.networks.detector_net import DetectorNet, DetectorSpec
from model.networks.keypoint_net import KeypointNet, NetSpec
from model.program.files import whole_file
from model.weights.info import METADATA_KEY, WeightsInfo, metadata_text, parse_metadata

CHECKPOINT_FORMAT = 1
OPSET = 17
"""Read by every ONNX Runtime from 1.19 on, and long before."""
NO_OFFSET = (0.0, 0.0)
LARGEST_BYTES = 1_000_000_000
LARGEST_PICKLE = 4_000_000
"""Bytes of what describes a checkpoint, beside its tensors; ours have some 100,000."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trained network and all that is needed to use it.

    Attributes:
        model: `KeypointNet`, `BaselineNet` or `DetectorNet`, in evaluation mode.
        info: what its weights file says of itself.
        training: state of the training that made it, to go on from; empty where it was not kept.
    """

    model: nn.Module = field(repr=False)
    info: WeightsInfo | DetectorInfo
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
        "info": _info_text(checkpoint.info),
        "net": asdict(model.spec) if isinstance(model, KeypointNet | DetectorNet) else None,
        "model": model.state_dict(),
        "training": checkpoint.training,
    }
    with whole_file(path) as half, half.open("wb") as file:
        torch.save(data, file)


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
            f"{path} is a checkpoint of format {data['format']!r:.40}, this program reads {CHECKPOINT_FORMAT}; {remedy}"
        )
    try:
        info, model = _described(data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = str(error)[:200]
        raise WeightsError(f"{path} describes its network in a way that cannot be read ({reason}); {remedy}") from error
    return Checkpoint(_filled(model, data["model"], path), info, data.get("training", {}))


def export_onnx(checkpoint: Checkpoint, path: Path) -> None:
    """Write the ONNX file that the live program runs; see `model.predictor` for its contract.

    Raises:
        OSError: the file cannot be written.
    """
    if isinstance(checkpoint.info, DetectorInfo):
        graph: nn.Module = checkpoint.model
        size, inputs, outputs = 64, ["pictures"], ["maps"]
        axes = {"pictures": {0: "n", 2: "height", 3: "width"}, "maps": {0: "n", 2: "rows", 3: "columns"}}
    else:
        graph = _BaselineGraph(checkpoint.model) if checkpoint.info.recipe == "baseline" else _Graph(checkpoint.model)
        size, inputs, outputs = checkpoint.info.spec.size_px, ["crops"], ["keypoints", "scores"]
        axes = {name: {0: "faces"} for name in (*inputs, *outputs)}
    with whole_file(path) as half:
        with warnings.catch_warnings():
            # The older exporter folds batch normalisation and needs no further package; it warns that it is the older.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                graph.eval(),
                (torch.zeros(2, 1, size, size, dtype=torch.uint8),),
                half,
                input_names=inputs,
                output_names=outputs,
                dynamic_axes=axes,
                opset_version=OPSET,
                dynamo=False,
            )
        model = onnx.load(half)
        key = DETECTOR_KEY if isinstance(checkpoint.info, DetectorInfo) else METADATA_KEY
        model.metadata_props.add(key=key, value=_info_text(checkpoint.info))
        onnx.checker.check_model(model)
        onnx.save(model, half)


def export_checkpoint(checkpoint_path: Path, onnx_path: Path) -> None:
    """`load_checkpoint`, then `export_onnx`.

    Raises:
        WeightsError: see `load_checkpoint`.
        OSError: the ONNX file cannot be written.
    """
    export_onnx(load_checkpoint(checkpoint_path), onnx_path)


def _info_text(info: WeightsInfo | DetectorInfo) -> str:
    return detector_info_text(info) if isinstance(info, DetectorInfo) else metadata_text(info)


def _described(data: dict[str, Any]) -> tuple[WeightsInfo | DetectorInfo, nn.Module]:
    """What a checkpoint says of its network, and that network with random weights."""
    net = data["net"]
    if net is not None and "size_px" not in net:
        shape = {key: _frozen(value) for key, value in net.items()}
        return parse_detector_info(data["info"]), DetectorNet(DetectorSpec(**shape))
    info = parse_metadata(data["info"])
    model = BaselineNet() if net is None else KeypointNet(NetSpec(**{k: _frozen(v) for k, v in net.items()}))
    size = BASELINE_SIZE_PX if isinstance(model, BaselineNet) else model.spec.size_px
    if info.spec.size_px != size or (info.recipe == "baseline") != isinstance(model, BaselineNet):
        raise ValueError("it contradicts itself")
    return info, model


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
        _check_archive(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch, about files that are not its own
            return torch.load(path, map_location="cpu", weights_only=True)
    except WeightsError:
        raise
    except Exception as error:  # torch and its unpickler raise nearly anything for files made on purpose
        raise WeightsError(
            f"{path} cannot be read as a PyTorch checkpoint; it may be cut short or another kind of file: copy it "
            "again, or train again with: python -m train"
        ) from error


def _check_archive(path: Path) -> None:
    """Check that a file is as large as what it claims to hold, before torch makes room for that.

    Raises:
        WeightsError: it is too large, or packed, so that it could hold any size.
        zipfile.BadZipFile, OSError: it cannot be read as the ZIP archive that torch writes.
    """
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise WeightsError(
            f"{path} has {size / 1e6:.0f} MB, and checkpoints of at most {LARGEST_BYTES / 1e6:.0f} MB are read; "
            "give last.pt or best.pt of a run of python -m train"
        )
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    pickled = sum(entry.file_size for entry in entries if entry.filename.endswith(".pkl"))
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries) or unpacked > size:
        raise WeightsError(f"{path} is a packed archive, and not a checkpoint that PyTorch wrote")
    if pickled > LARGEST_PICKLE:
        raise WeightsError(f"{path} describes itself in {pickled / 1e6:.0f} MB, as no checkpoint of this project does")


def _filled(model: nn.Module, state: dict[str, Tensor], path: Path) -> nn.Module:
    try:
        model.load_state_dict(state)
    except (RuntimeError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise WeightsError(
            f"the weights in {path} do not fit the network it names; train again with: python -m train"
        ) from error
    if not all(bool(torch.isfinite(value).all()) for value in model.state_dict().values()):
        raise WeightsError(f"the weights in {path} are not finite numbers; give another checkpoint of the run")
    return model.eval()


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
