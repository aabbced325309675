"""Batches from the command line: real files, real processes, real kills."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import realtime
from model.face_log import POINT_COLUMNS, read_face_log
from model.finder import open_finder
from realtime.assembly import Look
from realtime.audio.copy import Sound
from realtime.batch.job import Job, _partials, annotate_file, sweep
from realtime.errors import SinkError, SourceError
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.video import VideoWriter
from realtime.sources.demo import DemoConfig, DemoSource, load_portrait
from realtime.sources.files.images import load_image
from tests.fakes import four_colours, has_four_colours, write_video
from tests.full_disk import fill_disk, needs_full_disk
from tests.paths import ROOT
from tests.realtime.audio.test_copy import packets, write_sounding
from tests.realtime.program import run
from tests.tiny_weights import write_weights


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("weights") / "tiny.onnx")


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve frames of the demo's face at 320x180."""
    path = tmp_path_factory.mktemp("clips") / "portrait.mp4"
    writer = VideoWriter(path, (320, 180), RecorderConfig(quality=90))
    with DemoSource(DemoConfig(size_wh=(320, 180), duration_s=0.4)) as source:
        for frame in source.frames():
            writer.write(frame.pixels_bgr, frame.time_s)
    writer.close()
    return path


def annotate(*arguments: str | Path) -> tuple[int, str]:
    return run("annotate", *arguments)


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob(".part-*"))


@pytest.mark.parametrize("threaded", [False, True])
def test_one_file_with_all_that_belongs_to_it(threaded: bool, portrait: Path, tmp_path: Path) -> None:
    output, log = tmp_path / "new" / "out.mp4", tmp_path / "new" / "out.csv"
    shares: list[float | None] = []
    look = Look(filters=("sunglasses",), keypoints=False)
    result = annotate_file(Job(0, portrait, output, log, look, threaded=threaded), shares.append)
    assert (result.frames, result.faces, result.sound) == (12, 12, Sound.NONE)
    assert result.media_s == pytest.approx(11 / 30, abs=1e-3)
    assert shares[0] == 0
    before, after = frames_of(portrait), frames_of(output)
    assert [frame.shape for frame in after] == [frame.shape for frame in before]
    changed = np.abs(after[0].astype(int) - before[0]).max(axis=2) > 60
    assert 100 < changed.sum() < 0.1 * changed.size, "the glasses, and nothing far from them"
    assert len(log.read_text().splitlines()) == 13
    assert leftovers(tmp_path) == []


def test_sound_and_uneven_times_are_kept(tiny: Path, tmp_path: Path) -> None:
    write_sounding(tmp_path / "clip.mov", "aac")
    result = annotate_file(Job(0, tmp_path / "clip.mov", tmp_path / "o.mp4", look=Look(weights=tiny)))
    assert result.sound is Sound.COPIED
    assert [content for _, content in packets(tmp_path / "o.mp4")] == [c for _, c in packets(tmp_path / "clip.mov")]
    uneven_s = [0.0, 0.033, 0.05, 0.2, 0.21, 0.6]
    write_video(tmp_path / "uneven.mkv", uneven_s)
    annotate_file(Job(0, tmp_path / "uneven.mkv", tmp_path / "u.mp4", look=Look(weights=tiny)))
    with av.open(str(tmp_path / "u.mp4")) as container:
        assert [f.time for f in container.decode(video=0)] == pytest.approx(uneven_s, abs=1e-3)


def test_a_picture_is_looked_at_as_closely_as_by_find_faces(tmp_path: Path) -> None:
    picture = tmp_path / "people.png"
    cv2.imwrite(str(picture), load_portrait())
    assert annotate(picture, "--out", tmp_path / "out", "--log")[0] == 0
    (log,) = (tmp_path / "out").glob("*.csv")
    logged = read_face_log(log)[[*POINT_COLUMNS]].to_numpy().reshape(-1, 68, 2)
    (found,) = realtime.find_faces(load_portrait())
    (once,) = open_finder().find(load_portrait())
    np.testing.assert_allclose(logged[0], found.keypoints_px, atol=0.05)
    assert 0.05 < np.linalg.norm(found.keypoints_px - once.keypoints_px, axis=1).mean() < 3


def test_an_image_becomes_a_png(tiny: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "ä b.png"), four_colours((64, 48)))
    annotate_file(Job(0, tmp_path / "ä b.png", tmp_path / "out" / "ä b.png", look=Look(weights=tiny)))
    assert has_four_colours(load_image(tmp_path / "out" / "ä b.png"))


