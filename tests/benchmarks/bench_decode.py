"""What reading a video costs over decoding it with PyAV alone: `python -m tests.benchmarks.bench_decode`.

Made films of a moving texture: plain, anamorphic, interlaced and HDR ones at 1280x720, and a plain one at 1920x1080.
Each is decoded to nothing, decoded and converted to BGR by PyAV, and read as the program does, in turns; medians.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from realtime.sources.files.hdr import PQ
from realtime.sources.files.video import VideoSource

FRAMES = 60


def write(path: Path, size_wh: tuple[int, int], kind: str) -> None:
    """A film of a moving texture."""
    rng = np.random.default_rng(0)
    large = cv2.resize(rng.integers(0, 255, (90, 160, 3), np.uint8), (size_wh[0] + 2 * FRAMES, size_wh[1]))
    codec = "mpeg2video" if kind == "interlaced" else "libx264"
    options = {"flags": "+ildct+ilme", "top": "1", "b": "8M"} if kind == "interlaced" else {"preset": "veryfast"}
    with av.open(str(path), "w", format="matroska") as container:
        stream: Any = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = *size_wh, "yuv420p"
        if kind == "anamorphic":
            stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        if kind == "HDR":
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace = 9, PQ, 9
        for index in range(FRAMES):
            image = np.ascontiguousarray(large[:, 2 * index : 2 * index + size_wh[0]])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))


def decoded(path: Path, convert: bool) -> None:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for picture in container.decode(stream):
            if convert:
                picture.reformat(format="bgr24", threads=1).to_ndarray()


def read(path: Path) -> None:
    with VideoSource(path, threads=1) as source:
        for _ in source.frames():
            pass


def main() -> None:
    """Print a row for each film."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    cv2.setNumThreads(1)
    films = [("plain", (1280, 720)), ("anamorphic", (1280, 720)), ("interlaced", (1280, 720)), ("HDR", (1280, 720))]
    print(f"{'':24}{'decode ms':>11}{'to BGR ms':>11}{'read ms':>11}{'read/to BGR':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for kind, size_wh in (*films, ("plain", (1920, 1080))):
            path = Path(folder) / f"{kind}-{size_wh[0]}.mkv"
            write(path, size_wh, kind)
            ways: list[Callable[[], None]] = [
                lambda path=path: decoded(path, False),  # type: ignore[misc]
                lambda path=path: decoded(path, True),  # type: ignore[misc]
                lambda path=path: read(path),  # type: ignore[misc]
            ]
            taken: list[list[float]] = [[] for _ in ways]
            for _ in range(rounds):
                for times, way in zip(taken, ways, strict=True):
                    start_s = time.perf_counter()
                    way()
                    times.append(1000 * (time.perf_counter() - start_s) / FRAMES)
            plain, bgr, ours = (statistics.median(times) for times in taken)
            name = f"{kind} {size_wh[0]}x{size_wh[1]}"
            print(f"{name:24}{plain:11.2f}{bgr:11.2f}{ours:11.2f}{ours / bgr:13.2f}")


if __name__ == "__main__":
    main()
