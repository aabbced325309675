"""Plays a sound when a picture is taken, at each second of a countdown, and when a recording begins and ends."""

import math
from collections.abc import Callable

from realtime.audio.sounds import Player
from realtime.control.state import State
from realtime.frame import Output


class SoundSink:
    """Written after the control panel.

    Args:
        state: the program's state.
        player: plays the sounds.
    """

    name = "sounds"

    def __init__(self, state: Callable[[], State], player: Player | None = None) -> None:
        self._state = state
        self._player = player or Player()
        first = state()
        self._recording, self._snapshot_s = first.recording, first.snapshot_s
        self._second: int | None = None

    def write(self, output: Output) -> None:
        """Play what belongs to the change since the last frame, unless sounds are off."""
        state = self._state()
        second = None if state.counting_s is None else math.ceil(state.counting_s)
        sound = ""
        if state.snapshot_s != self._snapshot_s:
            sound = "picture"
        elif second is not None and second != self._second:
            sound = "count"
        elif state.recording != self._recording:
            sound = "start" if state.recording else "stop"
        self._recording, self._snapshot_s, self._second = state.recording, state.snapshot_s, second
        if sound and state.sounds:
            self._player.play(sound)

    def close(self) -> None:
        """End the player."""
        self._player.close()
