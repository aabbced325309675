"""The seed document's transforms, composed in order: `Rescale`, `RandomCrop`, `Normalize`, `ToTensor`.

Each takes and gives a sample `{'image', 'keypoints'}`, changes no array it is given, and knows its inverse: a
transformed sample also carries `undo`, the (2, 3) matrix from its points back to pixels of the original image, so that
a prediction made on it can be drawn on the picture itself (`undo_points`).
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
import torch

from model.geometry import Matrix, Points, apply, compose, invert
from model.networks.baseline_net import KEYPOINT_MEAN_PX, KEYPOINT_SCALE_PX
from train.data.dataset import Sample
from train.errors import OptionError

Size: TypeAlias = int | tuple[int, int]
_IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


class Rescale:
    """Resize the image and move its points with it.

    Args:
        output_size: (height, width), or one number for the shorter side, which keeps the proportions.

    Raises:
        OptionError: the size is not one or two positive whole numbers.
    """

    def __init__(self, output_size: Size) -> None:
        self.output_size = _checked_size("Rescale", output_size)

    def __call__(self, sample: Sample) -> Sample:
        """The sample resized; pixel centres stay pixel centres, as in `cv2.resize`."""
        height, width = sample["image"].shape[:2]
        if isinstance(self.output_size, tuple):
            new_height, new_width = self.output_size
        else:
            scale = self.output_size / min(height, width)
            new_height, new_width = max(1, round(height * scale)), max(1, round(width * scale))
        shrinks = new_height * new_width < height * width
        interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        image = cv2.resize(sample["image"], (new_width, new_height), interpolation=interpolation)
        scale_x, scale_y = new_width / width, new_height / height
        return _moved(sample, image, np.array([[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2]]))


class RandomCrop:
    """Cut out a window at a random place; every place where it fits is as likely, the last row and column too.

    Args:
        output_size: (height, width), or one number for a square.
        rng: where the random numbers come from; give a seeded generator for crops that repeat.

    Raises:
        OptionError: the size is not one or two positive whole numbers; on a call, the image is smaller than it.
    """

    def __init__(self, output_size: Size, rng: np.random.Generator | None = None) -> None:
        size = _checked_size("RandomCrop", output_size)
        self.output_size = size if isinstance(size, tuple) else (size, size)
        self._rng = np.random.default_rng() if rng is None else rng

    def reseed(self, rng: np.random.Generator) -> None:
        """Take random numbers from another generator from now on."""
        self._rng = rng

    def __call__(self, sample: Sample) -> Sample:
        """The window, copied."""
        height, width = sample["image"].shape[:2]
        new_height, new_width = self.output_size
        if height < new_height or width < new_width:
            raise OptionError(
                f"cannot crop {new_width}x{new_height} px out of an image of {width}x{height} px; "
                f"rescale it first, as with Rescale({max(new_height, new_width)})"
            )
        top = int(self._rng.integers(0, height - new_height + 1))
        left = int(self._rng.integers(0, width - new_width + 1))
        image = sample["image"][top : top + new_height, left : left + new_width].copy()
        return _moved(sample, image, np.array([[1.0, 0, -left], [0, 1.0, -top]]))


class Normalize:
    """Colour to grey in [0, 1], and points to `(points - 100) / 50`, the seed's choice: about [-1, 1] in 224 px."""

    def __call__(self, sample: Sample) -> Sample:
        """(H, W) float32 in [0, 1].

        Raises:
            TypeError: the image is neither uint8 nor colour in [0, 1], so that it would be scaled twice.
        """
        image = sample["image"]
        if image.dtype != np.uint8:
            # What matplotlib reads from a PNG: colour as floats in [0, 1].
            if image.ndim != 3 or image.dtype.kind != "f" or not 0 <= image.min() <= image.max() <= 1:
                raise TypeError(
                    f"Normalize takes a uint8 image or colours in [0, 1], got {image.ndim} axes of {image.dtype}: "
                    "has it been normalised already?"
                )
            gray = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2GRAY)
        else:
            gray = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image).astype(np.float32) / 255
        scale, shift = 1 / KEYPOINT_SCALE_PX, -KEYPOINT_MEAN_PX / KEYPOINT_SCALE_PX
        return _moved(sample, gray, np.array([[scale, 0, shift], [0, scale, shift]]))

    @staticmethod
    def inverse(points: Points) -> Points:
        """Normalised (..., 2) points -> pixels of the picture that was normalised."""
        return points * KEYPOINT_SCALE_PX + KEYPOINT_MEAN_PX


