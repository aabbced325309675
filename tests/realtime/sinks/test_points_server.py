"""Real clients on loopback get every frame's faces."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from typer.testing import CliRunner

from model.face import Face
from model.geometry import bounding_box
from model.measures import measure
from model.pose import estimate_pose
from realtime.cli.live import app
from realtime.errors import ConfigError, SinkError
from realtime.face_view import Viewer
from realtime.frame import Frame, Output
from realtime.live.config import LiveConfig
from realtime.sinks import points_server
from realtime.sinks.points_server import PointsServerSink
from tests.tiny_weights import face_shape

pytest.importorskip("websockets", reason="--serve-points is tested where websockets is installed")
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

SIZE_WH = (320, 240)


def output(index: int, face_ids: tuple[int, ...] = (7,), spread: float = 1.0) -> Output:
    """A frame with faces beside each other."""
    faces = []
    for place, face_id in enumerate(face_ids):
        points = ((face_shape(100) - 49.5) * spread + (80 + 120 * place, 120)).astype(np.float32)
        faces.append(Face(points, 0.75, face_id, bounding_box(points)))
    frame = Frame(np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8), index, index / 30)
    return Output(frame, frame, faces, Viewer().views(faces, SIZE_WH, index / 30))


@pytest.fixture
def server() -> Iterator[PointsServerSink]:
    sink = PointsServerSink(0)
    yield sink
    sink.close()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextmanager
def joined(server: PointsServerSink, count: int = 1) -> Iterator[ClientConnection]:
    with connect(server.address, max_size=None) as client:
        wait_until(lambda: server.readers == count)
        yield client


def test_a_message_holds_the_frame_and_its_faces(server: PointsServerSink) -> None:
    with joined(server) as client:
        sent = output(3, face_ids=(7, 9))
        server.write(sent)
        got = json.loads(client.recv(timeout=10))
    assert (got["frame"], got["time_s"], got["size"]) == (3, 0.1, [320, 240])
    assert [face["id"] for face in got["faces"]] == [7, 9]
    for face, true in zip(got["faces"], sent.faces, strict=True):
        assert set(face) == {"id", "score", "keypoints", "measures", "pose"}
        assert face["score"] == 0.75
        np.testing.assert_allclose(face["keypoints"], true.keypoints_px, atol=0.006)
        pose = estimate_pose(true.keypoints_px.astype(float), SIZE_WH)
        assert face["pose"]["yaw_deg"] == pytest.approx(np.degrees(pose.yaw_rad), abs=0.01)
        np.testing.assert_allclose(face["pose"]["rotation"], pose.rotation, atol=1e-4)
        true_measures = measure(true.keypoints_px.astype(float), pose)
        assert face["measures"]["mouth_opening"] == pytest.approx(true_measures.mouth_opening, abs=1e-3)
        assert set(face["measures"]) == {
            "mouth_opening", "jaw_open", "smile", "brow_raise", "left_eye_opening", "right_eye_opening"
        }  # fmt: skip


def test_frames_without_faces_are_reported_too_and_points_that_fit_no_head_have_no_pose(
    server: PointsServerSink,
) -> None:
    with joined(server) as client:
        server.write(output(0, face_ids=()))
        assert json.loads(client.recv(timeout=10))["faces"] == []
        server.write(output(1, spread=0.0))
        (face,) = json.loads(client.recv(timeout=10))["faces"]
    assert (face["measures"], face["pose"]) == (None, None)


def test_a_slow_reader_is_dropped_and_nobody_waits(server: PointsServerSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points_server, "_MAX_WAITING_BYTES", 10_000)
    lazy = socket.create_connection(("127.0.0.1", server.port))
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.sendall(
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    wait_until(lambda: server.readers == 1)
    got: list[int] = []
    with joined(server, 2) as eager:
        reading = threading.Thread(target=lambda: got.extend(json.loads(text)["frame"] for text in eager))
        reading.start()
        index = 0
        while server.dropped == 0 and index < 50_000:
            server.write(output(index, face_ids=tuple(range(16))))
            index += 1
        assert server.dropped == 1
        wait_until(lambda: bool(got) and got[-1] == index - 1)
        assert server.readers == 1
    reading.join()
    assert got == sorted(got)
    lazy.close()


def test_closing_ends_the_thread_and_says_goodbye() -> None:
    server = PointsServerSink(0)
    with joined(server) as client:
        server.close()
        server.close()
        assert not any(thread.name == "points server" for thread in threading.enumerate())
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=10)
    server.write(output(0))
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port))


def test_a_reader_that_leaves_is_forgotten(server: PointsServerSink) -> None:
    with joined(server):
        pass
    wait_until(lambda: server.readers == 0)
    server.write(output(0))


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        ("http://[::1", False),
        ("http://[not an address]", False),
        (None, True),
        ("http://localhost:3000", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("https://example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://203.0.113.5", False),
        ("null", False),
    ],
)
def test_pages_of_other_sites_may_not_read(origin: str | None, let_in: bool, server: PointsServerSink) -> None:
    if let_in:
        with connect(server.address, origin=Origin(origin) if origin else None):
            return
    with pytest.raises(InvalidStatus) as refused, connect(server.address, origin=Origin(origin or "")):
        pass
    assert refused.value.response.status_code == 403


def test_the_page_comes_from_the_same_port(server: PointsServerSink) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/") as answer:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "new WebSocket" in answer.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/other")


def test_only_this_machine_is_let_in() -> None:
    sink = PointsServerSink(0)
    assert sink.address == f"ws://127.0.0.1:{sink.port}"
    sink.close()


def test_a_port_in_use_is_named(server: PointsServerSink) -> None:
    with pytest.raises(SinkError, match=f"cannot serve points at 127.0.0.1:{server.port}: .*try another port"):
        PointsServerSink(server.port)
    with pytest.raises(SinkError, match=r"cannot serve points at nowhere\.invalid:0"):
        PointsServerSink(0, "nowhere.invalid")


def test_without_the_package_the_way_to_get_it_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points_server, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install websockets"):
        PointsServerSink(0)


def test_a_host_without_a_port_is_asked_about() -> None:
    with pytest.raises(ConfigError, match="without --serve-points"):
        LiveConfig(serve_host="0.0.0.0")


def test_from_the_command_line() -> None:
    done = CliRunner().invoke(
        app, ["--source", "demo", "--size", "320x180", "--no-window", "--max-frames", "3", "--serve-points", "0"]
    )
    assert done.exit_code == 0, done.output
    assert "points at ws://127.0.0.1:" in done.output
    assert not any(thread.name == "points server" for thread in threading.enumerate())
