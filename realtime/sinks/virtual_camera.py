"""Feeds the annotated frames to a virtual camera that video calls can choose, through pyvirtualcam."""

import importlib
import sys
from typing import Any

import numpy as np

from realtime.drawing.letterbox import letterbox
from realtime.errors import SinkError
from realtime.frame import Output

_DRIVERS = {
    "linux": (
        "load the v4l2loopback driver: sudo apt install v4l2loopback-dkms && "
        "sudo modprobe v4l2loopback exclusive_caps=1 card_label=Faces"
    ),
    "darwin": "install OBS (obsproject.com), start its virtual camera once and stop it again",
    "win32": "install OBS (obsproject.com), which brings a virtual camera with it",
}
_EARLY = 0.1
"""Share of a frame's time that a frame may come too early and still be sent: cameras jitter."""


class VirtualCameraSink:
    """Sends annotated frames to a virtual camera, not mirrored: other programs do that where they show you yourself.

    Frames of another size are fitted in with black bars; frames that come faster than `fps` are left out.

    Args:
        size_wh: of the virtual camera's picture; odd sides lose a pixel, since its colours come in pairs.
        fps: the rate that it announces.
        backend: of pyvirtualcam; None takes the system's.

    Raises:
        SinkError: pyvirtualcam or a driver for it is missing; the message says how to get it here.
    """

    name = "virtual camera"

    def __init__(self, size_wh: tuple[int, int], fps: float, backend: str | None = None) -> None:
        try:
            pyvirtualcam: Any = importlib.import_module("pyvirtualcam")
        except ImportError as error:
            raise SinkError("no virtual camera: pyvirtualcam is not installed; pip install pyvirtualcam") from error
        self._size_wh = max(2, size_wh[0] - size_wh[0] % 2), max(2, size_wh[1] - size_wh[1] % 2)
        self._step_s = 1 / fps
        self._next_s = -np.inf
        width, height = self._size_wh
        try:
            self._camera: Any = pyvirtualcam.Camera(
                width, height, fps, fmt=pyvirtualcam.PixelFormat.BGR, backend=backend
            )
        except RuntimeError as error:
            hint = _DRIVERS.get(sys.platform, "see github.com/letmaik/pyvirtualcam")
            raise SinkError(f"no virtual camera ({' '.join(str(error).split())}): {hint}") from error
        self.device: str = self._camera.device
        """Name under which other programs find it."""

    def write(self, output: Output) -> None:
        """Send the frame unless it comes too early."""
        frame = output.annotated
        if self._camera is None or frame.time_s < self._next_s - _EARLY * self._step_s:
            return
        self._next_s = max(self._next_s + self._step_s, frame.time_s + 0.5 * self._step_s)
        frame_bgr = frame.pixels_bgr
        if frame.size_wh != self._size_wh:
            frame_bgr = letterbox(frame_bgr, self._size_wh)
        try:
            self._camera.send(frame_bgr)
        except (RuntimeError, OSError) as error:
            self.close()
            raise SinkError(f"the virtual camera {self.device} failed: {error}; start the program again") from error

    def close(self) -> None:
        """Give the virtual camera back."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()
