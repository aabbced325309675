"""The page of a run: its server, the browser's camera, and what the page can do."""

import asyncio
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from realtime.audio.microphone import Microphone
from realtime.control.panel import ControlPanel
from realtime.control.settings import user_folder
from realtime.errors import FilterError, SinkError
from realtime.live.folders import Folders
from realtime.live.panel import FilterPreview, preview_portrait
from realtime.sinks.page.routes import add_routes
from realtime.sinks.page.sink import PageParts, PageSink, Placement
from realtime.sources.live.browser import BrowserCamera, BrowserSound, BrowserSource
from realtime.web.server import WebConfig, WebServer

if TYPE_CHECKING:
    from aiohttp import web

SESSION_FILE: Final = "page-session"
_LARGEST_MESSAGE: Final = 4 * 2**20
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


class LivePage:
    """The server of a run's page, from before its source is open until its end.

    Args:
        config: where to listen.
        wants_camera: the browser's camera is the source.
        wants_sound: its microphone is heard as well.

    Raises:
        ConfigError: aiohttp is not installed.
        SinkError: the address cannot be listened at.
    """

    def __init__(self, config: WebConfig, wants_camera: bool = False, wants_sound: bool = False) -> None:
        self.server = WebServer(config)
        self.camera = BrowserCamera(lambda: self.server.call(self._acknowledge))
        self._wants_camera = wants_camera
        self._sink: PageSink | None = None
        self._camera_socket: web.WebSocketResponse | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        add_routes(self.server, lambda: self._sink, (wants_camera, wants_sound))
        self.server.add("GET", "/camera", self._film)
        self.server.start()

    def open_source(self) -> BrowserSource:
        """Wait until somebody opens the page and allows the camera."""
        return BrowserSource(self.camera)

    def open_microphone(self, name: str) -> Microphone:
        """The microphone of that browser, whatever name was asked for; raises `SourceError` where none is heard."""
        return Microphone("the browser's microphone", lambda: BrowserSound(self.camera))

    def sink(
        self, panel: ControlPanel, folders: Folders, filters_dir: Path | None, added: Callable[[str], None]
    ) -> PageSink:
        """The sink that shows the run.

        Args:
            panel: of the run.
            folders: where pictures and recordings go.
            filters_dir: folder with more packs.
            added: told the name of each filter that is made on the page.
        """
        parts = PageParts(
            FilterPreview(filters_dir),
            preview_portrait,
            (folders.pictures, folders.recordings),
            lambda name, data, place: make_filter(name, data, place, added),
        )
        self._sink = PageSink(self.server, panel, parts)
        return self._sink

    def close(self) -> None:
        """End the server; may be called again."""
        self.camera.close()
        self.server.close()

    async def _film(self, request: "web.Request") -> "web.StreamResponse":
        """The browser's camera and microphone, from one page at a time."""
        from aiohttp import WSMsgType

        if not self._wants_camera:
            raise SinkError("this run has a camera of its own; start it with --source browser")
        if self._camera_socket is not None:
            raise SinkError("another browser's camera is in use; close its page first")
        async with self.server.socket(request, _LARGEST_MESSAGE) as socket:
            self._camera_socket = socket
            try:
                async for message in socket:
                    if message.type is WSMsgType.BINARY:
                        self.camera.feed(message.data)
            finally:
                self._camera_socket = None
            return socket

    def _acknowledge(self) -> None:
        """Tell the page that a picture was taken, so that it sends another; in the server's thread."""
        if self._camera_socket is None or self._camera_socket.closed:
            return
        task = asyncio.ensure_future(_ping(self._camera_socket))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _ping(socket: "web.WebSocketResponse") -> None:
    try:
        await socket.send_str("taken")
    except ConnectionError:
        return


def make_filter(name: str, data: bytes, place: Placement, added: Callable[[str], None]) -> None:
    """Save a PNG as a filter pack of the user's.

    Args:
        name: of the filter.
        data: the file.
        place: where it lies on the face.
        added: told the name.

    Raises:
        FilterError: the name or the picture cannot be used, or nothing can be written.
    """
    from realtime.filters.authoring.tools import new_pack

    if not _NAME.fullmatch(name):
        raise FilterError(f"{name[:60]!r} cannot name a filter; use up to 40 letters, digits, - and _")
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "picture.png")
        picture.write_bytes(data)
        new_pack(name, picture, user_folder() / "filters", place=((place.x, place.y), place.width))
    added(name)
