"""What a camera that fails costs while it is waited for: `python -m tests.benchmarks.bench_lost_camera`.

A fake camera runs, then fails in each of five ways; the processor time of the whole process over the clock is printed,
in shares of a core. The picture goes on meanwhile: the source bridges with the last frame. The search for faces is left
out, for it runs on that frame as on any other.
"""

import argparse
import time

from realtime.sources.live.camera import CameraConfig, CameraSource
from realtime.sources.live.camera_list import CameraListing
from tests.fakes import FakeDevice

WAYS = ("good", "nothing", "blocks", "raises", "repeats", "gone")
SETTLE_S = 3.0
"""Until the failure is noticed and the first attempts to open again are over."""


def share(mode: str, seconds: float) -> tuple[float, int]:
    """Processor time over the clock while the camera is in that mode, and how many frames were shown."""
    device = FakeDevice(period_s=1 / 30, size_wh=(640, 480))
    frames = 0
    with CameraSource(CameraConfig(), device.open, lambda: [CameraListing(0, "Fake")]) as source:
        for frame in source.frames():
            if frame.time_s < 1.0:
                continue
            if device.mode != mode:
                device.mode = mode
            if frame.time_s < 1.0 + SETTLE_S:
                began_s, used_s, frames = time.perf_counter(), time.process_time(), 0
                continue
            frames += 1
            if time.perf_counter() - began_s >= seconds:
                break
        used_s, elapsed_s = time.process_time() - used_s, time.perf_counter() - began_s
        device.mode = "good"
    return used_s / elapsed_s, frames


def main() -> None:
    """Print a row for each way to fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="time for each way")
    seconds = parser.parse_args().seconds
    print(f"{'camera':>8}  of a core  frames shown in {seconds:g} s")
    for mode in WAYS:
        used, frames = share(mode, seconds)
        print(f"{mode:>8}  {used:9.1%}  {frames}")


if __name__ == "__main__":
    main()
