"""The archive from a server on loopback: whole, in pieces, broken, and hostile."""

import contextlib
import socket
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tests.train.exact import write_exact
from train.data.download import FOLDER, URL, Contents, download, fetch
from train.errors import DownloadError

SMALL = Contents((("training_frames_keypoints.csv", 6), ("test_frames_keypoints.csv", 6)))


@dataclass
class Behaviour:
    """What the server does, and what it was asked for."""

    data: bytes = b""
    ranges: bool = True
    tell_length: bool = True
    break_after: list[int] = field(default_factory=list)
    status: int = 200
    asked: list[str | None] = field(default_factory=list)


class Server(ThreadingHTTPServer):
    """An HTTP server on loopback that serves one archive as its behaviour says."""

    behaviour: Behaviour

    @property
    def url(self) -> str:
        """Address of the archive."""
        return f"http://127.0.0.1:{self.server_address[1]}/some/faces.zip?x=1"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        how = self.server.behaviour
        asked = self.headers.get("Range")
        how.asked.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and how.ranges else 0
        if how.status != 200:
            self.send_error(how.status)
            return
        if start >= len(how.data) and start:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(how.data)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = how.data[start:]
        self.send_response(206 if start else 200)
        if how.tell_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if how.break_after:
            body = body[: how.break_after.pop(0)]
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.behaviour = Behaviour()
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A dataset like the real one's archive, small."""
    folder = tmp_path_factory.mktemp("archive")
    with zipfile.ZipFile(folder / "a.zip", "w") as file:
        for part in ("training", "test"):
            written = write_exact(folder / part)
            file.write(written.csv, f"{FOLDER}/{part}_frames_keypoints.csv")
            for name in written.names:
                file.write(written.images / name, f"{FOLDER}/{part}/{name}")
        file.writestr("__MACOSX/._junk", "junk")
    return (folder / "a.zip").read_bytes()


def rewritten(archive: bytes, folder: Path, changes: dict[str, bytes | None]) -> bytes:
    """The archive with entries replaced, added, or with None left out."""
    (folder / "old.zip").write_bytes(archive)
    with zipfile.ZipFile(folder / "old.zip") as old, zipfile.ZipFile(folder / "new.zip", "w") as new:
        for entry in old.infolist():
            if entry.filename not in changes:
                new.writestr(entry.filename, old.read(entry))
        for name, content in changes.items():
            if content is not None:
                new.writestr(name, content)
    return (folder / "new.zip").read_bytes()


def get(server: Server, target: Path) -> Path:
    return download(target, server.url, SMALL, quiet=True)


