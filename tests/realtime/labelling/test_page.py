"""The page's answers, and the command around it."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from realtime.cli.live import app
from realtime.errors import ConfigError
from realtime.labelling.label_file import LABELS
from realtime.labelling.run import LabelConfig, run_label
from realtime.web.server import WebConfig, WebServer
from tests.realtime.labelling.sets import write_picture
from tests.realtime.labelling.test_camera import Posing
from tests.realtime.web.clients import Client
from train.data.annotations import read_annotations

Ask = Callable[..., dict[str, Any]]


class Running:
    """The command `label` in a thread, and a browser at its page."""

    def __init__(self, config: LabelConfig) -> None:
        self.said: list[str] = []
        self.address = ""
        shown = threading.Event()

        def show(address: str) -> None:
            self.address = address
            shown.set()

        def run() -> None:
            run_label(config, self.said.append, show, lambda camera: Posing())

        self._thread = threading.Thread(target=run)
        self._thread.start()
        assert shown.wait(60)
        server = WebServer(WebConfig())
        server.port = int(self.address.split(":")[2].split("/")[0])
        self.client = Client(server)
        assert self.client.ask("GET", self.address[self.address.index("/?") :]).status == 200

    def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        answer = self.client.ask(method, path, None if body is None else json.dumps(body).encode())
        assert answer.status == status, answer.text
        return json.loads(answer.text)

    def finish(self) -> None:
        """End it; may be called more than once."""
        if self._thread.is_alive():
            self.ask("POST", "/finish")
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "my"


def test_a_face_is_labelled_skipped_and_opened_again(tmp_path: Path, out: Path) -> None:
    sources = (write_picture(tmp_path / "a.png"), write_picture(tmp_path / "b.png"))
    running = Running(LabelConfig(out, sources, person="Ada", port=0))
    try:
        face = running.ask("GET", "/face")
        assert face["person"] == "Ada" and len(face["points"]) == len(face["names"]) == 68
        assert running.client.ask("GET", f"/picture/{face['image']}").headers["Content-Type"] == "image/jpeg"
        points = [[x + 1, y] for x, y in face["points"]]
        said = {"points": points, "hidden": [0], "person": "Bob"}
        second = running.ask("POST", f"/face/{face['number']}", said)
        assert second["person"] == "Bob" and second["counts"] == {"open": 1, "labelled": 1, "skipped": 0}
        last = running.ask("POST", f"/skip/{second['number']}")
        assert last["number"] is None
        assert running.ask("POST", "/again")["number"] == second["number"]
        assert running.ask("POST", "/back")["number"] == second["number"]
        assert running.ask("POST", "/back")["points"] == points
        assert running.ask("POST", f"/face/{face['number']}", said)["number"] == second["number"]
    finally:
        running.finish()
    labels = read_annotations(out / LABELS)
    assert labels.people == ("Bob",) and not labels.labelled[0, 0]
    assert any("1 faces labelled, 1 open" in line for line in running.said)


def test_nonsense_is_one_line(tmp_path: Path, out: Path) -> None:
    running = Running(LabelConfig(out, (write_picture(tmp_path / "a.png"),), port=0))
    try:
        for path, body, words in (
            ("/face/0", {"points": [], "hidden": [], "person": "a"}, "68 points"),
            ("/face/0", [], "not what the page sends"),
            ("/face/7", {"points": [[i, i] for i in range(68)], "hidden": [], "person": "a"}, "there is no face 7"),
            ("/face/x", {}, "not what the page sends"),
            ("/skip/x", {}, "there is no face 'x'"),
            ("/camera/take", {}, "no camera is open"),
        ):
            assert words in running.ask("POST", path, body, status=400)["error"]
        assert running.client.ask("GET", "/picture/none.jpg").status == 404
        assert running.ask("GET", "/camera") is None
        assert running.client.ask("GET", "/camera.jpg").status == 204
    finally:
        running.finish()


def test_the_camera_comes_first(out: Path) -> None:
    running = Running(LabelConfig(out, camera=0, frames=24, port=0))
    try:
        state = running.ask("GET", "/camera")
        assert state["wanted"] == 24 and state["text"]
        running.ask("POST", "/camera/take")
        running.ask("POST", "/camera/skip")
        assert "cannot 'jump'" in running.ask("POST", "/camera/jump", status=400)["error"]
        while not running.ask("GET", "/face")["counts"]["open"]:
            pass
        assert running.client.ask("GET", "/camera.jpg").body[:2] == b"\xff\xd8"
        assert running.ask("POST", "/camera/end") is None
        assert running.ask("GET", "/face")["source"].startswith("camera-")
    finally:
        running.finish()


def test_a_second_session_goes_on(tmp_path: Path, out: Path) -> None:
    source = write_picture(tmp_path / "a.png")
    Running(LabelConfig(out, (source,), port=0)).finish()
    running = Running(LabelConfig(out, (source, write_picture(tmp_path / "b.png")), port=0))
    try:
        assert running.ask("GET", "/face")["counts"] == {"open": 2, "labelled": 0, "skipped": 0}
    finally:
        running.finish()


def test_nothing_to_label_is_reported(tmp_path: Path) -> None:
    def said(*words: object) -> str:
        done = CliRunner().invoke(app, ["label", *map(str, words), "--no-browser"])
        assert done.exit_code == 2 and done.output.count("\n") == 1, done.output
        return done.output

    assert "nothing to label" in said("--out", tmp_path / "my")
    assert "does not exist" in said(tmp_path / "none.mp4", "--out", tmp_path / "my")
    blank = tmp_path / "blank"
    blank.mkdir()
    assert "holds no picture" in said(blank, "--out", tmp_path / "my")
    (tmp_path / "file").touch()
    assert "cannot make the folder" in said(blank, "--out", tmp_path / "file")
    with pytest.raises(ConfigError, match="not both"):
        LabelConfig(tmp_path, (blank,), 0)
