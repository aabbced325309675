"""The web server that pages of this program stand on: the live page, the labelling page.

    server = WebServer(WebConfig(what="the label page", option="--port"))
    server.add("GET", "/", server.static_page("label.html"))
    server.add("GET", "/next", next_picture)            # async def next_picture(request) -> web.StreamResponse
    server.add("POST", "/labels", save_labels)
    server.start()
    print(server.address)                               # http://127.0.0.1:8760/?token=…
    ...
    server.close()

All of `static/` is served below `/static/`, the icons below `/icons/`. Handlers run in the server's thread and must not
block: `await asyncio.to_thread(work)`. A `UserError` of a handler becomes `{"error": "one line"}` with status 400.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assets import ICONS_DIR
from model.errors import UserError
from realtime.errors import ConfigError, SinkError
from realtime.web.access import LOOPBACK, TOKEN, Access, open_access, same
from realtime.web.answers import files_of, sent_file
from realtime.web.files import FileFolder

if TYPE_CHECKING:
    from aiohttp import web

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATIC_DIR: Final = Path(__file__).resolve().parent / "static"
PREFERRED_PORT: Final = 8760
_MAX_BODY_BYTES: Final = 64 * 1024
"""Of requests other than uploads, which go through `read_upload`."""
_MAX_CONNECTIONS: Final = 96
_MAX_SOCKETS: Final = 24
_HEARTBEAT_S: Final = 10.0
_CLOSE_S: Final = 1.0
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer: nothing from elsewhere runs in the page, no other page frames it, its address goes nowhere."""


@dataclass(frozen=True, slots=True)
class WebConfig:
    """Where a server listens.

    Attributes:
        port: 0 takes a free one; None takes `PREFERRED_PORT`, or a free one where that is taken.
        host: address to listen at; others than loopback let other machines in.
        what: what is served, for messages.
        option, host_option: the options that chose port and host, for messages.
        session_file: where browsers that were let in are remembered for a day; see `open_access`.
    """

    port: int | None = None
    host: str = LOOPBACK
    what: str = "the page"
    option: str = "--page"
    host_option: str = "--page-host"
    session_file: Path | None = None


