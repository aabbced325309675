"""The addresses of the page, on a server that may run before there is anything to show."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from realtime.errors import SinkError
from realtime.sinks.page.sink import PageSink
from realtime.web.server import WebServer

if TYPE_CHECKING:
    from aiohttp import web


def add_routes(
    server: WebServer, page: Callable[[], PageSink | None], wants: tuple[bool, bool] = (False, False)
) -> None:
    """Let a server that is not started yet show the page, as soon as there is one.

    Args:
        server: gets the routes.
        page: gives the sink; None until the run has one, as while it waits for a browser's camera.
        wants: whether browsers are asked for their camera, and for their microphone.
    """

    def route(method: str, path: str, name: str) -> None:
        async def handle(request: "web.Request") -> Any:
            sink = page()
            if sink is None:
                raise SinkError("the program is not ready yet")
            return await getattr(sink, name)(request)

        server.add(method, path, handle)

    async def hello(request: "web.Request") -> "web.Response":
        from aiohttp import web

        return web.json_response({"ready": page() is not None, "camera": wants[0], "sound": wants[1]})

    server.add("GET", "/hello", hello)
    server.add("GET", "/", server.static_page("live.html"))
    route("GET", "/live", "watch")
    route("GET", "/thumb/{name}", "get_thumb")
    route("GET", "/files", "get_files")
    route("GET", "/files/{name}", "get_file")
    route("DELETE", "/files/{name}", "delete_file")
    route("POST", "/filters/{name}", "make_filter")
