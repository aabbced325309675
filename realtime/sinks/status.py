"""Reports the trouble of a camera, stream or microphone."""

from collections.abc import Callable
from typing import Protocol

from realtime.control.controls import Controls
from realtime.frame import Output


class Device(Protocol):
    """What has a status: empty while all is well."""

    @property
    def status(self) -> str: ...


class StatusSink:
    """Reports a device's trouble once when it begins and once when it ends, on the picture and through `say`.

    Args:
        controls: its message shows on the picture, for as long as the trouble lasts.
        device: a source or microphone.
        over: the line for when all is well again.
        say: prints a line.
    """

    name = "status"

    def __init__(self, controls: Controls, device: Device, over: str, say: Callable[[str], None]) -> None:
        self._controls = controls
        self._device = device
        self._over = over
        self._say = say
        self._reported = False

    def write(self, output: Output) -> None:
        """Look at the device's status."""
        status = self._device.status
        if status:
            self._controls.message = status
            if not self._reported:
                self._say(status)
        elif self._reported:
            self._controls.message = self._over
            self._say(self._over)
        self._reported = bool(status)

    def close(self) -> None:
        """Nothing to close."""
