"""Log, recording and source agree on times, and sound stays in step, whatever reads the file."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pandas as pd
import pytest

from realtime.assembly import Look
from realtime.batch.job import Job, annotate_file
from realtime.sources.demo import load_portrait
from realtime.sources.files.file import open_file
from realtime.sources.open import open_source
from tests.realtime.sources.files.test_as_players_show import SIZE_WH, corners, write_film


def write_timed(path: Path, ticks: list[int], rate: int, rotation: int = 0, b_frames: int = 0) -> None:
    """The portrait at these times, 1/90,000 s; with B-frames the file has an edit list."""
    portrait = np.ascontiguousarray(load_portrait()[::4, ::4][:144, :128])
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "bf": str(b_frames)})
        stream.width, stream.height, stream.pix_fmt = 128, 144, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90_000)
        if rotation:
            stream.set_display_rotation(rotation)
        for tick in ticks:
            frame = av.VideoFrame.from_ndarray(portrait, format="bgr24")
            frame.pts, frame.time_base = tick, Fraction(1, 90_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


IRREGULAR = np.cumsum(np.random.default_rng(0).integers(1500, 9000, 40)).tolist()
FAST = [375 * index for index in range(60)]
STEADY = [3600 * index for index in range(30)]


@pytest.mark.parametrize(
    ("name", "ticks", "rotation", "b_frames"),
    [
        ("irregular.mkv", IRREGULAR, 0, 0),
        ("irregular.mp4", IRREGULAR, 0, 2),
        ("fast.mp4", FAST, 0, 0),
        ("rotated.mov", STEADY, 90, 0),
        ("edited.mp4", STEADY, 0, 3),
    ],
)
def test_times_agree_to_a_millisecond(
    tmp_path: Path, name: str, ticks: list[int], rotation: int, b_frames: int
) -> None:
    write_timed(tmp_path / name, ticks, 240 if ticks is FAST else 25, rotation, b_frames)
    wanted = [(tick - ticks[0]) / 90_000 for tick in ticks]
    ways = [open_file(tmp_path / name), open_source(str(tmp_path / name)), open_file(tmp_path / name, threads=1)]
    for way in ways:
        with way as source:
            assert [frame.time_s for frame in source.frames()] == pytest.approx(wanted, abs=1e-3)
    annotate_file(Job(0, tmp_path / name, tmp_path / "out.mp4", tmp_path / "out.csv", Look()))
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [frame.time for frame in container.decode(video=0)] == pytest.approx(wanted, abs=1e-3)
    log = pd.read_csv(tmp_path / "out.csv").drop_duplicates("frame")
    assert log["time_s"].tolist() == pytest.approx([wanted[number] for number in log["frame"]], abs=1e-3)
    assert len(log) > 0 or rotation


def test_sound_is_in_step_after_five_minutes(tmp_path: Path) -> None:
    """A flash and a click at the beginning, and both again after five minutes."""
    rate, seconds = 10, 302
    flashes = (1, 150, 300)
    dark, light = np.zeros((32, 32, 3), np.uint8), np.full((32, 32, 3), 255, np.uint8)
    with av.open(str(tmp_path / "long.mkv"), "w") as container:
        stream: Any = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        sound: Any = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        for index in range(rate * seconds):
            image = light if index % rate == 0 and index // rate in flashes else dark
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
        tone = np.zeros(8000 * seconds, np.int16)
        for second in flashes:
            tone[8000 * second : 8000 * second + 400] = 30_000
        for start in range(0, len(tone), 8000):
            chunk = av.AudioFrame.from_ndarray(tone[None, start : start + 8000], format="s16", layout="mono")
            chunk.sample_rate, chunk.pts, chunk.time_base = 8000, start, Fraction(1, 8000)
            container.mux(sound.encode(chunk))
        container.mux(sound.encode(None))
    annotate_file(Job(0, tmp_path / "long.mkv", tmp_path / "out.mp4", look=Look(keypoints=False)))
    with av.open(str(tmp_path / "out.mp4")) as container:
        shown = [frame.time or 0.0 for frame in container.decode(video=0) if frame.to_ndarray().mean() > 100]
    with av.open(str(tmp_path / "out.mp4")) as container:
        heard: list[float] = []
        for frame in container.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.3)
            at = (frame.time or 0.0) + (loud[0] / frame.sample_rate if len(loud) else 0.0)
            if len(loud) and (not heard or at - heard[-1] > 1):
                heard.append(at)
    assert len(shown) == len(heard) == 3
    assert heard == pytest.approx(shown, abs=0.02)


def test_every_way_reads_a_file_alike(tmp_path: Path) -> None:
    def wide(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        stream.set_display_rotation(0, hflip=True)

    write_film(tmp_path / "film.mov", [corners()] * 4, wide)
    sizes = set()
    for way in (open_file(tmp_path / "film.mov"), open_source(str(tmp_path / "film.mov"))):
        with way as source:
            frames = list(source.frames())
        sizes |= {frame.size_wh for frame in frames}
        assert len(frames) == 4 and frames[0].pixels_bgr[10, 10, 1] > 200, "mirrored: green lies left"
    annotate_file(Job(0, tmp_path / "film.mov", tmp_path / "out.mp4", look=Look(keypoints=False)))
    with av.open(str(tmp_path / "out.mp4")) as container:
        sizes.add((container.streams.video[0].width, container.streams.video[0].height))
    assert sizes == {(2 * SIZE_WH[0], SIZE_WH[1])}
