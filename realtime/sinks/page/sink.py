"""Shows the program as a page, and does what its buttons say."""

import asyncio
import json
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from model.errors import UserError
from model.keypoints import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from realtime.control.panel import ControlPanel
from realtime.errors import ConfigError, SinkError
from realtime.frame import Output
from realtime.sinks.page.encode import encode
from realtime.sinks.page.shelf import Shelf
from realtime.sinks.page.thumbs import Thumbs
from realtime.sinks.page.viewer import Viewer
from realtime.sinks.page.wire import Said, catalogue_message, read_message, state_message
from realtime.sinks.points_server import message as points_message
from realtime.sinks.window.overlay.thumbnails import Portrait, Preview
from realtime.web.answers import read_upload, send_file
from realtime.web.server import WebServer

if TYPE_CHECKING:
    from aiohttp import web

_STATE_EVERY_S: Final = 0.2
_LARGEST_UPLOAD: Final = 8_000_000
_SERIAL: Final = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the user put a picture on the face.

    Attributes:
        x, y: its middle, eye distances from the middle of the outer eye corners along the face's own axes.
        width: eye distances.
    """

    x: float
    y: float
    width: float


MakeFilter = Callable[[str, bytes, Placement], None]
"""Makes a filter pack of a name, a PNG and its place; raises FilterError."""


@dataclass(frozen=True, slots=True)
class PageParts:
    """What the page shows and does beside the picture.

    Attributes:
        preview: draws one filter, for thumbnails.
        portrait: stands in while there is no face.
        folders: of pictures and recordings.
        make_filter: makes a filter of a picture.
        drawn: told the number of each picture that a browser has drawn, counted from 1.
    """

    preview: Preview
    portrait: Portrait
    folders: Sequence[Path]
    make_filter: MakeFilter
    drawn: Callable[[int], None] = lambda serial: None


@dataclass(frozen=True, slots=True)
class _Shown:
    """The newest frame."""

    serial: int
    output: Output = field(repr=False)


class PageSink:
    """Sends the newest picture to every browser that watches, and the program's state; one browser steers.

    Nobody is waited for: a browser gets the newest picture once it has drawn the one before the last.

    Args:
        server: not started yet, or started; routes are added by `add_routes` before.
        panel: takes actions, and publishes the state.
        parts: see there.
    """

    name = "page"

    def __init__(self, server: WebServer, panel: ControlPanel, parts: PageParts) -> None:
        self._server, self._panel, self._parts = server, panel, parts
        self._thumbs = Thumbs(parts.preview, parts.portrait)
        self._shelf = Shelf(parts.folders)
        self._viewers: list[Viewer] = []
        self._steering: Viewer | None = None
        self._shown: _Shown | None = None
        self._encoded: dict[tuple[int, int, int], bytes] = {}

    def write(self, output: Output) -> None:
        """Make this frame the newest; costs next to nothing while nobody watches."""
        self._shown = _Shown(self._shown.serial + 1 if self._shown else 1, output)
        if self._viewers:
            self._server.call(self._wake)

    def close(self) -> None:
        """End the server and the thumbnails."""
        self._server.close()
        self._thumbs.close()

    def _wake(self) -> None:
        for viewer in self._viewers:
            viewer.wake.set()

    async def watch(self, request: "web.Request") -> "web.StreamResponse":
        """One browser's connection, as long as it lasts."""
        from aiohttp import WSMsgType

        async with self._server.socket(request) as socket:
            viewer = Viewer(socket)
            self._viewers.append(viewer)
            if self._steering is None:
                self._steering = viewer
            with suppress(ConnectionError):
                await socket.send_str(json.dumps({"type": "hello", "key": viewer.key}))
                sending = asyncio.create_task(self._send(viewer))
                try:
                    async for message in socket:
                        if message.type is WSMsgType.TEXT:
                            await self._hear(viewer, message.data)
                finally:
                    sending.cancel()
                    self._viewers.remove(viewer)
                    if self._steering is viewer:
                        self._steering = self._viewers[0] if len(self._viewers) == 1 else None
                    self._wake()
            return socket

    async def get_thumb(self, request: "web.Request") -> "web.Response":
        """A filter's thumbnail."""
        from aiohttp import web

        name = request.match_info["name"]
        known = {entry.name for entry in self._panel.state.catalogue} | {"none"}
        if name not in known:
            raise ConfigError(f"no filter is called {name[:60]!r}")
        output = self._shown.output if self._shown else None
        data = await asyncio.to_thread(self._thumbs.draw, "" if name == "none" else name, output)
        return web.Response(body=data, content_type="image/jpeg")

    async def get_files(self, request: "web.Request") -> "web.Response":
        """Pictures and recordings."""
        from aiohttp import web

        return web.json_response(await asyncio.to_thread(self._shelf.listed))

    async def get_file(self, request: "web.Request") -> "web.StreamResponse":
        """One of them; `?download` saves it."""
        folder = self._shelf.folder_of(request.match_info["name"])
        return await send_file(request, folder, download="download" in request.query)

    async def delete_file(self, request: "web.Request") -> "web.Response":
        """Delete one for good."""
        from aiohttp import web

        self._check_steers(request)
        name = request.match_info["name"]
        await asyncio.to_thread(self._shelf.folder_of(name).delete, name)
        return web.json_response({})

    async def make_filter(self, request: "web.Request") -> "web.Response":
        """A filter of a picture that was dropped on the page."""
        from aiohttp import web

        self._check_steers(request)
        name = request.match_info["name"]
        try:
            values = [float(request.query[key]) for key in ("x", "y", "width")]
        except (KeyError, ValueError) as error:
            raise ConfigError("the picture has no place; put it on the face again") from error
        if not all(abs(value) < 20 for value in values) or values[2] <= 0.05:
            raise ConfigError("the picture lies too far from the face; put it on the face again")
        placement = self._placement(*values)
        data = await read_upload(request, _LARGEST_UPLOAD)
        await asyncio.to_thread(self._parts.make_filter, name, data, placement)
        return web.json_response({"name": name})

    def _placement(self, x: float, y: float, width: float) -> Placement:
        """From shares of the picture's width to the largest face's own frame."""
        output = self._shown.output if self._shown else None
        view = output.views[-1] if output is not None and output.views else None
        if output is None or view is None:
            raise ConfigError("no face is in the picture; look at the camera and put it on the face again")
        frame_width = output.original.size_wh[0]
        eyes = view.keypoints_px[[LEFT_EYE_OUTER, RIGHT_EYE_OUTER]]
        middle, across = eyes.mean(axis=0), eyes[1] - eyes[0]
        length = float((across @ across) ** 0.5)
        away = (complex(x * frame_width, y * frame_width) - complex(*middle)) / complex(*across)
        return Placement(away.real, away.imag, width * frame_width / length)

    def _check_steers(self, request: "web.Request") -> None:
        if self._steering is None or request.query.get("viewer") != self._steering.key:
            raise ConfigError("another browser controls the program; take over first")

    async def _hear(self, viewer: Viewer, text: str) -> None:
        try:
            said = read_message(text)
            self._obey(viewer, said)
        except UserError as error:
            await viewer.socket.send_str(json.dumps({"type": "error", "text": str(error)}))
        viewer.wake.set()

    def _obey(self, viewer: Viewer, said: Said) -> None:
        if said.shown is not None:
            viewer.drawn(said.shown)
            self._parts.drawn(said.shown)
        if said.width_px is not None:
            viewer.width_px = said.width_px
        viewer.points = viewer.points if said.points is None else said.points
        viewer.hidden = viewer.hidden if said.hidden is None else said.hidden
        if said.steer:
            self._steering = viewer
            self._wake()
        if said.action is None:
            return
        if self._steering is None:
            self._steering = viewer
        if self._steering is not viewer:
            raise ConfigError("another browser controls the program; take over first")
        if not self._panel.send(said.action, said.value):
            raise SinkError("too much at once; wait a moment")

    async def _send(self, viewer: Viewer) -> None:
        """Pictures, state and points for one browser, until it is cancelled or the connection breaks."""
        told, told_s, serial, numbers = "", 0.0, 0, 0
        listed = ""
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(viewer.wake.wait(), _STATE_EVERY_S)
                viewer.wake.clear()
                if loop.time() - told_s >= _STATE_EVERY_S:
                    told, listed = await self._tell(viewer, told, listed)
                    told_s = loop.time()
                shown = self._shown
                if shown is None:
                    continue
                if viewer.points and shown.serial > numbers:
                    numbers = shown.serial
                    await viewer.socket.send_str(f'{{"type": "points", "points": {points_message(shown.output)}}}')
                if shown.serial > serial and viewer.wants_picture():
                    serial = shown.serial
                    jpeg = await self._jpeg(shown, viewer)
                    viewer.sent(serial)
                    await viewer.socket.send_bytes(_SERIAL.pack(serial) + jpeg)

    async def _tell(self, viewer: Viewer, told: str, listed: str) -> tuple[str, str]:
        """State and catalogue, where they have changed."""
        state = self._panel.state
        catalogue = json.dumps(catalogue_message(state))
        if catalogue != listed:
            await viewer.socket.send_str(catalogue)
        text = json.dumps(state_message(state, steers=self._steering is viewer, viewers=len(self._viewers)))
        if text != told:
            await viewer.socket.send_str(text)
        return text, catalogue

    async def _jpeg(self, shown: _Shown, viewer: Viewer) -> bytes:
        width, quality = viewer.size(shown.output.annotated.size_wh[0])
        key = shown.serial, width, quality
        if key not in self._encoded:
            # Browsers that show the same size share one encoding.
            data = await asyncio.to_thread(encode, shown.output, width, quality)
            self._encoded = {old: value for old, value in self._encoded.items() if old[0] == shown.serial}
            self._encoded[key] = data
        return self._encoded[key]
