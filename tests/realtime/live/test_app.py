"""The live program from its command line: the whole way of a frame, and one line for each kind of bad input."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from assets import DEFAULT_WEIGHTS
from model.geometry import apply
from realtime.audio.portaudio import MicrophoneListing
from realtime.cli.live import app
from realtime.live.config import LiveConfig
from realtime.live.devices import Devices
from realtime.sources.demo import DemoConfig, DemoSource
from tests.paths import ROOT
from tests.tiny_weights import write_weights

DEMO = ["--source", "demo", "--size", "320x180", "--no-window"]


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a machine without a screen, whatever this one has, and with no settings of an earlier run."""
    monkeypatch.setattr("realtime.control.settings.settings_path", lambda: tmp_path / "settings.json")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str | Path, devices: Devices | None = None) -> tuple[int, str]:
    """Exit code, and all that was printed."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], obj=devices)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def assert_one_line(outcome: tuple[int, str], *says: str) -> None:
    code, text = outcome
    line = text.strip().splitlines()[-1]
    assert code == 2
    assert line.startswith("error: ")
    assert "Traceback" not in text
    for word in says:
        assert word in line


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


def test_bad_sources(tmp_path: Path) -> None:
    assert_one_line(run("--source", tmp_path / "none.mp4", "--no-window"), "none.mp4", "does not exist")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all")
    assert_one_line(run("--source", broken, "--no-window"), "broken.mp4")
    assert_one_line(run("--camera", "97", "--no-window"), "camera 97", "not there")
    assert_one_line(run("--camera", "0", "--source", "demo"), "one source")


def test_bad_filter_names_the_known_ones() -> None:
    assert_one_line(run(*DEMO, "--filter", "sunglases"), "'sunglases'", "did you mean 'sunglasses'", "known:")


def test_bad_weights(tmp_path: Path) -> None:
    assert_one_line(run(*DEMO, "--weights", tmp_path / "none.onnx"), "none.onnx", "does not exist")
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(write_weights(tmp_path / "tiny.onnx").read_bytes()[:500])
    assert_one_line(run(*DEMO, "--weights", cut), "cut.onnx", "cut short")
    other = write_weights(tmp_path / "other.onnx", key=False)
    assert_one_line(run(*DEMO, "--weights", other), "not a face-keypoint network")


def test_bad_outputs(tmp_path: Path) -> None:
    missing = tmp_path / "no" / "such"
    assert_one_line(run(*DEMO, "--record", missing / "a.mp4"), "a.mp4")
    assert_one_line(run(*DEMO, "--log", missing / "a.csv"), "a.csv")
    assert_one_line(run(*DEMO, "--stats", missing / "a.json"), "a.json")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert_one_line(run(*DEMO, "--record", tmp_path / "a.mp4"), "a.mp4")


def test_a_recording_is_not_overwritten_unasked(tmp_path: Path) -> None:
    record = tmp_path / "a.mp4"
    record.write_bytes(b"precious")
    assert_one_line(run(*DEMO, "--record", record, "--max-frames", "2"), "a.mp4", "--overwrite")
    assert record.read_bytes() == b"precious"
    assert run(*DEMO, "--record", record, "--max-frames", "2", "--overwrite")[0] == 0


def test_a_window_needs_a_display() -> None:
    assert_one_line(run("--source", "demo", "--window"), "display")


def test_a_log_can_be_plotted_and_is_not_overwritten_unasked(tmp_path: Path) -> None:
    log = tmp_path / "out.csv"
    assert run(*DEMO, "--log", log, "--max-frames", "8")[0] == 0
    assert_one_line(run(*DEMO, "--log", log), "out.csv", "--overwrite")
    assert run("plot", log)[0] == 0
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    assert_one_line(run("plot", tmp_path / "none.csv"), "none.csv")


def test_a_plot_and_statistics_replace_nothing_unasked(tmp_path: Path) -> None:
    log, mine = tmp_path / "out.csv", tmp_path / "mine.json"
    assert run(*DEMO, "--log", log, "--max-frames", "4")[0] == 0
    for file in (mine, tmp_path / "out.png"):
        file.write_text("mine")
    assert_one_line(run("plot", log), "out.png exists", "--overwrite")
    assert_one_line(run(*DEMO, "--stats", mine, "--max-frames", "2"), "mine.json exists", "--overwrite")
    assert mine.read_text() == (tmp_path / "out.png").read_text() == "mine"
    assert run("plot", log, "--overwrite")[0] == 0
    assert run(*DEMO, "--stats", mine, "--max-frames", "2", "--overwrite")[0] == 0
    assert json.loads(mine.read_text())["frames"] == 2


@pytest.mark.parametrize("option", ["--record", "--log", "--stats"])
def test_an_output_is_never_the_source(tmp_path: Path, option: str) -> None:
    """Not even through a link, and with --overwrite."""
    source = tmp_path / "src.mp4"
    assert run(*DEMO, "--record", source, "--max-frames", "4")[0] == 0
    before = source.read_bytes()
    (tmp_path / "link.mp4").symlink_to(source)
    for name in ("src.mp4", "link.mp4"):
        outcome = run("--source", source, "--no-window", option, tmp_path / name, "--overwrite")
        assert_one_line(outcome, f"{option} ", "is the source itself")
    assert source.read_bytes() == before


def test_outputs_of_one_run_are_files_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one another nor the weights, whatever they are called; nothing is written before that is known."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").symlink_to(tmp_path)
    for option, name, other in (
        ("--record", "a.mp4", "a.mp4"),
        ("--log", "a.csv", "there/a.csv"),
        ("--record", "a.mp4", "there/../" + tmp_path.name + "/a.mp4"),
    ):
        outcome = run(*DEMO, option, name, "--stats", other, "--max-frames", "2", "--overwrite")
        assert_one_line(outcome, f"{option} {name} and --stats", "are one file", "give each a name of its own")
    weights = tmp_path / "mine.onnx"
    weights.write_bytes(DEFAULT_WEIGHTS.read_bytes())
    outcome = run(*DEMO, "--weights", weights, "--log", "mine.onnx", "--max-frames", "2", "--overwrite")
    assert_one_line(outcome, "--log mine.onnx is the weights file")
    assert weights.read_bytes() == DEFAULT_WEIGHTS.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.onnx", "there"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize(("option", "name"), [("--record", "a.mp4"), ("--log", "a.csv"), ("--stats", "a.json")])
def test_an_output_is_no_pipe_and_no_device(tmp_path: Path, option: str, name: str) -> None:
    """A pipe would be waited for; a device had a file put in its place."""
    os.mkfifo(tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / name)
    for path in (tmp_path / name, tmp_path / "link"):
        outcome = run(*DEMO, option, path, "--overwrite", "--max-frames", "2")
        assert_one_line(outcome, f"{option} {path}: it is a device or a pipe, not a file", "give the name of a file")
    assert (tmp_path / name).is_fifo()


def test_a_virtual_camera_that_is_not_there_is_told_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)  # as where it is not installed
    code, text = run(*DEMO, "--virtual-camera", "--max-frames", "2", "--log", tmp_path / "a.csv")
    assert code == 0
    assert "no virtual camera: pyvirtualcam is not installed" in text


def test_a_microphone_goes_with_cameras_only(tmp_path: Path) -> None:
    code, text = run(*DEMO, "--record", tmp_path / "a.mp4", "--max-frames", "2", "--microphone", "Logi")
    assert code == 0
    assert "recording without sound: a microphone goes with a camera or stream, not with a file" in text


def test_microphones_are_listed_or_the_way_to_get_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # as where it is not installed
    assert_one_line(run("microphones"), "pip install sounddevice")
    monkeypatch.setattr("realtime.audio.portaudio.list_microphones", lambda: [])
    assert run("microphones") == (0, "no microphone was found; plug one in, or see docs/outputs.md\n")
    logi = MicrophoneListing(2, "Logi C920", 48_000, True)
    monkeypatch.setattr("realtime.audio.portaudio.list_microphones", lambda: [logi])
    assert run("microphones") == (0, "2 'Logi C920' (default)\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], None),
        (["--microphone"], ""),
        (["--microphone", "--no-window"], ""),
        (["--microphone", "Logi C920"], "Logi C920"),
        (["--microphone=2"], "2"),
    ],
)
def test_the_microphone_s_name_may_be_left_out(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: str | None
) -> None:
    given: list[LiveConfig] = []
    monkeypatch.setattr("realtime.live.app.run_live", lambda config, devices: given.append(config))
    assert run(*arguments)[0] == 0
    assert given[0].microphone == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], (0, True)),
        (["--countdown", "5"], (5, True)),
        (["--no-sounds"], (0, False)),
        (["--quiet", "--countdown", "5"], (0, False)),
    ],
)
def test_countdown_and_sounds_can_be_switched_off(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: tuple[int, bool]
) -> None:
    given: list[LiveConfig] = []
    monkeypatch.setattr("realtime.live.app.run_live", lambda config, devices: given.append(config))
    assert run(*arguments)[0] == 0
    assert (given[0].countdown_s, given[0].sounds) == expected


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


def test_bad_size() -> None:
    assert_one_line(run("--source", "demo", "--size", "huge", "--no-window"), "--size huge")


def test_help_names_every_option() -> None:
    code, text = run("--help")
    assert code == 0
    options = "camera source filter record microphone log size fps max-frames stats weights window mirror keypoints"
    for option in options.split():
        assert f"--{option}" in text


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


@pytest.mark.parametrize("option", ["--record", "--log", "--stats"])
def test_a_name_that_no_file_can_have_is_one_line(tmp_path: Path, option: str) -> None:
    ending = {"--record": "mp4", "--log": "csv", "--stats": "json"}[option]
    assert_one_line(run(*DEMO, "--max-frames", "2", option, tmp_path / f"{'n' * 260}.{ending}"), "too long")


@pytest.mark.parametrize("server", [("--serve-points", "0", "--serve-host"), ("--page", "0", "--page-host")])
def test_a_host_that_is_none_is_one_line(server: tuple[str, ...]) -> None:
    assert_one_line(run(*DEMO, "--max-frames", "2", *server, "x..y"), "cannot serve", "x..y")
