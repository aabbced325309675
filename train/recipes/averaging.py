"""How both of our networks are trained: AdamW, one-cycle, and a running average of the weights, which ships."""

import copy
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


class AveragedCourse(Generic[Net]):
    """Steps of a network, each followed by its running average.

    Args:
        model: moved to `device`.
        device: where it is trained.
        options: see there.

    Attributes:
        model, average: the network that learns, and the mean of its recent weights.
    """

    def __init__(self, model: Net, device: torch.device, options: CourseOptions) -> None:
        self._options = options
        self.model: Net = model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.model).eval()
        kernels = [p for p in self.model.parameters() if p.ndim > 1]
        others = [p for p in self.model.parameters() if p.ndim <= 1]
        self._optimizer = torch.optim.AdamW(
            [{"params": kernels, "weight_decay": options.weight_decay}, {"params": others, "weight_decay": 0.0}],
            fused=device.type == "cuda",
        )
        self._steps = 0

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return float(self._optimizer.param_groups[0]["lr"])

    def start_cycle(self, rate: float, steps: int) -> None:
        """Begin the learning rate's rise to `rate`, and its fall, over this many steps."""
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, rate, total_steps=steps + 1, pct_start=self._options.warmup
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
        }

    def load_state(self, state: dict[str, Any], *, keep_length: bool = False) -> None:
        """Go on from a state, in the cycle that was begun last.

        Args:
            state: from `state`.
            keep_length: of the cycle that was begun, which may be longer than that of the run it continues.
        """
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        schedule = dict(state["schedule"])
        if keep_length:
            fresh = self._schedule.state_dict()
            schedule |= {name: fresh[name] for name in ("total_steps", "_schedule_phases")}
        self._schedule.load_state_dict(schedule)
        self._steps = state["steps"]


def move_towards(model: nn.Module, other: nn.Module, share: float) -> None:
    """Make weights and buffers of `model` a mean with those of `other`, which has so great a share in it."""
    mine, theirs = ([*m.parameters(), *m.buffers()] for m in (model, other))
    floats = [index for index, value in enumerate(mine) if value.dtype.is_floating_point]
    with torch.no_grad():
        torch._foreach_lerp_([mine[i] for i in floats], [theirs[i] for i in floats], share)
