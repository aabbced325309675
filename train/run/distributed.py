"""Data-parallel training over the processes that `torchrun` starts; one process where it did not."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn

from train.errors import OptionError, TrainError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among those that train together.

    Attributes:
        rank: 0 writes files and reports.
        count: how many there are.
    """

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and reports."""
        return self.rank == 0

    def of_first(self, action: Callable[[], T]) -> T:
        """What `action` gives in the first process, in all of them; it runs nowhere else.

        Raises:
            TrainError: whatever it raised, in all of them.
        """
        found: list[T | TrainError | None] = [None]
        if self.is_first:
            try:
                found[0] = action()
            except TrainError as error:
                found[0] = error
        if self.count > 1:
            distributed.broadcast_object_list(found)
        if isinstance(found[0], TrainError):
            raise found[0]
        return found[0]  # type: ignore[return-value]

    def mean(self, values: list[Tensor]) -> None:
        """Replace each tensor by its mean over all processes, in one exchange."""
        if self.count == 1:
            return
        flat = torch.cat([value.reshape(-1).float() for value in values])
        distributed.all_reduce(flat)
        flat /= self.count
        with torch.no_grad():
            for value, part in zip(values, flat.split([value.numel() for value in values]), strict=True):  # type: ignore[no-untyped-call]
                value.copy_(part.reshape(value.shape))

    def mean_gradients(self, model: nn.Module, loss: Tensor) -> None:
        """Average the gradients and the loss, so that every process takes the same step, and stops alike."""
        self.mean([p.grad for p in model.parameters() if p.grad is not None] + [loss])

    def mean_buffers(self, model: nn.Module) -> None:
        """Average the running statistics, which each process gathered on its own share."""
        self.mean([buffer for buffer in model.buffers() if buffer.dtype.is_floating_point])


def is_first_process() -> bool:
    """Whether this is the only process, or the first of those that `torchrun` started: the one that speaks."""
    return os.environ.get("RANK", "0") == "0"


def pick_device(name: str) -> torch.device:
    """The device for one of `train.config.DEVICES`.

    Raises:
        OptionError: a GPU is asked for where there is none.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise OptionError(
            "--device cuda: PyTorch finds no GPU here; leave it out to train on the CPU, or install a CUDA build "
            "of torch from pytorch.org"
        )
    # Under torchrun, each process of a machine has a GPU of its own.
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if name == "cuda" else torch.device("cpu")


@contextmanager
def joined_ranks(device: torch.device) -> Iterator[Ranks]:
    """Join the processes `torchrun` started (gloo on CPUs, NCCL on GPUs), and leave them at the end."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Ranks()
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Ranks(distributed.get_rank(), count)
        # Together, or the first to go would cut the others off while they still speak with it.
        distributed.barrier()
    finally:
        distributed.destroy_process_group()
