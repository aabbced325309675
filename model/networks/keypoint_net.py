"""The keypoint network: grey crop -> 68 points and a score (PyTorch; the live program runs its ONNX export)."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.keypoints import NUM_KEYPOINTS
from model.networks.layers import conv_norm_relu, downward_stages

STRIDES = (2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class NetSpec:
    """Shape of a `KeypointNet`; travels in its checkpoint.

    Attributes:
        size_px: side of the crop; a multiple of 16.
        widths: channels at strides 2, 4, 8 and 16.
        blocks: residual blocks at strides 4, 8 and 16. Plain 3x3 convolutions: on CPUs with wide vectors they run
            faster for their accuracy than depthwise ones.
        decoder: channels of the feature map the heatmaps are made from.
        map_stride: crop pixels a heatmap cell, 4 or 8.
        offsets: each cell also says where in it the point lies.
    """

    size_px: int = 128
    widths: tuple[int, int, int, int] = (24, 40, 80, 128)
    blocks: tuple[int, int, int] = (0, 2, 2)
    decoder: int = 80
    map_stride: int = 8
    offsets: bool = True

    def __post_init__(self) -> None:
        # A checkpoint of a stranger may ask for any size.
        numbers = (self.size_px, *self.widths, *self.blocks, self.decoder, self.map_stride)
        if len(self.widths) != 4 or len(self.blocks) != 3 or not all(type(number) is int for number in numbers):
            raise ValueError(f"a network needs 4 widths and 3 numbers of blocks, all whole, got {str(self)[:200]}")
        if not (16 <= self.size_px <= 1024 and all(1 <= width <= 512 for width in (*self.widths, self.decoder))):
            raise ValueError(f"size_px must lie in 16..1024, widths in 1..512, got {str(self)[:200]}")
        if not all(0 <= count <= 8 for count in self.blocks):
            raise ValueError(f"blocks must lie in 0..8, got {self.blocks}")
        if self.size_px % STRIDES[-1] or self.map_stride not in (4, 8):
            raise ValueError(f"size_px must be a multiple of 16 and map_stride 4 or 8, got {self}")


@dataclass(frozen=True, slots=True)
class NetOutput:
    """What the network says of N crops.

    Attributes:
        keypoints: (N, 68, 2) float32, crop pixels.
        score_logits: (N,) float32; their sigmoid is the score.
        map_logits: (N, 68, H, W) float32, before the softmax over each point's map.
    """

    keypoints: Tensor
    score_logits: Tensor
    map_logits: Tensor


@dataclass(frozen=True, slots=True)
class Seen:
    """What the network sees in N crops, before the score is read from it.

    Attributes:
        keypoints: (N, 68, 2) float32, crop pixels.
        deep: (N, widths[3]) mean of the deepest features.
        spread: (N, 68) spread of each point's map, log cells.
        map_logits: (N, 68, H, W) float32.
    """

    keypoints: Tensor
    deep: Tensor
    spread: Tensor
    map_logits: Tensor


class KeypointNet(nn.Module):
    """Residual network with a light decoder to one heatmap a point, read out by soft-argmax.

    Each crop is brought to zero mean and unit contrast first, so that dim light changes little. The score is read from
    the deepest features and from how spread the heatmaps are; its gradient stops at the maps.
    """

    def __init__(self, spec: NetSpec | None = None) -> None:
        super().__init__()
        self.spec = spec = spec or NetSpec()
        w = spec.widths
        self.stem = conv_norm_relu(1, w[0], kernel=5, stride=2)
        self.stages = downward_stages(w, spec.blocks)
        levels = (4, 8, 16)[(4, 8).index(spec.map_stride) :]
        self.laterals = nn.ModuleList(nn.Conv2d(w[STRIDES.index(s)], spec.decoder, 1) for s in levels)
        self.refine = conv_norm_relu(spec.decoder, spec.decoder)
        self.maps = nn.Conv2d(spec.decoder, NUM_KEYPOINTS, 1)
        self.offsets = _Offsets(spec.decoder) if spec.offsets else None
        self.score_features = nn.Linear(w[3], 32)
        self.score_spread = nn.Linear(NUM_KEYPOINTS, 32)
        self.score = nn.Linear(32, 1)
        self.cells = cells = spec.size_px // spec.map_stride
        # A cell's centre in crop pixels, where an integer is a pixel's centre.
        centers = torch.arange(cells, dtype=torch.float32) * spec.map_stride + (spec.map_stride - 1) / 2
        self.register_buffer("centers", centers, persistent=False)
        y, x = torch.meshgrid(centers, centers, indexing="ij")
        grid = torch.stack([x, y, x.square() + y.square()], dim=-1).reshape(-1, 3)
        self.register_buffer("grid", grid, persistent=False)
        self.centers: Tensor
        self.grid: Tensor

    def forward(self, crops: Tensor) -> NetOutput:
        """Points, scores and maps of (N, 1, S, S) crops, uint8 or float 0..255."""
        seen = self.see(crops)
        return NetOutput(seen.keypoints, self.score_of(seen.deep, seen.spread.detach()), seen.map_logits)

    def score_of(self, deep: Tensor, spread: Tensor) -> Tensor:
        """(N,) score logits, from what `see` gives."""
        hidden = F.relu(self.score_features(deep) + self.score_spread(spread))
        result: Tensor = self.score(hidden).float()[:, 0]
        return result

    def see(self, crops: Tensor) -> "Seen":
        """All but the score of (N, 1, S, S) crops, uint8 or float 0..255."""
        x = standardize(crops)
        features: list[Tensor] = []
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        features = features[-len(self.laterals) :]
        y = self.laterals[-1](features[-1])
        for lateral, feature in zip(reversed(self.laterals[:-1]), reversed(features[:-1]), strict=True):
            y = F.interpolate(F.relu(y), scale_factor=2.0) + lateral(feature)
        y = self.refine(F.relu(y))
        logits = self.maps(y).float()
        # In half precision places would be rounded to a quarter of a pixel.
        with torch.autocast(logits.device.type, enabled=False):
            keypoints, spread = self._read_out(logits, y.float())
        return Seen(keypoints, x.mean(dim=(2, 3)).float(), spread, logits)

    def _read_out(self, logits: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Soft-argmax: (N, 68, 2) points in crop pixels, and (N, 68) spread of each map in cells."""
        # Sizes as plain numbers, so that the exported graph holds no arithmetic on shapes.
        k, cells = NUM_KEYPOINTS, self.cells**2
        p = logits.reshape(-1, k, cells).softmax(-1)
        # Mean place and mean square of each map, in one product.
        moments = p @ self.grid
        keypoints = moments[..., :2]
        variance = moments[..., 2] - keypoints.square().sum(-1)
        spread = torch.log(variance.clamp(min=0.0) / self.spec.map_stride**2 + 0.1)
        if self.offsets is not None:
            seen = p @ features.reshape(-1, self.spec.decoder, cells).transpose(1, 2)
            keypoints = keypoints + self.offsets(seen) * self.spec.map_stride
        return keypoints, spread


