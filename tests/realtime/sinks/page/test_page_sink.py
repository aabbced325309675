"""The page's server side: pictures, state, steering, files and filters of one's own, by a client of a few lines."""

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from model.arrays import Image
from realtime.control.controls import Controls
from realtime.control.panel import ControlPanel, Surroundings
from realtime.control.state import FilterEntry
from realtime.errors import FilterError
from realtime.frame import Frame, Output
from realtime.sinks.page.routes import add_routes
from realtime.sinks.page.sink import PageParts, PageSink, Placement
from realtime.web.server import WebConfig, WebServer
from tests.fakes import four_colours, wait_until
from tests.realtime.filters.faces import face_at
from tests.realtime.filters.test_kinds import view_of
from tests.realtime.web.clients import Client

connect = pytest.importorskip("websockets.sync.client", reason="needs websockets").connect
pytest.importorskip("aiohttp", reason="--page needs aiohttp")


class Run:
    """A panel and a page, written to by hand."""

    def __init__(self, folder: Path) -> None:
        self.made: list[tuple[str, bytes, Placement]] = []
        self.controls = Controls()
        self.panel = ControlPanel(
            self.controls, Surroundings(catalogue=(FilterEntry("dog"), FilterEntry("broken")), source="test")
        )
        self.server = WebServer(WebConfig(0))
        parts = PageParts(self.preview, self.portrait, (folder, folder), self.make)
        self.page = PageSink(self.server, self.panel, parts)
        add_routes(self.server, lambda: self.page)
        self.server.start()
        self.client = Client(self.server).enter()
        self.index = 0

    def preview(self, name: str, canvas_bgr: Image, faces: Any, time_s: float) -> None:
        if name == "broken":
            raise FilterError("broken/filter.toml: it is broken")
        canvas_bgr[:] = (0, 0, 255)

    def portrait(self) -> Any:
        return four_colours((64, 64)), face_at((32, 32), 16)

    def make(self, name: str, data: bytes, place: Placement) -> None:
        self.made.append((name, data, place))

    def write(self, with_face: bool = False) -> None:
        face = face_at((320, 200), 100)
        frame = Frame(four_colours((640, 480)), self.index, self.index / 30)
        faces = (face,) if with_face else ()
        output = Output(frame, frame, faces, tuple(view_of(each) for each in faces))
        self.index += 1
        self.panel.write(output)
        self.page.write(output)

    def open(self, **headers: str) -> Any:
        address = f"ws://127.0.0.1:{self.server.port}/live"
        return connect(address, additional_headers={"Cookie": self.client.cookie_header, **headers})

    def close(self) -> None:
        self.page.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path / "files")
    (tmp_path / "files").mkdir()
    yield run
    run.close()


def until(socket: Any, run: Run, wanted: Callable[[Any], bool]) -> Any:
    """The first message that is wanted; frames go on meanwhile."""
    for _ in range(300):
        run.write()
        try:
            message = socket.recv(timeout=0.1)
        except TimeoutError:
            continue
        message = json.loads(message) if isinstance(message, str) else message
        if wanted(message):
            return message
    raise AssertionError("it was not sent")


def told(kind: str, **values: object) -> Callable[[Any], bool]:
    return lambda message: (
        isinstance(message, dict)
        and message["type"] == kind
        and all(message[name] == value for name, value in values.items())
    )


def test_the_picture_and_the_state_come(run: Run) -> None:
    with run.open() as socket:
        assert until(socket, run, told("hello"))["key"]
        assert [each["name"] for each in until(socket, run, told("catalogue"))["filters"]] == ["dog", "broken"]
        assert until(socket, run, told("state"))["steers"]
        data = until(socket, run, lambda message: isinstance(message, bytes))
    assert struct.unpack(">Q", data[:8])[0] >= 1
    picture = np.asarray(cv2.imdecode(np.frombuffer(data[8:], np.uint8), cv2.IMREAD_COLOR))
    assert picture.shape == (480, 640, 3)
    assert np.abs(picture.astype(int) - four_colours((640, 480))).mean() < 6


def test_a_browser_that_draws_nothing_is_not_flooded(run: Run) -> None:
    with run.open() as socket:
        pictures = 0
        for _ in range(40):
            run.write()
            try:
                pictures += isinstance(socket.recv(timeout=0.05), bytes)
            except TimeoutError:
                continue
    assert pictures == 2


def test_actions_reach_the_panel_and_nonsense_is_reported(run: Run) -> None:
    with run.open() as socket:
        until(socket, run, told("state"))
        socket.send('{"do": "mirror"}')
        assert until(socket, run, told("state", mirror=True))
        socket.send('{"do": "filter", "value": "dog"}')
        assert until(socket, run, told("state", filters=["dog"]))
        socket.send("nonsense")
        assert until(socket, run, told("error"))["text"] == "that is not what the page sends; load it again"


