"""What the page costs beside OpenCV's own window: processor time for each frame, and the time until it is drawn."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import Final

import numpy as np

from model.arrays import Image
from model.face import Face
from realtime.benchmarks.clips import FPS, portrait_clip
from realtime.benchmarks.timing import BenchTable, Cell, median, ratio
from realtime.control.controls import Controls
from realtime.control.panel import ControlPanel
from realtime.errors import FilterError
from realtime.frame import Frame, Output
from realtime.sinks.page.routes import add_routes
from realtime.sinks.page.sink import PageParts, PageSink, Placement
from realtime.sinks.window.display import display_available
from realtime.sinks.window.gui import OpenCvGui
from realtime.web.server import WebConfig, WebServer

SIZE_WH: Final = (1280, 720)
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_CONNECT_S: Final = 30.0
_WARM_FRAMES: Final = 15


def page(seconds: float) -> BenchTable:
    """The newest picture at 30 frames a second, in a headless browser, and by `imshow` where there is a display."""
    columns = ("", "python cpu ms a frame", "of imshow", "ms to drawn p50", "p95", "of imshow")
    frames = list(portrait_clip(SIZE_WH, 30).images_bgr)
    count = max(30, round(FPS * seconds))
    rows: list[tuple[Cell, ...]] = []
    notes = []
    shown = None
    if reason := display_available():
        notes.append(f"imshow is not measured: {reason.split(';')[0]}")
    else:
        shown = _window(frames, count)
        rows.append(("the window's imshow and waitKey", shown[0], 1.0, median(shown[1]), _p95(shown[1]), 1.0))
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        notes.append("the page is not measured: neither Chromium nor Chrome is installed")
    else:
        cpu_ms, drawn_ms = _page(browser, frames, count)
        rows.append(
            (
                "page, JPEG by WebSocket",
                cpu_ms,
                ratio(cpu_ms, shown[0]) if shown else None,
                median(drawn_ms),
                _p95(drawn_ms),
                ratio(median(drawn_ms), median(shown[1])) if shown else None,
            )
        )
        notes.append("drawn: on the page from hand-over to the browser's answer; by imshow until waitKey comes back")
    return BenchTable(f"Showing {SIZE_WH[0]}x{SIZE_WH[1]} at 30 frames a second", columns, rows, tuple(notes))


def _p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95))


def _window(frames: Sequence[Image], count: int) -> tuple[float, list[float]]:
    """Processor ms a frame, and ms from hand-over to drawn of each frame."""
    drawn_ms = []
    gui = OpenCvGui()
    gui.open("bench", SIZE_WH)
    began_s, cpu_s = time.perf_counter(), time.process_time()
    for index in range(count + _WARM_FRAMES):
        if index == _WARM_FRAMES:
            cpu_s = time.process_time()
        time.sleep(max(0.0, began_s + index / FPS - time.perf_counter()))
        handed_s = time.perf_counter()
        gui.show(frames[index % len(frames)])
        gui.key()
        if index >= _WARM_FRAMES:
            drawn_ms.append((time.perf_counter() - handed_s) * 1e3)
    spent_s = time.process_time() - cpu_s
    gui.close()
    return spent_s / count * 1e3, drawn_ms


def _page(browser: str, frames: Sequence[Image], count: int) -> tuple[float, list[float]]:
    server = WebServer(WebConfig(0))
    panel = ControlPanel(Controls())
    handed_s: dict[int, float] = {}
    drawn_ms: list[float] = []
    ready = threading.Event()

    def drawn(serial: int) -> None:
        ready.set()
        if serial in handed_s:
            drawn_ms.append((time.perf_counter() - handed_s[serial]) * 1e3)

    sink = PageSink(server, panel, PageParts(_no_preview, _no_portrait, (), _no_filter, drawn))
    add_routes(server, lambda: sink, wants=(False, False))
    server.start()
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-first-run", f"--user-data-dir={profile}", "--window-size=1800,1100"]
        flags += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [browser, *flags, server.address]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return _measured(sink, panel, frames, count, ready, handed_s, drawn_ms)
        finally:
            program.terminate()
            program.wait()
            sink.close()


def _measured(
    sink: PageSink,
    panel: ControlPanel,
    frames: Sequence[Image],
    count: int,
    ready: threading.Event,
    handed_s: dict[int, float],
    drawn_ms: list[float],
) -> tuple[float, list[float]]:
    began_s, warm_until, index, cpu_s = time.perf_counter(), None, 0, 0.0
    while warm_until is None or index < warm_until + count:
        time.sleep(max(0.0, began_s + index / FPS - time.perf_counter()))
        frame = Frame(frames[index % len(frames)], index, index / FPS)
        output = Output(frame, frame, ())
        if warm_until is None and ready.is_set():
            warm_until = index + _WARM_FRAMES
        if warm_until is not None and index == warm_until:
            cpu_s = time.process_time()
            drawn_ms.clear()
        # The sink counts its frames from 1.
        handed_s[index + 1] = time.perf_counter()
        panel.write(output)
        sink.write(output)
        index += 1
        if warm_until is None and time.perf_counter() - began_s > _CONNECT_S:
            raise FilterError("the browser did not open the page within half a minute")
    return (time.process_time() - cpu_s) / count * 1e3, list(drawn_ms)


def _no_preview(name: str, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
    """Thumbnails are not measured."""


def _no_portrait() -> tuple[Image, Face]:
    raise FilterError("thumbnails are not measured")


def _no_filter(name: str, data: bytes, place: Placement) -> None:
    raise FilterError("no filter is made here")
