"""Tests of realtime.sources.live.stream, against real servers on loopback that stall, die and come back."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from realtime.errors import SourceError
from realtime.sources.live.newest import Patience
from realtime.sources.live.stream import StreamSource
from tests.fakes import MjpegServer, has_four_colours, number_of, wait_until
from tests.realtime.sources.live.waiting import first_frame
from tests.rtsp import RtspServer

QUICK = Patience(open_s=2.0, measure_s=0.05, stall_s=0.3, hold_s=0.02, skip_s=0.05, retry_s=0.02, retry_max_s=0.1)


until = partial(first_frame, within_s=30)


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    """An MJPEG server, and no thread left of those that read from it."""
    with MjpegServer() as server:
        yield server
    assert wait_until(lambda: not any(thread.name == "capture" for thread in threading.enumerate()))


def test_pictures_come_as_they_were_sent(server: MjpegServer) -> None:
    with StreamSource(server.address, QUICK) as source:
        assert source.info.live and source.info.size_wh == (64, 48)
        assert source.info.name.startswith(f"stream {server.address} (64x48, mjpeg, ")
        frames = [frame for frame, _ in zip(source.frames(), range(6), strict=False)]
    assert all(has_four_colours(frame.pixels_bgr) for frame in frames)
    assert len({number_of(frame.pixels_bgr) for frame in frames}) > 1
    assert all(frame.captured_s is not None for frame in frames)


def test_a_server_that_dies_and_comes_back(server: MjpegServer) -> None:
    with StreamSource(server.address, QUICK) as source:
        frames = source.frames()
        until(frames, lambda frame: frame.index > 2 and source.status == "")
        server.stop()
        held = until(frames, lambda frame: "refused" in source.status and frame.captured_s is None)
        server.start()
        resumed = until(frames, lambda frame: source.status == "" and frame.captured_s is not None)
    assert resumed.index > held.index and resumed.time_s >= held.time_s
    assert has_four_colours(held.pixels_bgr) and has_four_colours(resumed.pixels_bgr)


def test_a_server_that_stalls_and_goes_on(server: MjpegServer) -> None:
    with StreamSource(server.address, QUICK) as source:
        frames = source.frames()
        until(frames, lambda frame: frame.index > 2 and source.status == "")
        server.stalled.set()
        until(frames, lambda frame: source.status.endswith("; trying again") and frame.captured_s is None)
        server.stalled.clear()
        until(frames, lambda frame: source.status == "" and frame.captured_s is not None)


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_server_that_accepts_and_says_nothing_is_reported(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/live"
        with pytest.raises(SourceError) as raised:
            StreamSource(address, Patience(open_s=0.6, join_s=2.0))
    assert str(raised.value) == (
        f"cannot open stream {address}: no answer comes; check the address, or try it in a browser or player"
    )


def test_a_page_that_is_no_stream_is_reported(server: MjpegServer) -> None:
    server.part = lambda: b"<html>hello</html>" * 50  # type: ignore[method-assign]
    with pytest.raises(SourceError, match=r"cannot open stream http://127.0.0.1:\d+/stream: .*; check the address"):
        StreamSource(server.address, QUICK)


def test_rtsp_loses_no_key_frame_stalls_and_comes_back() -> None:
    """Cameras send a key frame every ten seconds or so; who throws the first one away sees nothing until the next."""
    with RtspServer() as server, StreamSource(server.address, replace(QUICK, measure_s=0.4)) as source:
        assert source.info.name.startswith(f"stream {server.address} (64x48, h264, ")
        # What came out of a buffer at once says nothing of the rate.
        assert source.info.fps is None or source.info.fps < 60
        frames = source.frames()
        assert number_of(until(frames, lambda frame: True).pixels_bgr) < 60
        server.stalled.set()
        until(frames, lambda frame: source.status.endswith("; trying again") and frame.captured_s is None)
        server.stalled.clear()
        until(frames, lambda frame: source.status == "" and frame.captured_s is not None)
        server.stop()
        until(frames, lambda frame: "refused" in source.status and frame.captured_s is None)
        server.start()
        until(frames, lambda frame: source.status == "" and frame.captured_s is not None)


def test_passwords_are_not_shown(server: MjpegServer) -> None:
    with StreamSource(server.address.replace("//", "//user:secret@"), QUICK) as source:
        assert source.info.name.startswith(f"stream {server.address.replace('//', '//***@')} (")
