"""A small RTSP server for tests: H.264 in RTP, carried in the connection itself, as many network cameras send it."""

import re
import socketserver
import struct
import threading
from collections.abc import Iterator
from typing import Final

import av

from tests.fakes import four_colours
from tests.loopback import LoopbackServer

_CLOCK_HZ: Final = 90_000
_SDP: Final = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\n"
    "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track\r\n"
)


class RtspServer(LoopbackServer):
    """`address` is what `--source` takes.

    Every connection gets the pictures from the first on, 30 a second, and only the first is a key frame: who loses it
    sees nothing.
    """

    @property
    def address(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def serve(self, dead: threading.Event) -> type[socketserver.BaseRequestHandler]:
        stalled = self.stalled

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    while answer_request(self):
                        pass
                    send_pictures(self, dead, stalled)
                except OSError:
                    return

        return Handler


def answer_request(handler: socketserver.StreamRequestHandler) -> bool:
    """Answer one request; False after PLAY, and where the client has gone."""
    request = handler.rfile.readline().decode()
    sequence = "0"
    while (line := handler.rfile.readline().decode().strip()) != "":
        if match := re.fullmatch(r"CSeq: *(\d+)", line, re.IGNORECASE):
            sequence = match[1]
    if not request:
        raise ConnectionResetError
    method, url = request.split()[:2]
    head = {
        "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
        "DESCRIBE": f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\nContent-Length: {len(_SDP)}\r\n",
        "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n",
        "PLAY": "Session: 1\r\n",
    }.get(method, "")
    body = _SDP if method == "DESCRIBE" else ""
    handler.wfile.write(f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n{head}\r\n{body}".encode())
    return method != "PLAY"


def send_pictures(handler: socketserver.StreamRequestHandler, dead: threading.Event, stalled: threading.Event) -> None:
    """Thirty pictures a second, until the server stops or the client goes."""
    serial = 0
    for number, units in enumerate(encoded_pictures()):
        while stalled.is_set() and not dead.wait(0.02):
            pass
        if dead.wait(1 / 30):
            return
        for unit in units:
            last = 0x80 if unit is units[-1] else 0
            packet = struct.pack("!BBHII", 0x80, last | 96, serial % 65536, number * _CLOCK_HZ // 30, 1) + unit
            handler.wfile.write(struct.pack("!cBH", b"$", 0, len(packet)) + packet)
            serial += 1


def encoded_pictures() -> Iterator[list[bytes]]:
    """The NAL units of each picture, without end; each is small enough for one packet."""
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = 64, 48, "yuv420p"
    codec.options = {"tune": "zerolatency", "g": "100000", "x264-params": "scenecut=0:slices=1"}
    codec.framerate = 30  # type: ignore[assignment]
    number = 0
    while True:
        for packet in codec.encode(av.VideoFrame.from_ndarray(four_colours((64, 48), number % 256), format="bgr24")):
            yield [unit.rstrip(b"\0") for unit in re.split(b"\0\0\1", bytes(packet)) if unit.rstrip(b"\0")]
        number += 1
