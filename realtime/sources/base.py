"""The contract of a source."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from realtime.frame import Frame


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source once it is open.

    Attributes:
        name: one line for people: `camera 0 (640x480 MJPG at 30.0 fps)`.
        size_wh: (width, height) of its first frame.
        fps: nominal frames a second; None where the source has none (a single image, a stream that does not say).
        live: frames come by the clock and are lost when not fetched (cameras, streams), so a slow sink may drop.
        still: it is one picture, shown once or again and again.
    """

    name: str
    size_wh: tuple[int, int]
    fps: float | None
    live: bool
    still: bool = False


class Source(Protocol):
    """A sequence of frames. Implementations subclass it for its context manager and its empty `status`.

    A constructor opens the source, and raises `SourceError` where it cannot be. `frames` may be called once; it
    yields frames whose `index` rises and whose `time_s` never goes back, ends at the source's end, and raises
    `SourceError` when reading breaks. Yielded pixels belong to the consumer and are not written to again.
    `close` may be called at any time and more than once, frees the device or file, and ends the iterator.

    `status` is empty while all is well. A live source that stalls says so there in one line, and goes on yielding its
    last picture a few times a second, so that windows stay alive, until pictures come again.
    """

    @property
    def info(self) -> SourceInfo: ...

    @property
    def status(self) -> str:
        """What is wrong with a live source at present, in one line; empty while all is well."""
        return ""

    def frames(self) -> Iterator[Frame]: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
