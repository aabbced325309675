"""Videos and pictures that people own come out as players show them, live, in batches and in folders alike."""

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from realtime.assembly import Look
from realtime.batch.job import Job, annotate_file
from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.sinks.recording.animation import AnimationWriter
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.video import VideoWriter
from realtime.sources.files.animation import is_animation
from realtime.sources.files.file import is_still, open_file
from realtime.sources.files.hdr import HLG, PQ, to_sdr
from realtime.sources.files.images import image_suffixes, load_image
from realtime.sources.files.timeline import Timeline

SIZE_WH = (96, 64)


def corners() -> np.ndarray:
    """A picture whose corners differ: red, green, blue and white."""
    image = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
    image[:32, :48], image[:32, 48:], image[32:, :48], image[32:, 48:] = (0, 0, 255), (0, 255, 0), (255, 0, 0), 255
    return image


def seen_corners(image: np.ndarray) -> str:
    """Which colours lie top left, top right, bottom left and bottom right."""
    height, width = image.shape[:2]
    names = ""
    for y in (height // 4, 3 * height // 4):
        for x in (width // 4, 3 * width // 4):
            blue, green, red = (int(v) > 128 for v in image[y, x])
            names += "w" if blue and green and red else "b" if blue else "g" if green else "r" if red else "-"
    return names


def write_film(
    path: Path,
    images: list[np.ndarray],
    prepare: Callable[[Any], None] = lambda stream: None,
    codec: str = "libx264",
    sound: str = "",
    **options: str,
) -> None:
    """A film at 25 frames a second, and a tone as long, in that codec."""
    with av.open(str(path), "w", format={".mpg": "vob", ".ts": "mpegts"}.get(path.suffix)) as container:
        stream: Any = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE_WH, "yuv420p"
        prepare(stream)
        heard: Any = container.add_stream(sound, rate=44_100, layout="mono") if sound else None
        if heard is not None:
            heard.bit_rate = 96_000
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if heard is not None:
            tone = np.sin(np.arange(len(images) * 1764) * 0.05).astype(np.float32)
            for start in range(0, len(tone) - 1024, 1024):
                chunk = av.AudioFrame.from_ndarray(tone[None, start : start + 1024], format="fltp", layout="mono")
                chunk.sample_rate, chunk.pts, chunk.time_base = 44_100, start, Fraction(1, 44_100)
                container.mux(heard.encode(chunk))
            container.mux(heard.encode(None))


def frames_of(path: Path) -> list[Frame]:
    with open_file(path) as source:
        return list(source.frames())


def test_times_that_start_again_go_on_where_they_were_and_gaps_stay() -> None:
    line = Timeline(0.04)
    raw = [5.0, 5.04, 5.08, 1.0, 1.04, 2.04, 2.0, None, 2.16]
    found = [line.place(time_s) for time_s in raw]
    assert found == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 1.16, 1.16, 1.2, 1.28])


@pytest.mark.parametrize("suffix", [".ts", ".mpg"])
def test_joined_films_are_as_long_as_their_parts_with_sound_in_step(tmp_path: Path, suffix: str) -> None:
    part, both = tmp_path / f"part{suffix}", tmp_path / f"both{suffix}"
    images = [np.full_like(corners(), 4 * index) for index in range(50)]
    write_film(
        part, images, codec="libx264" if suffix == ".ts" else "mpeg2video", sound="aac" if suffix == ".ts" else ""
    )
    both.write_bytes(part.read_bytes() * 2)
    times_s = [frame.time_s for frame in frames_of(both)]
    assert len(times_s) == 100 and times_s == sorted(set(times_s))
    assert times_s[-1] == pytest.approx(3.96, abs=0.09)
    annotate_file(Job(0, both, tmp_path / "out.mp4", look=Look(keypoints=False)))
    with av.open(str(tmp_path / "out.mp4")) as container:
        ends = [float((s.duration or 0) * (s.time_base or 0)) for s in container.streams]
        assert all(end == pytest.approx(4.0, abs=0.12) for end in ends)


