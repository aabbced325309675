"""Tests of realtime.sinks.recording.recorder: the files it leaves, however it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt
import pytest

from realtime.control.controls import Controls
from realtime.errors import SinkError
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.recorder import EncoderThread, RecorderSink
from tests.fakes import number_of
from tests.paths import ROOT
from tests.realtime.sinks.outputs import output


def read(path: Path) -> tuple[list[float], list[npt.NDArray[np.uint8]], float]:
    """Times and pictures of a video, and its duration."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        assert container.duration is not None
        duration_s = container.duration / av.time_base
        pictures = [cast(npt.NDArray[np.uint8], frame.to_ndarray(format="bgr24")) for frame in frames]
        return [float(frame.time or 0) for frame in frames], pictures, duration_s


def record(path: Path, times_s: list[float], size_wh: tuple[int, int] = (64, 48), fps: float | None = None) -> None:
    sink = RecorderSink(Controls(recording=True), path, live=False, config=RecorderConfig(90, constant_fps=fps))
    for index, time_s in enumerate(times_s):
        sink.write(output(index, time_s, size_wh))
    sink.close()


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_frames_come_back_at_their_own_times(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    steps_s = np.array([0.1] * 8 + [0.033] * 15 + [0.5, 0.01, 0.2])
    times_s = [5.0, *(5.0 + np.cumsum(steps_s)).tolist()]
    record(path, times_s)
    found_s, pictures, duration_s = read(path)
    np.testing.assert_allclose(found_s, np.array(times_s) - 5, atol=0.0006 if ending != ".mp4" else 1 / 90_000)
    assert [round(number_of(picture) / 8) for picture in pictures] == list(range(len(times_s)))
    assert duration_s == pytest.approx(times_s[-1] - 5 + 0.2, abs=0.011)


@pytest.mark.parametrize("fps", [8, 15, 30, None], ids=["8", "15", "30", "changing"])
@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_it_lasts_as_long_as_it_was_filmed(tmp_path: Path, ending: str, fps: int | None) -> None:
    jitter_s = np.random.default_rng(1).uniform(-0.004, 0.004, 240)
    rates = [fps] * 8 if fps else [30, 8, 15, 8, 30, 24, 10, 12]
    steps_s = np.concatenate([np.full(rate, 1 / rate) for rate in rates])
    times_s = 3600 + np.cumsum(steps_s) + jitter_s[: len(steps_s)]
    record(tmp_path / f"out{ending}", times_s.tolist())
    _, _, duration_s = read(tmp_path / f"out{ending}")
    assert duration_s == pytest.approx(8, rel=0.01)


def test_the_file_is_h264_yuv420p_with_its_colours_marked(tmp_path: Path) -> None:
    record(tmp_path / "out.mp4", [index / 30 for index in range(30)])
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (1, 1)
        assert stream.frames == 30
    _, pictures, duration_s = read(tmp_path / "out.mp4")
    assert duration_s == pytest.approx(1.0, abs=0.01)
    corner, *others = pictures[3][4, 4], pictures[3][2, -3], pictures[3][-3, 2], pictures[3][-3, -3]
    np.testing.assert_allclose(corner, 0, atol=12)
    np.testing.assert_allclose(others, [(0, 255, 0), (0, 0, 255), (255, 255, 255)], atol=12)


@pytest.mark.parametrize("size_wh", [(63, 49), (64, 49), (63, 48), (1, 1), (2, 2)])
def test_odd_sizes_get_one_more_column_or_row(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    record(tmp_path / "out.mp4", [0, 0.1, 0.2], size_wh)
    _, pictures, _ = read(tmp_path / "out.mp4")
    width, height = size_wh
    assert [picture.shape for picture in pictures] == [(height + height % 2, width + width % 2, 3)] * 3


def test_a_frame_of_another_size_is_fitted_in_whole(tmp_path: Path) -> None:
    sink = RecorderSink(Controls(recording=True), tmp_path / "out.mp4", live=False, config=RecorderConfig(95))
    sink.write(output(0, size_wh=(120, 60)))
    sink.write(output(1, size_wh=(60, 60)))
    sink.close()
    _, pictures, _ = read(tmp_path / "out.mp4")
    assert pictures[1].shape == (60, 120, 3)
    np.testing.assert_allclose(pictures[1][:, :26], 0, atol=16)
    np.testing.assert_allclose(pictures[1][:, -26:], 0, atol=16)
    corners = pictures[1][4, 84], pictures[1][-4, 34], pictures[1][-4, 84]
    np.testing.assert_allclose(corners, [(0, 255, 0), (0, 0, 255), (255, 255, 255)], atol=16)


def test_times_that_stand_still_are_moved_on(tmp_path: Path) -> None:
    record(tmp_path / "out.mp4", [1, 1, 1, 2])
    found_s, _, _ = read(tmp_path / "out.mp4")
    assert found_s == sorted(set(found_s))
    assert len(found_s) == 4


def test_constant_rate_repeats_and_leaves_out(tmp_path: Path) -> None:
    record(tmp_path / "out.mp4", [0, 0.01, 0.1, 0.4, 0.5], fps=10)
    found_s, pictures, duration_s = read(tmp_path / "out.mp4")
    np.testing.assert_allclose(found_s, [0, 0.1, 0.2, 0.3, 0.4, 0.5], atol=1e-5)
    assert [round(number_of(picture) / 8) for picture in pictures] == [1, 2, 2, 2, 3, 4]
    assert duration_s == pytest.approx(0.6, abs=0.01)


def test_each_switching_on_begins_a_file_and_none_is_overwritten(tmp_path: Path) -> None:
    controls = Controls(recording=True)
    sink = RecorderSink(controls, tmp_path / "out.mp4", live=False)
    for index in range(12):
        controls.recording = index % 4 < 3
        sink.write(output(index))
    sink.close()
    assert [path.name for path in sink.paths] == ["out.mp4", "out-2.mp4", "out-3.mp4"]
    assert [len(read(path)[0]) for path in sink.paths] == [3, 3, 3]
    assert read(sink.paths[1])[0][0] == 0


def test_nothing_is_written_while_recording_is_off(tmp_path: Path) -> None:
    sink = RecorderSink(Controls(), tmp_path / "out.mp4", live=True)
    sink.write(output())
    sink.close()
    assert not list(tmp_path.iterdir())


def test_a_finished_file_is_reported(tmp_path: Path) -> None:
    controls = Controls(recording=True)
    sink = RecorderSink(controls, tmp_path / "out.mp4", live=False)
    sink.write(output(0))
    controls.recording = False
    deadline_s = time.monotonic() + 10
    while not controls.message and time.monotonic() < deadline_s:
        sink.write(output(1))
    assert controls.message == f"recorded {tmp_path / 'out.mp4'}"
    sink.close()


@pytest.mark.parametrize("name", ["two words.mp4", "mañana 写真.mp4", "12:30 100%d {time}.mp4", "-x.mp4", "UP.MP4"])
def test_any_name_works(tmp_path: Path, name: str) -> None:
    if os.name == "nt" and ":" in name:
        pytest.skip("Windows allows no colon in names")
    sink = RecorderSink(Controls(recording=True), tmp_path / name, live=False)
    sink.write(output(0))
    sink.close()
    (path,) = tmp_path.iterdir()
    assert sink.paths == [path]
    assert "{time}" not in path.name
    assert len(read(path)[0]) == 1


class SlowWriter:
    """Waits at each frame until it may go on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.gate = threading.Semaphore(0)
        self.numbers: list[int] = []

    def write(self, frame_bgr: npt.NDArray[np.uint8], time_s: float, duration_s: float | None = None) -> None:
        self.gate.acquire()
        self.numbers.append(round(number_of(frame_bgr) / 8))

    def close(self) -> None:
        pass


def test_a_camera_drops_and_counts_where_the_encoder_is_slow(tmp_path: Path) -> None:
    writer = SlowWriter(tmp_path / "out.mp4")
    encoder = EncoderThread(writer, live=True, max_waiting=3)
    for index in range(10):
        encoder.put(output(index).annotated.pixels_bgr, index / 30)
    writer.gate.release(20)
    encoder.close()
    assert encoder.drops + len(writer.numbers) == 10
    assert 3 <= len(writer.numbers) <= 4
    assert writer.numbers[:3] == [0, 1, 2]


def test_a_file_waits_and_drops_nothing(tmp_path: Path) -> None:
    writer = SlowWriter(tmp_path / "out.mp4")
    encoder = EncoderThread(writer, live=False, max_waiting=3)

    def feed() -> None:
        for index in range(30):
            encoder.put(output(index).annotated.pixels_bgr, index / 30)

    feeder = threading.Thread(target=feed)
    feeder.start()
    writer.gate.release(30)
    feeder.join()
    encoder.close()
    assert encoder.drops == 0
    assert writer.numbers == list(range(30))


@pytest.mark.parametrize("live", [True, False])
def test_a_writer_that_breaks_is_reported_once_and_blocks_nobody(tmp_path: Path, live: bool) -> None:
    class BreakingWriter(SlowWriter):
        def write(self, frame_bgr: npt.NDArray[np.uint8], time_s: float, duration_s: float | None = None) -> None:
            raise SinkError("broken")

    encoder = EncoderThread(BreakingWriter(tmp_path / "out.mp4"), live, max_waiting=2)
    pixels_bgr = output().annotated.pixels_bgr
    with pytest.raises(SinkError, match="broken"):
        while True:
            encoder.put(pixels_bgr, 0)
    for _ in range(5):
        encoder.put(pixels_bgr, 0)
    encoder.close()


def test_a_missing_folder_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"cannot write .*out\.mp4: No such file or directory in folder .*gone"):
        RecorderSink(Controls(recording=True), tmp_path / "gone" / "out.mp4", live=False)


def test_a_folder_that_cannot_be_written_is_reported_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o500)
    if os.name == "nt" or os.geteuid() == 0:
        folder = Path("/proc/self")
        if not folder.is_dir():
            pytest.skip("nothing is read-only to this user")
    with pytest.raises(SinkError, match="choose a folder that exists and is writable"):
        RecorderSink(Controls(recording=True), folder / "out.mp4", live=False)


def test_an_existing_file_is_kept_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_text("mine")
    with pytest.raises(SinkError, match="exists and is not overwritten; choose another name or add --overwrite"):
        RecorderSink(Controls(recording=True), path, live=False)
    assert path.read_text() == "mine"
    sink = RecorderSink(Controls(recording=True), path, live=False, overwrite=True)
    sink.write(output())
    sink.close()
    assert len(read(path)[0]) == 1


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"out\.avi: the name must end in one of \.mp4, \.mkv, \.webm"):
        RecorderSink(Controls(recording=True), tmp_path / "out.avi", live=False)


def test_a_recording_begun_by_a_key_that_cannot_start_leaves_the_program_running(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    controls = Controls()
    sink = RecorderSink(controls, tmp_path / "file" / "out.mp4", live=True)
    controls.recording = True
    sink.write(output())
    assert not controls.recording
    assert controls.message.startswith("cannot make the folder ")
    sink.close()


def test_the_folder_of_a_recording_begun_by_a_key_is_made(tmp_path: Path) -> None:
    controls = Controls()
    sink = RecorderSink(controls, tmp_path / "new" / "out.mp4", live=False)
    assert not (tmp_path / "new").exists()
    controls.recording = True
    sink.write(output())
    controls.recording = False
    while not sink.finished:
        sink.write(output(1))
    assert sink.finished == [tmp_path / "new" / "out.mp4"]
    assert controls.message == f"recorded {sink.finished[0]}"
    sink.close()


def test_a_recording_begun_by_a_key_that_fails_midway_leaves_the_program_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    controls = Controls()
    sink = RecorderSink(controls, tmp_path / "out.mp4", live=True)
    controls.recording = True
    sink.write(output(0))
    monkeypatch.setattr("realtime.sinks.recording.video.VideoWriter._encode", full)
    deadline_s = time.monotonic() + 10
    while controls.recording and time.monotonic() < deadline_s:
        sink.write(output(1))
    assert not controls.recording
    assert "No space left on device; free some space" in controls.message
    sink.write(output(2))
    sink.close()


LIMITED = """
import resource, sys
from pathlib import Path
from realtime.control.controls import Controls
from realtime.errors import SinkError
from realtime.sinks.recording.recorder import RecorderSink
from tests.realtime.sinks.outputs import output
import numpy as np
from dataclasses import replace
resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))
noise = np.random.default_rng(0)
sink = RecorderSink(Controls(recording=True), Path(sys.argv[1]), live=False)
written = 0
try:
    for index in range(400):
        given = output(index)
        pixels = noise.integers(0, 255, (96, 128, 3), np.uint8)
        sink.write(replace(given, annotated=replace(given.annotated, pixels_bgr=pixels)))
    sink.close()
