"""The benchmark runs and tells what it is to tell; what the figures are is not tested."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from realtime.benchmarks import steadiness
from realtime.benchmarks.clips import crowd_clip, portrait_clip
from realtime.benchmarks.memory import HOUR_FRAMES, growth, memory_bytes
from realtime.benchmarks.peers import Peer
from realtime.benchmarks.run import PARTS, BenchConfig, run_bench
from realtime.benchmarks.timing import BenchTable, in_turns, ratio
from realtime.cli.live import app
from tests.tiny_weights import write_weights


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    """Rows of each part, as `python -m realtime bench --quick --json FILE` writes them."""
    file = tmp_path_factory.mktemp("bench") / "bench.json"
    done = CliRunner().invoke(app, ["bench", "--quick", "--json", str(file)])
    assert done.exit_code == 0, done.output
    data = json.loads(file.read_text(encoding="utf-8"))
    assert data["quick"] is True
    for table in data["tables"]:
        assert table["title"] in done.output
    return dict(zip(PARTS, (table["rows"] for table in data["tables"]), strict=True))


def names(rows: list[dict[str, object]]) -> list[object]:
    return [row[""] for row in rows]


def test_the_step_is_reported_by_stage_size_and_number_of_faces(tables: dict[str, list[dict[str, object]]]) -> None:
    assert names(tables["size"]) == ["640x480", "1280x720", "3840x2160"]
    assert names(tables["faces"]) == ["1 face", "2 faces", "4 faces", "8 faces"]
    for row in (*tables["size"], *tables["faces"]):
        assert {"p50 ms", "p95 ms", "crop", "network", "smoothing", "detect", "rest"} <= set(row)
    assert [row["faces"] for row in tables["size"]] == [1, 1, 1]


def test_the_network_and_others_are_reported(tables: dict[str, list[dict[str, object]]]) -> None:
    assert names(tables["network"])[:2] == ["1 face", "8 faces in one batch"]
    assert names(tables["peers"])[0] == "ours"


def test_the_whole_program_is_reported(tables: dict[str, list[dict[str, object]]]) -> None:
    assert names(tables["program"]) == ["read only", "whole program", "whole program, recording"]
    assert names(tables["start"])[-1] == "to the first frame, and out"
    assert {"copy of the frame", "pose and measures", "sunglasses"} <= set(names(tables["drawing"]))
    assert len(tables["memory"]) == (3 if memory_bytes() else 0)


def test_steadiness_is_reported_raw_and_smoothed(tables: dict[str, list[dict[str, object]]]) -> None:
    assert names(tables["steadiness"])[:2] == ["raw", "smoothed"]


def test_steadiness_is_right_for_points_that_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A follower two frames late, that gives the brightest spot's place, on a spot in place of the portrait."""
    late: list[np.ndarray] = []

    def step(image_bgr: np.ndarray) -> np.ndarray:
        bright = cv2.moments(np.clip(image_bgr[:, :, 1].astype(np.float32) - 128, 0, None))
        x, y = bright["m10"] / bright["m00"], bright["m01"] / bright["m00"]
        late.append(np.array([[x - 50, y], [x + 50, y]]))
        return late[max(0, len(late) - 3)]

    portrait = np.zeros((600, 512, 3), np.uint8)
    portrait[210:234, 254:278] = 255
    monkeypatch.setattr("realtime.sources.demo.load_portrait", lambda: portrait)
    peer = Peer("late", step, rgb=False, eye_corners=(0, 1))
    monkeypatch.setattr(steadiness, "_followers", lambda weights, peers: [_follower(peer)])
    (row,) = steadiness.steadiness(tmp_path, [], 45).rows
    _, _, _, lag, reach, slide, _, jump, lost = row
    assert lag == pytest.approx(2, abs=0.05)
    assert reach == pytest.approx(1, abs=0.02)
    assert slide == pytest.approx(1, abs=0.05)
    assert jump == pytest.approx(360, abs=5)
    assert lost == 0