def test_half_files_never_bear_the_names_of_whole_ones(tiny: Path, tmp_path: Path) -> None:
    write_video(tmp_path / "whole.mkv", [i / 10 for i in range(40)])
    cut = tmp_path / "cut.mp4"
    with av.open(str(tmp_path / "whole.mkv")) as whole, av.open(str(cut), "w", options={"movflags": "faststart"}) as to:
        stream = to.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                to.mux(packet)
    (tmp_path / "whole.mkv").unlink()
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    job = Job(0, cut, tmp_path / "out.mp4", tmp_path / "out.csv", Look(weights=tiny))
    with pytest.raises(SourceError, match=r"cut.mp4 breaks after \d+ good frames"):
        annotate_file(job)
    assert [path.name for path in tmp_path.iterdir()] == ["cut.mp4"]


def test_a_long_name_fits(tiny: Path, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mkv", [0.0, 0.1])
    job = Job(0, tmp_path / "clip.mkv", tmp_path / f"{'n' * 250}.mp4", look=Look(weights=tiny))
    annotate_file(job)
    assert job.output.exists()


def test_a_folder_that_cannot_be_made_is_named(tiny: Path, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mkv", [0.0, 0.1])
    (tmp_path / "file").write_text("")
    job = Job(0, tmp_path / "clip.mkv", tmp_path / "file" / "out.mp4", look=Look(weights=tiny))
    with pytest.raises(SinkError, match=r"cannot write .*out.mp4: .*choose another folder"):
        annotate_file(job)


@needs_full_disk
def test_a_full_disk_is_reported_of_the_result_and_nothing_is_left(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path / "clip.mkv", [i / 30 for i in range(60)])
    fill_disk(monkeypatch)
    with pytest.raises(SinkError, match=r"cannot write .*o.mp4: No space left on device"):
        annotate_file(Job(0, tmp_path / "clip.mkv", tmp_path / "o.mp4", look=Look(weights=tiny)))
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mkv"]


def test_a_batch_and_its_second_run(tiny: Path, tmp_path: Path) -> None:
    """Good ones are done, a broken one is named, and the next run does only what is missing."""
    for name in ("in/one.mkv", "in/deep/two.mkv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_video(tmp_path / name, [i / 30 for i in range(10)])
    (tmp_path / "in" / "broken.mp4").write_bytes(b"no video")
    arguments = (tmp_path / "in", "--out", tmp_path / "out", "--weights", tiny, "--log", "--no-keypoints", "--jobs", 2)
    code, text = annotate(*map(str, arguments))
    assert code == 1, text
    error = next(line for line in text.splitlines() if line.startswith("error: "))
    assert "broken.mp4: cannot open" in error
    assert "2 done, 1 failed" in text
    results = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert results == ["deep/two.csv", "deep/two.mp4", "one.csv", "one.mp4"]
    stamp = (tmp_path / "out" / "one.mp4").stat().st_mtime_ns
    (tmp_path / "in" / "broken.mp4").unlink()
    code, text = annotate(*map(str, arguments))
    assert code == 0, text
    assert "2 there already" in text
    assert (tmp_path / "out" / "one.mp4").stat().st_mtime_ns == stamp


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("options", [(), ("--overwrite",)])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.csv"])
def test_a_pipe_in_the_output_folder_is_not_replaced(
    tiny: Path, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    write_video(tmp_path / "clip.mkv", [0.0, 0.1])
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out" / name)
    code, text = annotate(tmp_path / "clip.mkv", "--out", tmp_path / "out", "--weights", tiny, "--log", *options)
    assert code == 2
    (line,) = text.strip().splitlines()
    assert line.startswith("error: the result of ") and f"{name}: it is a device or a pipe, not a file" in line
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]
    assert (tmp_path / "out" / name).is_fifo()


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_pipe_that_appears_meanwhile_is_not_replaced(tiny: Path, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mkv", [0.0, 0.1])
    os.mkfifo(tmp_path / "out.mp4")
    with pytest.raises(SinkError, match=r"cannot write .*out.mp4: it is a device or a pipe, .*choose another folder"):
        annotate_file(Job(0, tmp_path / "clip.mkv", tmp_path / "out.mp4", look=Look(weights=tiny)))
    assert (tmp_path / "out.mp4").is_fifo() and leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("option", "says"), [(("--filter", "nosuch"), "nosuch"), (("--weights", "no.onnx"), "no.onnx does not exist")]
)
def test_a_wrong_option_is_reported_before_any_file_is_begun(
    option: tuple[str, str], says: str, tiny: Path, tmp_path: Path
) -> None:
    write_video(tmp_path / "clip.mkv", [0.0, 0.1])
    code, text = annotate(tmp_path / "clip.mkv", "--out", tmp_path / "out", *option)
    assert code == 2
    (line,) = text.strip().splitlines()
    assert line.startswith("error: ")
    assert says in line
    assert not (tmp_path / "out").exists()


def _start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def _wait_until(condition, what: str) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_batch_that_was_stopped_goes_on(number: int, tiny: Path, tmp_path: Path) -> None:
    write_video(tmp_path / "long.mkv", [i / 30 for i in range(1500)], (320, 180))
    out = tmp_path / "out"
    program = _start("realtime", "annotate", tmp_path / "long.mkv", "--out", out, "--weights", tiny)
    _wait_until(lambda: any(p.stat().st_size > 0 for p in leftovers(out)), "it is being written")
    program.send_signal(number)
    text, _ = program.communicate(timeout=30)
    assert not (out / "long.mp4").exists()
    if number != signal.SIGKILL:
        assert program.returncode == 130, text
        assert "1 not done" in text
        assert "Traceback" not in text
        assert leftovers(out) == []
    # In place of the second run, which would take its time: what one sweeps in the end.
    # A worker may outlive a killed program for a moment, and its file is left alone as long.
    job = Job(0, tmp_path / "long.mkv", out / "long.mp4")

    def swept() -> bool:
        sweep(job)
        return leftovers(out) == []

    _wait_until(swept, "nothing is left")


def test_a_cluster_that_loses_a_worker_does_every_file_once(tiny: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="--cluster is tested where distributed is installed")
    names = [f"{number}.mkv" for number in range(5)]
    for name in names:
        write_video(tmp_path / name, [i / 30 for i in range(120)], (320, 180))
    out, card = tmp_path / "out", tmp_path / "scheduler.json"
    loopback = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", card)
    processes = [_start("distributed.cli.dask_scheduler", "--port", "0", *loopback)]
    try:
        _wait_until(card.exists, "the scheduler runs")
        processes += [
            _start("distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *loopback) for _ in range(2)
        ]
        address = _address(card)

        def kill_one() -> None:
            _wait_until(lambda: len({path.stem for path in leftovers(out)}) == 2, "both workers are at work")
            processes[1].kill()
            killed.set()

        killed = threading.Event()
        killer = threading.Thread(target=kill_one)
        killer.start()
        code, text = annotate(*(tmp_path / n for n in names), "--out", out, "--weights", tiny, "--cluster", address)
        killer.join()
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert killed.is_set()
    assert code == 0, text
    assert "5 done" in text
    assert sorted(path.name for path in out.iterdir()) == [f"{number}.mp4" for number in range(5)]
    assert [len(frames_of(out / f"{number}.mp4")) for number in range(5)] == [120] * 5


def _address(card: Path) -> str:
    import json

    return str(json.loads(card.read_text())["address"])


def test_unfinished_files_of_a_run_that_lives_are_left_alone(tmp_path: Path) -> None:
    """Two batches may write to one folder side by side."""
    job = Job(0, tmp_path / "clip.mkv", tmp_path / "clip.mp4")
    with _partials(job) as (mine, _):
        mine.write_bytes(b"x")
        own = f"-{os.getpid()}-"
        other, dead, old = (Path(str(mine).replace(own, f"-{pid}-")) for pid in (os.getppid(), 2**22 + 1, 2**22 + 2))
        other.write_bytes(b"x")
        dead.write_bytes(b"x")
        sweep(job)
        assert other.exists() and not dead.exists() and not old.exists()
        other.unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's names are bytes")
def test_a_name_that_is_not_utf_8_is_annotated_and_shown(tiny: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    cv2.imwrite(str(tmp_path / "plain.png"), np.zeros((60, 60, 3), np.uint8))
    (tmp_path / "plain.png").rename(tmp_path / name)
    program = _start("realtime", "annotate", tmp_path / name, "--out", tmp_path / "out", "--weights", tiny)
    text, _ = program.communicate(timeout=60)
    assert program.returncode == 0, text
    assert "caf?.png" in text
    assert (tmp_path / "out" / name).is_file()
