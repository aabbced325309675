"""Building blocks that the networks share."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F


def conv_norm_relu(channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution that keeps the size (but for its stride), batch normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv_norm_relu(channels, channels)
        norm = nn.BatchNorm2d(channels)
        # Starts as the identity, which makes large learning rates safe from the first step.
        nn.init.zeros_(norm.weight)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), norm)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) in and out."""
        return F.relu(x + self.second(self.first(x)))


def downward_stages(widths: Sequence[int], blocks: Sequence[int]) -> nn.ModuleList:
    """Stages that each halve the size, go on to the next of the `widths`, and add `blocks` residual blocks."""
    return nn.ModuleList(
        nn.Sequential(conv_norm_relu(before, after, stride=2), *[Residual(after) for _ in range(count)])
        for (before, after), count in zip(pairwise(widths), blocks, strict=True)
    )