def test_the_archive_is_fetched_checked_and_unpacked(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour.data = archive
    folder = get(server, tmp_path / "data")
    assert folder == tmp_path / "data" / FOLDER
    assert len(list((folder / "training").iterdir())) == 6
    assert {path.name for path in (tmp_path / "data").iterdir()} == {FOLDER, "faces.zip"}


def test_what_is_complete_is_left_alone(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour.data = archive
    get(server, tmp_path)
    asked = len(server.behaviour.asked)
    get(server, tmp_path)
    (tmp_path / "faces.zip").unlink()
    get(server, tmp_path)
    assert len(server.behaviour.asked) == asked


def test_a_broken_connection_is_gone_on_with(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour = Behaviour(archive, break_after=[1000, 500])
    get(server, tmp_path)
    assert server.behaviour.asked == [None, "bytes=1000-", "bytes=1500-"]


def test_without_ranges_it_starts_anew(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour = Behaviour(archive, ranges=False, break_after=[1000])
    get(server, tmp_path)
    assert server.behaviour.asked == [None, "bytes=1000-"]


def test_a_server_that_dies_leaves_a_part_that_the_next_call_goes_on_with(
    server: Server, archive: bytes, tmp_path: Path
) -> None:
    server.behaviour = Behaviour(archive, break_after=[1000, 0, 0, 0])
    with pytest.raises(DownloadError, match=r"could not fetch .* 1000 bytes are kept in .*\.unfinished-download: run"):
        get(server, tmp_path)
    assert not (tmp_path / "faces.zip").exists() and not (tmp_path / FOLDER).exists()
    server.behaviour = Behaviour(archive)
    get(server, tmp_path)
    assert server.behaviour.asked == ["bytes=1000-"]


def test_a_part_that_was_whole_only_needs_its_name(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour.data = archive
    (tmp_path / ".faces.zip.unfinished-download").write_bytes(archive)
    get(server, tmp_path)


def test_a_part_longer_than_the_file_is_fetched_anew(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour.data = archive
    (tmp_path / ".faces.zip.unfinished-download").write_bytes(archive + b"more")
    get(server, tmp_path)


def test_a_truncated_archive_is_never_taken_for_whole(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour.data = archive[:-2000]
    with pytest.raises(DownloadError, match=r"faces\.zip is damaged .* and was removed; run the same command again"):
        get(server, tmp_path)
    assert not (tmp_path / FOLDER).exists() and not (tmp_path / "faces.zip").exists()
    server.behaviour.data = archive
    get(server, tmp_path)


def test_nor_one_cut_off_by_a_server_that_tells_no_length(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour = Behaviour(archive, tell_length=False, break_after=[5000])
    with pytest.raises(DownloadError, match="is damaged"):
        get(server, tmp_path)
    assert not (tmp_path / FOLDER).exists()


def test_a_flipped_byte_is_found(server: Server, archive: bytes, tmp_path: Path) -> None:
    broken = bytearray(archive)
    broken[len(archive) // 2] ^= 0xFF
    server.behaviour.data = bytes(broken)
    with pytest.raises(DownloadError, match="is damaged"):
        get(server, tmp_path)
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:/evil.txt"])
def test_entries_that_lead_outside_are_refused(server: Server, archive: bytes, tmp_path: Path, name: str) -> None:
    server.behaviour.data = rewritten(archive, tmp_path, {name: b"evil"})
    with pytest.raises(DownloadError, match=r"leads outside the folder it is unpacked in; nothing was unpacked"):
        get(server, tmp_path / "deep" / "data")
    assert not list(tmp_path.rglob("evil*"))


def test_links_are_refused(server: Server, archive: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive)
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as file:
        link = zipfile.ZipInfo(f"{FOLDER}/link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        file.writestr(link, "/etc/hosts")
    server.behaviour.data = (tmp_path / "a.zip").read_bytes()
    with pytest.raises(DownloadError, match="leads outside"):
        get(server, tmp_path / "data")


def test_another_number_of_rows_or_images_is_refused(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour.data = archive
    with pytest.raises(DownloadError, match=r"labels 6 images where the dataset has 7; remove .*faces\.zip and"):
        download(tmp_path / "rows", server.url, Contents((("test_frames_keypoints.csv", 7),)), quiet=True)
    assert [path.name for path in (tmp_path / "rows").iterdir()] == ["faces.zip"]
    with zipfile.ZipFile(tmp_path / "rows" / "faces.zip") as file:
        image = next(name for name in file.namelist() if name.endswith("_03.jpg"))
    server.behaviour.data = rewritten(archive, tmp_path, {image: None})
    with pytest.raises(DownloadError, match=r"is not whole: .*row 5, first column: the image .* is not in"):
        get(server, tmp_path / "images")


def test_an_archive_of_something_else_is_refused(server: Server, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("readme.txt", "hello")
    server.behaviour.data = (tmp_path / "other.zip").read_bytes()
    with pytest.raises(DownloadError, match=r"is not whole: .*training.* does not exist"):
        get(server, tmp_path / "data")


@pytest.mark.parametrize(("status", "expected"), [(404, "answers 404"), (403, "answers 403")])
def test_a_refusal_is_reported(server: Server, tmp_path: Path, status: int, expected: str) -> None:
    server.behaviour.status = status
    with pytest.raises(DownloadError, match=expected):
        get(server, tmp_path)


def test_no_server_at_all(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"could not fetch http://127\.0\.0\.1:9/a\.zip .*run the same"):
        fetch("http://127.0.0.1:9/a.zip", tmp_path / "a.zip", quiet=True)


def test_an_address_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="is not the address of an archive"):
        download(tmp_path, "faces.zip", SMALL, quiet=True)


def test_a_target_that_cannot_be_written(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.behaviour.data = archive
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match=r"cannot write the dataset to .*file; give another folder|cannot write"):
        get(server, tmp_path / "file")


def test_the_address_is_the_seeds() -> None:
    assert URL.startswith("https://s3.amazonaws.com/video.udacity-data.com/") and URL.endswith("train-test-data.zip")
    assert dict(Contents().rows) == {"training_frames_keypoints.csv": 3462, "test_frames_keypoints.csv": 770}
    assert np.sum([rows for _, rows in Contents().rows]) == 4232


def test_what_the_user_has_there_is_left_alone(server: Server, archive: bytes, tmp_path: Path) -> None:
    """A file called as the address' last part, and a folder and a file that end in .part."""
    server.behaviour = Behaviour(archive)
    (tmp_path / "faces.zip").write_text("my notes")
    (tmp_path / f"{FOLDER}.part").mkdir()
    (tmp_path / f"{FOLDER}.part" / "mine.txt").write_text("mine")
    (tmp_path / "faces.zip.part").write_text("mine")
    (tmp_path / ".unpacking-mine").mkdir()
    with pytest.raises(DownloadError, match=r"faces\.zip was there already and is not an archive .* move it away"):
        get(server, tmp_path)
    assert (tmp_path / "faces.zip").read_text() == "my notes"
    (tmp_path / "faces.zip").unlink()
    get(server, tmp_path)
    assert (tmp_path / f"{FOLDER}.part" / "mine.txt").read_text() == "mine"
    assert (tmp_path / "faces.zip.part").read_text() == "mine"
    assert (tmp_path / ".unpacking-mine").is_dir()


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nxx", "the server says that 'abc' bytes follow"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nxx", "the server says that '-5' bytes follow"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n", "could not fetch"),
    ],
)
def test_a_server_that_talks_nonsense_is_one_line(tmp_path: Path, reply: bytes, says: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(4096)
                        connection.sendall(reply)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(DownloadError) as raised:
            fetch(f"http://127.0.0.1:{listening.getsockname()[1]}/a.zip", tmp_path / "a.zip", quiet=True)
        # The thread waits in accept, which closing alone does not always end.
        listening.shutdown(socket.SHUT_RDWR)
    assert says in str(raised.value)
