"""Sends every frame's faces as JSON over a WebSocket, for other programs: avatars, games, instruments."""

import asyncio
import json
import logging
import threading
from concurrent.futures import Future
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from assets import POINTS_PAGE
from model.measures import MEASURE_NAMES
from realtime.errors import ConfigError, SinkError
from realtime.face_view import FaceView
from realtime.frame import Output
from realtime.web.access import local_origin

if TYPE_CHECKING:
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

LOOPBACK = "127.0.0.1"
_MAX_WAITING_BYTES = 256 * 1024
"""A reader for whom more is waiting, some seconds of faces, is dropped."""
_CLOSE_TIMEOUT_S = 1.0
_ANGLES = ("roll", "pitch", "yaw")

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())
_log.propagate = False  # a reader that goes away in the middle of a sentence is not news


class PointsServerSink:
    """A WebSocket server in a thread of its own; `GET /` gives a page that draws the faces.

    Nobody is waited for: of frames that come faster than they are sent the newest is sent, and a reader that falls
    behind is dropped. Readers need no permission, but pages of other sites are refused, for any page that is open in a
    browser could else watch the camera's faces.

    Args:
        port: 0 takes a free one.
        host: address to listen at; others than loopback let other machines in.

    Raises:
        ConfigError: the package websockets is not installed.
        SinkError: the address cannot be listened at.
    """

    name = "points"

    def __init__(self, port: int, host: str = LOOPBACK) -> None:
        if find_spec("websockets") is None:
            raise ConfigError(
                "--serve-points needs the package websockets, which is not installed here: pip install websockets"
            )
        self.dropped = 0
        self._readers: set[ServerConnection] = set()
        self._newest: str | None = None
        self._lock = threading.Lock()
        begun: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, args=(port, host, begun), name="points server")
        self._thread.start()
        try:
            self.port, self._loop, self._stop = begun.result()
        except (OSError, UnicodeError) as error:
            self._thread.join()
            reason = (isinstance(error, OSError) and error.strerror) or str(error)
            raise SinkError(
                f"cannot serve points at {host}:{port}: {reason}; try another port, such as 8765, or "
                "leave --serve-host out"
            ) from error
        self.address = f"ws://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def readers(self) -> int:
        """How many are connected."""
        return len(self._readers)

    def write(self, output: Output) -> None:
        """Hand the frame's faces over; costs next to nothing while nobody listens."""
        if not self._readers or not self._thread.is_alive():
            return
        text = message(output)
        with self._lock:
            pending, self._newest = self._newest is not None, text
        if not pending:
            self._loop.call_soon_threadsafe(self._send)

    def close(self) -> None:
        """Say goodbye to the readers and end the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self, port: int, host: str, begun: "Future[Any]") -> None:
        try:
            asyncio.run(self._serve(port, host, begun))
        except Exception as error:
            if begun.done():
                raise
            begun.set_exception(error)

    async def _serve(self, port: int, host: str, begun: "Future[Any]") -> None:
        from websockets.asyncio.server import serve

        stop = asyncio.Event()
        server: Server = await serve(
            self._greet, host, port, process_request=_answer, compression=None, max_size=4096, logger=_log,
            close_timeout=_CLOSE_TIMEOUT_S,
        )  # fmt: skip
        async with server:
            begun.set_result((next(iter(server.sockets)).getsockname()[1], asyncio.get_running_loop(), stop))
            await stop.wait()

    async def _greet(self, reader: "ServerConnection") -> None:
        self._readers.add(reader)
        try:
            async for _ in reader:
                pass  # what readers say is not listened to
        finally:
            self._readers.discard(reader)

    def _send(self) -> None:
        """Send the newest message to everybody; runs in the server's thread."""
        from websockets.asyncio.server import broadcast

        with self._lock:
            text, self._newest = self._newest, None
        if text is None:
            return
        for reader in list(self._readers):
            if reader.transport.get_write_buffer_size() > _MAX_WAITING_BYTES:
                self.dropped += 1
                self._readers.discard(reader)
                reader.transport.abort()
        broadcast(self._readers, text)


def message(output: Output) -> str:
    """One frame's faces as JSON, in the format of docs/points.md."""
    frame = output.original
    views = {view.face_id: view for view in output.views}
    faces = [
        {
            "id": face.face_id,
            "score": round(face.score, 4),
            "keypoints": [[round(x, 2), round(y, 2)] for x, y in face.keypoints_px.tolist()],
            **_head(views.get(face.face_id)),
        }
        for face in output.faces
    ]
    values = {"frame": frame.index, "time_s": round(frame.time_s, 6), "size": list(frame.size_wh), "faces": faces}
    return json.dumps(values, separators=(",", ":"))


def _head(view: FaceView | None) -> dict[str, object]:
    """Measures and pose, each None where the points fit no head."""
    if view is None or view.pose is None or view.measures is None:
        return {"measures": None, "pose": None}
    measures = {name: round(getattr(view.measures, name), 4) for name in MEASURE_NAMES if name not in _ANGLES}
    angles = {f"{name}_deg": round(view.measure(name) or 0.0, 2) for name in _ANGLES}
    rotation = [[round(value, 5) for value in row] for row in view.pose.rotation.tolist()]
    translation = [round(value, 4) for value in view.pose.translation.tolist()]
    return {"measures": measures, "pose": {**angles, "rotation": rotation, "translation": translation}}


def _answer(connection: "ServerConnection", request: "Request") -> "Response | None":
    """Refuse pages of other sites; give the page to who asks for no WebSocket; None lets a reader in."""
    if not local_origin(request.headers.get("Origin"), request.headers.get("Host", "")):
        return connection.respond(403, "pages of other sites may not read the points\n")
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return None
    if request.path != "/":
        return connection.respond(404, "there is only /\n")
    response = connection.respond(200, POINTS_PAGE.read_text(encoding="utf-8"))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response
