"""Waiting for a frame of a live source that meets a condition."""

from collections.abc import Callable, Iterator

from realtime.frame import Frame


def first_frame(frames: Iterator[Frame], condition: Callable[[Frame], bool], within_s: float = 20) -> Frame:
    """The first frame that meets the condition; frames go on while a source is silent, so this ends either way."""
    end_s = None
    for frame in frames:
        if condition(frame):
            return frame
        end_s = frame.time_s + within_s if end_s is None else end_s
        assert frame.time_s < end_s, f"waited for {within_s} s in vain"
    raise AssertionError("the source ended")
