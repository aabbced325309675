"""A browser's camera and microphone as a source: pictures and sound that a page of ours sends."""

import io
import queue
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import cv2
import numpy as np
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from model.arrays import Image
from realtime.audio.base import SoundChunk
from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo
from realtime.sources.live.newest import CaptureError

HEAD: Final = struct.Struct("<BdI")
"""Before each message: kind, seconds on the page's clock, and samples a second (0 for pictures)."""
PICTURE, SOUND = 1, 2
_LARGEST_PX: Final = 4096
_STALL_S: Final = 1.5
_HOLD_S: Final = 0.2
_CLOCK_KEPT: Final = 300
"""Messages that the page's clock is compared by: the quickest of them says most."""
_SOUND_KEPT: Final = 100
_SILENT_S: Final = 1.0


class BrowserCamera:
    """What a page sends, dated on our clock; fed by the server's thread.

    Args:
        taken: called when a picture was taken out, so that the page sends another one.
    """

    def __init__(self, taken: Callable[[], None] = lambda: None) -> None:
        self._taken = taken
        self._changed = threading.Condition()
        self._newest: tuple[bytes, float] | None = None
        self._count = 0
        self._delays_s: deque[float] = deque(maxlen=_CLOCK_KEPT)
        self._sounds: queue.Queue[SoundChunk] = queue.Queue(_SOUND_KEPT)
        self._closed = False
        self.connected = False

    def feed(self, message: bytes) -> None:
        """Take one message of the page; what is none of its kind is ignored."""
        if len(message) <= HEAD.size:
            return
        kind, page_s, rate_hz = HEAD.unpack_from(message)
        payload, now_s = message[HEAD.size :], time.perf_counter()
        if not np.isfinite(page_s):
            return
        with self._changed:
            self._delays_s.append(now_s - page_s)
            then_s = min(page_s + min(self._delays_s), now_s)
            if kind == PICTURE:
                self._newest, self._count = (payload, then_s), self._count + 1
                self._changed.notify_all()
        if kind == SOUND and 8000 <= rate_hz <= 192_000 and len(payload) % 4 == 0 and not self._sounds.full():
            samples = np.frombuffer(payload, "<f4").astype(np.float32)
            if np.isfinite(samples).all():
                self._sounds.put_nowait(SoundChunk(np.clip(samples, -1, 1), rate_hz, then_s))

    def next_picture(self, count: int, timeout_s: float) -> tuple[bytes, float, int] | None:
        """JPEG, when it was taken, and its number; None if none after `count` came in time, or it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > count or self._closed, timeout_s)
            if self._closed or self._newest is None or self._count <= count:
                return None
            found = *self._newest, self._count
        self._taken()
        return found

    def hear(self) -> SoundChunk:
        """The next sound; raises `CaptureError` where none comes."""
        try:
            return self._sounds.get(timeout=_SILENT_S)
        except queue.Empty:
            raise CaptureError("the browser sends no sound") from None

    def close(self) -> None:
        """Wake whoever waits; may be called again."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class BrowserSound:
    """The microphone of that browser as a `SoundCapture`."""

    def __init__(self, camera: BrowserCamera) -> None:
        self._camera = camera

    def read(self) -> SoundChunk:
        """The next sound; raises `CaptureError`."""
        return self._camera.hear()

    def close(self) -> None:
        """Nothing to close: the page goes on sending, and what is not heard is dropped."""


class BrowserSource(Source):
    """Frames of a browser's camera, with the times at which it took them. Closes the camera with itself.

    Args:
        camera: fed by the page.
        wait_s: how long to wait for the first picture; None: until somebody opens the page and allows the camera.

    Raises:
        SourceError: no picture came in time, or it cannot be decoded.
    """

    def __init__(self, camera: BrowserCamera, wait_s: float | None = None) -> None:
        self._camera = camera
        self._closed = False
        self._silent_since_s = time.perf_counter()
        end_s = None if wait_s is None else time.perf_counter() + wait_s
        found = None
        # In short waits, so that Ctrl-C is heard.
        while found is None and (end_s is None or time.perf_counter() < end_s):
            found = camera.next_picture(0, 0.2)
        if found is None:
            raise SourceError("the browser's camera sent no picture; open the page and allow the camera")
        self._first = found
        height, width = _decoded(found[0]).shape[:2]
        self._info = SourceInfo(f"the browser's camera ({width}x{height})", (width, height), None, live=True)

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def status(self) -> str:
        """What is wrong at present, in one line; empty while new pictures come."""
        silent = not self._closed and time.perf_counter() - self._silent_since_s >= _STALL_S
        return "the browser's camera: no pictures come; is its page still open and in sight?" if silent else ""

    def frames(self) -> Iterator[Frame]:
        found: tuple[bytes, float, int] | None = self._first
        count, index, time_s, origin_s = 0, -1, 0.0, self._first[1]
        last_bgr: Image | None = None
        while not self._closed:
            if found is not None:
                jpeg, captured_s, number = found
                index += max(1, number - count) if index >= 0 else 1
                count = number
                self._silent_since_s = time.perf_counter()
                last_bgr = _decoded(jpeg)
                time_s = max(time_s, captured_s - origin_s)
                yield Frame(last_bgr, index, time_s, captured_s)
            elif last_bgr is not None and time.perf_counter() - self._silent_since_s >= _STALL_S:
                index += 1
                time_s = max(time_s, time.perf_counter() - origin_s)
                yield Frame(last_bgr.copy(), index, time_s)
            found = self._camera.next_picture(count, _HOLD_S)

    def close(self) -> None:
        self._closed = True
        self._camera.close()


def _decoded(jpeg: bytes) -> Image:
    """The (H, W, 3) BGR picture of a JPEG.

    Raises:
        SourceError: it is none, or too large.
    """
    try:
        with PillowImage.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
            fits = max(opened.size) <= _LARGEST_PX
    except (UnidentifiedImageError, PillowImage.DecompressionBombError, OSError, ValueError):
        fits = False
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if fits else None
    if picture is None:
        raise SourceError("the browser sent a picture that cannot be read; load its page again")
    result: Image = np.ascontiguousarray(picture)
    return result
