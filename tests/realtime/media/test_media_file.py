"""Opening of media files: odd names, odd tags, several pictures, and no file that was not given."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from realtime.audio.copy import Sound, add_sound
from realtime.errors import SourceError
from realtime.media.media_file import main_video_stream, open_media
from realtime.sources.files.video import VideoSource
from realtime.sources.open import open_source
from tests.fakes import write_video


def black(width: int, height: int, index: int = 0) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="bgr24")
    picture.pts, picture.time_base = index, Fraction(1, 10)
    return picture


def add_video(container: Any, width: int, height: int) -> Any:
    stream = container.add_stream("mpeg4", rate=10)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    return stream


@pytest.mark.parametrize(("widths", "default", "shown"), [([64, 320], 1, 320), ([320, 64], 1, 64), ([320, 64], 0, 320)])
def test_the_default_stream_is_shown(tmp_path: Path, widths: list[int], default: int, shown: int) -> None:
    with av.open(str(tmp_path / "two.mkv"), "w") as container:
        streams = [add_video(container, width, width // 2) for width in widths]
        for index, stream in enumerate(streams):
            stream.disposition = 1 if index == default else 0
        for stream in streams:
            container.mux(stream.encode(black(stream.width, stream.height)))
            container.mux(stream.encode(None))
    with VideoSource(tmp_path / "two.mkv") as source:
        assert source.info.size_wh[0] == shown


@pytest.mark.parametrize(
    "name", ["10:30.mp4", "2024-01-01T12:30:05.mp4", "subfile,,start,0,end,9,,:a.mp4", "a%03d.mp4"]
)
def test_a_name_is_only_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "plain.mp4", (0.0, 0.1))
    (tmp_path / "plain.mp4").rename(name)
    with open_source(name) as source:
        assert len(list(source.frames())) == 2


def test_a_title_that_is_not_utf_8_spoils_nothing(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "b.avi"), "w") as container:
        container.metadata["title"] = "Caf?"
        stream = add_video(container, 64, 48)
        for index in range(2):
            container.mux(stream.encode(black(64, 48, index)))
        container.mux(stream.encode(None))
    data = (tmp_path / "b.avi").read_bytes()
    assert b"Caf?" in data
    (tmp_path / "b.avi").write_bytes(data.replace(b"Caf?", b"Caf\xe9"))
    with VideoSource(tmp_path / "b.avi") as source:
        assert len(list(source.frames())) == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n"),
        ("film.mp4", "ffconcat version 1.0\nfile secret.mp4\n"),
        ("film.mkv", "\n  ffconcat version 1.0\nfile secret.mp4\n"),
    ],
)
def test_a_file_means_only_itself(tmp_path: Path, name: str, text: str) -> None:
    write_video(tmp_path / "secret.mp4", (0.0, 0.1))
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match="is a playlist, which names other files"):
        VideoSource(tmp_path / name)


def test_mp3_sound_is_copied(tmp_path: Path) -> None:
    write_video(tmp_path / "picture.mp4", (0.0, 0.1, 0.2))
    with av.open(str(tmp_path / "sound.mkv"), "w") as container:
        video, audio = add_video(container, 64, 48), container.add_stream("libmp3lame", rate=44100)
        for index in range(3):
            container.mux(video.encode(black(64, 48, index)))
        sound = av.AudioFrame.from_ndarray(np.zeros((2, 44100 // 3), np.float32), "fltp", "stereo")
        sound.sample_rate, sound.pts = 44100, 0
        container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    assert add_sound(tmp_path / "picture.mp4", tmp_path / "sound.mkv", tmp_path / "out.mp4") is Sound.COPIED


def test_a_container_without_pictures(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.int16), "s16", "stereo")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with open_media(tmp_path / "a.wav") as opened:
        assert main_video_stream(opened) is None


def frames_of(path: Path) -> int:
    with VideoSource(path) as source:
        return len(list(source.frames()))


def width_of(path: Path) -> int:
    with VideoSource(path) as source:
        return source.info.size_wh[0]


CASES: dict[str, Callable[[Path], bool]] = {
    "latin1_title.avi": lambda path: frames_of(path) > 1,
    "cover_art_first.mp4": lambda path: frames_of(path) > 1,
    "preview_stream_first.mkv": lambda path: width_of(path) == 640,
    "2024-01-01T12:30:05.mp4": lambda path: frames_of(path) > 1,
}


@pytest.mark.parametrize("name", CASES)
def test_files_that_went_wrong(shared_dir: Path, name: str) -> None:
    assert CASES[name](shared_dir / "cases" / "videos" / name)


def test_bars_in_hd_without_tags(shared_dir: Path) -> None:
    with VideoSource(shared_dir / "cases" / "videos" / "bars_hd_untagged.mp4") as source:
        pixels_bgr = next(iter(source.frames())).pixels_bgr
    greens = pixels_bgr[(pixels_bgr[..., 1] > 150) & (pixels_bgr[..., 0] < 60) & (pixels_bgr[..., 2] < 60)]
    assert np.abs(np.median(greens, axis=0) - (0, 191, 0)).max() <= 5  # 188 by its own Y, U and V
