"""Presentation times as one line that never goes back: what restarts is continued, what is missing is filled in."""

from typing import Final

RESTART_S: Final = 0.5
"""A time that lies so much before the last one begins a new count, as in files that were joined; less is damage."""


class Timeline:
    """Times of one stream's frames, in order.

    Args:
        step_s: from one frame to the next where nothing says so.
    """

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._offset_s = 0.0
        self._last_raw_s: float | None = None
        self._end_s = 0.0
        self._time_s = 0.0

    def place(self, raw_s: float | None, duration_s: float | None = None) -> float:
        """The time of the next frame, seconds from the first one's.

        Args:
            raw_s: as the file has it; None where it has none.
            duration_s: how long the frame is shown; None where nobody knows.
        """
        if self._last_raw_s is None:
            self._offset_s, time_s = -(raw_s or 0.0), 0.0
        elif raw_s is None:
            time_s = self._end_s
        else:
            if raw_s < self._last_raw_s - RESTART_S:
                self._offset_s = self._end_s - raw_s
            # Damaged files go back in time by a little; the contract does not.
            time_s = max(self._time_s, raw_s + self._offset_s)
        self._last_raw_s = raw_s if raw_s is not None else (self._last_raw_s or 0.0) + self._step_s
        self._time_s, self._end_s = time_s, time_s + (duration_s or self._step_s)
        return time_s
