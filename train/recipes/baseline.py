"""The seed's recipe as written: grey 224 px random crops, SmoothL1, Adam 0.001, batches of 24."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from assets import DEFAULT_WEIGHTS
from model.keypoints import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from model.networks.baseline_net import BaselineNet
from model.networks.checkpoint import Checkpoint, baseline_info, export_onnx
from model.program.files import whole_file
from train.config import BASELINE_STATE, TrainConfig
from train.data.dataset import HeldDataset, make_loader
from train.data.training_data import TrainingData
from train.errors import OptionError
from train.recipes.baseline_transforms import crop_transform, rescale_transform
from train.run.distributed import Ranks

BATCH_SIZE = 24
LEARNING_RATE = 1e-3
EPOCHS = 30
RUNNING_EVERY = 24
_TRAIN, _VALIDATE, _WEIGHTS = range(3)
"""Streams of random numbers drawn from the run's seed."""


class BaselineRecipe:
    """See `train.recipes.base.Recipe`.

    Raises:
        DatasetError: see `development_split`.
        OptionError: it is asked to train on several processes, which the seed's recipe does not do.
    """

    weights_name = DEFAULT_WEIGHTS.name
    measure = "NME"
    running_every = RUNNING_EVERY

    def __init__(self, config: TrainConfig, data: TrainingData, device: torch.device, ranks: Ranks) -> None:
        if ranks.count > 1:
            raise OptionError("the baseline trains in one process; leave out --processes, or use --recipe default")
        self._config, self._device = config, device
        self.epochs = config.epochs or EPOCHS
        self.split = data.split.words
        self._annotations, self._held_out = data.trained, data.held_out
        # Rescaled once: decoding and rescaling each image in every epoch took longer than learning from it.
        self._training = HeldDataset(data.trained, rescale_transform())
        self._measuring = HeldDataset(data.held_out, rescale_transform())
        self.info = baseline_info(f"{len(self._annotations)} images, {self.split}")
        self.batch_size = config.batch_size or BATCH_SIZE
        self.batches = -(-len(self._annotations) // self.batch_size)
        torch.manual_seed(config.seed)
        self.model: nn.Module = BaselineNet().to(device)
        self._criterion = nn.SmoothL1Loss()
        self._optimizer = torch.optim.Adam(self.model.parameters(), lr=config.learning_rate or LEARNING_RATE)

    def losses(self, epoch: int) -> Iterator[tuple[Tensor, int]]:
        """See `train.recipes.base.Recipe`; all randomness comes from seed and epoch, so an epoch can be done again."""
        self.model.train()
        seed = int(np.random.default_rng((self._config.seed, epoch, _WEIGHTS)).integers(2**31))
        torch.manual_seed(seed)
        self._training.transform = crop_transform(np.random.default_rng((self._config.seed, epoch, _TRAIN)))
        for batch in make_loader(
            self._training, self.batch_size, shuffle=True, workers=self._config.workers, seed=seed
        ):
            wanted = batch["keypoints"].flatten(1).to(self._device)
            found = self.model(batch["image"].to(self._device))
            labelled = wanted.isfinite()
            yield self._criterion(found[labelled], wanted[labelled]), len(wanted)

    def step(self) -> None:
        """See `train.recipes.base.Recipe`."""
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def best_model(self) -> nn.Module:
        """See `train.recipes.base.Recipe`."""
        return self.model

    def validate(self) -> float | None:
        """See `train.recipes.base.Recipe`; on the recipe's own crops, the same ones each time."""
        if not len(self._held_out):
            return None
        self._measuring.transform = crop_transform(np.random.default_rng((self._config.seed, _VALIDATE)))
        self.model.eval()
        errors = []
        with torch.inference_mode():
            for batch in make_loader(self._measuring, self.batch_size):
                wanted = batch["keypoints"]
                found = self.model(batch["image"].to(self._device)).cpu().reshape(wanted.shape)
                errors.append((found - wanted).norm(dim=-1).nanmean(dim=1) / _eye_distances(wanted))
        # A face whose eye corners are not labelled has no unit to measure in here.
        return float(torch.cat(errors).nanmean())

    def export(self, best: Checkpoint, weights: Path) -> None:
        """See `train.recipes.base.Recipe`."""
        export_onnx(best, weights)

    def save_state_dict(self, folder: Path) -> Path:
        """See `train.recipes.base.Recipe`; under the name that the seed document gives it."""
        path = folder / BASELINE_STATE
        path.parent.mkdir(exist_ok=True)
        with whole_file(path) as half:
            torch.save(self.model.state_dict(), half)
        return path

    def state(self) -> dict[str, Any]:
        """See `train.recipes.base.Recipe`."""
        return {"model": self.model.state_dict(), "optimizer": self._optimizer.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """See `train.recipes.base.Recipe`."""
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])


def _eye_distances(keypoints: Tensor) -> Tensor:
    from_left = keypoints[:, RIGHT_EYE_OUTER] - keypoints[:, LEFT_EYE_OUTER]
    result: Tensor = from_left.norm(dim=-1)
    return result