def _follower(peer: Peer) -> steadiness._Follower:
    return steadiness._Follower(peer.name, peer.eye_corners, lambda opened: lambda frame: peer.step(frame.pixels_bgr))


def test_a_clip_goes_to_and_fro_without_a_jump() -> None:
    clip = portrait_clip((64, 48), 3)
    shown = [frame for frame, _ in zip(clip.frames(), range(6), strict=False)]
    assert [frame.index for frame in shown] == [0, 1, 2, 3, 4, 5]
    for frame, i in zip(shown, (0, 1, 2, 1, 0, 1), strict=True):
        assert frame.pixels_bgr is clip.images_bgr[i]
    assert np.all(np.diff([frame.time_s for frame in shown]) > 0)


def test_a_crowd_has_its_faces_in_cells_of_their_own() -> None:
    image_bgr = crowd_clip(5, 1).images_bgr[0]
    cells = [image_bgr[y : y + 360, x : x + 320] for y in (0, 360) for x in range(0, 1280, 320)]
    assert [cell.std() > 20 for cell in cells] == [True] * 5 + [False] * 3


def test_calls_are_timed_in_turns() -> None:
    order: list[str] = []
    times = in_turns({"a": lambda i: order.append(f"a{i}"), "b": lambda i: order.append(f"b{i}")}, 0.0, at_least=2)
    assert order == ["a0", "a1", "b0", "b1", "a2", "b2", "a3", "b3"]
    assert len(times["a"].wall_s) == len(times["b"].cpu_s) == 2


def test_a_table_prints_and_checks_its_rows() -> None:
    table = BenchTable("Title", ("", "ms", "x"), [("long name", 1.234, None), ("b", 250.4, "text")], ("a note",))
    assert table.text().splitlines() == [
        "Title",
        "               ms     x",
        "  long name  1.23     -",
        "  b           250  text",
        "  a note",
    ]
    with pytest.raises(ValueError, match="3 cells"):
        BenchTable("Title", ("", "ms", "x"), [("a", 1.0)])
    assert ratio(1.0, 0.0) is None


def test_bad_options_are_one_line(tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["bench", *arguments])
        assert done.exit_code == 2
        assert len(done.output.strip().splitlines()) == 1
        return done.output

    assert "--part speed is none" in said("--part", "speed")
    assert "bench.json" in said("--quick", "--json", str(tmp_path / "no" / "bench.json"))


def test_a_follower_without_the_face_is_reported(tmp_path: Path) -> None:
    """The tiny network scores by brightness; told to want more than there is, it finds nobody."""
    weights = write_weights(tmp_path / "blind.onnx", metadata={"score_threshold": 0.99})
    done = CliRunner().invoke(app, ["bench", "--quick", "--part", "steadiness", "--weights", str(weights)])
    assert done.exit_code == 2
    assert "does not find the demo's portrait" in done.output


def test_buffers_that_fill_once_are_no_growth_and_a_leak_is() -> None:
    filling = [(index, 200 + min(index, 2000) / 400) for index in range(0, 10_000, 25)]
    assert growth(filling) == pytest.approx((200, 5, 0, 0, 0), abs=1e-6)
    leaking = [(index, used_mb + index * 20 / HOUR_FRAMES) for index, used_mb in filling]
    assert growth(leaking)[3:] == pytest.approx((20, 0), abs=1e-6)
    stepping = [(index, used_mb + 0.7 * (index >= 7000)) for index, used_mb in filling]
    assert growth(stepping)[4] > 5, "one step within the second half: an hour cannot be told from it"


def test_what_is_not_asked_for_is_not_measured() -> None:
    told: list[str] = []
    run_bench(BenchConfig(quick=True, parts=("memory",)), told.append)
    assert [text.splitlines()[0] for text in told[1:]] == ["Memory"]


def test_the_help_names_every_part() -> None:
    words = CliRunner().invoke(app, ["bench", "--help"]).output.partition("Only this table")[2]
    assert not [part for part in PARTS if part not in words]