def test_two_browsers_never_steer_without_knowing(run: Run) -> None:
    with run.open() as first, run.open() as second:
        until(first, run, told("state", steers=True, viewers=2))
        until(second, run, told("state", steers=False))
        second.send('{"do": "mirror"}')
        assert "take over first" in until(second, run, told("error"))["text"]
        assert not run.controls.mirror
        second.send('{"steer": true}')
        until(second, run, told("state", steers=True))
        until(first, run, told("state", steers=False))
        second.send('{"do": "mirror"}')
        until(first, run, told("state", mirror=True))
        second.close()
        # The one that is left steers.
        until(first, run, told("state", steers=True, viewers=1))


def test_points_come_where_they_are_asked_for(run: Run) -> None:
    with run.open() as socket:
        socket.send('{"points": true}')
        assert until(socket, run, told("points"))["points"]["size"] == [640, 480]


def test_thumbnails_show_the_filter_or_say_why_not(run: Run) -> None:
    answer = run.client.ask("GET", "/thumb/dog")
    assert answer.status == 200
    picture = np.asarray(cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_COLOR))
    assert picture.shape == (144, 144, 3)
    assert np.abs(picture.astype(int) - (0, 0, 255)).max() < 8
    assert run.client.ask("GET", "/thumb/none").status == 200
    broken = run.client.ask("GET", "/thumb/broken")
    assert (broken.status, json.loads(broken.body)["error"]) == (400, "broken/filter.toml: it is broken")
    assert run.client.ask("GET", "/thumb/..%2Fsecret").status in (400, 404)


def test_files_of_ours_are_listed_played_in_parts_and_deleted_by_who_steers(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    ours = folder / "recording-2026-11-26_12-00-00.mp4"
    ours.write_bytes(b"0123456789")
    (folder / "private.mp4").write_bytes(b"private")
    (listed,) = json.loads(run.client.ask("GET", "/files").body)
    assert (listed["name"], listed["kind"], listed["bytes"]) == (ours.name, "video", 10)
    part = run.client.ask("GET", f"/files/{ours.name}", Range="bytes=2-4")
    assert (part.status, part.body) == (206, b"234")
    assert run.client.ask("GET", "/files/private.mp4").status == 400
    saved = run.client.ask("GET", f"/files/{ours.name}?download")
    assert "attachment" in saved.headers["Content-Disposition"]
    assert "take over first" in run.client.ask("DELETE", f"/files/{ours.name}").text
    with run.open() as socket:
        key = until(socket, run, told("hello"))["key"]
        assert run.client.ask("DELETE", f"/files/{ours.name}?viewer={key}").status == 200
    assert not ours.exists() and (folder / "private.mp4").exists()


def test_a_dropped_picture_lands_where_it_was_put(run: Run) -> None:
    with run.open() as socket:
        key = until(socket, run, told("hello"))["key"]
        place = f"x={320 / 640}&y={(200 + 50) / 640}&width={150 / 640}"
        run.write()
        refused = run.client.ask("POST", f"/filters/mine?viewer={key}&{place}", b"png")
        assert "no face is in the picture" in refused.text
        run.write(with_face=True)
        assert run.client.ask("POST", f"/filters/mine?viewer={key}&{place}", b"png").status == 200
        (name, data, put), *_ = run.made
        assert (name, data) == ("mine", b"png")
        eyes = face_at((320, 200), 100).keypoints_px[[36, 45]]
        length = float(np.linalg.norm(eyes[1] - eyes[0]))
        down = 250 - eyes[:, 1].mean()
        assert (put.x, put.y, put.width) == pytest.approx((0, down / length, 150 / length), abs=0.02)
        assert "no place" in run.client.ask("POST", f"/filters/mine?viewer={key}&x=a", b"png").text
        far = run.client.ask("POST", f"/filters/mine?viewer={key}&x=0&y=0&width=900", b"png")
        assert "too far from the face" in far.text
    assert "take over first" in run.client.ask("POST", f"/filters/mine?viewer=guess&{place}", b"png").text


def test_pages_of_other_sites_are_refused(run: Run) -> None:
    with pytest.raises(Exception, match="403"):
        run.open(Origin="http://evil.example")
    with pytest.raises(Exception, match="403"):
        run.open(Origin="http://[::1")
    assert run.client.ask("GET", "/files", Origin="null").status == 403
    stranger = replace(run.client, cookies={})
    assert stranger.ask("GET", "/files").status == 401


def test_closing_ends_open_pages_at_once(run: Run) -> None:
    with run.open() as socket:
        until(socket, run, told("state"))
        run.close()
        assert not run.server.alive
        assert wait_until(lambda: socket.state.name == "CLOSED" or socket.close_code is not None, 5)
