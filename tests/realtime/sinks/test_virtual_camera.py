"""Tests of realtime.sinks.virtual_camera, through pyvirtualcam with a back end of our own."""

import sys
from typing import Any, ClassVar

import numpy as np
import pytest

from realtime.errors import SinkError
from realtime.sinks.virtual_camera import VirtualCameraSink
from tests.fakes import FOUR_COLOURS_BGR
from tests.realtime.sinks.outputs import output


class MemoryBackend:
    """A virtual camera that keeps what it is sent."""

    made: ClassVar[list["MemoryBackend"]] = []

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None, **more: Any) -> None:
        self.size_wh, self.fps, self.fourcc = (width, height), fps, fourcc
        self.frames: list[np.ndarray] = []
        self.closed = 0
        self.broken = False
        self.made.append(self)

    def send(self, frame: np.ndarray) -> None:
        if self.broken:
            raise RuntimeError("device is gone")
        self.frames.append(frame.reshape(self.size_wh[1], self.size_wh[0], 3).copy())

    def close(self) -> None:
        self.closed += 1

    def device(self) -> str:
        return "memory"

    def native_fourcc(self) -> int | None:
        return None


@pytest.fixture
def backend() -> str:
    pyvirtualcam = pytest.importorskip("pyvirtualcam", reason="needs pyvirtualcam (optional)")
    MemoryBackend.made.clear()
    pyvirtualcam.register_backend("memory", MemoryBackend)
    return "memory"


def test_size_colours_and_rate_are_right(backend: str) -> None:
    sink = VirtualCameraSink((64, 48), 30, backend)
    given = output()
    sink.write(given)
    sink.close()
    sink.close()
    (camera,) = MemoryBackend.made
    assert (camera.size_wh, camera.fps, camera.closed, sink.device) == ((64, 48), 30, 1, "memory")
    assert camera.fourcc.to_bytes(4, "little") == b"24BG"
    np.testing.assert_array_equal(camera.frames, [given.annotated.pixels_bgr])


def test_other_sizes_are_fitted_in(backend: str) -> None:
    sink = VirtualCameraSink((101, 51), 30, backend)
    sink.write(output(size_wh=(50, 50)))
    sink.close()
    (frame_bgr,) = MemoryBackend.made[0].frames
    assert frame_bgr.shape == (50, 100, 3)
    assert (frame_bgr[:, :25] == 0).all()
    assert frame_bgr[-1, 74].tolist() == list(FOUR_COLOURS_BGR[3])


@pytest.mark.parametrize(("source_fps", "sent"), [(15, 30), (30, 60), (60, 60), (100, 60)])
def test_frames_come_no_faster_than_announced(backend: str, source_fps: int, sent: int) -> None:
    sink = VirtualCameraSink((64, 48), 30, backend)
    jitter_s = np.random.default_rng(0).uniform(-0.002, 0.002, 2 * source_fps)
    for index in range(2 * source_fps):
        sink.write(output(index, index / source_fps + 1 + jitter_s[index]))
    sink.close()
    assert len(MemoryBackend.made[0].frames) == pytest.approx(sent, abs=2)


def test_a_device_that_fails_is_reported_once(backend: str) -> None:
    sink = VirtualCameraSink((64, 48), 30, backend)
    MemoryBackend.made[0].broken = True
    with pytest.raises(SinkError, match="the virtual camera memory failed: device is gone; start"):
        sink.write(output())
    sink.write(output(1))
    sink.close()
    assert MemoryBackend.made[0].closed == 1


@pytest.mark.parametrize(
    ("platform", "hint"), [("linux", "modprobe v4l2loopback"), ("darwin", "OBS"), ("win32", "OBS")]
)
def test_without_a_driver_the_way_to_get_one_is_reported(
    monkeypatch: pytest.MonkeyPatch, platform: str, hint: str
) -> None:
    pyvirtualcam = pytest.importorskip("pyvirtualcam", reason="needs pyvirtualcam (optional)")

    class NoDriver:
        def __init__(self, **_: Any) -> None:
            raise RuntimeError("no device\nfound")

    pyvirtualcam.register_backend("none", NoDriver)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SinkError, match=f"no device found.*{hint}") as told:
        VirtualCameraSink((64, 48), 30, "none")
    assert "\n" not in str(told.value)


def test_without_the_package_its_name_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(SinkError, match="pip install pyvirtualcam"):
        VirtualCameraSink((64, 48), 30)
