"""Tests of realtime.sources.files.video."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.sources.files.video import VideoSource
from tests.fakes import four_colours, has_four_colours, write_video

UNEVEN_S = (0.0, 0.033, 0.05, 0.2, 0.21, 0.6)


def _read(path: Path) -> list[Frame]:
    with VideoSource(path) as source:
        return list(source.frames())


def test_every_frame_comes_whole_at_its_own_time(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mkv", UNEVEN_S)
    frames = _read(tmp_path / "clip.mkv")
    assert [frame.time_s for frame in frames] == pytest.approx(UNEVEN_S, abs=1e-3)
    for number, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.pixels_bgr, four_colours(number=4 * number))
        assert frame.captured_s is None


def test_time_counts_from_the_first_frame(tmp_path: Path) -> None:
    write_video(tmp_path / "late.mkv", [time_s + 7 for time_s in UNEVEN_S])
    assert [frame.time_s for frame in _read(tmp_path / "late.mkv")] == pytest.approx(UNEVEN_S, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "size_wh"),
    [
        ("odd.mkv", "ffv1", "bgr0", (63, 41)),
        ("ten_bit.mkv", "ffv1", "yuv444p10le", (63, 41)),
        ("sixteen_bit.mkv", "ffv1", "rgb48le", (65, 48)),
        ("alpha.mkv", "ffv1", "bgra", (64, 48)),
        ("moving.gif", "gif", "bgr8", (64, 48)),
        ("h264.mp4", "libx264", "yuv420p", (64, 48)),
    ],
)
def test_any_format_ends_as_upright_bgr(
    name: str, codec: str, pixel_format: str, size_wh: tuple[int, int], tmp_path: Path
) -> None:
    write_video(tmp_path / name, [0.0, 0.1, 0.2, 0.3], size_wh, codec, pixel_format)
    frames = _read(tmp_path / name)
    assert [frame.size_wh for frame in frames] == [size_wh] * 4
    assert all(has_four_colours(frame.pixels_bgr) for frame in frames)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3], abs=0.011)


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_pictures_are_turned_as_the_file_asks(quarter_turns: int, tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    write_video(path, [0.0, 0.1], (64, 48))
    # An MP4's display matrix lies in its `tkhd` box as nine fixed-point numbers; PyAV cannot write it.
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    cos, sin = [(1, 0), (0, 1), (-1, 0), (0, -1)][quarter_turns]
    values = [cos << 16, sin << 16, 0, -sin << 16, cos << 16, 0, 0, 0, 1 << 30]
    data[at : at + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in values)
    path.write_bytes(data)
    with VideoSource(path) as source:
        frame = next(source.frames())
        assert source.info.size_wh == frame.size_wh
    # The matrix turns clockwise.
    np.testing.assert_array_equal(frame.pixels_bgr, np.rot90(four_colours(number=0), -quarter_turns))


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere.mp4 does not exist; check"):
        VideoSource(tmp_path / "nowhere.mp4")


@pytest.mark.parametrize("content", [b"", b"hello " * 500])
def test_a_file_that_is_no_video_is_reported(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_bytes(content)
    with pytest.raises(SourceError, match=r"cannot open .*text.mp4 as a video: Invalid data"):
        VideoSource(tmp_path / "text.mp4")


def test_a_file_with_sound_only_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(SourceError, match=r"holds no video, only audio; choose"):
        VideoSource(path)


def test_a_file_cut_off_before_its_index_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, UNEVEN_S)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceError, match="cannot open"):
        VideoSource(path)


def _long_mp4(path: Path) -> None:
    """Five seconds with the index in front, so that the start can be read when the end is missing."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        noise = np.random.default_rng(1)
        for number in range(150):
            picture = av.VideoFrame.from_ndarray(noise.integers(0, 255, (48, 64, 3), np.uint8), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def _frames_before_error(path: Path) -> tuple[int, str]:
    count = 0
    with VideoSource(path) as source, pytest.raises(SourceError) as raised:
        for _ in source.frames():
            count += 1
    return count, str(raised.value)


def test_a_file_cut_off_amid_gives_what_is_there_and_then_tells(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    _long_mp4(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    count, message = _frames_before_error(path)
    assert 40 < count < 100
    assert f"breaks after {count} good frames: it ends at" in message


def test_a_damaged_file_gives_what_is_there_and_then_tells(tmp_path: Path) -> None:
    path = tmp_path / "damaged.mp4"
    _long_mp4(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) * 3 // 4] = b"\x5a" * (len(data) * 3 // 4 - len(data) // 2)
    path.write_bytes(data)
    count, message = _frames_before_error(path)
    assert 40 < count < 110
    assert f"breaks after {count} good frames: Invalid data" in message
    assert "\n" not in message


@pytest.mark.shared
def test_the_shared_clips_are_read_whole(shared_dir: Path) -> None:
    for name in ("selfie_woman_512.mp4", "head_pose_female.gif"):
        path = shared_dir / "videos" / name
        with VideoSource(path) as source, av.open(path) as container:
            assert sum(1 for _ in source.frames()) == container.streams.video[0].frames, name
