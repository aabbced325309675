"""Data-parallel training over processes: those that `train.run.processes` starts, or `torchrun`, or this one alone."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.distributed import TCPStore  # type: ignore[attr-defined]

from train.errors import OptionError, TrainError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """The place of this process among those that are to train together.

    Attributes:
        rank: 0 writes files and speaks.
        count: how many there are.
        port: of the first one's store on this machine; None where `torchrun` says how to meet.
        meeting: where all wait until each is ready to join; None with `torchrun`.
    """

    rank: int = 0
    count: int = 1
    port: int | None = None
    meeting: Barrier | None = field(default=None, repr=False)

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0


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


def torchrun_place() -> Place | None:
    """The place that `torchrun` gave this process; None where it was not started so."""
    if "WORLD_SIZE" not in os.environ:
        return None
    return Place(int(os.environ.get("RANK", "0")), int(os.environ["WORLD_SIZE"]))


def pick_device(name: str, place: Place | None = None) -> torch.device:
    """The device for one of `train.config.DEVICES`.

    Args:
        name: as above.
        place: of this process; each process of a machine has a GPU of its own.

    Raises:
        OptionError: a GPU is asked for where there is none, or more processes than GPUs.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise OptionError(
            "--device cuda: PyTorch finds no GPU here; leave it out to train on the CPU, or install a CUDA build "
            "of torch from pytorch.org"
        )
    if name != "cuda":
        return torch.device("cpu")
    place = place or Place()
    if place.port is not None and place.count > torch.cuda.device_count():
        raise OptionError(
            f"--processes {place.count}: each needs a GPU of its own, and there are {torch.cuda.device_count()}; ask "
            "for as many, or for --device cpu"
        )
    return torch.device("cuda", place.rank if place.port is not None else int(os.environ.get("LOCAL_RANK", "0")))


def open_store(count: int, port: int | None = None) -> Any:
    """The store by which `count` processes of this machine find each other; a new one, or the one at a port."""
    # Any free port, held open from then on: one that is looked for first can be taken by another program.
    return TCPStore("127.0.0.1", port or 0, count, is_master=port is None, wait_for_workers=False)


@contextmanager
def joined_ranks(device: torch.device, place: Place) -> Iterator[Ranks]:
    """Join the processes that train together (gloo on CPUs, NCCL on GPUs), and leave them at the end."""
    if place.count == 1:
        yield Ranks()
        return
    backend = "nccl" if device.type == "cuda" else "gloo"
    if place.port is None:
        distributed.init_process_group(backend)
    else:
        if place.meeting is not None:
            # Ctrl-C ends this wait, and a process that fails breaks it off; the next one does not notice either.
            place.meeting.wait()
        distributed.init_process_group(
            backend, store=open_store(place.count, place.port), rank=place.rank, world_size=place.count
        )
    whole = False
    try:
        yield Ranks(place.rank, place.count)
        # Together, or the first to go would cut the others off while they still speak with it.
        distributed.barrier()
        whole = True
    finally:
        # Where this one stops alone, `train.run.processes` ends the others first, and they notice nothing.
        # Once all is done, those that it started just end (`train.run.processes`): gloo may abort while it hangs up.
        if place.port is None or (whole and (place.is_first or backend != "gloo")):
            leave()


def leave() -> None:
    """Cut the connections to the other processes, where there are any."""
    if distributed.is_initialized():
        distributed.destroy_process_group()
