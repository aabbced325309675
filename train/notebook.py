"""The functions of the document this project began with, under its names, for notebooks and scripts.

They draw into matplotlib's current axes, as the document's own do.
"""

from collections.abc import Iterable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from model.keypoints import NUM_KEYPOINTS
from train.data.dataset import Sample
from train.evaluation.plots import LABEL_COLOR, PREDICTION_COLOR
from train.recipes.baseline_transforms import Normalize

__all__ = ["net_sample_output", "show_all_keypoints", "show_keypoints", "visualize_output"]

_DOT_AREA = 20


def show_keypoints(image: npt.NDArray[Any], key_pts: npt.NDArray[Any]) -> None:
    """Draw an image and its keypoints into the current axes.

    Args:
        image: (H, W, 3) RGB or (H, W) grey; uint8, or float in [0, 1].
        key_pts: (N, 2) x and y in image pixels; NaN points are left out.
    """
    plt.imshow(image, cmap="gray")
    _dots(key_pts, PREDICTION_COLOR)


def show_all_keypoints(
    image: npt.NDArray[Any], predicted_key_pts: npt.NDArray[Any], gt_pts: npt.NDArray[Any] | None = None
) -> None:
    """Draw an image, predictions in magenta and, where given, the truth in green, into the current axes.

    Args:
        image: (H, W) grey or (H, W, 3) RGB.
        predicted_key_pts, gt_pts: (N, 2) x and y in image pixels.
    """
    plt.imshow(image, cmap="gray")
    _dots(predicted_key_pts, PREDICTION_COLOR)
    if gt_pts is not None:
        _dots(gt_pts, LABEL_COLOR)


def net_sample_output(net: nn.Module, test_loader: Iterable[Sample]) -> tuple[Tensor, Tensor, Tensor]:
    """Run a network on the first batch of a loader.

    The document's function takes both from its globals.

    Args:
        net: gives (B, 136) for (B, 1, H, W) float images; left in the mode it was in, and run without dropout.
        test_loader: batches of samples that end in `ToTensor`.

    Returns:
        (B, 1, H, W) float32 images, (B, 68, 2) normalised predictions and (B, 68, 2) normalised labels.

    Raises:
        ValueError: the loader holds no batch.
    """
    sample = next(iter(test_loader), None)
    if sample is None:
        raise ValueError("the loader holds no batch; give a dataset with at least one image")
    images = sample["image"].float()
    training = net.training
    net.eval()
    try:
        with torch.inference_mode():
            output_pts = net(images)
    finally:
        net.train(training)
    return images, output_pts.reshape(len(images), NUM_KEYPOINTS, 2), sample["keypoints"]


def visualize_output(
    test_images: Tensor, test_outputs: Tensor, gt_pts: Tensor | None = None, batch_size: int = 24
) -> None:
    """Draw a batch with its predictions and labels, un-transformed, in one row of a new figure.

    Args:
        test_images: (B, 1, H, W) float images in [0, 1].
        test_outputs, gt_pts: (B, 68, 2) normalised points, see `Normalize`.
        batch_size: how many to draw; a smaller batch is drawn whole.
    """
    count = min(batch_size, len(test_images))
    plt.figure(figsize=(min(3 * count, 20), 3.2), layout="tight")
    for index in range(count):
        plt.subplot(1, count, index + 1)
        image = np.transpose(test_images[index].detach().cpu().numpy(), (1, 2, 0))
        truth = None if gt_pts is None else _pixels(gt_pts[index])
        show_all_keypoints(np.squeeze(image), _pixels(test_outputs[index]), truth)
        plt.axis("off")
    plt.show()


def _pixels(normalised: Tensor) -> npt.NDArray[Any]:
    points: npt.NDArray[Any] = Normalize.inverse(normalised.detach().cpu().numpy())
    return points


def _dots(points: npt.NDArray[Any], color: str) -> None:
    plt.scatter(points[:, 0], points[:, 1], s=_DOT_AREA, marker=".", c=color)