class _Offsets(nn.Module):
    """Where in its cell each point lies, by the features there.

    It is linear in the features, so the mean over a map's cells is that of the features' mean: one product for 68
    points instead of two maps for each.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        bound = channels**-0.5
        self.weight = nn.Parameter(torch.empty(NUM_KEYPOINTS, 2, channels).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(2 * NUM_KEYPOINTS).uniform_(-bound, bound))

    def forward(self, features: Tensor) -> Tensor:
        """(N, 68, 2) cells, of (N, 68, channels)."""
        moved = (features[:, :, None] * self.weight).sum(-1).flatten(1) + self.bias
        return moved.reshape(-1, NUM_KEYPOINTS, 2)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Take weights of the 1x1 convolution that this was, which older checkpoints and exported files hold."""
        weight = state_dict.get(prefix + "weight")
        if weight is not None and weight.shape == (2 * NUM_KEYPOINTS, self.weight.shape[2], 1, 1):
            state_dict[prefix + "weight"] = weight.reshape(self.weight.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)


def standardize(crops: Tensor) -> Tensor:
    """(N, 1, S, S) crops 0..255 brought to zero mean and unit contrast each; a flat crop becomes 0."""
    x = crops.float()
    x = x - x.mean(dim=(2, 3), keepdim=True)
    # Below some four grey levels contrast is mostly noise, and is not blown up further.
    return x / torch.sqrt(x.square().mean(dim=(2, 3), keepdim=True) + 4.0)
