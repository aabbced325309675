"""Sound is copied in step with the picture."""

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream

from realtime.audio.copy import Sound, add_sound
from realtime.errors import SourceError
from tests.fakes import four_colours, write_video

RATE = 48_000
TONE_FROM_S = 0.6


def write_sounding(path: Path, codec: str, picture_from_s: float = 0.0, seconds: float = 1.2) -> None:
    """A clip of four-colour pictures from `picture_from_s` on, silent until `TONE_FROM_S`, then with a tone."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4" if path.suffix == ".avi" else "libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = cast(AudioStream, container.add_stream(codec, rate=RATE, layout="mono"))
        times_s = np.arange(round(seconds * RATE)) / RATE
        tone = (0.5 * np.sin(2 * np.pi * 440 * times_s) * (times_s >= TONE_FROM_S)).astype(np.float32)
        sound = av.AudioFrame.from_ndarray(tone[None], format="fltp", layout="mono")
        sound.rate, sound.pts, sound.time_base = RATE, 0, Fraction(1, RATE)
        container.mux([*audio.encode(sound), *audio.encode(None)])
        for number in range(round(picture_from_s * 25), round(seconds * 25)):
            picture = av.VideoFrame.from_ndarray(four_colours(number=4 * number), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))


def packets(path: Path) -> list[tuple[float, bytes]]:
    """Time and content of each sound packet."""
    with av.open(str(path)) as container:
        audio = container.streams.audio[0]
        return [(float(p.pts * p.time_base), bytes(p)) for p in container.demux(audio) if p.pts is not None]


def tone_begins_s(path: Path) -> float:
    """When the tone is first heard."""
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.1)
            if len(loud):
                return float(frame.time or 0) + float(loud[0]) / frame.sample_rate
    raise AssertionError("no tone")


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_packets_are_copied_as_they_are(name: str, tmp_path: Path) -> None:
    source, picture, target = tmp_path / name, tmp_path / "picture.mp4", tmp_path / "out.mp4"
    write_sounding(source, "aac")
    write_video(picture, [i / 25 for i in range(30)], codec="libx264", pixel_format="yuv420p")
    assert add_sound(picture, source, target) is Sound.COPIED
    before, after = packets(source), packets(target)
    assert [content for _, content in after] == [content for _, content in before]
    np.testing.assert_allclose([t for t, _ in after], [t for t, _ in before], atol=2e-3)
    with av.open(str(target)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 30


@pytest.mark.parametrize(("name", "codec", "sound"), [("a.mkv", "aac", "copied"), ("a.mkv", "pcm_s16le", "as AAC")])
def test_sound_counts_from_the_first_picture(name: str, codec: str, sound: str, tmp_path: Path) -> None:
    source, picture, target = tmp_path / name, tmp_path / "picture.mp4", tmp_path / "out.mp4"
    write_sounding(source, codec, picture_from_s=0.4)
    write_video(picture, [i / 25 for i in range(20)], codec="libx264", pixel_format="yuv420p")
    assert str(add_sound(picture, source, target)) == sound
    assert packets(target)[0][0] == pytest.approx(0, abs=0.03)
    assert tone_begins_s(target) == pytest.approx(TONE_FROM_S - 0.4, abs=0.02)


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "pcm_s16le"), ("b.mkv", "mp2"), ("a.mkv", "pcm_s24le")])
def test_what_mp4_does_not_carry_becomes_aac(name: str, codec: str, tmp_path: Path) -> None:
    source, picture, target = tmp_path / name, tmp_path / "picture.mp4", tmp_path / "out.mp4"
    write_sounding(source, codec)
    write_video(picture, [i / 25 for i in range(30)], codec="libx264", pixel_format="yuv420p")
    assert add_sound(picture, source, target) is Sound.ENCODED
    assert tone_begins_s(target) == pytest.approx(TONE_FROM_S, abs=0.03)
    with av.open(str(target)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"


def test_a_silent_file_is_left_to_be(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mkv", [0.0, 0.1])
    assert add_sound(tmp_path / "clip.mkv", tmp_path / "clip.mkv", tmp_path / "out.mp4") is Sound.NONE
    assert not (tmp_path / "out.mp4").exists()


def test_a_source_that_went_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone.mp4: No such file"):
        add_sound(tmp_path / "picture.mp4", tmp_path / "gone.mp4", tmp_path / "out.mp4")
