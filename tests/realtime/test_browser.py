"""Recordings play in a real browser: their duration, size, pixels and sound as a page sees them."""

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.audio.microphone import Microphone
from realtime.control.controls import Controls
from realtime.sinks.recording.recorder import RecorderSink
from tests.browser import ask_page, browser_command
from tests.fakes import FOUR_COLOURS_BGR
from tests.realtime.audio.devices import Clock, FakeSoundDevice
from tests.realtime.sinks.outputs import output
from tests.realtime.test_recordings import end_after, start, times_of

pytestmark = pytest.mark.alone
PAGE = """
<script>
const event = (target, name) => new Promise((good, bad) => {
  target.addEventListener(name, good, { once: true });
  target.addEventListener("error", () => bad(target.error?.message || "error"), { once: true });
});
async function look(name) {
  const video = document.createElement("video");
  video.muted = true;
  video.src = name;
  await event(video, "loadeddata");
  const canvas = document.createElement("canvas");
  const size = [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  video.currentTime = 1.5;
  await event(video, "seeked");
  const paper = canvas.getContext("2d");
  const at = (x, y) => [...paper.getImageData(x * size[0] / 8, y * size[1] / 8, 1, 1).data].slice(0, 3);
  let pixels;
  // On a busy machine the picture can come a moment after the word that it is there; until then nothing is drawn.
  for (let tries = 0; tries < 100 && !(pixels && pixels.flat().some(value => value > 0)); tries++) {
    if (tries) await new Promise(done => setTimeout(done, 50));
    paper.drawImage(video, 0, 0);
    pixels = [at(1, 1), at(7, 1), at(1, 7), at(7, 7), at(4, 4)];
  }
  video.playbackRate = 4;
  video.play();
  await event(video, "ended");
  const content = await (await fetch(name)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 48000, 48000).decodeAudioData(content).catch(() => null);
  const samples = sound ? sound.getChannelData(0) : [];
  return {
    size, pixels, duration_s: video.duration, ended_s: video.currentTime, sound_s: sound ? sound.duration : 0,
    beep_s: [...samples].findIndex(sample => Math.abs(sample) > 0.1) / 48000,
  };
}
(async () => {
  const answer = { h264: document.createElement("video").canPlayType('video/mp4; codecs="avc1.42E01E"') };
  for (const name of NAMES)
    answer[name] = await look(name).catch(error => ({ error: String(error) }));
  await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
})();
</script>
"""
BEEP_S = 1.0
SECONDS = 3.0


def record(path: Path, with_sound: bool) -> None:
    """Three seconds of four colours, with a beep after the first of them."""
    clock = Clock(99.5)
    device = FakeSoundDevice(clock)
    clock.set(100.0)
    device.beeps_s = [100.0 + BEEP_S]
    microphone = Microphone("fake", device.open) if with_sound else None
    sink = RecorderSink(Controls(recording=True), path, live=False, microphone=microphone)
    for index in range(round(25 * SECONDS)):
        if microphone:
            device.advance(100.1 + index / 25)
        given = output(0, index / 25, (160, 120))
        sink.write(replace(given, annotated=replace(given.original, captured_s=100 + index / 25)))
    sink.close()
    if microphone:
        microphone.close()


def look_at(folder: Path, profile: Path) -> dict[str, Any]:
    """What the browser sees of each file in `folder`."""
    names = sorted(path.name for path in folder.iterdir())
    answer: dict[str, Any] = ask_page(PAGE.replace("NAMES", repr(names)), folder, profile)
    if not answer["h264"]:
        pytest.skip("this Chromium was built without H.264")
    return answer


def test_recordings_play_in_a_browser(tmp_path: Path) -> None:
    browser_command()
    folder = tmp_path / "served"
    folder.mkdir()
    for name in ("silent.mp4", "silent.webm", "sounding.mp4", "sounding.webm"):
        record(folder / name, name.startswith("sounding"))
    seen = look_at(folder, tmp_path / "profile")
    for name in ("silent.mp4", "silent.webm", "sounding.mp4", "sounding.webm"):
        found = seen[name]
        assert found.get("error") is None, (name, found)
        assert found["size"] == [160, 120]
        assert found["duration_s"] == pytest.approx(SECONDS, abs=0.05), name
        assert found["ended_s"] == pytest.approx(SECONDS, abs=0.05), name
        colours_rgb = [list(reversed(colour_bgr)) for colour_bgr in FOUR_COLOURS_BGR]
        np.testing.assert_allclose(found["pixels"][:4], colours_rgb, atol=16)
        if name.startswith("sounding"):
            assert found["sound_s"] == pytest.approx(SECONDS, abs=0.08), name
            assert found["beep_s"] == pytest.approx(BEEP_S, abs=0.03), name
        else:
            assert found["sound_s"] == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX signals")
def test_recordings_of_a_killed_program_play_in_a_browser(tmp_path: Path) -> None:
    browser_command()
    folder = tmp_path / "served"
    folder.mkdir()
    programs = {name: start("--record", folder / name) for name in ("killed.mp4", "killed.webm")}
    for program in programs.values():
        end_after(program, 2.7, signal.SIGKILL)
    seen = look_at(folder, tmp_path / "profile")
    for name in programs:
        found = seen[name]
        assert found.get("error") is None, (name, found)
        assert found["size"] == [160, 120]
        assert found["ended_s"] == pytest.approx(times_of(folder / name)[-1], abs=0.15), name
        assert found["sound_s"] == pytest.approx(found["ended_s"], abs=0.6), name
        assert 0 <= found["beep_s"] < 2, name