class WebServer:
    """Serves pages of our own from a thread of its own, to whoever brings the token.

    Routes are added first, then `start` listens. `close` says goodbye to open sockets, drains and joins; it may be
    called at any time and more than once.

    Args:
        config: where to listen.

    Raises:
        ConfigError: the package aiohttp is not installed.
    """

    def __init__(self, config: WebConfig | None = None) -> None:
        self.config = config or WebConfig()
        if find_spec("aiohttp") is None:
            raise ConfigError(
                f"{self.config.option} needs the package aiohttp, which is not installed here: pip install aiohttp"
            )
        self.access: Access = open_access(self.config.host, self.config.session_file)
        self.port = 0
        self._routes: list[tuple[str, str, Handler]] = []
        self._sockets: set[web.WebSocketResponse] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._runner: web.AppRunner | None = None
        static, icons = FileFolder(STATIC_DIR), FileFolder(ICONS_DIR)
        self.add("GET", "/static/{name}", files_of(static))
        self.add("GET", "/icons/{name}", files_of(icons))

    @property
    def base_address(self) -> str:
        """Where it listens, without the token."""
        host = self.config.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def address(self) -> str:
        """What to open in a browser; holds the token."""
        return f"{self.base_address}?{TOKEN}={self.access.token}"

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._thread is not None and self._thread.is_alive()

    def add(self, method: str, path: str, handler: "Handler") -> None:
        """Answer requests for `path`; `{name}` in it is one part, which `request.match_info["name"]` gives."""
        self._routes.append((method, path, handler))

    def static_page(self, name: str) -> "Handler":
        """A handler that sends a page of `static/`."""
        path = STATIC_DIR / name

        async def send(request: "web.Request") -> "web.StreamResponse":
            return sent_file(path, cached=True)

        return send

    def start(self) -> None:
        """Listen, and serve from now on.

        Raises:
            SinkError: the address cannot be listened at.
        """
        begun: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(begun,), name="web server")
        self._thread.start()
        try:
            begun.result()
        except (OSError, UnicodeError) as error:
            self._thread.join()
            config = self.config
            reason = (isinstance(error, OSError) and error.strerror) or str(error)
            raise SinkError(
                f"cannot serve {config.what} at {config.host}:{config.port}: {reason}; try another "
                f"port, such as {config.option} {PREFERRED_PORT + 1}, or leave {config.host_option} out"
            ) from error

    def close(self) -> None:
        """Close all sockets and end the thread."""
        self.call(lambda: self._stop.set() if self._stop else None)
        if self._thread is not None:
            self._thread.join()

    def call(self, function: Callable[..., object], *args: object) -> None:
        """Have `function` called in the server's thread soon; nothing happens once that has ended."""
        if self.alive and self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(function, *args)
            except RuntimeError:
                return  # it ended just now

    @asynccontextmanager
    async def socket(
        self, request: "web.Request", max_message_bytes: int = _MAX_BODY_BYTES
    ) -> AsyncIterator["web.WebSocketResponse"]:
        """A WebSocket for this request, closed with the block or with the server.

        Raises:
            web.HTTPServiceUnavailable: too many are open.
        """
        from aiohttp import web

        if len(self._sockets) >= _MAX_SOCKETS:
            raise web.HTTPServiceUnavailable(text="too many pages are open; close some")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, compress=False, max_msg_size=max_message_bytes)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            yield socket
        finally:
            self._sockets.discard(socket)
            await socket.close()

    def _run(self, begun: "Future[None]") -> None:
        try:
            asyncio.run(self._serve(begun))
        except Exception as error:
            if begun.done():
                raise
            begun.set_exception(error)

    async def _serve(self, begun: "Future[None]") -> None:
        from aiohttp import WSCloseCode, web

        @web.middleware
        async def guard(request: web.Request, handler: "Handler") -> web.StreamResponse:
            return await self._guard(request, handler)

        app = web.Application(middlewares=[guard], client_max_size=_MAX_BODY_BYTES)
        app.on_response_prepare.append(_add_headers)
        for method, path, handler in self._routes:
            app.router.add_route(method, path, handler)
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_CLOSE_S)
        await self._runner.setup()
        try:
            self.port = await self._listen(self._runner)
            begun.set_result(None)
            await self._stop.wait()
            for socket in list(self._sockets):
                await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the program ends")
        finally:
            await self._runner.cleanup()

    async def _listen(self, runner: "web.AppRunner") -> int:
        """The port; where none was asked for, a free one if the usual one is taken."""
        from aiohttp import web

        wished = self.config.port
        for port in (PREFERRED_PORT, 0) if wished is None else (wished,):
            try:
                await web.TCPSite(runner, self.config.host, port).start()
            except OSError:
                if wished is not None or port == 0:
                    raise
            else:
                return int(runner.addresses[0][1])
        raise AssertionError("the last port is tried or raises")

    async def _guard(self, request: "web.Request", handler: "Handler") -> "web.StreamResponse":
        """Let in who may; errors become one line."""
        from aiohttp import web

        if self._runner is not None and self._runner.server and len(self._runner.server.connections) > _MAX_CONNECTIONS:
            return web.Response(status=503, text="too many connections are open\n")
        if refusal := self.access.refusal(request.headers):
            return web.Response(status=403, text=f"{refusal}\n")
        if request.path == "/" and TOKEN in request.query:
            return self._welcome(request.query[TOKEN])
        if not self.access.admits(request.cookies.get(self._cookie), request.headers):
            if request.path in ("/", "/static/theme.css"):
                closed = request.path == "/"
                response = sent_file(STATIC_DIR / ("closed.html" if closed else "theme.css"), cached=False)
                response.set_status(401 if closed else 200)
                return response
            return web.json_response({"error": "open the address that the program prints"}, status=401)
        try:
            return await handler(request)
        except UserError as error:
            return web.json_response({"error": str(error)}, status=400)

    @property
    def _cookie(self) -> str:
        """Browsers share cookies between ports, so each port's has a name of its own."""
        return f"faces-{self.port}"

    def _welcome(self, token: str) -> "web.StreamResponse":
        """Hand out the cookie. The page goes on by itself: a redirect would not always bring the cookie along."""
        from aiohttp import web

        if not same(token, self.access.token):
            response: web.StreamResponse = sent_file(STATIC_DIR / "closed.html", cached=False)
            response.set_status(403)
            return response
        response = sent_file(STATIC_DIR / "enter.html", cached=False)
        response.set_cookie(self._cookie, self.access.session, httponly=True, samesite="Strict", path="/")
        return response


async def _add_headers(request: "web.Request", response: "web.StreamResponse") -> None:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.pop("Server", None)
