"""Tests of realtime.sinks.recording.formats."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av.codec
import pytest

from realtime.errors import ConfigError, SinkError
from realtime.sinks.recording.formats import (
    FORMATS,
    RecorderConfig,
    Speed,
    check_writable,
    claim_path,
    codec_options,
    dated,
    format_of,
)


@pytest.mark.parametrize("ending", FORMATS)
def test_the_installed_wheel_has_every_encoder(ending: str) -> None:
    assert format_of(Path(f"x{ending.upper()}")) is FORMATS[ending]


def test_a_missing_encoder_is_named_and_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str, mode: str) -> None:
        raise av.codec.codec.UnknownCodecError(name)

    monkeypatch.setattr(av.codec, "Codec", unknown)
    with pytest.raises(SinkError, match=r"built without libx264; install the wheel: pip install"):
        format_of(Path("x.mp4"))


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9"])
def test_more_quality_means_a_lower_constant_rate_factor(codec: str) -> None:
    factors = [int(codec_options(codec, RecorderConfig(quality))["crf"]) for quality in (1, 30, 70, 100)]
    assert factors == sorted(factors, reverse=True)
    assert 10 <= factors[-1] < factors[0] <= 55


@pytest.mark.parametrize("speed", Speed)
def test_no_speed_holds_frames_back(speed: Speed) -> None:
    assert codec_options("libx264", RecorderConfig(speed=speed))["tune"] == "zerolatency"
    assert codec_options("libvpx-vp9", RecorderConfig(speed=speed))["lag-in-frames"] == "0"


@pytest.mark.parametrize(("quality", "fps"), [(0, None), (101, None), (50, 0.5), (50, 1000)])
def test_values_out_of_range_are_refused(quality: int, fps: float | None) -> None:
    with pytest.raises(ConfigError, match="out of range; it goes from 1 to"):
        RecorderConfig(quality, constant_fps=fps)


def test_time_in_a_name_becomes_the_date() -> None:
    assert re.fullmatch(r"a\{b\}-\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.mp4", dated(Path("d/a{b}-{time}.mp4")).name)
    assert dated(Path("{time}/out.mp4")) == Path("{time}/out.mp4")


def test_a_name_is_claimed_or_numbered(tmp_path: Path) -> None:
    assert claim_path(tmp_path / "a.mp4") == tmp_path / "a.mp4"
    assert claim_path(tmp_path / "a.mp4") == tmp_path / "a-2.mp4"
    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(lambda _: claim_path(tmp_path / "b.mp4"), range(24)))
    assert len(set(names)) == 24 and all(name.exists() for name in names)
    with pytest.raises(SinkError, match="choose a folder that exists"):
        claim_path(tmp_path / "none" / "a.mp4")


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "a.mp4", overwrite=False)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="it is a folder; give the name of a file"):
        check_writable(tmp_path, overwrite=True)


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "pipe.mp4")
    for name in ("pipe.mp4", "link.mp4"):
        with pytest.raises(SinkError, match=f"{name}: it is a device or a pipe, not a file; give the name of a file"):
            check_writable(tmp_path / name, overwrite=True)
