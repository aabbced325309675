"""Tests of realtime.sources.live.camera_list."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import pytest

from realtime.sources.live.camera_list import MJPG, CameraListing, list_cameras, ways_to_open
from tests.fakes import FakeDevice

W, H, RATE, CODE = cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS, cv2.CAP_PROP_FOURCC
HD = (W, 1280, H, 720)


@pytest.mark.parametrize(
    ("system", "size_wh", "fps", "expected"),
    [
        (
            "win32",
            (1280, 720),
            30.0,
            [
                (cv2.CAP_DSHOW, (RATE, 30, CODE, MJPG, *HD)),
                (cv2.CAP_DSHOW, HD),
                (cv2.CAP_MSMF, (*HD, RATE, 30)),
                (cv2.CAP_MSMF, ()),
            ],
        ),
        ("win32", None, None, [(cv2.CAP_DSHOW, (CODE, MJPG)), (cv2.CAP_DSHOW, ()), (cv2.CAP_MSMF, ())]),
        (
            "linux",
            (1280, 720),
            30.0,
            [(cv2.CAP_V4L2, (CODE, MJPG, *HD, RATE, 30)), (cv2.CAP_V4L2, HD), (cv2.CAP_V4L2, ())],
        ),
        ("linux", (640, 480), None, [(cv2.CAP_V4L2, (W, 640, H, 480)), (cv2.CAP_V4L2, ())]),
        ("linux", None, None, [(cv2.CAP_V4L2, ())]),
        ("darwin", (1280, 720), None, [(cv2.CAP_AVFOUNDATION, HD), (cv2.CAP_AVFOUNDATION, ())]),
        ("darwin", None, None, [(cv2.CAP_AVFOUNDATION, ())]),
    ],
)
def test_each_system_has_its_ways(
    system: str, size_wh: tuple[int, int] | None, fps: float | None, expected: list[tuple[int, tuple[int, ...]]]
) -> None:
    ways = ways_to_open(system, size_wh, fps)
    assert [(way.api, way.params) for way in ways] == expected
    for way in ways:
        off = way.environment.get("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS")
        assert off == ("0" if way.api == cv2.CAP_MSMF else None)


@pytest.fixture
def v4l_dir(tmp_path: Path) -> Path:
    """The kernel's folder on a machine with two cameras, the second of which has a node for metadata too."""
    for node, index, name in [
        ("video10", 0, "Logi C920"),
        ("video0", 0, "Integrated Camera"),
        ("video11", 1, "Logi C920"),
    ]:
        folder = tmp_path / node
        folder.mkdir()
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text(f"{index}\n")
    (tmp_path / "v4l-subdev0").mkdir()
    return tmp_path


def test_linux_names_cameras_without_opening_them(v4l_dir: Path) -> None:
    device = FakeDevice()
    found = list_cameras(system="linux", opener=device.open, v4l_dir=v4l_dir)
    assert found == [CameraListing(0, "Integrated Camera"), CameraListing(10, "Logi C920")]
    assert device.opened == []


def test_sizes_are_asked_for_and_no_camera_stays_open(v4l_dir: Path) -> None:
    device = FakeDevice(size_wh=(640, 480))
    device.offered_wh = [(640, 480), (1280, 720)]
    found = list_cameras(True, "linux", device.open, v4l_dir)
    assert [camera.sizes_wh for camera in found] == [((640, 480), (1280, 720))] * 2
    assert len(device.opened) == 2 and device.open_now == 0
    assert str(found[0]) == "0  Integrated Camera  (640x480, 1280x720)"


def test_a_camera_in_use_is_listed_without_sizes(v4l_dir: Path) -> None:
    device = FakeDevice()
    device.mode = "gone"
    found = list_cameras(True, "linux", device.open, v4l_dir)
    assert [str(camera) for camera in found] == ["0  Integrated Camera", "10  Logi C920"]


def test_a_machine_without_cameras_lists_none(tmp_path: Path) -> None:
    assert list_cameras(system="linux", v4l_dir=tmp_path / "nowhere") == []


@pytest.mark.parametrize(("system", "api"), [("win32", cv2.CAP_DSHOW), ("darwin", cv2.CAP_AVFOUNDATION)])
def test_elsewhere_a_package_names_them(monkeypatch: pytest.MonkeyPatch, system: str, api: int) -> None:
    package = ModuleType("cv2_enumerate_cameras")
    asked: list[int] = []

    def enumerate_cameras(backend: int) -> list[SimpleNamespace]:
        asked.append(backend)
        return [SimpleNamespace(index=1, name="OBS"), SimpleNamespace(index=0, name="FaceTime HD")]

    package.enumerate_cameras = enumerate_cameras  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", package)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert list_cameras(system=system) == [CameraListing(0, "FaceTime HD"), CameraListing(1, "OBS")]
    assert asked == [api]


def test_without_that_package_they_are_counted_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    device = FakeDevice()

    def opener(index: int, api: int, params: object) -> object:
        device.mode = "good" if index < 2 else "gone"
        return device.open(index, api, ())

    found = list_cameras(system="win32", opener=opener)  # type: ignore[arg-type]
    assert found == [CameraListing(0, "camera 0"), CameraListing(1, "camera 1")]
    assert device.open_now == 0
