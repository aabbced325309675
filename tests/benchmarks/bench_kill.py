"""How much of a recording is lost when the program is killed: `python -m tests.benchmarks.bench_kill`.

The program films a camera and a microphone of our own, at 30 frames a second, and is killed at random moments, for
each format and encoder speed. Lost is the time from the last picture that plays to the last one the camera took; of
sound likewise. A busy machine loses more, since its encoder is behind.
"""

import argparse
import random
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from realtime.sinks.recording.formats import Speed
from tests.realtime.audio.devices import sound_of
from tests.realtime.test_recordings import end_after, start, times_of

FORMATS = (".mp4", ".mkv", ".webm")
_SOONEST_S, _LATEST_S = 1.0, 5.0


def lost_s(path: Path, speed: Speed, after_s: float) -> tuple[float, float]:
    """Seconds of picture and of sound that are lost when a recording is killed `after_s` seconds after its start."""
    program = start("--record", path, "--encoder", speed)
    taken_s, _ = end_after(program, after_s, signal.SIGKILL)
    pictures_s = times_of(path)
    heard_s, _ = sound_of(path)
    return taken_s - (pictures_s[-1] if pictures_s else 0.0), taken_s - (heard_s[-1] if len(heard_s) else 0.0)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50, help="for each format and speed")
    parser.add_argument("--at-a-time", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    print(f"{asked.kills} kills each, {_SOONEST_S:g} to {_LATEST_S:g} s after the first picture; seconds lost")
    print(f"{'':8}{'':10}{'picture, worst':>16}{'median':>9}{'sound, worst':>15}{'median':>9}")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.at_a_time) as pool:
        for ending in FORMATS:
            for speed in Speed:
                jobs = [
                    pool.submit(
                        lost_s, Path(folder, f"{number}-{speed}{ending}"), speed, chance.uniform(_SOONEST_S, _LATEST_S)
                    )
                    for number in range(asked.kills)
                ]
                pictures, sounds = (sorted(values) for values in zip(*(job.result() for job in jobs), strict=True))
                middle = asked.kills // 2
                print(
                    f"{ending:8}{speed:10}{pictures[-1]:16.2f}{pictures[middle]:9.2f}{sounds[-1]:15.2f}"
                    f"{sounds[middle]:9.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
