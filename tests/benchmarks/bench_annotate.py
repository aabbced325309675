"""How much faster two jobs are than one: `python -m tests.benchmarks.bench_annotate`.

The same clips are annotated with `--jobs 1` and `--jobs N`, in turns and each first in every other round, since other
load comes and goes; the median of the rounds' ratios is printed. Starting the processes is part of it, as for users.

Two limits stand beside it. In the same rounds, processes that do nothing but count show what ratio the machine itself
allows at the time: on one that others use too, it is far from N. And what one job uses of the processor: where that is
more than one core, N jobs on N cores cannot be N times as fast.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from realtime.cores import usable_cores
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.video import VideoWriter
from realtime.sources.demo import DemoConfig, DemoSource
from tests.paths import ROOT


def write_clips(folder: Path, count: int, seconds: float) -> None:
    """Clips of the built-in demo at 1280x720."""
    writer = VideoWriter(folder / "0.mp4", (1280, 720), RecorderConfig())
    with DemoSource(DemoConfig(duration_s=seconds)) as source:
        for frame in source.frames():
            writer.write(frame.pixels_bgr, frame.time_s)
    writer.close()
    for number in range(1, count):
        shutil.copy(folder / "0.mp4", folder / f"{number}.mp4")


def run(clips: Path, out: Path, jobs: int) -> tuple[float, float]:
    """Seconds on the clock, and on the processor."""
    began_s, before = time.perf_counter(), os.times()
    command = [sys.executable, "-m", "realtime", "annotate", str(clips), "--out", str(out), "--overwrite"]
    subprocess.run(
        [*command, "--filter", "sunglasses", "--jobs", str(jobs)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    after = os.times()
    used_s = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began_s, used_s


def count(processes: int, share: int) -> float:
    """Seconds on the clock for `processes` that count at the same time, `share` of the work each."""
    began_s = time.perf_counter()
    code = f"for i in range({share} * 20_000_000): pass"
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(processes)]
    for process in started:
        process.wait()
    return time.perf_counter() - began_s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a clip")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    times: dict[int, list[tuple[float, float]]] = {1: [], options.jobs: []}
    allowed: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        clips = Path(folder) / "in"
        clips.mkdir()
        write_clips(clips, options.clips, options.seconds)
        for number in range(options.rounds):
            for jobs in list(times)[:: 1 if number % 2 == 0 else -1]:
                times[jobs].append(run(clips, Path(folder) / "out", jobs))
                allowed.append(count(1, options.jobs) / count(options.jobs, 1))
    frames = options.clips * options.seconds * 30
    print(f"{options.clips} clips of {options.seconds:g} s at 1280x720, {usable_cores()} cores")
    for jobs, taken in times.items():
        clock_s, used_s = (statistics.median(column) for column in zip(*taken, strict=True))
        print(
            f"--jobs {jobs}: {clock_s:6.1f} s, {frames / clock_s:5.1f} frames a second, {used_s:6.1f} s of processor "
            f"({1000 * used_s / frames:.1f} ms a frame), {used_s / clock_s:.2f} cores"
        )
    ratio = statistics.median(one[0] / many[0] for one, many in zip(times[1], times[options.jobs], strict=True))
    print(f"ratio {ratio:.2f}; of processes that only count, at the same time, {statistics.median(allowed):.2f}")


if __name__ == "__main__":
    main()