def test_sound_whose_last_frames_have_no_time_is_kept(tmp_path: Path) -> None:
    write_film(tmp_path / "film.wmv", [corners()] * 25, codec="wmv2", sound="wmav2")
    result = annotate_file(Job(0, tmp_path / "film.wmv", tmp_path / "out.mp4", look=Look(keypoints=False)))
    assert str(result.sound) == "as AAC" and result.frames == 25
    with av.open(str(tmp_path / "out.mp4")) as container:
        heard = [frame.time or 0.0 for frame in container.decode(audio=0)]
    assert heard == sorted(heard) and heard[-1] == pytest.approx(1.0, abs=0.1)


def test_a_long_last_frame_stays_long(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "slides.mp4", SIZE_WH, RecorderConfig())
    for time_s, lasting_s in ((0.0, 2.0), (2.0, 2.0), (4.0, 10.0)):
        writer.write(corners(), time_s, lasting_s)
    writer.close()
    frames = frames_of(tmp_path / "slides.mp4")
    assert frames[-1].time_s == 4.0 and frames[-1].duration_s == pytest.approx(10)
    annotate_file(Job(0, tmp_path / "slides.mp4", tmp_path / "out.mp4", look=Look(keypoints=False)))
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.duration == pytest.approx(14_000_000, rel=0.01)


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    def wide(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(16, 9)

    write_film(tmp_path / "wide.mp4", [corners()] * 3, wide)
    with open_file(tmp_path / "wide.mp4") as source:
        assert "pixels of 16:9 made square" in source.info.name and source.info.size_wh == (171, 64)
        assert all(frame.size_wh == (171, 64) for frame in source.frames())


@pytest.mark.parametrize(
    ("degrees", "hflip", "shown"),
    [(0, True, "grwb"), (90, False, "gwrb"), (90, True, "wgbr"), (180, False, "wbgr"), (270, True, "rbgw")],
)
def test_pictures_are_turned_and_mirrored_as_the_file_asks(
    tmp_path: Path, degrees: int, hflip: bool, shown: str
) -> None:
    write_film(
        tmp_path / "turned.mov", [corners()] * 2, lambda stream: stream.set_display_rotation(degrees, hflip=hflip)
    )
    assert seen_corners(corners()) == "rgbw"
    assert {seen_corners(frame.pixels_bgr) for frame in frames_of(tmp_path / "turned.mov")} == {shown}


def test_interlaced_films_lose_their_combs(tmp_path: Path) -> None:
    combed = []
    for index in range(12):
        image = np.full((SIZE_WH[1], SIZE_WH[0], 3), 40, np.uint8)
        for field in (0, 1):  # a bar that moves by eight pixels from field to field
            x = 8 + 3 * index + 8 * field
            image[field::2, x : x + 16] = 220
        combed.append(image)
    write_film(tmp_path / "tv.mpg", combed, codec="mpeg2video", flags="+ildct+ilme", top="1", b="4000000")
    with open_file(tmp_path / "tv.mpg") as source:
        if "deinterlaced" not in source.info.name:
            pytest.skip("this FFmpeg does not flag what it encodes as interlaced")
        shown = [frame.pixels_bgr[8:56].astype(int) for frame in source.frames()]
    assert len(shown) == 12
    combs = [np.abs(image[1:-1] * 2 - image[:-2] - image[2:]).mean() for image in shown[2:-2]]
    before = [np.abs(image[9:55].astype(int) * 2 - image[8:54] - image[10:56]).mean() for image in combed[2:-2]]
    assert np.mean(combs) < 0.7 * np.mean(before)


@pytest.mark.parametrize(("transfer", "white"), [(PQ, 0.5807), (HLG, 0.75)])
def test_hdr_white_becomes_white_and_grey_stays_grey(transfer: int, white: float) -> None:
    coded = np.array([0, 0.35 * white, 0.7 * white, white, 1.0])
    picture = np.repeat(np.rint(255 * coded).astype(np.uint8), 3).reshape(1, 5, 3)
    black, _, middle, diffuse, peak = to_sdr(picture, transfer)[0].astype(int)
    assert (black == 0).all() and (diffuse > 235).all() and (peak >= 253).all()
    assert middle[0] > 60 and np.ptp(middle) <= 2


def test_an_hdr_film_says_so_and_is_not_left_dull(tmp_path: Path) -> None:
    def hdr(stream: Any) -> None:
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = 9, PQ, 9

    write_film(tmp_path / "hdr.mp4", [np.full_like(corners(), 120)] * 3, hdr)
    with open_file(tmp_path / "hdr.mp4") as source:
        assert "PQ HDR shown as SDR" in source.info.name
        (frame, *_) = source.frames()
    assert frame.pixels_bgr.mean() > 150


def test_animated_pictures_are_films_with_their_own_timing(tmp_path: Path) -> None:
    writer = AnimationWriter(tmp_path / "own.webp", SIZE_WH, RecorderConfig())
    for index in range(6):
        writer.write(np.full_like(corners(), 40 * index), index / 10)
    writer.close()
    pictures = [Image.new("RGB", SIZE_WH, (40 * index, 0, 0)) for index in range(4)]
    for name in ("film.png", "film.webp"):
        pictures[0].save(tmp_path / name, save_all=True, append_images=pictures[1:], duration=[100, 300, 50, 200])
    pictures[0].save(tmp_path / "still.png")
    assert not is_animation(tmp_path / "still.png") and is_still(tmp_path / "still.png")
    assert len(frames_of(tmp_path / "own.webp")) == 6
    for name in ("film.png", "film.webp"):
        frames = frames_of(tmp_path / name)
        assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.4, 0.45])
        assert frames[-1].duration_s == pytest.approx(0.2)
        assert [int(frame.pixels_bgr[0, 0, 2]) for frame in frames] == pytest.approx([0, 40, 80, 120], abs=6)
    result = annotate_file(Job(0, tmp_path / "film.png", tmp_path / "out.mp4", look=Look(keypoints=False)))
    assert result.frames == 4
    (tmp_path / "cut.webp").write_bytes((tmp_path / "film.webp").read_bytes()[:60])
    assert not is_animation(tmp_path / "cut.webp")


