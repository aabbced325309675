"""Batches made one by one from seed, epoch and number, ahead of time by other processes where those are asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import cv2
import numpy as np
from torch.utils.data import DataLoader, Dataset

from model.crop import CropSpec
from train.augmentation.batch import AugmentConfig, Batch, augmented_batch
from train.data.face_store import FaceStore
from train.run.distributed import Ranks

T = TypeVar("T")

_AHEAD = 4
"""Batches that each worker prepares ahead."""


@dataclass(frozen=True, slots=True)
class BatchSource(Dataset[Batch]):
    """Batches by epoch and number. All randomness comes from seed, epoch, number and rank, so each can be made again.

    Attributes:
        store: the faces.
        spec: how they are cut.
        cycles: last epoch of each cycle and its changes, in order.
        seed: of the run.
        batch_size: images in a batch, of all processes together.
        ranks: this process among those that train together.
    """

    store: FaceStore = field(repr=False)
    spec: CropSpec
    cycles: Sequence[tuple[int, AugmentConfig]]
    seed: int
    batch_size: int
    ranks: Ranks

    def __getitem__(self, key: tuple[int, int]) -> Batch:
        """This process's share of a batch; key: epoch from 1 and batch from 0."""
        epoch, batch = key
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.store))
        # An epoch longer than the faces suffice for begins with the first of them again.
        places = np.arange(batch * self.batch_size, (batch + 1) * self.batch_size) % len(order)
        chosen = order[places][self.ranks.rank :: self.ranks.count]
        augment = next(augment for last, augment in self.cycles if epoch <= last)
        rng = np.random.default_rng((self.seed, epoch, 1 + self.ranks.rank, batch))
        return augmented_batch(self.store, chosen, self.spec, augment, rng)


def stream_batches(source: Dataset[T], keys: Sequence[tuple[int, int]], workers: int) -> Iterator[T]:
    """The batches of `keys` in order; with `workers`, that many processes prepare them ahead."""
    if not workers:
        return (source[key] for key in keys)
    return iter(
        DataLoader(
            source,
            batch_size=None,
            sampler=keys,
            num_workers=workers,
            prefetch_factor=_AHEAD,
            collate_fn=_unchanged,  # a batch is made whole
            worker_init_fn=_one_thread,
        )
    )


def _unchanged(batch: T) -> T:
    return batch


def _one_thread(worker: int) -> None:
    cv2.setNumThreads(1)
