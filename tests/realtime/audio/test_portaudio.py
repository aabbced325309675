"""Tests of realtime.audio.portaudio, on a PortAudio of our own."""

import importlib
import sys
import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from realtime.audio.portaudio import PortAudioCapture, list_microphones, open_microphone
from realtime.errors import SourceError
from tests.fakes import wait_until

HOSTS = ({"name": "MME", "devices": [0], "default_input_device": 0},)
DEVICES: list[dict[str, Any]] = [
    {"name": "Built-in", "hostapi": 0, "max_input_channels": 2, "default_samplerate": 44100.0},
    {"name": "Speakers", "hostapi": 0, "max_input_channels": 0, "default_samplerate": 44100.0},
    {"name": "Logi C920", "hostapi": 0, "max_input_channels": 1, "default_samplerate": 16000.0},
    {"name": "Logi C270", "hostapi": 0, "max_input_channels": 1, "default_samplerate": 48000.0},
]


class FakeSoundDeviceModule(ModuleType):
    """What is used of `sounddevice`: streams that call back every 20 ms, sound being `age_s` old."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.hosts: tuple[dict[str, Any], ...] = HOSTS
        self.devices = [dict(device) for device in DEVICES]
        self.default = SimpleNamespace(hostapi=0)
        self.age_s = 0.05
        self.broken = self.silent = False
        self.started_anew = 0
        self.streams: list[Any] = []
        self.InputStream = lambda **asked: FakeStream(self, **asked)
        self.WasapiSettings = dict

    def query_hostapis(self, index: int | None = None) -> Any:
        return self.hosts if index is None else self.hosts[index]

    def query_devices(self, index: int | None = None) -> Any:
        return self.devices if index is None else self.devices[index]

    def _terminate(self) -> None:
        self.started_anew += 1

    def _initialize(self) -> None:
        pass


class FakeStream:
    """One opened stream of it."""

    def __init__(self, module: FakeSoundDeviceModule, **asked: Any) -> None:
        self.asked = asked
        self.closed = threading.Event()
        self._module = module
        if module.broken:
            raise module.PortAudioError("Invalid\nsample rate")
        module.streams.append(self)
        self._thread = threading.Thread(target=self._run, name="portaudio")

    @property
    def time(self) -> float:
        return 77.0

    def start(self) -> None:
        self._thread.start()

    def abort(self, ignore_errors: bool) -> None:
        self.closed.set()
        self._thread.join()

    def close(self, ignore_errors: bool) -> None:
        self.closed.set()

    def _run(self) -> None:
        count = self.asked["blocksize"]
        while not self.closed.wait(0.02):
            if not self._module.silent:
                times = SimpleNamespace(inputBufferAdcTime=self.time - self._module.age_s)
                self.asked["callback"](np.full((count, 1), 0.5, np.float32), count, times, None)


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDeviceModule:
    module = FakeSoundDeviceModule()
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def test_microphones_are_listed_without_speakers(portaudio: FakeSoundDeviceModule) -> None:
    assert [str(each) for each in list_microphones()] == ["0 'Built-in' (default)", "2 'Logi C920'", "3 'Logi C270'"]


def test_on_windows_wasapi_is_preferred_and_may_convert(portaudio: FakeSoundDeviceModule) -> None:
    wasapi = {"name": "Windows WASAPI", "devices": [4], "default_input_device": 4}
    portaudio.hosts = (*HOSTS, wasapi)
    portaudio.devices.append({**DEVICES[0], "hostapi": 1, "name": "Built-in, with its whole name"})
    assert [str(each) for each in list_microphones()] == ["4 'Built-in, with its whole name' (default)"]
    open_microphone("").close()
    assert portaudio.streams[0].asked["extra_settings"] == {"auto_convert": True}


@pytest.mark.parametrize(("name", "index"), [("", 0), ("2", 2), ("built", 0), ("C270", 3)])
def test_one_goes_by_its_number_or_part_of_its_name(portaudio: FakeSoundDeviceModule, name: str, index: int) -> None:
    microphone = open_microphone(name)
    (stream,) = portaudio.streams
    assert (stream.asked["device"], stream.asked["channels"]) == (index, 1)
    assert stream.asked["samplerate"] == DEVICES[index]["default_samplerate"]
    assert DEVICES[index]["name"] in microphone.name
    microphone.close()
    assert stream.closed.is_set()


@pytest.mark.parametrize(("age_s", "expected_s"), [(0.05, 0.05), (0.5, 0.5), (70.0, 0.02), (-3.0, 0.02)])
def test_sound_is_dated_by_the_driver_where_it_knows(
    portaudio: FakeSoundDeviceModule, monkeypatch: pytest.MonkeyPatch, age_s: float, expected_s: float
) -> None:
    monkeypatch.setattr("realtime.audio.portaudio.time", SimpleNamespace(perf_counter=lambda: 100.0))
    portaudio.age_s = age_s
    capture = PortAudioCapture(portaudio, list_microphones()[0])
    chunk = capture.read()
    capture.close()
    assert chunk.heard_s == pytest.approx(100 - expected_s, abs=1e-3)


def test_a_microphone_that_went_away_is_looked_for_anew(portaudio: FakeSoundDeviceModule) -> None:
    microphone = open_microphone("C920")
    portaudio.silent = True
    portaudio.devices[2], portaudio.devices[3] = portaudio.devices[3], portaudio.devices[2]
    assert wait_until(lambda: len(portaudio.streams) > 1)
    portaudio.silent = False
    assert portaudio.started_anew == 1
    assert [stream.asked["device"] for stream in portaudio.streams[:2]] == [2, 3]
    microphone.close()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("zeiss", "none is called 'zeiss'; microphones here: 0 'Built-in' (default), 2 'Logi C920', 3 'Logi C270'"),
        ("logi", "2 microphones are called 'logi'"),
        ("1", "none is called '1'"),
    ],
)
def test_a_name_that_fits_none_or_several_names_those_here(
    portaudio: FakeSoundDeviceModule, name: str, says: str
) -> None:
    with pytest.raises(SourceError) as told:
        open_microphone(name)
    assert says in str(told.value)


def test_what_portaudio_says_is_one_line(portaudio: FakeSoundDeviceModule) -> None:
    portaudio.broken = True
    with pytest.raises(SourceError, match="cannot hear microphone 'Built-in': PortAudio says 'Invalid sample rate'"):
        open_microphone("")


def test_a_machine_without_microphones(portaudio: FakeSoundDeviceModule) -> None:
    portaudio.devices = portaudio.devices[1:2]
    with pytest.raises(SourceError, match="no microphone: the system lists none"):
        open_microphone("")
    portaudio.default.hostapi = -1
    assert list_microphones() == []


def test_without_a_preferred_one_a_choice_is_asked_for(portaudio: FakeSoundDeviceModule) -> None:
    portaudio.hosts = ({**HOSTS[0], "default_input_device": -1},)
    with pytest.raises(SourceError, match="the system prefers none; choose one by its number"):
        open_microphone("")


def test_without_the_package_its_name_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(SourceError, match="pip install sounddevice"):
        open_microphone("")


@pytest.mark.parametrize(
    ("platform", "hint"), [("linux", "sudo apt install libportaudio2"), ("darwin", "pip install --force-reinstall")]
)
def test_without_the_library_its_name_is_reported(monkeypatch: pytest.MonkeyPatch, platform: str, hint: str) -> None:
    def no_library(name: str, *_: object) -> ModuleType:
        raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr("importlib.import_module", no_library)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SourceError, match=f"the library PortAudio is missing; {hint}"):
        list_microphones()


def test_the_real_package_is_what_we_take_it_for() -> None:
    """Where it is installed: names that we use are there, with or without any device."""
    try:
        sounddevice = importlib.import_module("sounddevice")
    except (ImportError, OSError):
        pytest.skip("needs sounddevice and PortAudio (optional)")
    for name in ("InputStream", "query_devices", "query_hostapis", "_terminate", "_initialize", "WasapiSettings"):
        assert hasattr(sounddevice, name)
    assert all(each.rate_hz > 0 for each in list_microphones())
