"""Tests of realtime.sources.open."""

import os
from itertools import islice
from pathlib import Path

import cv2
import pytest

from realtime.errors import SourceError
from realtime.sources import open as open_module
from realtime.sources.base import Source
from realtime.sources.demo import DemoSource
from realtime.sources.files.images import ImageSource, StillSource
from realtime.sources.files.video import VideoSource
from realtime.sources.live.camera import CameraConfig
from realtime.sources.live.stream import StreamSource
from realtime.sources.open import open_source
from realtime.sources.paced import PacedSource
from realtime.sources.prefetched import PrefetchedSource
from tests.fakes import MjpegServer, four_colours, write_video


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_video(tmp_path / "clip.mkv", [0.0, 0.1])
    write_video(tmp_path / "moving.gif", [0.0, 0.1], codec="gif", pixel_format="bgr8")
    cv2.imwrite(str(tmp_path / "one.png"), four_colours())
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind"),
    [("clip.mkv", VideoSource), ("moving.gif", VideoSource), ("one.png", ImageSource), ("", ImageSource)],
)
def test_paths_are_told_apart(folder: Path, name: str, kind: type[Source]) -> None:
    with open_source(str(folder / name)) as source:
        assert isinstance(source, PrefetchedSource)
        assert type(source.inner) is kind
        assert source.info == source.inner.info


def test_an_image_is_held_where_people_watch(folder: Path) -> None:
    with open_source(str(folder / "one.png"), paced=True) as source:
        assert isinstance(source, PacedSource)
        assert source.info.still
    with StillSource(folder / "one.png") as held:
        assert len(list(islice(held.frames(), 5))) == 5


def test_the_demo_loops_and_keeps_time_where_people_watch() -> None:
    with open_source("Demo", size_wh=(320, 180), fps=25) as once, open_source("demo", paced=True) as watched:
        assert isinstance(once, PrefetchedSource) and isinstance(once.inner, DemoSource)
        assert isinstance(watched, DemoSource)
        assert (once.info.size_wh, once.info.fps) == ((320, 180), 25)
        assert sum(1 for _ in once.frames()) == 250
        assert sum(1 for _ in islice(watched.frames(), 300)) == 300


def test_addresses_without_a_files_name_are_live() -> None:
    with MjpegServer() as server, open_source(server.address) as source:
        assert isinstance(source, StreamSource)
        assert source.info.live


def test_a_file_behind_an_address_is_read_whole(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(open_module, "VideoSource", lambda where: VideoSource(folder / Path(where).name.split("?")[0]))
    with open_source("https://host/a/clip.mkv?token=1") as source:
        assert len(list(source.frames())) == 2


def test_the_cameras_options_reach_the_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[CameraConfig] = []
    monkeypatch.setattr(open_module, "CameraSource", asked.append)
    open_source(None)
    open_source(None, "logitech", (1920, 1080), 60)
    assert [(each.camera, each.size_wh, each.fps) for each in asked] == [
        (0, (1280, 720), 30),
        ("logitech", (1920, 1080), 60),
    ]


def test_a_path_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"--source .*no\.mp4 does not exist; give a video, an image, a folder"):
        open_source(str(tmp_path / "no.mp4"))


def test_what_is_no_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot look for --source aaaa.*; check the path"):
        open_source("a" * 5000)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(SourceError, match="pipe is neither file nor folder; give a video"):
            open_source(str(tmp_path / "pipe"))


def test_a_device_of_linux_is_a_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[CameraConfig] = []
    monkeypatch.setattr(open_module, "CameraSource", asked.append)
    open_source("/dev/video2", fps=15)
    assert (asked[0].camera, asked[0].fps) == (2, 15)


def test_a_number_as_source_is_met_with_the_camera_option() -> None:
    with pytest.raises(SourceError, match=r"\(for a camera: --camera 12345\)"):
        open_source("12345")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x", "rtsp://127.0.0.1:9/x", "http://127.0.0.1:9/x.mp4"])
def test_an_address_where_nobody_listens_is_reported(address: str) -> None:
    with pytest.raises(SourceError, match="cannot open") as raised:
        open_source(address)
    assert address in str(raised.value) and "\n" not in str(raised.value)


def test_an_unknown_kind_of_address_is_reported() -> None:
    with pytest.raises(SourceError, match=r"cannot open stream gopher2://x/y"):
        open_source("gopher2://x/y")
