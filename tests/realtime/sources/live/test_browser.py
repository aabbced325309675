"""A browser's camera and microphone, fed by hand: times, stalls, sound, and nonsense."""

import time

import cv2
import numpy as np
import pytest

from realtime.errors import SourceError
from realtime.sources.live import browser
from realtime.sources.live.browser import HEAD, PICTURE, SOUND, BrowserCamera, BrowserSound, BrowserSource
from realtime.sources.live.newest import CaptureError
from tests.fakes import four_colours


def jpeg(number: int = 0, size_wh: tuple[int, int] = (64, 48)) -> bytes:
    good, data = cv2.imencode(".jpg", four_colours(size_wh, number))
    assert good
    return data.tobytes()


def huge() -> bytes:
    """A JPEG that says it has 800 megapixels."""
    data = bytearray(jpeg())
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = b"\x6e\x00\x6e\x00"
    return bytes(data)


def picture(time_s: float, number: int = 0) -> bytes:
    return HEAD.pack(PICTURE, time_s, 0) + jpeg(number)


def test_frames_have_the_times_at_which_the_browser_took_them() -> None:
    taken: list[None] = []
    camera = BrowserCamera(lambda: taken.append(None))
    camera.feed(picture(5.0))
    with BrowserSource(camera, 1.0) as source:
        assert source.info.live and source.info.size_wh == (64, 48)
        assert source.info.name == "the browser's camera (64x48)"
        frames = source.frames()
        first = next(frames)
        camera.feed(picture(5.04, 8))
        second = next(frames)
        camera.feed(picture(5.08))
        camera.feed(picture(5.12))
        third = next(frames)
    assert [first.index, second.index, third.index] == [0, 1, 3]
    assert first.time_s == 0
    assert first.captured_s is not None and second.captured_s is not None and third.captured_s is not None
    # Dated on our clock, none later than it came: what came at once lies as far apart as it was taken.
    assert first.captured_s <= second.captured_s <= third.captured_s <= time.perf_counter()
    assert second.time_s == pytest.approx(second.captured_s - first.captured_s)
    assert len(taken) == 3


def test_a_page_out_of_sight_is_reported_and_its_last_picture_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_STALL_S", 0.1)
    monkeypatch.setattr(browser, "_HOLD_S", 0.05)
    camera = BrowserCamera()
    camera.feed(picture(1.0))
    with BrowserSource(camera, 1.0) as source:
        frames = source.frames()
        next(frames)
        held = next(frames)
        assert held.captured_s is None and held.time_s > 0
        assert "no pictures come" in source.status
        camera.feed(picture(2.0, 3))
        assert next(frames).captured_s is not None
        assert source.status == ""


def test_sound_comes_with_its_time() -> None:
    camera = BrowserCamera()
    for chunk in range(3):
        samples = np.full(480, 0.25, "<f4")
        camera.feed(HEAD.pack(SOUND, 1.0 + chunk * 0.01, 48_000) + samples.tobytes())
    sound = BrowserSound(camera)
    chunks = [sound.read() for _ in range(3)]
    assert all(chunk.rate_hz == 48_000 and len(chunk.samples) == 480 for chunk in chunks)
    assert chunks[0].heard_s <= chunks[1].heard_s <= chunks[2].heard_s
    sound.close()


def test_silence_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_SILENT_S", 0.01)
    with pytest.raises(CaptureError, match="the browser sends no sound"):
        BrowserSound(BrowserCamera()).read()


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x01",
        HEAD.pack(9, 1.0, 0) + b"x",
        HEAD.pack(PICTURE, float("nan"), 0) + jpeg(),
        HEAD.pack(SOUND, 1.0, 48_000) + b"odd",
        HEAD.pack(SOUND, 1.0, 1) + bytes(8),
        HEAD.pack(SOUND, 1.0, 48_000) + np.array([np.inf], "<f4").tobytes(),
    ],
)
def test_what_is_none_of_its_messages_is_ignored(message: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_SILENT_S", 0.0)
    camera = BrowserCamera()
    camera.feed(message)
    assert camera.next_picture(0, 0.0) is None
    with pytest.raises(CaptureError):
        camera.hear()


@pytest.mark.parametrize("data", [b"no picture", jpeg()[:200], jpeg(size_wh=(6000, 10)), huge()])
def test_a_picture_that_cannot_be_read_is_one_line(data: bytes) -> None:
    camera = BrowserCamera()
    camera.feed(HEAD.pack(PICTURE, 1.0, 0) + data)
    with pytest.raises(SourceError, match="cannot be read; load its page again"):
        BrowserSource(camera, 1.0)


def test_a_page_that_nobody_opens_is_reported() -> None:
    with pytest.raises(SourceError, match="open the page and allow the camera"):
        BrowserSource(BrowserCamera(), 0.05)


def test_closing_ends_the_frames() -> None:
    camera = BrowserCamera()
    camera.feed(picture(1.0))
    source = BrowserSource(camera, 1.0)
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == []
