"""What a detector is, and how a running program asks it: a share of the search at a time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from model.arrays import Image
from model.crop import Region
from model.geometry import Box


class Proposal(Protocol):
    """A place where a detector sees a face."""

    @property
    def region(self) -> Region:
        """Where its 68 points are to be expected."""


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """Which searches a detector makes in turn while a program runs, and when. Times are the frames' own.

    Without any face, searches follow each other.

    Attributes:
        none: while there is no face.
        alert: while faces are tracked, and one was lost a moment ago.
        calm: while faces are tracked.
        lost: in the frame in which a face was lost: it may have jumped.
        alert_s: from one search to the next, for `alert_for_s` after a face was lost.
        calm_s: the same once none was lost for so long.
        delay_s: until what a search found is used. It looks beside the program: no frame waits for it unless it takes
            longer.
        waits: whether the frame in which a face was lost waits for `lost`.
    """

    none: tuple[Any, ...]
    alert: tuple[Any, ...]
    calm: tuple[Any, ...]
    lost: Any
    alert_s: float
    calm_s: float
    delay_s: float
    alert_for_s: float = 10.0
    waits: bool = False

    def always_alert(self) -> "SearchPlan":
        """The same plan for a program that must look often: where nothing but the detector tells what is a face."""
        return SearchPlan(
            self.none, self.alert, self.calm, self.lost, self.alert_s, self.calm_s, self.delay_s, math.inf, self.waits
        )


class Detector(Protocol):
    """Proposes places of faces. The searches are its own: those of its plan."""

    @property
    def plan(self) -> SearchPlan:
        """How a running program asks it."""

    def detect(self, image: Image) -> Sequence[Proposal]:
        """All faces of a (H, W, 3) BGR or (H, W) grey image, however long it takes."""

    def search(self, image: Image, search: Any, ignore: Sequence[Box] = ()) -> Sequence[Proposal]:
        """The faces that one search finds, but those in `ignore`."""
