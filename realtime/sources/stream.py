"""Live streams behind an address (MJPEG over HTTP, RTSP, ...), through FFmpeg (PyAV)."""

from collections.abc import Iterator

import av
import numpy as np
import numpy.typing as npt

from realtime.errors import SourceError
from realtime.sources.live import LiveSource
from realtime.sources.reader import CaptureError, Patience
from realtime.sources.video import upright_bgr

_LOW_DELAY = {
    "fflags": "nobuffer",
    "flags": "low_delay",
    # By default FFmpeg studies a stream for up to five seconds before it shows the first picture.
    "analyzeduration": "500000",
    "rtsp_transport": "tcp",
}


class StreamSource(LiveSource):
    """The newest picture of a stream; see `LiveSource`. Videos of known length are for `VideoSource`.

    Raises:
        SourceError: the address cannot be opened, or gives no picture.
    """

    def __init__(self, address: str, patience: Patience | None = None) -> None:
        limits = patience or Patience()
        try:
            super().__init__(f"stream {address}", lambda: _OpenedStream(address, limits), limits)
        except SourceError as error:
            raise SourceError(f"{error}; check the address, or try it in a browser or player") from error


class _OpenedStream:
    """An open container as a `Capture`."""

    def __init__(self, address: str, limits: Patience) -> None:
        try:
            self._container = av.open(address, options=_LOW_DELAY, timeout=(limits.open_s / 2, limits.stall_s))
        except (av.FFmpegError, OSError) as error:
            raise CaptureError(_reason(error)) from error
        if not self._container.streams.video:
            self._container.close()
            raise CaptureError("it holds no video")
        stream = self._container.streams.video[0]
        # Frame threads would hold back one picture each.
        stream.thread_type = "SLICE"
        self._label = stream.codec_context.name
        self._pictures: Iterator[av.VideoFrame] = self._container.decode(stream)

    @property
    def label(self) -> str:
        return self._label

    def read(self) -> npt.NDArray[np.uint8]:
        try:
            picture = next(self._pictures, None)
        except (av.FFmpegError, OSError) as error:
            raise CaptureError(_reason(error)) from error
        if picture is None:
            raise CaptureError("it has ended")
        return upright_bgr(picture)

    def close(self) -> None:
        self._container.close()


def _reason(error: Exception) -> str:
    if isinstance(error, av.error.ExitError | TimeoutError):
        return "no answer comes"
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split())
