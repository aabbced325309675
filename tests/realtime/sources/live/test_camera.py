"""Tests of realtime.sources.live.camera: opening, and a camera that misbehaves in each of four ways."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import pytest

from realtime.errors import SourceError
from realtime.sources.live import camera as camera_module
from realtime.sources.live.camera import CameraConfig, CameraSource
from realtime.sources.live.camera_list import CameraListing
from realtime.sources.live.newest import Patience
from tests.fakes import FakeCapture, FakeDevice, number_of, wait_until
from tests.paths import ROOT
from tests.realtime.sources.live.waiting import first_frame

QUICK = Patience(
    measure_s=0.05,
    stall_s=0.15,
    hold_s=0.02,
    skip_s=0.05,
    retry_s=0.02,
    retry_max_s=0.1,
    still_max_s=0.5,
    join_s=0.5,
)
IMPATIENT = replace(QUICK, first_s=0.3)
LISTED = [CameraListing(0, "Integrated Camera"), CameraListing(2, "Logi C920"), CameraListing(4, "Logi C270")]


@pytest.fixture
def device() -> Iterator[FakeDevice]:
    """A camera, all of whose threads have ended after the test."""
    device = FakeDevice()
    yield device
    device.mode = "good"
    assert wait_until(lambda: device.open_now == 0)
    assert wait_until(lambda: not any(thread.name == "capture" for thread in threading.enumerate()))


def _open(device: FakeDevice, config: CameraConfig | None = None) -> CameraSource:
    return CameraSource(config or CameraConfig(patience=QUICK), device.open, lambda: LISTED)


def test_frames_carry_the_clock_and_skips_leave_gaps(device: FakeDevice) -> None:
    with _open(device) as source:
        frames = source.frames()
        first, second = next(frames), next(frames)
        shown = device.pictures
        assert wait_until(lambda: device.pictures > shown + 5)
        later = next(frames)
    assert first.index == 0 and first.time_s == 0
    assert None not in (first.captured_s, second.captured_s)
    assert later.index > second.index + 3
    # One number is counted up by the camera, the other by the source: what was skipped is known exactly.
    assert (number_of(later.pixels_bgr) - number_of(first.pixels_bgr)) % 256 == later.index


def test_the_newest_picture_wins(device: FakeDevice) -> None:
    with _open(device) as source:
        frames = source.frames()
        next(frames)
        shown = device.pictures
        assert wait_until(lambda: device.pictures > shown + 10)
        before = device.pictures
        ahead = (number_of(next(frames).pixels_bgr) - before) % 256
    # Of the pictures counted up to then, none but the last is still to be had.
    assert ahead < 128 or ahead == 255


def test_it_says_what_was_asked_and_what_was_got(device: FakeDevice) -> None:
    config = CameraConfig("c920", (1280, 720), 30, "linux", QUICK)
    with _open(device, config) as source:
        info = source.info
    assert info.name.startswith("camera 2 'Logi C920' (64x48, MJPG, V4L2, ")
    assert info.name.endswith(" s); asked for 1280x720 at 30 fps")
    assert info.live and info.size_wh == (64, 48)
    assert info.fps is None or info.fps > 1


@pytest.mark.parametrize(("asked", "index"), [(0, 0), ("2", 2), (7, 7), ("integrated", 0), ("C270", 4)])
def test_a_camera_goes_by_its_number_or_part_of_its_name(device: FakeDevice, asked: int | str, index: int) -> None:
    with _open(device, CameraConfig(asked, patience=QUICK)):
        assert device.requests[0][0] == index


def test_cameras_are_not_all_opened_for_a_name_in_a_message(
    monkeypatch: pytest.MonkeyPatch, device: FakeDevice
) -> None:
    monkeypatch.setattr(camera_module, "names_are_known", lambda system: False)

    def lister() -> list[CameraListing]:
        raise AssertionError("listing opens cameras here")

    with CameraSource(CameraConfig(1, system="win32", patience=QUICK), device.open, lister) as source:
        assert source.info.name.startswith("camera 1 (")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "zeiss",
            "no camera is called 'zeiss'; cameras here: 0 'Integrated Camera', 2 'Logi C920', 4 'Logi C270'; choose",
        ),
        ("logi", "2 cameras are called 'logi'; cameras here: 2 'Logi C920', 4 'Logi C270'; choose"),
    ],
)
def test_a_name_that_fits_none_or_several_is_reported(device: FakeDevice, asked: str, message: str) -> None:
    with pytest.raises(SourceError) as raised:
        _open(device, CameraConfig(asked, patience=QUICK))
    assert message in str(raised.value)


def test_a_camera_that_is_not_there_is_reported_with_those_that_are(device: FakeDevice) -> None:
    device.mode = "gone"
    with pytest.raises(SourceError) as raised:
        _open(device, CameraConfig(7, system="linux", patience=QUICK))
    assert str(raised.value) == (
        "cannot open camera 7: it is not there, or another program is using it; cameras here: 0 'Integrated Camera', "
        "2 'Logi C920', 4 'Logi C270'; choose another with --camera, or play --source demo"
    )


def test_no_camera_at_all_is_reported(device: FakeDevice) -> None:
    device.mode = "gone"
    with pytest.raises(SourceError, match="the system lists no camera; choose another"):
        CameraSource(CameraConfig(system="linux", patience=QUICK), device.open, list)


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        ("nothing", r"\(no pictures come\)"),
        ("raises", r"\(the driver says 'the cable is loose'\)"),
        ("blocks", "opened but gave no picture within 0.3 s; close"),
    ],
)
def test_a_camera_that_never_gives_a_picture_is_reported(device: FakeDevice, mode: str, why: str) -> None:
    device.mode = mode
    with pytest.raises(SourceError, match=why):
        _open(device, CameraConfig(patience=IMPATIENT))


def test_permission_is_explained_where_systems_refuse_cameras(device: FakeDevice) -> None:
    device.mode = "gone"
    for system, advice in [
        ("darwin", "Privacy & Security > Camera, then restart the terminal"),
        ("win32", "Windows may"),
    ]:
        with pytest.raises(SourceError, match=advice):
            _open(device, CameraConfig(system=system, patience=QUICK))


def test_macos_opens_on_the_main_thread_and_others_do_not(device: FakeDevice) -> None:
    threads: dict[str, list[threading.Thread]] = {"darwin": [], "linux": []}
    for system, seen in threads.items():

        def opener(*request: object, seen: list[threading.Thread] = seen) -> object:
            seen.append(threading.current_thread())
            return device.open(*request)  # type: ignore[arg-type]

        with CameraSource(CameraConfig(system=system, patience=QUICK), opener, list):  # type: ignore[arg-type]
            pass
    assert threads["darwin"] == [threading.main_thread()]
    assert threading.main_thread() not in threads["linux"]


def test_the_next_way_is_tried_where_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    device = FakeDevice()
    monkeypatch.delenv("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", raising=False)
    transforms: list[str | None] = []

    def opener(index: int, api: int, params: object) -> object:
        transforms.append(os.environ.get("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS"))
        device.mode = "good" if api == cv2.CAP_MSMF else "gone"
        return device.open(index, api, params)  # type: ignore[arg-type]

    monkeypatch.setitem(os.environ, "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "1")
    config = CameraConfig(1, (1280, 720), 30, "win32", QUICK)
    with CameraSource(config, opener, list) as source:  # type: ignore[arg-type]
        assert "Media Foundation" in source.info.name
    assert [api for _, api, _ in device.requests] == [cv2.CAP_DSHOW, cv2.CAP_DSHOW, cv2.CAP_MSMF]
    assert transforms == ["1", "1", "0"]


PROBLEMS = {
    "nothing": "no pictures come",
    "blocks": "the driver gives no answer",
    "raises": "the driver says 'the cable is loose'",
    "repeats": "the same picture comes over and over",
    "gone": "it is not there, or another program is using it",
}


@pytest.mark.parametrize("mode", PROBLEMS)
def test_a_misbehaving_camera_is_reported_bridged_and_resumed(device: FakeDevice, mode: str) -> None:
    with _open(device) as source:
        frames = source.frames()
        shown = first_frame(frames, lambda frame: frame.index > 3 and source.status == "")
        shown.pixels_bgr[:] = 0
        device.mode = mode
        expected = f"camera 0 'Integrated Camera': {PROBLEMS[mode]}; trying again"
        first_frame(frames, lambda frame: source.status == expected and frame.captured_s is None)
        held = []
        for _ in range(5):
            held.append(next(frames))
            assert held[-1].pixels_bgr.any()
            # What the consumer draws on one frame does not show on the next.
            held[-1].pixels_bgr[:] = 0
        device.mode = "good"
        resumed = first_frame(frames, lambda frame: source.status == "" and frame.captured_s is not None)
        after = [next(frames) for _ in range(3)]
    walk = [*held, resumed, *after]
    assert [frame.index for frame in walk] == sorted({frame.index for frame in walk})
    assert [frame.time_s for frame in walk] == sorted(frame.time_s for frame in walk)
    assert all(frame.captured_s is None for frame in held)


@pytest.mark.parametrize("mode", ["nothing", "raises", "repeats", "gone"])
def test_attempts_to_open_again_grow_rare(device: FakeDevice, mode: str) -> None:
    with _open(device) as source:
        frames = source.frames()
        next(frames)
        device.mode = mode
        start = first_frame(frames, lambda frame: source.status != "")
        before = len(device.opened)
        end = first_frame(frames, lambda frame: frame.time_s > start.time_s + 0.6)
        attempts = len(device.opened) - before
    # One each tenth of a second at the most, by the patience above.
    assert attempts <= (end.time_s - start.time_s) / QUICK.retry_max_s + 3
    assert device.open_now == 0


def test_threads_hanging_in_a_driver_are_few(device: FakeDevice) -> None:
    with _open(device) as source:
        frames = source.frames()
        next(frames)
        device.mode = "blocks"
        start = first_frame(frames, lambda frame: source.status != "")
        first_frame(frames, lambda frame: frame.time_s > start.time_s + 1.2)
        assert sum(thread.name == "capture" for thread in threading.enumerate()) <= 4


def test_a_driver_that_hangs_while_opening_is_reported_and_resumed(device: FakeDevice) -> None:
    free = threading.Event()
    free.set()

    def opener(index: int, api: int, params: Sequence[int]) -> FakeCapture:
        free.wait()
        return device.open(index, api, params)

    with CameraSource(CameraConfig(patience=replace(QUICK, open_s=0.3)), opener, list) as source:
        frames = source.frames()
        next(frames)
        free.clear()
        device.mode = "nothing"
        first_frame(frames, lambda frame: "the driver gives no answer" in source.status)
        device.mode = "good"
        free.set()
        first_frame(frames, lambda frame: source.status == "")


def test_a_camera_plugged_in_elsewhere_is_found_by_its_name(device: FakeDevice) -> None:
    listed = [CameraListing(2, "Logi C920")]
    with CameraSource(CameraConfig("c920", patience=QUICK), device.open, lambda: listed) as source:
        frames = source.frames()
        next(frames)
        device.mode = "gone"
        first_frame(frames, lambda frame: source.status != "")
        listed[:] = [CameraListing(0, "Integrated Camera"), CameraListing(3, "Logi C920")]
        device.mode = "good"
        first_frame(frames, lambda frame: source.status == "")
    assert device.requests[0][0] == 2 and device.requests[-1][0] == 3


def test_messages_and_returns_come_within_two_seconds_by_default() -> None:
    usual = Patience()
    assert usual.stall_s + usual.hold_s < 2
    assert usual.retry_max_s + usual.skip_s < 2


def test_a_hanging_driver_does_not_keep_the_program_from_ending() -> None:
    code = (
        "from realtime.sources.live.camera import *; from tests.fakes import FakeDevice\n"
        "device = FakeDevice()\n"
        "source = CameraSource(CameraConfig(patience=Patience(join_s=0.1)), device.open, list)\n"
        "next(source.frames()); device.mode = 'blocks'; source.close(); print('closed')"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "closed\n", "")


def test_an_error_of_our_own_in_the_thread_is_raised_in_the_caller(device: FakeDevice) -> None:
    with _open(device) as source:
        frames = source.frames()
        next(frames)
        device.next_picture = lambda: 1 / 0  # type: ignore[method-assign, assignment, return-value]
        with pytest.raises(ZeroDivisionError):
            for _ in frames:
                pass
