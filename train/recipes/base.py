"""What the one training loop asks of a recipe."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

from model.detection.info import DetectorInfo
from model.networks.checkpoint import Checkpoint
from model.weights.info import WeightsInfo


class Recipe(Protocol):
    """A way to train one network; the loop in `train.run.loop` drives it.

    Attributes:
        model: the network being trained, on its device.
        epochs, batch_size, batches: how long: `batches` steps of `batch_size` images an epoch.
        running_every: after how many batches a running mean of the loss is reported; 0 is never.
        info: what the weights will say of themselves.
        split: which people it trains on, in words.
        weights_name: file name of the weights that the live program runs.
        measure: what `validate` gives, in words.
    """

    model: nn.Module
    epochs: int
    batch_size: int
    batches: int
    running_every: int
    split: str
    weights_name: str
    measure: str

    @property
    def info(self) -> WeightsInfo | DetectorInfo: ...

    def losses(self, epoch: int) -> Iterator[tuple[Tensor, int]]:
        """The epoch's batches one by one: the loss, to be differentiated, and the number of images."""

    def step(self) -> None:
        """Move the weights by the gradients."""

    def best_model(self) -> nn.Module:
        """The network to measure and to ship: the trained one, or its running average, or what was made of that."""

    def validate(self) -> float | None:
        """The error on held-out people, lower is better; None where nobody is held out."""

    def export(self, best: Checkpoint, weights: Path) -> Path | None:
        """Write the file that the live program runs, and what else the recipe gives.

        Args:
            best: what to export.
            weights: file to write.

        Returns:
            Where the same lies in full precision, to train on from, if `weights` is rounded.

        Raises:
            OSError: a file cannot be written.
        """

    def save_state_dict(self, folder: Path) -> Path | None:
        """Write the network's plain state dict into the run's folder, where the recipe does; gives its path.

        Raises:
            OSError: it cannot be written.
        """

    def state(self) -> dict[str, Any]:
        """Everything that going on needs."""

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what `state` gave; where the run is longer now, the further epochs follow on its whole course."""
