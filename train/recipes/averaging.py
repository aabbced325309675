"""Running averages of weights."""

import torch
from torch import nn


def move_towards(model: nn.Module, other: nn.Module, share: float) -> None:
    """Make weights and buffers of `model` a mean with those of `other`, which has so great a share in it."""
    mine, theirs = ([*m.parameters(), *m.buffers()] for m in (model, other))
    floats = [index for index, value in enumerate(mine) if value.dtype.is_floating_point]
    with torch.no_grad():
        torch._foreach_lerp_([mine[i] for i in floats], [theirs[i] for i in floats], share)
