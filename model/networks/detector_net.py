"""The face detector: a grey picture of any size -> a map of faces (PyTorch; the live program runs its ONNX export).

One map at stride 8, in the manner of CenterNet (Zhou et al., "Objects as points", 2019): each cell says whether a
face's centre lies there, where exactly, how large the face is and how far it is rolled.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.layers import conv_norm_relu, downward_stages

_RARE: Final = -4.6
"""Logit of one in a hundred: as good as no cell holds a face's centre."""


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """Shape of a `DetectorNet`; travels in its checkpoint.

    Attributes:
        widths: channels at strides 2, 4, 8, 16 and 32.
        blocks: residual blocks at strides 4, 8, 16 and 32.
        decoder: channels of the map that everything is read from.

    Raises:
        ValueError: a number is out of range.
    """

    widths: tuple[int, ...] = (16, 24, 48, 64, 96)
    blocks: tuple[int, ...] = (1, 2, 2, 2)
    decoder: int = 48

    def __post_init__(self) -> None:
        numbers = (*self.widths, self.decoder)
        if len(self.widths) != 5 or len(self.blocks) != 4 or not all(1 <= number <= 512 for number in numbers):
            raise ValueError(f"a detector needs 5 widths and a decoder in 1..512, and 4 numbers of blocks, got {self}")
        if not all(0 <= count <= 8 for count in self.blocks):
            raise ValueError(f"blocks must lie in 0..8, got {self.blocks}")


class DetectorNet(nn.Module):
    """Fully convolutional network with a light decoder to one map at stride 8.

    It sees the picture twice: as it is, and with the light of each neighbourhood evened.
    """

    def __init__(self, spec: DetectorSpec | None = None) -> None:
        super().__init__()
        self.spec = spec = spec or DetectorSpec()
        w = spec.widths
        self.stem = conv_norm_relu(2, w[0], kernel=5, stride=2)
        self.stages = downward_stages(w, spec.blocks)
        self.laterals = nn.ModuleList(nn.Conv2d(width, spec.decoder, 1) for width in w[2:])
        self.refine = nn.Sequential(
            conv_norm_relu(spec.decoder, spec.decoder), conv_norm_relu(spec.decoder, spec.decoder)
        )
        self.head = nn.Conv2d(spec.decoder, 5, 1)
        with torch.no_grad():
            self.head.bias[0] = _RARE  # type: ignore[index]

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 5, H / 8, W / 8) float32 of (N, 1, H, W) grey pictures, uint8 or float 0..255.

        The channels: logit of a face's centre; its place right of and below the cell's centre, in cells; logarithm of
        its side over 32 px; its roll in radians. Sides and centres are those of `model.crop.Region`.
        """
        x = self.stem(even_light(pictures))
        features: list[Tensor] = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        features = features[1:]
        y = self.laterals[-1](features[-1])
        for lateral, feature in zip(reversed(self.laterals[:-1]), reversed(features[:-1]), strict=True):
            y = F.interpolate(F.relu(y), scale_factor=2.0) + lateral(feature)
        result: Tensor = self.head(self.refine(F.relu(y))).float()
        return result


def even_light(pictures: Tensor) -> Tensor:
    """(N, 2, H, W): the pictures about zero, and the same less the local mean, over the local contrast."""
    x = pictures.float() / 64 - 2
    coarse = F.avg_pool2d(x, 8)
    # Neighbourhoods of five by five means: 40 px.
    mean = F.avg_pool2d(coarse, 5, 1, 2, count_include_pad=False)
    square = F.avg_pool2d(F.avg_pool2d(x * x, 8), 5, 1, 2, count_include_pad=False)
    spread = torch.rsqrt((square - mean * mean).clamp(min=0) + 0.01)
    mean, spread = (F.interpolate(v, scale_factor=8.0) for v in (mean, spread))
    return torch.cat([x, (x - mean) * spread], dim=1)
