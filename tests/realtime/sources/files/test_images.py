"""Tests of realtime.sources.files.images."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from realtime.errors import SourceError
from realtime.sources.files.images import ImageSource, StillSource, is_image, load_image
from tests.fakes import four_colours, number_of


def _save(path: Path, number: int = 0, size_wh: tuple[int, int] = (64, 48)) -> Path:
    cv2.imwrite(str(path), four_colours(size_wh, number))
    return path


def test_a_single_image_is_one_frame_without_a_rate(tmp_path: Path) -> None:
    with ImageSource(_save(tmp_path / "one.png", 7)) as source:
        assert (source.info.fps, source.info.live) == (None, False)
        (frame,) = source.frames()
    np.testing.assert_array_equal(frame.pixels_bgr, four_colours(number=7))
    assert (frame.index, frame.time_s) == (0, 0.0)


def test_a_folder_plays_in_natural_order_at_the_rate_asked_for(tmp_path: Path) -> None:
    for number in (10, 2, 1, 33):
        _save(tmp_path / f"Shot {number}.png", number)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    with ImageSource(tmp_path, fps=10) as source:
        assert source.info.fps == 10
        frames = list(source.frames())
    assert [number_of(frame.pixels_bgr) for frame in frames] == [1, 2, 10, 33]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3])


def test_images_of_a_folder_keep_their_own_sizes(tmp_path: Path) -> None:
    _save(tmp_path / "1.png", size_wh=(64, 48))
    _save(tmp_path / "2.png", size_wh=(33, 77))
    with ImageSource(tmp_path) as source:
        assert source.info.size_wh == (64, 48)
        assert [frame.size_wh for frame in source.frames()] == [(64, 48), (33, 77)]


def test_a_held_image_comes_again_and_again_with_pixels_of_its_own(tmp_path: Path) -> None:
    with StillSource(_save(tmp_path / "one.png", 7), fps=10) as source:
        frames = source.frames()
        first, second = next(frames), next(frames)
    first.pixels_bgr[:] = 0
    np.testing.assert_array_equal(second.pixels_bgr, four_colours(number=7))
    assert (second.index, second.time_s) == (1, 0.1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(orientation: int, tmp_path: Path) -> None:
    upright = four_colours((64, 48))
    # How the sensor saw it, so that EXIF's orientation turns it upright again (EXIF 2.32, tag 0x0112).
    stored = {
        1: upright,
        2: np.fliplr(upright),
        3: np.rot90(upright, 2),
        4: np.flipud(upright),
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: np.rot90(upright, 2).transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(cv2.cvtColor(np.ascontiguousarray(stored), cv2.COLOR_BGR2RGB)).save(tmp_path / "x.png", exif=exif)
    np.testing.assert_array_equal(load_image(tmp_path / "x.png"), upright)


def test_sixteen_bits_and_grey_end_as_eight_bit_bgr(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64 * 48).reshape(48, 64)
    Image.fromarray(ramp.astype(np.uint16)).save(tmp_path / "gray16.png")
    cv2.imwrite(str(tmp_path / "colour16.png"), four_colours().astype(np.uint16) * 257)
    Image.fromarray((ramp / 257).astype(np.uint8)).save(tmp_path / "gray8.png")
    Image.fromarray((ramp / 257).astype(np.float32)).save(tmp_path / "float.tif")
    for name in ("gray16.png", "gray8.png", "float.tif"):
        image_bgr = load_image(tmp_path / name)
        assert image_bgr.shape == (48, 64, 3) and image_bgr.dtype == np.uint8
        assert np.abs(image_bgr[..., 0] - ramp / 257).max() <= 1
    np.testing.assert_array_equal(load_image(tmp_path / "colour16.png"), four_colours())


def test_transparent_parts_lie_on_white(tmp_path: Path) -> None:
    image_bgra = cv2.cvtColor(four_colours(), cv2.COLOR_BGR2BGRA)
    image_bgra[:24, :, 3] = 0
    cv2.imwrite(str(tmp_path / "half.png"), image_bgra)
    image_bgr = load_image(tmp_path / "half.png")
    assert (image_bgr[:24] == 255).all()
    np.testing.assert_array_equal(image_bgr[24:], four_colours()[24:])


def test_images_go_by_content_not_by_name(tmp_path: Path) -> None:
    _save(tmp_path / "really.png").rename(tmp_path / "face.jpg")
    np.testing.assert_array_equal(load_image(tmp_path / "face.jpg"), four_colours())
    _save(tmp_path / "other.png").rename(tmp_path / "no_suffix")
    assert is_image(tmp_path / "no_suffix")
    (tmp_path / "clip.mp4").write_bytes(b"no picture")
    assert not is_image(tmp_path / "clip.mp4")


def test_names_beyond_ascii_are_read(tmp_path: Path) -> None:
    _save(tmp_path / "x.png").rename(tmp_path / "Gesicht-ü-顔.png")
    np.testing.assert_array_equal(load_image(tmp_path / "Gesicht-ü-顔.png"), four_colours())


@pytest.mark.parametrize("cut", [0, 40, 200])
def test_a_broken_image_is_named(cut: int, tmp_path: Path) -> None:
    path = _save(tmp_path / "2.jpg")
    path.write_bytes(path.read_bytes()[:cut])
    _save(tmp_path / "1.jpg")
    with ImageSource(tmp_path) as source:
        frames = source.frames()
        next(frames)
        with pytest.raises(SourceError, match=r"cannot read .*2\.jpg as an image: .*; remove or replace it$") as raised:
            next(frames)
    assert "\n" not in str(raised.value)


def test_a_missing_image_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist; check the path"):
        ImageSource(tmp_path / "nowhere.png")


def test_a_folder_without_images_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no image; names must end in \.avif, \.bmp"):
        ImageSource(tmp_path)
