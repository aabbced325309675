"""Tests of realtime.audio.switchable."""

import time

import numpy as np

from realtime.audio.base import SoundChunk
from realtime.audio.portaudio import MicrophoneListing
from realtime.audio.switchable import OFF, OpenMicrophone, SwitchableMicrophone
from realtime.errors import SourceError
from tests.realtime.sinks.screens import wait_for

LISTED = [MicrophoneListing(1, "Built-in", 48_000, True), MicrophoneListing(3, "Yeti", 44_100, False)]


class Ear:
    def __init__(self) -> None:
        self.chunks: list[SoundChunk] = []
        self.closed = False

    def take(self, timeout_s: float = 0.0) -> list[SoundChunk]:
        taken, self.chunks = self.chunks, []
        return taken

    def close(self) -> None:
        self.closed = True


class Mic:
    """A microphone into which the test speaks."""

    def __init__(self, number: str) -> None:
        self.name = f"microphone {number!r}"
        self.status = f"{number} is dusty"
        self.ears: list[Ear] = []
        self.closed = False

    def listen(self, since_s: float) -> Ear:
        self.ears.append(Ear())
        return self.ears[-1]

    def speak(self, value: float) -> None:
        for ear in self.ears:
            ear.chunks.append(SoundChunk(np.full(10, value, np.float32), 48_000, time.perf_counter()))

    def close(self) -> None:
        self.closed = True


class Room:
    """A switchable microphone over microphones that the test keeps."""

    def __init__(self, first: Mic | None) -> None:
        self.said: list[str] = []
        self.opened: dict[str, Mic] = {}
        self.microphone = SwitchableMicrophone(first, self.open, lambda: LISTED, self.said.append)

    def open(self, key: str) -> OpenMicrophone:
        if key == "1":
            raise SourceError("no microphone: none is called 1")
        self.opened[key] = Mic(key)
        return self.opened[key]

    def choose(self, key: str) -> None:
        self.microphone.refresh()
        wait_for(lambda: len(self.microphone.menu.entries) == 3, "the list")
        self.microphone.choose(key)
        wait_for(lambda: not self.microphone.menu.busy, "the microphone")


def values(chunks: list[SoundChunk]) -> list[float]:
    return [float(chunk.samples[0]) for chunk in chunks]


def test_a_recording_goes_on_from_one_microphone_to_the_next() -> None:
    first = Mic("Built-in")
    room = Room(first)
    ear = room.microphone.listen(0.0)
    assert ear is not None
    first.speak(0.5)
    assert values(ear.take()) == [0.5]
    first.speak(0.25)
    room.choose("3")
    room.opened["3"].speak(0.75)
    assert values(ear.take()) == [0.25]
    assert values(ear.take()) == [0.75]
    assert first.closed and first.ears[0].closed
    assert room.said == ["sound: microphone '3'"]
    assert room.microphone.status == "3 is dusty"
    ear.close()
    room.microphone.close()
    assert room.opened["3"].closed


def test_it_can_be_switched_off_and_on_while_recording() -> None:
    first = Mic("Built-in")
    room = Room(first)
    ear = room.microphone.listen(0.0)
    assert ear is not None
    room.choose(OFF)
    assert room.microphone.status == ""
    assert room.microphone.menu.name == ""
    assert ear.take(0.01) == []
    assert room.microphone.listen(0.0) is None
    room.choose("3")
    room.opened["3"].speak(0.75)
    assert values(ear.take()) == [0.75]
    assert room.said == ["no microphone: recordings are silent", "sound: microphone '3', from the next recording on"]


def test_one_that_cannot_be_opened_leaves_the_present_one() -> None:
    first = Mic("Built-in")
    room = Room(first)
    room.choose("1")
    assert not first.closed
    assert room.said in ([], ["no microphone: none is called 1"])
    assert room.microphone.menu.name == "microphone 'Built-in'"


def test_the_menu_knows_the_microphone_that_was_asked_for() -> None:
    room = Room(Mic("Yeti"))
    room.microphone.refresh()
    wait_for(lambda: room.microphone.menu.chosen == "3", "the list")
    assert [entry.name for entry in room.microphone.menu.entries] == ["No microphone", "Built-in", "Yeti"]
    room.microphone.choose("99")
    assert not room.microphone.menu.busy


def test_a_failed_list_leaves_silence_to_choose() -> None:
    said: list[str] = []

    def fail() -> list[MicrophoneListing]:
        raise SourceError("no microphone: pip install sounddevice")

    microphone = SwitchableMicrophone(None, Mic, fail, said.append)
    microphone.refresh()
    wait_for(lambda: bool(said), "the failure")
    assert [entry.key for entry in microphone.menu.entries] == [OFF]
    microphone.close()