class ToGray:
    """Colour to grey, still uint8; `Normalize` afterwards gives what it gives for the colours."""

    def __call__(self, sample: Sample) -> Sample:
        """(H, W) uint8 of (H, W, 3) RGB uint8."""
        return {**sample, "image": cv2.cvtColor(sample["image"], cv2.COLOR_RGB2GRAY)}


class ToTensor:
    """Arrays to tensors: the image with its colour axis first, all as float32 but for uint8 images."""

    def __call__(self, sample: Sample) -> Sample:
        """(C, H, W) image, (68, 2) float32 points, (2, 3) float64 `undo`; own memory."""
        image = sample["image"]
        if image.ndim == 2:
            image = image[:, :, None]
        return {
            "image": torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)).copy()),
            "keypoints": torch.tensor(sample["keypoints"], dtype=torch.float32),
            "undo": torch.tensor(sample.get("undo", _IDENTITY), dtype=torch.float64),
        }


class Compose:
    """Several transforms, one after the other."""

    def __init__(self, transforms: Sequence[Callable[[Sample], Sample]]) -> None:
        self.transforms = tuple(transforms)

    def reseed(self, rng: np.random.Generator) -> None:
        """Give all that are random another generator."""
        for transform in self.transforms:
            if isinstance(transform, RandomCrop | Compose):
                transform.reseed(rng)

    def __call__(self, sample: Sample) -> Sample:
        """The sample through all of them, in order."""
        for transform in self.transforms:
            sample = transform(sample)
        return sample


def seed_transform(rng: np.random.Generator | None = None) -> Compose:
    """The seed document's own chain: shorter side 250, a random 224 crop, normalised, as tensors."""
    return Compose([Rescale(250), RandomCrop(224, rng), Normalize(), ToTensor()])


def rescale_transform() -> Compose:
    """The part of `seed_transform` that gives the same each time: shorter side 250, grey uint8."""
    return Compose([Rescale(250), ToGray()])


def crop_transform(rng: np.random.Generator | None = None) -> Compose:
    """The rest of `seed_transform`, after `rescale_transform`: together they give exactly the same samples."""
    return Compose([RandomCrop(224, rng), Normalize(), ToTensor()])


def undo_points(points: Points, undo: npt.NDArray[np.float64]) -> Points:
    """(..., 2) points of a transformed sample -> pixels of its original image.

    Args:
        points: labels or predictions in the coordinates of the sample's `keypoints`.
        undo: the sample's `undo`, (2, 3).
    """
    return apply(undo, points)


def _moved(sample: Sample, image: npt.NDArray[Any], matrix: Matrix) -> Sample:
    """The sample with another image, its points mapped by `matrix` and its `undo` grown by the inverse."""
    return {
        "image": image,
        "keypoints": apply(matrix, np.asarray(sample["keypoints"], np.float64)),
        "undo": compose(sample.get("undo", _IDENTITY), invert(matrix)),
    }


def _checked_size(name: str, size: Size) -> Size:
    is_pair = isinstance(size, tuple | list) and len(size) == 2
    sides: Sequence[int] = size if is_pair else (size,)  # type: ignore[assignment]
    if any(isinstance(s, bool) or not isinstance(s, int) or s < 1 for s in sides):
        raise OptionError(f"{name} takes one or two positive whole numbers of pixels, got {size!r}")
    return (sides[0], sides[1]) if len(sides) == 2 else sides[0]
