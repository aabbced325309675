"""A page in a real browser, headless: what it posts back is the result."""

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --disable-dev-shm-usage --mute-audio --autoplay-policy=no-user-gesture-required"
)


def browser_command() -> list[str]:
    """How to start a Chromium; skips the test where none is installed."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        pytest.skip("needs Chromium or Chrome (apt-get install chromium)")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [found, *_FLAGS.split(), *(["--no-sandbox"] if as_root else [])]


def ask_page(page: str, folder: Path, profile: Path, timeout_s: float = 60.0) -> Any:
    """What a page posts to `/answer` as JSON; it sees the files of `folder` by their names.

    Args:
        page: HTML.
        folder: served on a free loopback port.
        profile: an empty folder for the browser's own files.
    """
    answers: queue.Queue[Any] = queue.Queue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, page, answers, directory=str(folder)))
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), name="page")
    serving.start()
    browser = subprocess.Popen(
        [*browser_command(), f"--user-data-dir={profile}", f"http://127.0.0.1:{server.server_address[1]}/"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        return answers.get(timeout=timeout_s)
    except queue.Empty:
        browser.terminate()
        assert browser.stderr is not None
        raise AssertionError(f"the browser gave no answer: {browser.stderr.read().decode()[-2000:]}") from None
    finally:
        browser.terminate()
        browser.communicate()
        server.shutdown()
        serving.join()
        server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    """Serves the page, the files (also parts of them, which players ask for), and takes the answer."""

    def __init__(self, page: str, answers: "queue.Queue[Any]", *given: Any, **more: Any) -> None:
        self._page = page
        self._answers = answers
        super().__init__(*given, **more)

    def do_GET(self) -> None:
        if self.path == "/":
            self._send(200, self._page.encode(), "text/html; charset=utf-8")
            return
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content, kind = path.read_bytes(), self.guess_type(str(path))
        begin, dash, end = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        if not dash:
            self._send(200, content, kind)
            return
        part = content[int(begin) : int(end) + 1 if end else None]
        last = int(begin) + len(part) - 1
        self._send(206, part, kind, f"bytes {begin}-{last}/{len(content)}")

    def do_POST(self) -> None:
        self._answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._send(200, b"", "text/plain")

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _send(self, code: int, content: bytes, kind: str, content_range: str = "") -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Accept-Ranges", "bytes")
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            return  # a player that has seen enough hangs up


def open_chrome(profile: Path, size_wh: tuple[int, int] = (1280, 800), flags: Sequence[str] = ()) -> Any:
    """A Chromium that Selenium drives, headless; skips the test where one of them is missing. To be closed by `quit`.

    Args:
        profile: an empty folder for the browser's own files.
        size_wh: of its window.
        flags: more of its own.
    """
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs Selenium (pip install selenium)")
    service = pytest.importorskip("selenium.webdriver.chrome.service")
    command = browser_command()
    driver = shutil.which("chromedriver")
    if driver is None:
        pytest.skip("needs chromedriver (apt-get install chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = command[0]
    for flag in (*command[1:], *flags, f"--user-data-dir={profile}", "--window-size={},{}".format(*size_wh)):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=service.Service(driver))
