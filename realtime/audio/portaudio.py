"""The system's microphones, through PortAudio: names, and opening one."""

import importlib
import queue
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.audio.base import SoundChunk
from realtime.audio.microphone import Microphone
from realtime.errors import SourceError
from realtime.sources.live.newest import CaptureError

_CHUNKS_PER_S = 50
_MOST_WAITING = 500
_LONGEST_AGE_S = 5.0
"""Of sound that a driver hands over; one that says more does not know."""
_SILENT_S = 0.5
"""Without a chunk until a microphone counts as broken down; they come fifty times a second."""


@dataclass(frozen=True, slots=True)
class MicrophoneListing:
    """A microphone of this machine; `index` is PortAudio's, `is_default` the one that the system prefers."""

    index: int
    name: str
    rate_hz: int
    is_default: bool

    def __str__(self) -> str:
        return f"{self.index} {self.name!r}" + (" (default)" if self.is_default else "")


def list_microphones() -> list[MicrophoneListing]:
    """The microphones that PortAudio finds.

    Raises:
        SourceError: sounddevice or PortAudio is not installed, or PortAudio fails.
    """
    sounddevice = _sounddevice()
    try:
        hosts = sounddevice.query_hostapis()
        devices = sounddevice.query_devices()
        host = _best_host(hosts, sounddevice.default.hostapi)
    except sounddevice.PortAudioError as error:
        raise SourceError(f"no microphone: PortAudio says {_one_line(error)!r}; is sound set up here?") from error
    if host is None:
        return []
    return [
        MicrophoneListing(
            index, device["name"], round(device["default_samplerate"]), index == hosts[host]["default_input_device"]
        )
        for index, device in enumerate(devices)
        if device["hostapi"] == host and device["max_input_channels"] > 0
    ]


def open_microphone(name: str) -> Microphone:
    """Open the microphone with that number, name or part of a name; an empty one is the system's default.

    Raises:
        SourceError: there is no such microphone, or it cannot be heard.
    """
    chosen = _choose(name, list_microphones())
    sounddevice = _sounddevice()
    opened_before = False

    def open_capture() -> PortAudioCapture:
        nonlocal opened_before
        listing = chosen
        if opened_before:
            # PortAudio looks for devices only when it starts, so one that was plugged in again is not there till then.
            sounddevice._terminate()
            sounddevice._initialize()
            listing = next((each for each in list_microphones() if each.name == chosen.name), chosen)
        opened_before = True
        return PortAudioCapture(sounddevice, listing)

    return Microphone(f"microphone {chosen.name!r}", open_capture)


class PortAudioCapture:
    """An opened input of PortAudio, its first channel; see `SoundCapture`.

    Raises:
        CaptureError: the device cannot be opened.
    """

    def __init__(self, sounddevice: Any, listing: MicrophoneListing) -> None:
        self._rate_hz = listing.rate_hz
        self._chunks: queue.Queue[SoundChunk] = queue.Queue(_MOST_WAITING)
        host = sounddevice.query_hostapis(sounddevice.query_devices(listing.index)["hostapi"])["name"]
        self._stream: Any = None
        try:
            self._stream = sounddevice.InputStream(
                samplerate=listing.rate_hz,
                blocksize=listing.rate_hz // _CHUNKS_PER_S,
                device=listing.index,
                channels=1,
                dtype="float32",
                latency="high",
                extra_settings=sounddevice.WasapiSettings(auto_convert=True) if "WASAPI" in host else None,
                callback=self._hear,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            if self._stream is not None:
                self._stream.close(ignore_errors=True)
            raise CaptureError(f"PortAudio says {_one_line(error)!r}") from error

    def read(self) -> SoundChunk:
        try:
            return self._chunks.get(timeout=_SILENT_S)
        except queue.Empty:
            raise CaptureError("no sound comes") from None

    def close(self) -> None:
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _hear(self, samples: npt.NDArray[np.float32], count: int, times: Any, status: object) -> None:
        """Called by PortAudio in a thread of its own; must not wait."""
        age_s = self._stream.time - times.inputBufferAdcTime
        if not 0 <= age_s < _LONGEST_AGE_S:
            # Some drivers do not say when the sound was heard. The latest it can have been is one chunk ago.
            age_s = count / self._rate_hz
        chunk = SoundChunk(samples[:, 0].copy(), self._rate_hz, time.perf_counter() - age_s)
        if not self._chunks.full():
            self._chunks.put_nowait(chunk)


def _sounddevice() -> Any:
    try:
        return importlib.import_module("sounddevice")
    except ImportError as error:
        raise SourceError("no microphone: sounddevice is not installed; pip install sounddevice") from error
    except OSError as error:
        hint = (
            "sudo apt install libportaudio2" if sys.platform == "linux" else "pip install --force-reinstall sounddevice"
        )
        raise SourceError(f"no microphone: the library PortAudio is missing; {hint}") from error


def _best_host(hosts: tuple[dict[str, Any], ...], default: int) -> int | None:
    """The system's interface to use. On Windows each device is there several times, under short names in the first."""
    wasapi = [index for index, host in enumerate(hosts) if "WASAPI" in host["name"] and host["devices"]]
    if wasapi:
        return wasapi[0]
    return default if 0 <= default < len(hosts) else None


def _choose(name: str, listed: list[MicrophoneListing]) -> MicrophoneListing:
    if not listed:
        raise SourceError("no microphone: the system lists none; plug one in, and see that the system knows it")
    here = "microphones here: " + ", ".join(map(str, listed))
    if not name:
        preferred = [each for each in listed if each.is_default]
        if not preferred:
            raise SourceError(f"no microphone: the system prefers none; choose one by its number; {here}")
        return preferred[0]
    if name.isdecimal():
        matching = [each for each in listed if each.index == int(name)]
    else:
        matching = [each for each in listed if name.casefold() in each.name.casefold()]
        matching = [each for each in matching if name.casefold() == each.name.casefold()] or matching
    if len(matching) == 1:
        return matching[0]
    problem = f"{len(matching)} microphones are" if matching else "none is"
    raise SourceError(f"no microphone: {problem} called {name!r}; {here}; choose one by its number")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
