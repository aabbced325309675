"""Tests of realtime.audio.soundtrack: sound in step with the picture, whatever microphone and camera do."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from realtime.audio.base import SoundChunk
from realtime.audio.microphone import Microphone, SoundPatience
from realtime.audio.soundtrack import RATE_HZ, Timeline
from realtime.control.controls import Controls
from realtime.errors import SinkError
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.recorder import RecorderSink
from realtime.sinks.recording.video import VideoWriter
from tests.fakes import wait_until
from tests.realtime.audio.devices import Clock, FakeSoundDevice, onsets_s, sound_of
from tests.realtime.sinks.outputs import output

START_S = 500.0
ZERO_S = 470.0
"""When the camera's own time was 0."""
RATES = [30, 8, 15, 8, 30, 24, 10, 12]


def frame_times_s(seconds: float, rates: list[int]) -> list[float]:
    """Frames at each rate in turn for a second, with a jitter of some milliseconds."""
    steps_s = np.concatenate([np.full(rate, 1 / rate) for rate in rates * (int(seconds) // len(rates) + 1)])
    times_s = START_S + np.cumsum(steps_s)
    times_s += np.random.default_rng(2).uniform(0, 0.01, len(times_s))
    return [float(time_s) for time_s in times_s if time_s < START_S + seconds]


def film(
    sink: RecorderSink, device: FakeSoundDevice, times_s: list[float], flash_every_s: float = 1.0, from_s: float = 0.0
) -> None:
    """Write frames of a camera that flashes, each time with a beep."""
    flashed_s = times_s[0] + from_s - flash_every_s + 0.3
    white_until_s = -1.0
    for index, time_s in enumerate(times_s):
        if time_s - flashed_s >= flash_every_s:
            device.beeps_s = [*device.beeps_s[-5:], time_s]
            flashed_s, white_until_s = time_s, time_s + 0.2
        device.advance(time_s + 0.04)
        frame = output(index, time_s - ZERO_S).annotated
        picture = np.full_like(frame.pixels_bgr, 255 if time_s < white_until_s else 0)
        given = output(index)
        sink.write(replace(given, annotated=replace(frame, pixels_bgr=picture, captured_s=time_s)))


def recorder(path: Path, device: FakeSoundDevice, fps: float | None = None) -> tuple[RecorderSink, Microphone]:
    device.clock.set(START_S)
    microphone = Microphone("fake", device.open)
    config = RecorderConfig(constant_fps=fps)
    return RecorderSink(Controls(recording=True), path, live=False, config=config, microphone=microphone), microphone


def assert_in_step(path: Path, at_least: int, limit_s: float = 0.04) -> None:
    flashes_s, beeps_s = onsets_s(path)
    assert len(flashes_s) >= at_least
    assert len(beeps_s) == len(flashes_s)
    assert np.abs(np.array(beeps_s) - flashes_s).max() < limit_s


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_a_beep_is_heard_with_its_flash(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    device = FakeSoundDevice(Clock(START_S - 0.5), jitter_s=0.015)
    sink, microphone = recorder(path, device)
    times_s = frame_times_s(6, RATES)
    film(sink, device, times_s)
    sink.close()
    microphone.close()
    assert_in_step(path, 5)
    with av.open(str(path)) as container:
        sound = container.streams.audio[0].codec_context
        assert (sound.name, sound.sample_rate, sound.channels) == (
            "opus" if ending == ".webm" else "aac",
            RATE_HZ,
            1,
        )
        assert container.duration is not None
        assert container.duration / 1e6 == pytest.approx(times_s[-1] - times_s[0] + 0.08, abs=0.06)
    heard_s, _ = sound_of(path)
    assert heard_s[-1] == pytest.approx(times_s[-1] - times_s[0], abs=0.15)


@pytest.mark.parametrize(("rate_hz", "drift"), [(48_000, 0.005), (44_100, -0.005), (16_000, 0.005)])
def test_a_clock_that_is_wrong_is_followed(tmp_path: Path, rate_hz: int, drift: float) -> None:
    """Over a minute and a half it would be half a second off."""
    device = FakeSoundDevice(Clock(START_S - 0.5), rate_hz, drift, jitter_s=0.01)
    sink, microphone = recorder(tmp_path / "out.mp4", device)
    film(sink, device, frame_times_s(90 if rate_hz == 48_000 else 20, RATES), flash_every_s=2.5)
    sink.close()
    microphone.close()
    assert_in_step(tmp_path / "out.mp4", 7)


def test_at_a_constant_rate_too(tmp_path: Path) -> None:
    device = FakeSoundDevice(Clock(START_S - 0.5))
    sink, microphone = recorder(tmp_path / "out.mp4", device, fps=25)
    film(sink, device, frame_times_s(5, [30, 15]))
    sink.close()
    microphone.close()
    # A picture may be shown up to one of its own durations early.
    assert_in_step(tmp_path / "out.mp4", 4, limit_s=0.06)


def test_each_file_of_a_run_is_in_step(tmp_path: Path) -> None:
    device = FakeSoundDevice(Clock(START_S - 0.5), drift=0.005)
    controls = Controls(recording=True)
    device.clock.set(START_S)
    microphone = Microphone("fake", device.open)
    sink = RecorderSink(controls, tmp_path / "out.mp4", live=False, microphone=microphone)
    for begin in range(3):
        controls.recording = begin != 1
        film(sink, device, [time_s + 4 * begin for time_s in frame_times_s(4, [15, 24])])
    sink.close()
    microphone.close()
    assert [path.name for path in sink.paths] == ["out.mp4", "out-2.mp4"]
    for path in sink.paths:
        assert_in_step(path, 3)


@pytest.mark.parametrize("mode", ["blocks", "nothing", "gone"])
def test_a_microphone_that_fails_midway_leaves_silence_and_comes_back_in_step(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "out.mp4"
    device = FakeSoundDevice(Clock(START_S - 0.5))
    device.clock.set(START_S)
    microphone = Microphone("fake", device.open, SoundPatience(retry_s=0.01))
    sink = RecorderSink(Controls(recording=True), path, live=False, microphone=microphone)
    times_s = frame_times_s(9, [24, 12])
    film(sink, device, [time_s for time_s in times_s if time_s < START_S + 3])
    device.mode = mode
    film(sink, device, [time_s for time_s in times_s if START_S + 3 <= time_s < START_S + 6])
    device.mode = "good"
    assert wait_until(lambda: device.listened_to_s > device.clock.now_s())
    film(sink, device, [time_s for time_s in times_s if time_s >= START_S + 6])
    sink.close()
    microphone.close()
    flashes_s, beeps_s = onsets_s(path)
    heard_s = [flash_s for flash_s in flashes_s if not 2.9 < flash_s < 5.9]
    assert len(flashes_s) >= 8
    assert len(heard_s) >= 5
    np.testing.assert_allclose(beeps_s, heard_s, atol=0.04)
    sound_s, samples = sound_of(path)
    assert np.abs(samples[(sound_s > 3.2) & (sound_s < 5.7)]).max() < 1e-4
    assert sound_s[-1] == pytest.approx(times_s[-1] - times_s[0], abs=0.15)


def test_a_microphone_that_ends_for_good_does_not_keep_the_file_from_being_finished(tmp_path: Path) -> None:
    path = tmp_path / "out.webm"
    device = FakeSoundDevice(Clock(START_S - 0.5))
    sink, microphone = recorder(path, device)
    times_s = frame_times_s(4, [15])
    film(sink, device, times_s[:15])
    device.mode = "blocks"
    film(sink, device, times_s[15:])
    sink.close()
    device.mode = "gone"
    microphone.close()
    sound_s, _ = sound_of(path)
    assert sound_s[-1] == pytest.approx(times_s[-1] - times_s[0], abs=0.15)


def test_a_recording_that_breaks_listens_no_more(tmp_path: Path) -> None:
    device = FakeSoundDevice(Clock(START_S - 0.5))
    device.clock.set(START_S)
    microphone = Microphone("fake", device.open)
    ear = microphone.listen(START_S)
    writer = VideoWriter(tmp_path / "out.mp4", (64, 48), RecorderConfig(), (ear, START_S))
    with pytest.raises(SinkError, match="cannot write the recording"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_encode", disk_full)
        writer.write(output().annotated.pixels_bgr, 0.0)
    device.advance(START_S + 1)
    assert ear.take() == []
    microphone.close()


def disk_full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def tone(count: int, heard_s: float, value: float = 0.5) -> SoundChunk:
    return SoundChunk(np.full(count, value, np.float32), RATE_HZ, heard_s)


def test_missing_sound_is_silence() -> None:
    timeline = Timeline(START_S)
    timeline.lay(tone(4800, START_S + 0.1))
    timeline.lay(tone(4800, START_S + 0.3))
    timeline.flush()
    samples = timeline.take(10**6)
    assert len(samples) == pytest.approx(0.4 * RATE_HZ, abs=50)
    for begin, level in enumerate([0, 0.5, 0, 0.5]):
        middle = samples[begin * 4800 + 1000 : begin * 4800 + 3800]
        np.testing.assert_allclose(middle, level, atol=0.01)


def test_sound_from_before_the_first_picture_is_left_out() -> None:
    timeline = Timeline(START_S)
    timeline.lay(tone(4800, START_S - 0.2))
    timeline.lay(tone(4800, START_S - 0.1, 0.25))
    timeline.lay(tone(4800, START_S, 0.75))
    timeline.flush()
    assert timeline.take(10**6)[50:4700].min() > 0.7


def test_sound_that_comes_too_late_is_left_out_and_shifts_nothing() -> None:
    timeline = Timeline(START_S)
    timeline.lay(tone(4800, START_S))
    timeline.silence(9600)
    assert len(timeline.take(9600)) == 9600
    for number in range(1, 4):
        timeline.lay(tone(4800, START_S + 0.1 * number, 0.25 * number))
    timeline.flush()
    samples = timeline.take(10**6)
    np.testing.assert_allclose(samples[100:4700], 0.5, atol=0.01)
    np.testing.assert_allclose(samples[4900:9500], 0.75, atol=0.01)
