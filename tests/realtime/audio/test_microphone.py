"""Tests of realtime.audio.microphone: it hears, tells what is wrong, and ends whatever the device does."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from realtime.audio.base import SoundChunk
from realtime.audio.microphone import Microphone, SoundPatience
from realtime.errors import SourceError
from tests.fakes import wait_until
from tests.realtime.audio.devices import Clock, FakeSoundDevice

QUICK = SoundPatience(open_s=0.3, stall_s=0.15, mute_s=0.15, retry_s=0.02, join_s=0.3)


@pytest.fixture
def device() -> Iterator[FakeSoundDevice]:
    """A microphone whose thread has ended after the test."""
    device = FakeSoundDevice(Clock())
    yield device
    device.mode = "gone"
    assert wait_until(lambda: not any(thread.name == "microphone" for thread in threading.enumerate()))


def test_a_recording_hears_what_comes_and_a_little_of_what_came(device: FakeSoundDevice) -> None:
    device.beeps_s = [time.perf_counter() + 0.1]
    microphone = Microphone("fake", device.open, QUICK)
    assert wait_until(lambda: time.perf_counter() > device.beeps_s[0] + 0.2)
    ear = microphone.listen(device.beeps_s[0])
    time.sleep(0.1)
    chunks = ear.take(1)
    assert chunks[0].heard_s <= device.beeps_s[0] < chunks[0].end_s
    loud = np.concatenate([np.abs(chunk.samples) > 0.1 for chunk in chunks])
    times_s = np.concatenate([c.heard_s + np.arange(len(c.samples)) / c.rate_hz for c in chunks])
    assert times_s[loud][0] == pytest.approx(device.beeps_s[0], abs=0.01)
    assert microphone.status == ""
    ear.close()
    assert ear.take() == []
    microphone.close()
    microphone.close()
    assert device.closed == 1


@pytest.mark.parametrize(
    ("mode", "says"), [("gone", "it is not there"), ("nothing", "no sound comes"), ("blocks", "no sound within 0.3 s")]
)
def test_one_that_gives_nothing_at_the_start_is_reported(device: FakeSoundDevice, mode: str, says: str) -> None:
    device.mode = mode
    with pytest.raises(SourceError, match=f"cannot hear fake: {says}"):
        Microphone("fake", device.open, QUICK)


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("blocks", "fake: no sound comes; recording silence, trying again"),
        ("nothing", "fake: no sound comes; recording silence, trying again"),
        ("gone", "fake: it is not there; recording silence, trying again"),
        ("mute", "fake gives only silence: it is switched off, or the system keeps it from this program"),
    ],
)
def test_one_that_fails_later_is_reported_and_heard_again(device: FakeSoundDevice, mode: str, says: str) -> None:
    microphone = Microphone("fake", device.open, QUICK)
    assert microphone.status == ""
    device.mode = mode
    assert wait_until(lambda: microphone.status == says), microphone.status
    device.mode = "good"
    assert wait_until(lambda: microphone.status == "")
    microphone.close()
    assert microphone.status == ""


def test_a_driver_that_raises_something_else_is_reported_too(device: FakeSoundDevice) -> None:
    def opener() -> object:
        raise RuntimeError("broken\ndriver")

    with pytest.raises(SourceError, match="cannot hear fake: the driver says RuntimeError"):
        Microphone("fake", opener, QUICK)  # type: ignore[arg-type]


def test_it_ends_while_the_driver_hangs(device: FakeSoundDevice) -> None:
    microphone = Microphone("fake", device.open, QUICK)
    device.mode = "blocks"
    began_s = time.monotonic()
    microphone.close()
    assert time.monotonic() - began_s < 5


@pytest.mark.parametrize("samples", [np.zeros((2, 2), np.float32), np.zeros(2), np.zeros(0, np.float32)])
def test_chunks_are_checked(samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match="samples must be"):
        SoundChunk(samples, 48_000, 0.0)
