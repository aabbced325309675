"""A network that trains in a moment, and what a run left of it."""

from pathlib import Path

import torch

from model.networks.checkpoint import load_checkpoint
from model.networks.keypoint_net import NetSpec
from train.recipes.default_options import DefaultOptions

TINY = DefaultOptions(net=NetSpec(32, (8, 8, 8, 8), (0, 0, 0), 8, 8, True), batch_size=8)


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(folder / "last.pt").model.state_dict()


def assert_same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name
