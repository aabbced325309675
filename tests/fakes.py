"""Real implementations of the project's contracts for tests: pictures, clips, cameras and servers that misbehave."""

import threading
import time
from collections.abc import Sequence
from fractions import Fraction
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

from tests.loopback import LoopbackServer

FOUR_COLOURS_BGR = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))
"""Top left blue, top right green, bottom left red, bottom right white: no swapped axis or channel looks the same."""


def four_colours(size_wh: tuple[int, int] = (64, 48), number: int = 0) -> npt.NDArray[np.uint8]:
    """A four-colour picture whose middle is the grey level `number` (modulo 256), (H, W, 3) uint8 BGR."""
    width, height = size_wh
    frame_bgr = np.empty((height, width, 3), np.uint8)
    for quarter, colour in enumerate(FOUR_COLOURS_BGR):
        y, x = divmod(quarter, 2)
        rows = slice(height // 2, None) if y else slice(0, height // 2)
        columns = slice(width // 2, None) if x else slice(0, width // 2)
        frame_bgr[rows, columns] = colour
    frame_bgr[height // 4 : height - height // 4, width // 4 : width - width // 4] = number % 256
    return frame_bgr


def number_of(frame_bgr: npt.NDArray[np.uint8]) -> int:
    """The number in the middle of a `four_colours` picture; a lossy codec may be off by a few."""
    height, width = frame_bgr.shape[:2]
    return int(frame_bgr[height // 2, width // 2].mean().round())


def has_four_colours(frame_bgr: npt.NDArray[np.uint8], tolerance: int = 40) -> bool:
    """Whether the corners have the colours of `four_colours`, upright and with channels in order."""
    corners = [frame_bgr[2, 2], frame_bgr[2, -3], frame_bgr[-3, 2], frame_bgr[-3, -3]]
    return bool(np.abs(np.array(corners, int) - np.array(FOUR_COLOURS_BGR)).max() <= tolerance)


def write_video(
    path: Path,
    times_s: Sequence[float],
    size_wh: tuple[int, int] = (64, 48),
    codec: str = "libx264rgb",
    pixel_format: str = "rgb24",
) -> None:
    """A clip of `four_colours` pictures numbered 0, 4, 8, ... shown at `times_s`; exact with the default codec."""
    with av.open(str(path), "w") as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=30))
        stream.width, stream.height = size_wh
        stream.pix_fmt = pixel_format
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if codec.startswith("libx264"):
            stream.options = {"qp": "0", "preset": "ultrafast"}
        for number, time_s in enumerate(times_s):
            picture = av.VideoFrame.from_ndarray(four_colours(size_wh, 4 * number), format="bgr24")
            picture.pts, picture.time_base = round(time_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


class FakeDevice:
    """A camera that can be told to misbehave; `open` stands for `cv2.VideoCapture`.

    `mode` is `good`, `nothing` (reads fail), `blocks` (reads hang until the mode changes), `raises`, `repeats` (one
    picture for ever) or `gone` (it cannot be opened, and an open one gives nothing).
    """

    def __init__(self, period_s: float = 0.004, size_wh: tuple[int, int] = (64, 48)) -> None:
        self.period_s = period_s
        self.size_wh = size_wh
        self.offered_wh = [size_wh]
        self.opened: list[FakeCapture] = []
        self.requests: list[tuple[int, int, tuple[int, ...]]] = []
        self.pictures = 0
        self._mode = "good"
        self._changed = threading.Condition()

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        with self._changed:
            self._mode = mode
            self._changed.notify_all()

    @property
    def open_now(self) -> int:
        """Captures that are open at present."""
        return sum(not capture.released for capture in self.opened)

    def open(self, index: int, api: int, params: Sequence[int]) -> "FakeCapture":
        self.requests.append((index, api, tuple(params)))
        capture = FakeCapture(self, self.mode != "gone")
        self.opened.append(capture)
        return capture

    def next_picture(self) -> npt.NDArray[np.uint8] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._mode != "blocks")
            if self._mode == "good":
                self._changed.wait_for(lambda: self._mode != "good", self.period_s)
            if self._mode == "raises":
                raise cv2.error("the cable is loose")
            if self._mode in ("nothing", "gone"):
                return None
            if self._mode != "repeats":
                self.pictures += 1
            return four_colours(self.size_wh, self.pictures)


class FakeCapture:
    """One opening of a `FakeDevice`, with the methods of `cv2.VideoCapture` that the program uses."""

    def __init__(self, device: FakeDevice, good: bool) -> None:
        self._device = device
        self.released = not good

    def isOpened(self) -> bool:
        return not self.released

    def read(self) -> tuple[bool, npt.NDArray[np.uint8] | None]:
        picture = None if self.released else self._device.next_picture()
        return picture is not None, picture

    def get(self, propId: int) -> float:
        width, height = self._device.size_wh
        values = {
            cv2.CAP_PROP_FOURCC: float(cv2.VideoWriter.fourcc(*"MJPG")),
            cv2.CAP_PROP_FRAME_WIDTH: float(width),
            cv2.CAP_PROP_FRAME_HEIGHT: float(height),
        }
        return values.get(propId, 0.0)

    def set(self, propId: int, value: float) -> bool:
        """Like a driver, take a width that is offered and keep the size as it is otherwise."""
        for size_wh in self._device.offered_wh:
            if propId == cv2.CAP_PROP_FRAME_WIDTH and value == size_wh[0]:
                self._device.size_wh = size_wh
                return True
        return propId == cv2.CAP_PROP_FRAME_HEIGHT

    def release(self) -> None:
        self.released = True


class MjpegServer(LoopbackServer):
    """MJPEG over HTTP; `address` is what `--source` takes."""

    def __init__(self, period_s: float = 0.01) -> None:
        self.period_s = period_s
        self._number = 0
        super().__init__()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/stream"

    def serve(self, dead: threading.Event) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    while not dead.wait(outer.period_s):
                        if not outer.stalled.is_set():
                            self.wfile.write(outer.part())
                except OSError:
                    return

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def part(self) -> bytes:
        """The next picture as one part of the answer."""
        self._number += 1
        good, jpeg = cv2.imencode(".jpg", four_colours((64, 48), 5 * self._number))
        assert good
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        return head.encode() + jpeg.tobytes() + b"\r\n"


def wait_until(condition: object, timeout_s: float = 10.0) -> bool:
    """Whether `condition()` became true in time; looks every few milliseconds, so a busy machine only takes longer."""
    assert callable(condition)
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        if condition():
            return True
        time.sleep(0.005)
    return bool(condition())
