"""Pictures from an HTTP server pass within limits, with the login that the address holds."""

import base64
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from realtime.errors import SourceError
from realtime.sources.live import http_pictures
from realtime.sources.live.http_pictures import BoundedPictures, TooLargeError, open_pictures
from realtime.sources.live.newest import Patience
from realtime.sources.live.stream import StreamSource
from tests.fakes import MjpegServer, has_four_colours
from tests.loopback import LoopbackServer

QUICK = Patience(open_s=4.0, measure_s=0.05, stall_s=1.0, hold_s=0.02, skip_s=0.05, retry_s=0.02, retry_max_s=0.1)


class Endless(LoopbackServer):
    """Serves one picture that never ends; counts what was taken of it."""

    def __init__(self, head: bytes, kind: str) -> None:
        self.head, self.kind, self.sent = head, kind, 0
        super().__init__()

    def serve(self, dead: threading.Event) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", outer.kind)
                self.end_headers()
                try:
                    self.wfile.write(outer.head)
                    while not dead.is_set() and outer.sent < 400 * 2**20:
                        self.wfile.write(bytes(2**16))
                        outer.sent += 2**16
                except OSError:
                    return

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        (
            b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 2000000000\r\n\r\n\xff\xd8",
            "multipart/x-mixed-replace; boundary=frame",
        ),
        (b"--frame\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8", "multipart/x-mixed-replace; boundary=frame"),
    ],
)
def test_a_picture_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch, head: bytes, kind: str) -> None:
    monkeypatch.setattr(http_pictures.BoundedPictures.__init__, "__defaults__", (8 * 2**20,))
    with Endless(head, kind) as server:
        with pytest.raises(SourceError) as raised:
            StreamSource(f"http://127.0.0.1:{server.port}/live", QUICK)
        # It was tried a few times, and each time what waits in sockets was sent as well.
        assert server.sent < 300 * 2**20
    assert "\n" not in str(raised.value)


def test_many_small_pictures_are_as_many_as_they_like() -> None:
    class Answer:
        def read(self, amount: int, /) -> bytes:
            return bytes(amount)

        def close(self) -> None:
            pass

    pictures = BoundedPictures(Answer(), 1000)
    for _ in range(50):
        assert len(pictures.read(900)) == 900
        pictures.next_picture()
    pictures.read(900)
    with pytest.raises(TooLargeError, match="a picture takes more than 0 MB"):
        pictures.read(900)


class Locked(MjpegServer):
    """An MJPEG server that asks for a login."""

    def serve(self, dead: threading.Event) -> type[BaseHTTPRequestHandler]:
        class Handler(super().serve(dead)):  # type: ignore[misc]
            def do_GET(self) -> None:
                wanted = "Basic " + base64.b64encode("user:sé cret".encode()).decode()
                if self.headers.get("Authorization") == wanted:
                    super().do_GET()
                    return
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                self.send_header("Content-Length", "0")
                self.end_headers()

        return Handler


def test_the_login_in_the_address_is_reported() -> None:
    with Locked() as server:
        address = f"http://user:s%C3%A9%20cret@127.0.0.1:{server.port}/stream"
        with StreamSource(address, QUICK) as source:
            assert has_four_colours(next(source.frames()).pixels_bgr)
            assert "cret" not in source.info.name
        with pytest.raises(SourceError, match=r"401|[Uu]nauthorized"):
            StreamSource(f"http://127.0.0.1:{server.port}/stream", QUICK)


def test_other_things_are_left_to_ffmpeg() -> None:
    assert open_pictures("rtsp://127.0.0.1:1/live", 1, 1) is None
    with Endless(b"", "video/mp2t") as server:
        assert open_pictures(f"http://127.0.0.1:{server.port}/", 1, 1) is None


@pytest.mark.parametrize("demand", ['Digest realm="cam", nonce=', "Digest realm", 'Digest nonce="1"', "Digest ="])
def test_a_broken_demand_for_a_login_is_left_to_ffmpeg(demand: str) -> None:
    class Demanding(Endless):
        def serve(self, dead: threading.Event) -> type[BaseHTTPRequestHandler]:
            class Handler(super().serve(dead)):  # type: ignore[misc]
                def do_GET(self) -> None:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", demand)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            return Handler

    with Demanding(b"", "") as server:
        assert open_pictures(f"http://user:secret@127.0.0.1:{server.port}/", 1, 1) is None
