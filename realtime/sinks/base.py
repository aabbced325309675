"""The contract of a sink."""

from typing import Protocol

from realtime.frame import Output


class Sink(Protocol):
    """A place where frames go.

    `name` is its row in the statistics (`window`, `recorder`, `log`, `snapshot`). `write` is called once a frame, in
    order, from the main thread; it must not change what it is given, and copies what it keeps beyond the call
    unless it only reads it (frames handed over are not written to again by anyone). It raises `SinkError` when the
    place fails, once. `close` finishes what was written, may be called more than once, joins any thread, and raises
    `SinkError` if finishing fails.
    """

    @property
    def name(self) -> str: ...

    def write(self, output: Output) -> None: ...

    def close(self) -> None: ...
