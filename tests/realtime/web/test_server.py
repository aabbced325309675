"""A real server on loopback: access, files, uploads, sockets, its end."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("websockets", reason="the client of these tests")
from aiohttp import web
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from realtime.errors import ConfigError, SinkError
from realtime.web import server as server_module
from realtime.web.answers import read_upload, send_file
from realtime.web.files import FileFolder, type_of
from realtime.web.server import WebConfig, WebServer
from tests.fakes import wait_until
from tests.realtime.web.clients import Client


class Talker:
    """A server with a folder, an upload, an error and a socket that answers."""

    def __init__(self, folder: Path) -> None:
        self.server = WebServer(WebConfig(port=0))
        self.files = FileFolder(folder, lambda name: name.endswith(".txt"))
        self.server.add("GET", "/", self.server.static_page("closed.html"))
        self.server.add("GET", "/files/{name}", lambda request: send_file(request, self.files))
        self.server.add("GET", "/save/{name}", lambda request: send_file(request, self.files, download=True))
        self.server.add("POST", "/upload", self.upload)
        self.server.add("GET", "/fail", self.fail)
        self.server.add("GET", "/socket", self.talk)
        self.server.start()

    async def upload(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"bytes": len(await read_upload(request, 1_000_000))})

    async def fail(self, request: web.Request) -> web.StreamResponse:
        raise SinkError("the disk is full; free some space")

    async def talk(self, request: web.Request) -> web.StreamResponse:
        async with self.server.socket(request) as ours:
            async for message in ours:
                await ours.send_str(f"heard {message.data}")
            return ours


@pytest.fixture
def talker(tmp_path: Path) -> Iterator[Talker]:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("0123456789")
    (tmp_path / "files" / "hidden.png").write_text("no")
    (tmp_path / "secret.txt").write_text("no")
    made = Talker(tmp_path / "files")
    yield made
    made.server.close()


@pytest.fixture
def client(talker: Talker) -> Client:
    return Client(talker.server).enter()


def test_the_token_is_exchanged_for_a_strict_cookie(talker: Talker) -> None:
    client = Client(talker.server)
    assert client.ask("GET", "/").status == 401
    assert client.ask("GET", "/files/a.txt").status == 401
    assert client.ask("GET", "/?token=wrong").status == 403
    assert not client.cookies
    answer = client.ask("GET", f"/?token={talker.server.access.token}")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"faces-{talker.server.port}=") and talker.server.access.token not in cookie
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert 'url=/"' in answer.text
    assert client.ask("GET", "/").status == 200
    assert talker.server.address.endswith(f":{talker.server.port}/?token={talker.server.access.token}")


def test_other_names_origins_and_sites_are_refused(client: Client) -> None:
    assert client.ask("GET", "/files/a.txt", Host="evil.example").status == 403
    refused = client.ask("POST", "/upload", b"x", Origin="https://evil.example")
    assert (refused.status, refused.text) == (403, "pages of other sites may not use this program\n")
    assert client.ask("GET", "/files/a.txt", Sec_Fetch_Site="cross-site").status == 401
    own = f"http://127.0.0.1:{client.server.port}"
    assert client.ask("POST", "/upload", b"x", Origin=own, Sec_Fetch_Site="same-origin").status == 200


def test_every_answer_forbids_what_comes_from_elsewhere(client: Client) -> None:
    for path, status in (("/", 200), ("/files/a.txt", 200), ("/nothing", 404), ("/fail", 400)):
        answer = client.ask("GET", path)
        assert answer.status == status
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in answer.headers and "Access-Control-Allow-Origin" not in answer.headers


def test_files_come_whole_or_in_parts_and_only_from_their_folder(client: Client, tmp_path: Path) -> None:
    whole = client.ask("GET", "/files/a.txt")
    assert whole.text == "0123456789" and whole.headers["Cache-Control"] == "no-store"
    part = client.ask("GET", "/files/a.txt", Range="bytes=2-4")
    assert (part.status, part.text, part.headers["Content-Range"]) == (206, "234", "bytes 2-4/10")
    assert client.ask("GET", "/files/a.txt", Range="bytes=20-").status == 416
    assert client.ask("GET", "/save/a.txt").headers["Content-Disposition"] == 'attachment; filename="a.txt"'
    (tmp_path / "files" / "link.txt").symlink_to(tmp_path / "secret.txt")
    for name in (
        "hidden.png",
        "link.txt",
        "..%2Fsecret.txt",
        "%2e%2e%2fsecret.txt",
        "a.txt%00",
        "..%5Csecret.txt",
        "none.txt",
    ):
        assert client.ask("GET", f"/files/{name}").status in (400, 404), name
    assert client.ask("GET", "/static/..%2fserver.py").status == 404
    assert client.ask("GET", "/static/theme.css").headers["Content-Type"] == "text/css; charset=utf-8"
    assert client.ask("GET", "/icons/snapshot.svg").headers["Content-Type"] == "image/svg+xml"


def test_uploads_and_other_requests_are_bounded(client: Client) -> None:
    assert client.ask("POST", "/upload", bytes(1_000_000)).text == '{"bytes": 1000000}'
    refused = client.ask("POST", "/upload", bytes(1_000_001))
    assert (refused.status, refused.text) == (400, '{"error": "the upload is larger than 1 MB; make it smaller"}')
    assert client.ask("GET", f"/?token={'x' * 20_000}").status == 400


def test_errors_are_one_line(client: Client) -> None:
    answer = client.ask("GET", "/fail")
    assert (answer.status, answer.text) == (400, '{"error": "the disk is full; free some space"}')


def test_sockets_need_the_cookie_and_our_origin(client: Client) -> None:
    address = f"ws://127.0.0.1:{client.server.port}/socket"
    cookie = {"Cookie": client.cookie_header}
    with connect(address, additional_headers=cookie, origin=Origin(client.server.base_address[:-1])) as ours:
        ours.send("hello")
        assert ours.recv(timeout=10) == "heard hello"
    for headers, origin in (({}, None), (cookie, "https://evil.example"), (cookie, "http://127.0.0.1:1")):
        with (
            pytest.raises(InvalidStatus),
            connect(address, additional_headers=headers, origin=Origin(origin) if origin else None),
        ):
            pass


def test_sockets_are_counted_and_large_messages_end_them(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_MAX_SOCKETS", 1)
    address = f"ws://127.0.0.1:{client.server.port}/socket"
    cookie = {"Cookie": client.cookie_header}
    with connect(address, additional_headers=cookie) as first:
        with pytest.raises(InvalidStatus, match="503"), connect(address, additional_headers=cookie):
            pass
        first.send("x" * 100_000)
        with pytest.raises(ConnectionClosed):
            first.recv(timeout=10)
    assert wait_until(lambda: not client.server._sockets)


def test_connections_are_counted(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_MAX_CONNECTIONS", 0)
    assert client.ask("GET", "/").status == 503


def test_closing_says_goodbye_and_ends_the_thread(client: Client) -> None:
    server = client.server
    with connect(f"ws://127.0.0.1:{server.port}/socket", additional_headers={"Cookie": client.cookie_header}) as ours:
        server.close()
        server.close()
        with pytest.raises(ConnectionClosed) as closed:
            ours.recv(timeout=10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
    assert not server.alive
    assert not any(thread.name == "web server" for thread in threading.enumerate())
    server.call(lambda: pytest.fail("called after the end"))
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port))


def test_closing_before_starting_and_calling_into_the_thread(talker: Talker) -> None:
    WebServer(WebConfig(port=0)).close()
    names: list[str] = []
    talker.server.call(lambda: names.append(threading.current_thread().name))
    assert wait_until(lambda: names == ["web server"])


def test_a_port_in_use_is_named_and_the_usual_one_is_only_preferred(
    talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = talker.server.port
    with pytest.raises(
        SinkError, match=rf"cannot serve the page at 127\.0\.0\.1:{taken}: .*try another port, such as --page"
    ):
        WebServer(WebConfig(port=taken)).start()
    with pytest.raises(SinkError, match="leave --page-host out"):
        WebServer(WebConfig(port=0, host="nowhere.invalid")).start()
    monkeypatch.setattr(server_module, "PREFERRED_PORT", taken)
    other = WebServer()
    other.start()
    try:
        assert other.port not in (0, taken)
    finally:
        other.close()


def test_without_the_package_the_way_to_get_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"--page needs the package aiohttp.*pip install aiohttp"):
        WebServer()


def test_a_restarted_server_knows_its_browsers(tmp_path: Path) -> None:
    config = WebConfig(port=0, session_file=tmp_path / "page-session")
    first = WebServer(config)
    first.add("GET", "/", first.static_page("closed.html"))
    first.start()
    client = Client(first).enter()
    first.close()
    again = WebServer(WebConfig(port=first.port, session_file=config.session_file))
    again.add("GET", "/", again.static_page("closed.html"))
    again.start()
    try:
        assert Client(again, client.cookies).ask("GET", "/").status == 200
        assert Client(again).ask("GET", "/").status == 401
    finally:
        again.close()


def test_deleting_and_listing_keep_to_the_folder(tmp_path: Path) -> None:
    folder = FileFolder(tmp_path, lambda name: name.endswith(".txt"))
    assert FileFolder(tmp_path / "none").names() == []
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.png").write_text("b")
    assert folder.names() == ["a.txt"]
    for name in ("b.png", "../a.txt", ".", ""):
        with pytest.raises(SinkError, match="moved or deleted"):
            folder.delete(name)
    folder.delete("a.txt")
    assert folder.names() == [] and (tmp_path / "b.png").exists()


def test_a_file_that_cannot_be_deleted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("a")

    def refuse(path: Path) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(SinkError, match=r"cannot delete .*a\.txt: Permission denied; delete it by hand"):
        FileFolder(tmp_path).delete("a.txt")


def test_types_do_not_depend_on_the_system() -> None:
    assert type_of(Path("a.js")) == "text/javascript" and type_of(Path("a.MP4")) == "video/mp4"
    assert type_of(Path("a.unknown-thing")) == "application/octet-stream"
