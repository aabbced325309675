"""The dataset as PyTorch sees it: samples, read when asked for, and batches of them."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info

from train.data.annotations import Annotations, read_annotations
from train.data.split import development_split, is_held_out, person_of

__all__ = [
    "Annotations",
    "FacialKeypointsDataset",
    "HeldDataset",
    "Sample",
    "development_split",
    "is_held_out",
    "make_loader",
    "person_of",
    "read_annotations",
]

MOST_HELD_BYTES = 2_000_000_000
"""Images up to this size in all stay in memory; the dataset's, grey and rescaled to 250 px, take about 250 MB."""
_READ_AT_ONCE = 256

Sample: TypeAlias = dict[str, Any]
"""`{'image': ..., 'keypoints': ...}`: (H, W, 3) RGB uint8 or (H, W) grey, and (68, 2), until `ToTensor`."""


class FacialKeypointsDataset(Dataset[Sample]):
    """Labelled faces, each read from its file when asked for.

    Args:
        csv_file: labels in the dataset's layout, or annotations already read (then `root_dir` is not looked at).
        root_dir: folder with the images; None looks beside the CSV.
        transform: applied to each sample.

    Attributes:
        annotations: the labels, checked.
        key_pts_frame: the labels as a pandas DataFrame: the image's name, then 136 numbers, NaN where a point is not
            labelled. A copy: changing it does not change the samples.
        root_dir, transform: as given.

    Raises:
        DatasetError: see `read_annotations`; on `[i]` also when the image cannot be decoded.
    """

    def __init__(
        self,
        csv_file: str | Path | Annotations,
        root_dir: str | Path | None = None,
        transform: Callable[[Sample], Sample] | None = None,
    ) -> None:
        if not isinstance(csv_file, Annotations):
            csv_file = read_annotations(Path(csv_file), None if root_dir is None else Path(root_dir))
        self.annotations = csv_file
        self.key_pts_frame = csv_file.frame()
        self.root_dir = csv_file.images_dir
        self.transform = transform
        self._labels_px = csv_file.labels_px
        self._worker_seed: int | None = None
        _make_fork_safe()

    def __len__(self) -> int:
        return len(self.annotations)

    def __getitem__(self, index: int) -> Sample:
        """`{'image': (H, W, 3) RGB uint8, 'keypoints': (68, 2) float64 image pixels}`, transformed.

        A point that is not labelled is NaN.

        Raises:
            IndexError: there is no such sample.
            DatasetError: its image cannot be decoded.
        """
        self._seed_in_worker()
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of a dataset of {len(self)}")
        sample = self._read(index)
        return self.transform(sample) if self.transform else sample

    def _read(self, index: int) -> Sample:
        image_rgb = cv2.cvtColor(self.annotations.read_bgr(index), cv2.COLOR_BGR2RGB)
        return {"image": image_rgb, "keypoints": self._labels_px[index].copy()}

    def _seed_in_worker(self) -> None:
        """Give the transform random numbers of its own in each worker and epoch.

        A worker gets a copy of the transform, generator included: left alone, all workers would draw the same numbers,
        and the same ones in every epoch. The loader's seed differs from worker to worker and from epoch to epoch.
        """
        worker = get_worker_info()
        if worker is None or worker.seed == self._worker_seed:
            return
        self._worker_seed = worker.seed
        _reseed(self.transform, np.random.default_rng(worker.seed))


class HeldDataset(FacialKeypointsDataset):
    """Labelled faces whose images are decoded and prepared once, and stay in memory.

    Args:
        annotations: which faces.
        prepare: the part of the transform that gives the same each time, such as `Rescale`; it must not draw random
            numbers.
        transform: the rest, applied each time a sample is asked for.
        most_bytes: images beyond this size in all are read again each time.

    Raises:
        DatasetError: an image cannot be decoded.
    """

    def __init__(
        self,
        annotations: Annotations,
        prepare: Callable[[Sample], Sample],
        transform: Callable[[Sample], Sample] | None = None,
        most_bytes: int = MOST_HELD_BYTES,
    ) -> None:
        super().__init__(annotations, transform=transform)
        self._prepare = prepare
        self._held: list[Sample] = []
        size = 0
        # Decoding and rescaling release Python's lock, so that threads share the work.
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            for start in range(0, len(self), _READ_AT_ONCE):
                for sample in pool.map(self._first, range(start, min(start + _READ_AT_ONCE, len(self)))):
                    size += sample["image"].nbytes
                    self._held.append(sample)
                if size >= most_bytes:
                    break

    def _read(self, index: int) -> Sample:
        index %= len(self)
        if index >= len(self._held):
            return self._first(index)
        return {name: array.copy() for name, array in self._held[index].items()}

    def _first(self, index: int) -> Sample:
        return self._prepare(super()._read(index))


def _reseed(transform: Any, rng: np.random.Generator) -> None:
    """Give all random parts of a transform another generator, those inside torchvision's `Compose` too."""
    if hasattr(transform, "reseed"):
        transform.reseed(rng)
        return
    for part in getattr(transform, "transforms", ()):
        _reseed(part, rng)


def make_loader(
    dataset: Dataset[Sample], batch_size: int, *, shuffle: bool = False, workers: int = 0, seed: int = 0
) -> DataLoader[Sample]:
    """Batches of a dataset whose samples end in `ToTensor`; the same seed gives the same batches.

    Args:
        dataset: what to read.
        batch_size: samples in a batch; the last batch may be smaller.
        shuffle: another order each epoch.
        workers: processes that read; 0 reads in this one.
        seed: of the order, and of the random numbers of a transform such as `RandomCrop` in the workers.
    """
    return DataLoader(
        dataset,
        batch_size=batch_size,
        shuffle=shuffle,
        num_workers=workers,
        generator=torch.Generator().manual_seed(seed),
    )


@cache
def _make_fork_safe() -> None:
    """End OpenCV's pool of threads before each fork: a child would wait forever for threads that it does not have."""
    if not hasattr(os, "register_at_fork"):
        return
    threads: list[int] = []

    def before() -> None:
        threads.append(cv2.getNumThreads())
        cv2.setNumThreads(1)

    os.register_at_fork(before=before, after_in_parent=lambda: cv2.setNumThreads(threads.pop()))
