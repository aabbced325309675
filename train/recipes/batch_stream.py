"""Batches made one by one from seed, epoch and number, ahead of time by other processes where those are asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from torch.utils.data import DataLoader, Dataset

from model.crop import CropSpec
from train.augmentation.batch import AugmentConfig, Batch, augmented_batch
from train.data.face_store import FaceStore
from train.run.distributed import Ranks

T = TypeVar("T")

_AHEAD = 4
"""Batches that each worker prepares ahead."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Faces of several CSVs, mixed by shares.

    Attributes:
        parts: (N,) which CSV each face is from.
        shares: of each CSV, in any unit.
    """

    parts: npt.NDArray[np.intp] = field(repr=False)
    shares: tuple[float, ...]

    def batch(self, seed: int, epoch: int, number: int, size: int) -> npt.NDArray[np.intp]:
        """(size,) the faces of a batch; those of each part go round in an order that changes with every round."""
        edges = np.cumsum([0.0, *self.shares]) / sum(self.shares)
        chosen = []
        for part in range(len(self.shares)):
            members = np.flatnonzero(self.parts == part)
            # Places of the parts up to here in the batches before this one, and up to it: whole numbers that add up.
            before, after = (np.diff(np.round(edges[part : part + 2] * size * count)) for count in (number, number + 1))
            for place in range(int(before[0]), int(after[0])):
                turn, index = divmod(place, len(members))
                order = np.random.default_rng((seed, epoch, part, turn)).permutation(len(members))
                chosen.append(members[order[index]])
        return np.random.default_rng((seed, epoch, number)).permutation(np.array(chosen, np.intp))


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
        mixture: which faces come how often; None shows each once an epoch.
    """

    store: FaceStore = field(repr=False)
    spec: CropSpec
    cycles: Sequence[tuple[int, AugmentConfig]]
    seed: int
    batch_size: int
    ranks: Ranks
    mixture: Mixture | None = None

    def __getitem__(self, key: tuple[int, int]) -> Batch:
        """This process's share of a batch; key: epoch from 1 and batch from 0."""
        epoch, batch = key
        if self.mixture is None:
            order = np.random.default_rng((self.seed, epoch)).permutation(len(self.store))
            # An epoch longer than the faces suffice for begins with the first of them again.
            whole = order[np.arange(batch * self.batch_size, (batch + 1) * self.batch_size) % len(order)]
        else:
            whole = self.mixture.batch(self.seed, epoch, batch, self.batch_size)
        chosen = whole[self.ranks.rank :: self.ranks.count]
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