except SinkError as error:
    print(error)
sink.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limits on file sizes")
@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_a_full_disk_is_reported_in_one_line_and_leaves_a_file_that_plays(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"cannot write the recording {path}: File too large; free some space")
    with av.open(str(path)) as container:
        whole = 0
        try:
            for _ in container.decode(video=0):
                whole += 1
        except av.error.FFmpegError:
            pass  # the last frame is cut
        assert whole > 4


ENDLESS = """
import sys, time
from pathlib import Path
from realtime.control.controls import Controls
from realtime.sinks.recording.recorder import RecorderSink
from tests.realtime.sinks.outputs import output
sink = RecorderSink(Controls(recording=True), Path(sys.argv[1]), live=True)
start = time.perf_counter()
index = 0
try:
    while True:
        sink.write(output(index, time.perf_counter() - start))
        print(time.perf_counter() - start, flush=True)
        index += 1
        time.sleep(float(sys.argv[2]))
finally:
    sink.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_recordings_ended_from_outside_are_at_most_a_second_short(tmp_path: Path) -> None:
    """All at once, since each has to go on for some seconds."""
    ends = [("a.mp4", signal.SIGKILL), ("a.mkv", signal.SIGKILL), ("a.webm", signal.SIGKILL), ("a.gif", signal.SIGKILL)]
    ends.append(("b.mp4", signal.SIGINT))
    children = {
        name: subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(tmp_path / name), "0.1"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for name, _ in ends
    }
    for name, stop in ends:
        child = children[name]
        assert child.stdout is not None
        recorded_s = 0.0
        while recorded_s < 2.3:
            recorded_s = float(child.stdout.readline())
        child.send_signal(stop)
        # Not `communicate`, which does not see what `readline` has read ahead.
        rest = child.stdout.read().rpartition("\n")[0]
        child.wait()
        recorded_s = float(rest.splitlines()[-1]) if rest else recorded_s
        with av.open(str(tmp_path / name)) as container:
            times_s = [float(frame.time or 0) for frame in container.decode(video=0)]
        assert times_s[0] == 0, name
        assert recorded_s - times_s[-1] < (1.0 if stop == signal.SIGKILL else 0.25), name


def test_runs_that_begin_in_the_same_second_record_to_names_of_their_own(tmp_path: Path) -> None:
    target = tmp_path / "tt-{time}.mp4"
    sinks = [RecorderSink(Controls(recording=True), target, live=False) for _ in range(3)]
    for sink in sinks:
        sink.write(output())
    for sink in sinks:
        sink.close()
    assert len({sink.paths[0] for sink in sinks}) == len(list(tmp_path.iterdir())) == 3


def test_a_recording_that_was_moved_meanwhile_is_an_error(tmp_path: Path) -> None:
    sink = RecorderSink(Controls(recording=True), tmp_path / "out.mp4", live=False)
    sink.write(output())
    (tmp_path / "out.mp4").rename(tmp_path / "moved.mp4")
    with pytest.raises(SinkError, match="moved or deleted while it was written"):
        sink.close()


def test_pictures_of_half_a_second_wait_at_most(tmp_path: Path) -> None:
    gate = threading.Event()

    class GatedWriter(SlowWriter):
        def write(self, frame_bgr: npt.NDArray[np.uint8], time_s: float, duration_s: float | None = None) -> None:
            gate.wait(30)

    encoder = EncoderThread(GatedWriter(tmp_path / "out.mp4"), live=True, max_waiting=64)
    pixels_bgr = output().annotated.pixels_bgr
    for index in range(60):
        encoder.put(pixels_bgr, index / 30)
    gate.set()
    encoder.close()
    assert 42 <= encoder.drops <= 44, "one is being written, and those of half a second wait"
