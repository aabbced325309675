"""What handlers of a web server answer with: files, and what they read of a request."""

from pathlib import Path
from typing import TYPE_CHECKING

from realtime.errors import SinkError
from realtime.web.files import FileFolder, type_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def files_of(folder: FileFolder) -> "Handler":
    """A handler that sends the file that `{name}` in its path asks for; browsers may keep it."""

    async def send(request: "web.Request") -> "web.StreamResponse":
        return await send_file(request, folder, cached=True)

    return send


async def send_file(
    request: "web.Request", folder: FileFolder, *, cached: bool = False, download: bool = False
) -> "web.StreamResponse":
    """The file that `{name}` asks for, whole or the part that a player wants.

    Args:
        request: with `name` in its path.
        folder: where it lies.
        cached: browsers may keep it, and ask whether it has changed.
        download: to be saved instead of shown.
    """
    from aiohttp import web

    path = folder.find(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound(text="there is no such file\n")
    response = sent_file(path, cached)
    if download:
        response.headers["Content-Disposition"] = f'attachment; filename="{path.name.replace(chr(34), "_")}"'
    return response


async def read_upload(request: "web.Request", max_bytes: int) -> bytes:
    """The request's body, read no further than allowed.

    Raises:
        SinkError: it is larger.
    """
    data = bytearray()
    async for chunk in request.content.iter_chunked(256 * 1024):
        data += chunk
        if len(data) > max_bytes:
            raise SinkError(f"the upload is larger than {max_bytes / 1e6:.0f} MB; make it smaller")
    return bytes(data)


def sent_file(path: Path, cached: bool) -> "web.FileResponse":
    from aiohttp import web

    kind = type_of(path)
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    caching = "no-cache" if cached else "no-store"
    return web.FileResponse(path, headers={"Content-Type": f"{kind}{charset}", "Cache-Control": caching})
