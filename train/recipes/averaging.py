"""How both of our networks are trained: AdamW, one-cycle, and a running average of the weights, which ships."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import nn

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class CourseOptions:
    """Numbers of a course.

    Attributes:
        weight_decay: of AdamW, on weights but not on biases and normalisation.
        warmup: share of the steps in which the learning rate rises (one-cycle).
        ema: decay a step of the running average of the weights.
        clip: longest gradient.
    """

    weight_decay: float = 0.02
    warmup: float = 0.15
    ema: float = 0.998
    clip: float = 1.0


@dataclass(frozen=True, slots=True)
class Cycle:
    """A rise of the learning rate to `rate`, and its fall, up to the end of an epoch, counted from 1."""

    last_epoch: int
    rate: float


class AveragedCourse(Generic[Net]):
    """Steps of a network through cycles of the learning rate, each step followed by the network's running average.

    Args:
        model: moved to `device`.
        device: where it is trained.
        options: see there.
        cycles: in order.
        batches: steps of an epoch.

    Attributes:
        model, average: the network that learns, and the mean of its recent weights.
        cycles: those planned, then those of runs that were lengthened.
    """

    def __init__(
        self, model: Net, device: torch.device, options: CourseOptions, cycles: Sequence[Cycle], batches: int
    ) -> None:
        self._options, self._batches = options, batches
        self.cycles = tuple(cycles)
        self.model: Net = model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.model).eval()
        kernels = [p for p in self.model.parameters() if p.ndim > 1]
        others = [p for p in self.model.parameters() if p.ndim <= 1]
        self._optimizer = torch.optim.AdamW(
            [{"params": kernels, "weight_decay": options.weight_decay}, {"params": others, "weight_decay": 0.0}],
            fused=device.type == "cuda",
        )
        self._steps = 0
        self._start(0)

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return float(self._optimizer.param_groups[0]["lr"])

    def begin_epoch(self, epoch: int) -> None:
        """Begin the cycle that this epoch belongs to, where it is not the one already begun."""
        cycle = next(number for number, cycle in enumerate(self.cycles) if epoch <= cycle.last_epoch)
        if cycle != self._cycle:
            self._start(cycle)

    def _start(self, number: int) -> None:
        self._cycle, cycle = number, self.cycles[number]
        epochs = cycle.last_epoch - (self.cycles[number - 1].last_epoch if number else 0)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, cycle.rate, total_steps=epochs * self._batches + 1, pct_start=self._options.warmup
        )

    def step(self) -> None:
        """Make one step along the gradients, and forget them."""
        nn.utils.clip_grad_norm_(self.model.parameters(), self._options.clip)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._schedule.step()
        self._steps += 1
        # A young average follows closely, or it would remember the random start.
        decay = min(self._options.ema, (1 + self._steps) / (10 + self._steps))
        move_towards(self.average, self.model, 1 - decay)

    def state(self) -> dict[str, Any]:
        """All that `load_state` needs to go on from here."""
        return {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "steps": self._steps,
            "cycle": self._cycle,
            "cycles": [(cycle.last_epoch, cycle.rate) for cycle in self.cycles],
        }

    def load_state(self, state: dict[str, Any], further: Cycle) -> None:
        """Go on from a state, through the cycles that were planned there.

        Args:
            state: from `state`.
            further: follows them where the run is to be longer.
        """
        self.cycles = tuple(Cycle(*values) for values in state["cycles"])
        if further.last_epoch > self.cycles[-1].last_epoch:
            self.cycles += (further,)
        # The schedule first: making one resets the optimizer's rates.
        self._start(state["cycle"])
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self._steps = state["steps"]


def average(models: Sequence[Net]) -> Net:
    """The plain mean of the weights of networks of one shape; none of them is changed.

    Networks trained on from the same weights lie in one valley: their mean keeps most of what each does better.
    Source: Wortsman et al., "Model soups", ICML 2022.
    """
    mean = copy.deepcopy(models[0])
    for count, other in enumerate(models[1:], 2):
        move_towards(mean, other, 1 / count)
    return mean


def move_towards(model: nn.Module, other: nn.Module, share: float) -> None:
    """Make weights and buffers of `model` a mean with those of `other`, which has so great a share in it."""
    mine, theirs = ([*m.parameters(), *m.buffers()] for m in (model, other))
    floats = [index for index, value in enumerate(mine) if value.dtype.is_floating_point]
    with torch.no_grad():
        torch._foreach_lerp_([mine[i] for i in floats], [theirs[i] for i in floats], share)
