"""Live streams behind an address (MJPEG over HTTP, RTSP, ...), through FFmpeg (PyAV)."""

import time
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from model.plain_text import without_passwords
from realtime.errors import SourceError
from realtime.sources.files.picture import PictureReader
from realtime.sources.live.http_pictures import TooLargeError, open_pictures
from realtime.sources.live.live_source import LiveSource
from realtime.sources.live.newest import CaptureError, Patience

_LOW_DELAY = {
    # Not `nobuffer`: it throws away what was studied, the first key frame with it, and the next may be ten seconds off.
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
        # Names end up in terminals and recordings; passwords must not.
        name = f"stream {without_passwords(address)}"
        try:
            super().__init__(name, lambda: _OpenedStream(address, limits), limits)
        except SourceError as error:
            raise SourceError(f"{error}; check the address, or try it in a browser or player") from error


class _OpenedStream:
    """An open container as a `Capture`."""

    def __init__(self, address: str, limits: Patience) -> None:
        # Half of what the caller waits for, so that this ends first, with its better reason.
        open_s, self._read_s = limits.open_s / 2, limits.stall_s
        began_s = time.perf_counter()
        try:
            self._pictures_file = open_pictures(address, open_s, self._read_s)
        except TimeoutError as error:
            raise CaptureError("no answer comes") from error
        where: Any = self._pictures_file or address
        try:
            self._container: InputContainer = av.open(where, options=_LOW_DELAY, timeout=(open_s, self._read_s))
        except (av.FFmpegError, OSError, TooLargeError) as error:
            self._hang_up()
            raise _capture_error(error, began_s, open_s) from error
        if not self._container.streams.video:
            self.close()
            raise CaptureError("it holds no video")
        self._stream = stream = self._container.streams.video[0]
        # PyAV gives no context, whatever its types say, where FFmpeg has no decoder.
        if getattr(stream, "codec_context", None) is None:
            self.close()
            raise CaptureError("its video is of a kind that cannot be decoded")
        self._reader: PictureReader | None = None
        # Frame threads would hold back one picture each.
        stream.thread_type = "SLICE"
        self._label: str = stream.codec_context.name
        self._pictures: Iterator[av.VideoFrame] = self._container.decode(stream)

    @property
    def label(self) -> str:
        return self._label

    def read(self) -> npt.NDArray[np.uint8]:
        began_s = time.perf_counter()
        try:
            picture = next(self._pictures, None)
        except (av.FFmpegError, OSError, TooLargeError) as error:
            raise _capture_error(error, began_s, self._read_s) from error
        if picture is None:
            raise CaptureError("it has ended")
        if self._pictures_file is not None:
            self._pictures_file.next_picture()
        if self._reader is None:
            self._reader = PictureReader(self._stream, picture)
        return self._reader.bgr(picture)

    def close(self) -> None:
        self._container.close()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._pictures_file is not None:
            self._pictures_file.close()


def _capture_error(error: Exception, began_s: float, limit_s: float) -> CaptureError:
    # FFmpeg has a handful of words for a time limit that ran out, some of them about invalid data.
    if time.perf_counter() - began_s >= limit_s and not isinstance(error, TooLargeError):
        return CaptureError("no answer comes")
    return CaptureError(" ".join((getattr(error, "strerror", None) or str(error)).split()))
