"""The detector recipe's batches of canvases."""

from dataclasses import dataclass, field

import numpy as np
from torch.utils.data import Dataset

from model.arrays import Image
from train.augmentation.canvas import MOST_FACES, CanvasConfig, draw_canvas
from train.data.face_store import FaceStore
from train.recipes.detector_loss import CanvasBatch, canvas_batch
from train.run.distributed import Ranks


@dataclass(frozen=True, slots=True)
class CanvasSource(Dataset[CanvasBatch]):
    """Batches by epoch and number. All randomness comes from seed, epoch, number and rank, so each can be made again.

    Every face begins one canvas of an epoch; others join it.

    Attributes:
        store: the faces.
        config: of the canvases.
        seed: of the run.
        batch_size: canvases in a batch, of all processes together.
        ranks: this process among those that train together.
        decoys: pieces that the detector took for faces.
    """

    store: FaceStore = field(repr=False)
    config: CanvasConfig
    seed: int
    batch_size: int
    ranks: Ranks
    decoys: tuple[Image, ...] = field(default=(), repr=False)

    def __getitem__(self, key: tuple[int, int]) -> CanvasBatch:
        """This process's share of a batch; key: epoch from 1 and batch from 0."""
        epoch, batch = key
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.store))
        chosen = order[batch * self.batch_size : (batch + 1) * self.batch_size][self.ranks.rank :: self.ranks.count]
        rng = np.random.default_rng((self.seed, epoch, 1 + self.ranks.rank, batch))
        canvases = []
        for first in chosen:
            indices = rng.integers(0, len(self.store), MOST_FACES)
            indices[0] = first
            canvases.append(draw_canvas(self.store, indices, self.config, rng, self.decoys))
        return canvas_batch(canvases)
