"""Tests of realtime.sinks.recording.animation."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from realtime.control.controls import Controls
from realtime.errors import SinkError
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.recorder import RecorderSink
from tests.full_disk import fill_disk, needs_full_disk
from tests.realtime.sinks.outputs import output


def animate(path: Path, times_s: list[float], size_wh: tuple[int, int] = (64, 48), fps: float | None = None) -> None:
    sink = RecorderSink(Controls(recording=True), path, live=False, config=RecorderConfig(90, constant_fps=fps))
    for index, time_s in enumerate(times_s):
        sink.write(output(index, time_s, size_wh))
    sink.close()


def read(path: Path) -> tuple[list[np.ndarray], list[float]]:
    """Pictures as RGB, and how long each is shown in seconds."""
    with Pillow.open(path) as animation:
        assert animation.info.get("loop") == 0
        frames = [
            (np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(animation)
        ]
    return [frame for frame, _ in frames], [duration_ms / 1e3 for _, duration_ms in frames]


@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_pictures_keep_their_colours_and_times(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    animate(path, [2.0, 2.1, 2.5, 2.6])
    pictures, shown_s = read(path)
    np.testing.assert_allclose(shown_s[:3], [0.1, 0.4, 0.1], atol=0.011)
    assert 0.03 <= shown_s[3] <= 0.21  # WebP gives the last one the mean of the others
    for index, picture in enumerate(pictures):
        corners = picture[2, -3], picture[-3, 2], picture[-3, -3], picture[4, 4]
        np.testing.assert_allclose(corners, [(0, 255, 0), (255, 0, 0), (255, 255, 255), (0, 0, 0)], atol=24)
        np.testing.assert_allclose(picture[24, 32], 8 * index, atol=8)


@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_they_are_small_and_slow_enough_to_send(tmp_path: Path, ending: str) -> None:
    animate(tmp_path / f"out{ending}", [index / 60 for index in range(60)], (961, 541))
    pictures, shown_s = read(tmp_path / f"out{ending}")
    assert pictures[0].shape == (270, 480, 3)
    assert 14 <= len(pictures) <= 16
    assert sum(shown_s) == pytest.approx(1.0, abs=0.05)


def test_a_lower_rate_can_be_asked_for(tmp_path: Path) -> None:
    animate(tmp_path / "out.gif", [index / 30 for index in range(30)], fps=5)
    assert len(read(tmp_path / "out.gif")[0]) == 5


@needs_full_disk
@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_a_disk_that_fills_up_is_reported_in_one_line(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_disk(monkeypatch)
    sink = RecorderSink(Controls(recording=True), tmp_path / f"out{ending}", live=False, overwrite=True)
    with pytest.raises(SinkError, match="No space left on device; free some space"):
        for index in range(30):
            sink.write(output(index, size_wh=(320, 240)))
        sink.close()
    sink.close()
