"""The baseline's network: the kind of plain network the seed's recipe trains (PyTorch)."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from model.keypoints import NUM_KEYPOINTS

BASELINE_SIZE_PX = 224
KEYPOINT_MEAN_PX = 100.0
KEYPOINT_SCALE_PX = 50.0
"""The seed's convention: the network says `(keypoint - 100) / 50` of a 224 px crop."""
BASELINE_CROP_SCALE = 2.05
"""Median over the training images of how wide the seed's 224 px crop is, in sides of the points' box: `python -m train
measure-crops`."""
BASELINE_CROP_SHIFT_Y = -0.12
"""Likewise, how far the crop's centre lies from the points' box's: above it, since the images centre on the face."""


class BaselineNet(nn.Module):
    """Five convolutions that halve the picture, then two full layers; its outputs are `(keypoint - 100) / 50`.

    The seed defines dataset, transforms, loss and loop, and leaves the network open; this one is small enough to train
    on a CPU.
    """

    def __init__(self) -> None:
        super().__init__()
        channels = (1, 16, 32, 64, 96, 128)
        layers: list[nn.Module] = []
        for index, (before, after) in enumerate(pairwise(channels)):
            if index == 0:
                # At full size a convolution would cost more than all the others together.
                layers += [nn.Conv2d(before, after, 5, stride=2, padding=2), nn.ReLU(inplace=True)]
            else:
                layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)
        side = BASELINE_SIZE_PX // 2 ** len(channels[1:])
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels[-1] * side * side, 256),
            nn.ReLU(inplace=True),
            nn.Dropout(0.2),
            nn.Linear(256, 2 * NUM_KEYPOINTS),
        )

    def forward(self, images: Tensor) -> Tensor:
        """(N, 136) normalised points of (N, 1, 224, 224) float images in [0, 1]."""
        result: Tensor = self.head(self.features(images))
        return result


def keypoints_from_output(output: Tensor) -> Tensor:
    """(N, 136) of the network -> (N, 68, 2) crop pixels."""
    return torch.reshape(output, (-1, NUM_KEYPOINTS, 2)) * KEYPOINT_SCALE_PX + KEYPOINT_MEAN_PX