def profile(red: tuple[float, float, float], green: tuple[float, float, float]) -> bytes:
    """A matrix profile (ICC.1:2001-04) of these primaries, in XYZ, and sRGB's blue; gamma 1."""

    def xyz(values: tuple[float, float, float]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    def text(kind: bytes, words: bytes) -> bytes:
        return kind + b"\0\0\0\0" + (struct.pack(">I", len(words) + 1) if kind == b"desc" else b"") + words + b"\0" * 80

    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)
    tags = {
        b"desc": text(b"desc", b"test"),
        b"cprt": text(b"text", b"none"),
        b"wtpt": xyz((0.9642, 1.0, 0.8249)),
        b"rXYZ": xyz(red),
        b"gXYZ": xyz(green),
        b"bXYZ": xyz((0.1431, 0.0606, 0.7141)),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, body, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", offset + len(body), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">iii", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + body


def test_colours_are_converted_by_the_profile_that_a_picture_embeds(tmp_path: Path) -> None:
    """Of two pictures with the same numbers, one calls its first channel green."""
    red, green = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971)
    picture = Image.new("RGB", (8, 8), (250, 10, 10))
    picture.save(tmp_path / "own.png", icc_profile=profile(red, green))
    picture.save(tmp_path / "swapped.png", icc_profile=profile(green, red))
    picture.save(tmp_path / "broken.png", icc_profile=b"no profile")
    assert load_image(tmp_path / "own.png")[0, 0, 2] > 240
    blue, green_level, red_level = load_image(tmp_path / "swapped.png")[0, 0].astype(int)
    assert green_level > 240 and red_level < 100 and blue < 100
    assert load_image(tmp_path / "broken.png")[0, 0].tolist() == [10, 10, 250]


def test_large_pictures_are_refused_by_our_own_limit(tmp_path: Path) -> None:
    Image.new("L", (2000, 1500)).save(tmp_path / "large.png")
    with pytest.raises(SourceError, match=r"3 megapixels \(2000x1500\).*--max-megapixels 3"):
        load_image(tmp_path / "large.png", max_megapixels=2.5)
    assert load_image(tmp_path / "large.png", max_megapixels=3).shape == (1500, 2000, 3)


def test_heic_is_read_where_its_library_is(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif", reason="the extra heic is not installed")
    heif.register_heif_opener()
    Image.fromarray(np.ascontiguousarray(corners()[..., ::-1])).save(tmp_path / "photo.heic", quality=95)
    (frame,) = frames_of(tmp_path / "photo.heic")
    assert seen_corners(frame.pixels_bgr) == "rgbw" and ".heic" in image_suffixes()
