"""Places that a detector proposed and that turned out not to be faces: they are not looked at again for a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from model.crop import Region
from model.detection.network import same_place

_FIRST_S: Final = 0.15
"""How long a place is left alone; twice as long each time that it is refused again."""
_LONGEST_S: Final = 0.6
_REMEMBERED_S: Final = 2.0


@dataclass(slots=True)
class _Place:
    region: Region
    time_s: float
    pause_s: float


class Refusals:
    """The refused places of one run; times are the frames' own."""

    def __init__(self) -> None:
        self._places: list[_Place] = []

    def holds(self, region: Region, time_s: float) -> bool:
        """Whether a place was refused a moment ago."""
        return any(time_s - place.time_s < place.pause_s and same_place(region, place.region) for place in self._places)

    def add(self, regions: Sequence[Region], time_s: float) -> None:
        """Note places that were refused at that time, and forget old ones."""
        self._places = [place for place in self._places if time_s - place.time_s < _REMEMBERED_S]
        for region in regions:
            known = next((place for place in self._places if same_place(region, place.region)), None)
            if known is None:
                self._places.append(_Place(region, time_s, _FIRST_S))
            else:
                known.region, known.time_s, known.pause_s = region, time_s, min(2 * known.pause_s, _LONGEST_S)
