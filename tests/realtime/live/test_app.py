"""The live program from its command line: the whole way of a frame."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from model.geometry import apply
from realtime.live.devices import Devices
from realtime.sources.demo import DemoConfig, DemoSource
from tests.paths import ROOT
from tests.realtime.program import DEMO, assert_one_line, run

pytestmark = pytest.mark.usefixtures("no_display")


def test_the_whole_way_of_a_frame(tmp_path: Path) -> None:
    """From the demo to a recording, a log and statistics, with the weights and the filter that ship."""
    record, log, stats = tmp_path / "out.mp4", tmp_path / "out.csv", tmp_path / "stats.json"
    code, text = run(
        *DEMO, "--filter", "sunglasses", "--record", record, "--log", log, "--stats", stats, "--max-frames", "30"
    )
    assert code == 0, text
    with av.open(str(record)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        times = [frame.time for frame in container.decode(stream)]
    np.testing.assert_allclose(times, np.arange(30) / 30, atol=2e-3)
    with log.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["frame"]) for row in rows] == list(range(30))
    assert {row["face_id"] for row in rows} == {"0"}
    assert min(float(row["score"]) for row in rows) > 0.3
    # The true motion is known: from frame to frame the points must move as the portrait does.
    points = np.array([[[float(row[f"x{i}"]), float(row[f"y{i}"])] for i in range(68)] for row in rows])
    with DemoSource(DemoConfig(size_wh=(320, 180))) as source:
        first, last = source.portrait_to_frame(0.0), source.portrait_to_frame(29 / 30)
    back = np.linalg.inv(np.vstack([first, [0, 0, 1]]))
    expected = apply(last, apply(back[:2], points[0]))
    eye_px = np.linalg.norm(points[0, 45] - points[0, 36])
    assert np.linalg.norm(points[-1] - expected, axis=1).mean() < 0.06 * eye_px
    summary = json.loads(stats.read_text())
    assert (summary["frames"], summary["faces"], summary["drops"]) == (30, 30, 0)
    assert {"capture", "detect", "predict", "filter", "recorder", "log"} <= set(summary["stages_ms"])


def test_without_camera_and_display_the_demo_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = run("--max-frames", "3", "--size", "320x180", devices=Devices(open_source=_no_camera))
    assert code == 0, text
    assert "playing the built-in demo instead" in text
    (recorded,) = tmp_path.glob("demo-*.mp4")
    assert recorded.name in text


def _no_camera(where: str | None, *arguments: object) -> DemoSource:
    from realtime.errors import SourceError

    if where is None:
        raise SourceError("cannot open camera 0: it is not there")
    return DemoSource(DemoConfig(size_wh=(320, 180)))


def test_an_interrupt_closes_the_recording(tmp_path: Path) -> None:
    record = tmp_path / "out.mp4"
    program = subprocess.Popen(
        [sys.executable, "-m", "realtime", *DEMO, "--source", "demo", "--record", str(record), "--fps", "240"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (record.exists() and record.stat().st_size > 0) and time.monotonic() < deadline:
        time.sleep(0.05)
    program.send_signal(signal.SIGINT)
    _, text = program.communicate(timeout=60)
    assert program.returncode == 0, text
    assert f"recorded {record}" in text
    with av.open(str(record)) as container:
        assert sum(1 for _ in container.decode(video=0)) > 0


def test_a_virtual_camera_that_is_not_there_is_reported_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)  # as where it is not installed
    code, text = run(*DEMO, "--virtual-camera", "--max-frames", "2", "--log", tmp_path / "a.csv")
    assert code == 0
    assert "no virtual camera: pyvirtualcam is not installed" in text


def test_recordings_can_be_encoded_otherwise(tmp_path: Path) -> None:
    record = tmp_path / "a.mkv"
    options = ["--quality", "20", "--encoder", "fast", "--constant-fps", "10"]
    assert run(*DEMO, "--record", record, "--max-frames", "16", *options)[0] == 0
    with av.open(str(record)) as container:
        assert 5 <= sum(1 for _ in container.decode(video=0)) <= 6


def test_the_last_camera_is_tried_first_and_damaged_settings_can_be_reset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[object] = []

    def opener(where: str | None, camera: object, *rest: object) -> DemoSource:
        asked.append(camera)
        return _no_camera(where)

    devices = Devices(open_source=opener)
    settings = tmp_path / "settings.json"
    settings.write_text('{"camera": "Logi", "size_wh": null, "mirror": true}')
    assert run("--max-frames", "1", "--no-window", devices=devices)[0] == 0
    assert asked == ["Logi", 0, None]
    settings.write_text("{")
    assert_one_line(run("--max-frames", "1", "--no-window", devices=devices), "--reset-settings")
    assert run("--max-frames", "1", "--no-window", "--reset-settings", "--overwrite", devices=devices)[0] == 0
    assert not settings.exists()


def test_the_shared_clip_is_followed_and_recorded_whole(shared_dir: Path, tmp_path: Path) -> None:
    clip = shared_dir / "videos" / "selfie_woman_512.mp4"
    record, log = tmp_path / "out.mp4", tmp_path / "out.csv"
    code, text = run("--source", clip, "--filter", "sunglasses", "--record", record, "--log", log, "--no-window")
    assert code == 0, text
    with av.open(str(record)) as container, av.open(str(clip)) as original:
        frames = sum(1 for _ in container.decode(video=0))
        assert frames == sum(1 for _ in original.decode(video=0))
        assert container.duration == pytest.approx(original.duration, rel=0.01)
    with log.open(newline="") as file:
        assert len({row["frame"] for row in csv.DictReader(file)}) >= 0.98 * frames
