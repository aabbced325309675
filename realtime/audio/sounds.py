"""Short sounds for pictures, countdowns and recordings, played by the system's own player."""

import contextlib
import importlib
import io
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

RATE_HZ: Final = 44_100
_PLAYERS: Final = (("pw-play",), ("paplay",), ("aplay", "-q"))
"""Of Linux desktops, the first that is installed."""
_MOST_PLAYING: Final = 3


def shutter() -> npt.NDArray[np.float32]:
    """Two soft clicks, (N,) float32 in [-1, 1] at `RATE_HZ`."""
    noise = np.convolve(np.random.default_rng(1).standard_normal(_count(0.16)), np.ones(5) / 5, "same")
    time_s = np.arange(len(noise)) / RATE_HZ
    envelope = np.exp(-time_s / 0.012) + 0.7 * np.where(time_s > 0.07, np.exp(-(time_s - 0.07) / 0.016), 0)
    return (0.35 * noise * envelope).astype(np.float32)


def beep(frequencies_hz: Sequence[float]) -> npt.NDArray[np.float32]:
    """Soft tones, one after the other, (N,) float32 in [-1, 1] at `RATE_HZ`."""
    time_s = np.arange(_count(0.11)) / RATE_HZ
    envelope = np.minimum(1, time_s / 0.006) * np.exp(-time_s / 0.045)
    tones = [np.sin(2 * np.pi * frequency * time_s) * envelope for frequency in frequencies_hz]
    return (0.22 * np.concatenate(tones)).astype(np.float32)


SOUNDS: Final[dict[str, Callable[[], npt.NDArray[np.float32]]]] = {
    "picture": shutter,
    "count": lambda: beep([880]),
    "start": lambda: beep([660, 990]),
    "stop": lambda: beep([990, 660]),
}


class Player:
    """Plays sounds by name without waiting for them; silent where the system has no player.

    Args:
        command: the player and its arguments, given a WAV file; None finds the system's own.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._command = tuple(command) if command is not None else _player()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._playing: list[subprocess.Popen[bytes]] = []

    def play(self, name: str) -> None:
        """Play one of `SOUNDS`; too many at once are left out."""
        self._playing = [process for process in self._playing if process.poll() is None]
        if len(self._playing) >= _MOST_PLAYING:
            return
        try:
            path = self._file(name)
            if sys.platform == "win32" and not self._command:
                winsound = importlib.import_module("winsound")
                winsound.PlaySound(str(path), winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT)
            elif self._command:
                self._playing.append(
                    subprocess.Popen(
                        [*self._command, str(path)],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )
                )
        except (OSError, RuntimeError):
            self._command = ()  # a sound is not worth a message

    def close(self) -> None:
        """Wait a moment for what is playing, and clean up."""
        for process in self._playing:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
            if process.poll() is None:
                process.kill()
                process.wait()
        self._playing = []
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _file(self, name: str) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="face-keypoints-")
        path = Path(self._folder.name) / f"{name}.wav"
        if not path.exists():
            path.write_bytes(wav_of(SOUNDS[name]()))
        return path


def wav_of(samples: npt.NDArray[np.float32]) -> bytes:
    """(N,) float32 in [-1, 1] as a WAV file, 16 bits, one channel."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def _player() -> tuple[str, ...]:
    if sys.platform == "darwin":
        return ("afplay",)
    if sys.platform == "win32":
        return ()
    return next((command for command in _PLAYERS if shutil.which(command[0])), ())


def _count(seconds: float) -> int:
    return round(seconds * RATE_HZ)
