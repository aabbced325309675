"""The real program before a camera that flashes and a microphone that hears a beep with each flash.

`python -m tests.realtime.studio OPTIONS...` is `python -m realtime OPTIONS...` on these devices, and prints when each
picture was taken.
"""

import sys
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from realtime.audio.microphone import Microphone, SoundPatience
from realtime.cli.live import app
from realtime.live.devices import Devices
from realtime.sources.live.camera import CameraConfig, CameraSource
from realtime.sources.live.newest import Patience
from tests.fakes import FakeDevice
from tests.realtime.audio.devices import Clock, FakeSoundDevice

PATIENCE = Patience(measure_s=0.05, stall_s=0.3, hold_s=0.05, skip_s=0.1, retry_s=0.05, retry_max_s=0.1, join_s=0.5)
SOUND_PATIENCE = SoundPatience(stall_s=0.3, retry_s=0.05, join_s=0.5)
FLASH_EVERY_S = 0.7
FLASH_S = 0.2


class FlashingCamera(FakeDevice):
    """Dark pictures, 25 a second, white for a moment now and then; with a beep in `sound` at each flash.

    Args:
        sound: the microphone beside it.
        noisy: pictures of noise, to fill a disk with.
        tell: print when each picture was taken.
    """

    def __init__(self, sound: FakeSoundDevice, noisy: bool = False, tell: bool = False) -> None:
        super().__init__(period_s=0.04, size_wh=(160, 120))
        self._sound = sound
        self._noisy = noisy
        self._tell = tell
        self._random = np.random.default_rng(0)
        self._flash_s = time.perf_counter() + 0.5

    def next_picture(self) -> npt.NDArray[np.uint8] | None:
        picture = super().next_picture()
        if picture is None:
            return None
        now_s = time.perf_counter()
        if self._tell:
            print(now_s, flush=True)
        if self._noisy:
            return self._random.integers(0, 256, picture.shape, np.uint8)
        if now_s - self._flash_s >= FLASH_EVERY_S:
            self._flash_s = now_s
            self._sound.beeps_s = [*self._sound.beeps_s[-3:], now_s]
        if now_s - self._flash_s < FLASH_S:
            return np.full_like(picture, 255)
        return picture // np.uint8(4)


class Studio:
    """Both devices, and what the program is given in place of its own."""

    def __init__(self, noisy: bool = False, tell: bool = False) -> None:
        self.sound = FakeSoundDevice(Clock(), drift=0.003)
        self.camera = FlashingCamera(self.sound, noisy, tell)
        self.devices = Devices(self.open_source, self.open_microphone)

    def open_source(self, where: str | None, *_: object) -> CameraSource:
        """Stands for `realtime.sources.open.open_source`."""
        return CameraSource(CameraConfig(patience=PATIENCE), self.camera.open, lambda: [])

    def open_microphone(self, name: str) -> Microphone:
        """Stands for `realtime.audio.portaudio.open_microphone`."""
        return Microphone(f"microphone {name or 'default'!r}", self.sound.open, SOUND_PATIENCE)


def main(arguments: Sequence[str]) -> None:
    """Run the program; `noisy` as the first argument makes the camera's pictures noise."""
    noisy = arguments[0] == "noisy"
    studio = Studio(noisy, tell=True)
    app(arguments[noisy:], obj=studio.devices)


if __name__ == "__main__":
    main(sys.argv[1:])
