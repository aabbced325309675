"""Spoiled answers of HTTP servers: a stream gives pictures or a CaptureError, a download a file or a DownloadError.

`python -m tests.fuzz.http_replies --minutes 10`
"""

import socketserver
import threading
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from model.plain_text import plain_text
from realtime.sources.live.newest import CaptureError, Patience
from realtime.sources.live.stream import _OpenedStream
from tests.fuzz.mutate import main
from train.data.download import fetch
from train.errors import DownloadError

WORDS = (
    b"HTTP/1.1 302 Found\r\n",
    b"Location: /again\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: -5\r\n",
    b"Content-Range: bytes */7\r\n",
    b"Content-Type: image/jpeg\r\n",
    b"WWW-Authenticate: Digest realm=",
    b"\r\n\r\n",
    b"--frame",
    b"ffffffff\r\n",
    b"\x1b[2J",
)
_PATIENCE = Patience(open_s=1.0, stall_s=0.5)
_PICTURES = 3


def _jpeg() -> bytes:
    done, data = cv2.imencode(".jpg", np.full((24, 32, 3), (40, 90, 200), np.uint8))
    assert done
    return data.tobytes()


def samples() -> list[bytes]:
    """Whole answers: pictures in a row, with and without lengths and in chunks; one picture; a file; others."""
    jpeg = _jpeg()
    part = b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg + b"\r\n"
    sized = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg + b"\r\n"
    pictures = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [sized] * 4)
    return [
        pictures + b"\r\n" + sized * 4,
        pictures + b"Connection: close\r\n\r\n" + part * 4,
        pictures + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: 300\r\n\r\n" + bytes(range(100)) * 3,
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n01234",
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\nno.",
        b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="cam", nonce="1", qop="auth"\r\n\r\n',
        b"HTTP/1.1 301 Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n",
    ]


class _Server(socketserver.ThreadingTCPServer):
    """Gives everybody the same answer, whatever is asked."""

    allow_reuse_address = True
    daemon_threads = True
    answer = b""

    class RequestHandlerClass(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                self.request.settimeout(1)
                self.request.recv(65536)
                assert isinstance(self.server, _Server)
                self.request.sendall(self.server.answer)
            except OSError:
                return


@cache
def _server() -> _Server:
    server = _Server(("127.0.0.1", 0), _Server.RequestHandlerClass)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def target(data: bytes, folder: Path) -> None:
    """Look at it as a stream, with a login, and fetch it as a file."""
    server = _server()
    server.answer = data
    place = f"127.0.0.1:{server.server_address[1]}"
    try:
        stream = _OpenedStream(f"http://user:secret@{place}/live", _PATIENCE)
        try:
            for _ in range(_PICTURES):
                picture = stream.read()
                assert picture.ndim == 3 and picture.dtype == np.uint8
        finally:
            stream.close()
    except CaptureError as error:
        assert "\n" not in plain_text(str(error)) and "secret" not in str(error)
    try:
        fetch(f"http://{place}/file", folder / "file", quiet=True)
    except DownloadError as error:
        assert "\n" not in plain_text(str(error))
    for left in folder.iterdir():
        left.unlink()


if __name__ == "__main__":
    main(target, samples(), WORDS)
