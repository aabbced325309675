"""When sound was really heard: the steady clock behind the jittering times of a device's chunks."""

import math

_BANDWIDTH_HZ = 0.1
"""Of the loop: jitter faster than this is smoothed out, a device clock that is wrong is followed."""
LOST_S = 0.06
"""A chunk so far from its expected time does not jitter: sound was lost before it."""


class SteadyClock:
    """Smooths the times of chunks that follow each other.

    A delay-locked loop of second order, so that a device whose clock is steadily fast or slow leaves no offset
    (F. Adriaensen, "Using a DLL to filter time", 2005).
    """

    def __init__(self) -> None:
        self._expected_s: float | None = None
        self._excess = 0.0

    def time(self, heard_s: float, duration_s: float) -> float:
        """The smoothed time of a chunk that says it began at `heard_s` and claims to last for `duration_s`."""
        if self._expected_s is None or abs(heard_s - self._expected_s) > LOST_S:
            self._expected_s = heard_s
        begin_s = self._expected_s
        error_s = heard_s - begin_s
        turn = 2 * math.pi * _BANDWIDTH_HZ * duration_s
        self._excess += turn * turn * error_s / duration_s
        self._expected_s += duration_s * (1 + self._excess) + math.sqrt(2) * turn * error_s
        return begin_s
