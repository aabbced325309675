"""The page in a real browser: what a person does with it, and the browser's own camera."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import pytest

from realtime.sources.demo import DemoConfig, DemoSource
from tests.browser import open_chrome
from tests.fakes import wait_until
from tests.paths import ROOT

pytestmark = pytest.mark.alone
SIZE_WH = (640, 360)


class Program:
    """The program with a page, in a process of its own."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        environment = os.environ | {"XDG_CONFIG_HOME": str(folder / "config")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "realtime", *arguments, "--page", str(port), "--output-dir", str(folder / "out")],
            cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stderr is not None
        self.first = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=\S+", self.first)
        assert found, self.first
        self.address, self.port = found[0], int(found[1])

    def stop(self, how: int = signal.SIGINT) -> str:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.communicate(timeout=60)[1]


class Page:
    """A browser at the page."""

    def __init__(self, folder: Path, address: str, *flags: str) -> None:
        self.driver = open_chrome(folder / f"profile-{len(list(folder.glob('profile-*')))}", flags=flags)
        self.driver.get(address)

    def ask(self, script: str) -> Any:
        return self.driver.execute_script(f"const $ = (id) => document.getElementById(id); {script}")

    def wait(self, script: str, seconds: float = 40) -> None:
        assert wait_until(lambda: self.ask(script), seconds), (script, self.ask("return $('say').textContent"))

    def click(self, selector: str) -> None:
        self.ask(f"document.querySelector({selector!r}).click()")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Program, Page]]:
    program = Program(tmp_path, "--source", "demo", "--size", f"{SIZE_WH[0]}x{SIZE_WH[1]}")
    page = None
    try:
        page = Page(tmp_path, program.address)
        page.wait("return $('wait').hidden && document.querySelectorAll('#filters li').length > 20")
        yield program, page
    finally:
        if page:
            page.driver.quit()
        program.stop()


def test_a_filter_is_chosen_recorded_played_and_downloaded(opened: tuple[Program, Page], tmp_path: Path) -> None:
    program, page = opened
    page.click("#filters li[data-name=sunglasses] .wear")
    page.wait("return document.querySelector('[data-name=sunglasses] .wear').getAttribute('aria-pressed') === 'true'")
    page.click("[data-do=record]")
    page.wait("return $('recorded').textContent >= '0:02'")
    page.click("[data-do=record]")
    page.wait("return $('recorded').hidden")
    page.click("[data-do=snapshot]")
    page.wait("return /saved/.test($('say').textContent)")
    page.click("#tab-files")
    page.wait("return document.querySelectorAll('#files video').length === 1")
    page.wait("return document.querySelectorAll('#files img').length >= 1")
    page.ask("[...document.querySelectorAll('#files button')].find((b) => b.querySelector('video')).click()")
    page.wait("const v = document.querySelector('#shown video'); return v && v.currentTime > 0.3 && v.videoWidth")
    size = page.ask("return fetch($('download').href).then((a) => a.blob()).then((b) => b.size)")
    (recording,) = (tmp_path / "out").glob("recording-*.mp4")
    assert size == recording.stat().st_size
    with av.open(str(recording)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) > 20
    page.ask("window.confirm = () => true; $('delete').click()")
    assert wait_until(lambda: not recording.exists())
    page.ask("$('player').close(); $('tab-live').click()")
    page.click("#quit")
    assert wait_until(lambda: program.process.poll() is not None, 20)
    assert program.process.returncode == 0


def test_keys_search_and_strength(opened: tuple[Program, Page]) -> None:
    from selenium.webdriver.common.keys import Keys

    _, page = opened
    body = page.driver.find_element("tag name", "body")
    body.send_keys("f")
    page.wait("return document.querySelectorAll('#filters .wear[aria-pressed=true]').length === 1")
    body.send_keys("[")
    page.wait("return $('percent').textContent === '90 %'")
    body.send_keys("/")
    page.driver.switch_to.active_element.send_keys("tiger")
    page.wait("return document.querySelectorAll('#filters li').length === 1")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.wait("return document.querySelectorAll('#filters li').length > 20")
    body.send_keys("h")
    page.wait("return $('help').open")


def test_the_address_opened_again_in_the_same_tab_still_steers(opened: tuple[Program, Page]) -> None:
    program, page = opened
    for _ in range(2):
        page.driver.refresh()
        page.wait("return $('wait').hidden")
        page.driver.get(program.address)
        page.wait("return $('wait').hidden && !document.querySelector('[data-do=mirror]').disabled")
    page.wait("return $('watching').hidden")


def test_a_picture_dropped_on_the_page_becomes_a_filter(opened: tuple[Program, Page], tmp_path: Path) -> None:
    _, page = opened
    shutil.copy(ROOT / "assets" / "icons" / "snapshot.png", tmp_path / "my badge.png")
    page.click("#more summary")
    page.driver.find_element("id", "file").send_keys(str(tmp_path / "my badge.png"))
    page.wait("return $('maker').open && $('maker-name').value === 'my-badge'")
    page.click("#maker-save")
    page.wait("return !$('maker').open")
    page.wait("return document.querySelector('[data-name=my-badge] .wear')?.getAttribute('aria-pressed') === 'true'")
    assert (tmp_path / "config" / "face-keypoints" / "filters" / "my-badge" / "filter.toml").is_file()


def test_the_page_goes_on_when_the_program_was_killed_and_started_again(tmp_path: Path) -> None:
    program = Program(tmp_path, "--source", "demo", "--size", "320x180")
    page = None
    try:
        page = Page(tmp_path, program.address)
        page.wait("return $('wait').hidden")
        program.stop(signal.SIGKILL)
        page.wait("return !$('gone').hidden")
        program = Program(tmp_path, "--source", "demo", "--size", "320x180", port=program.port)
        page.wait("return $('gone').hidden && /fps/.test($('rate').textContent)")
    finally:
        if page:
            page.driver.quit()
        program.stop()


def write_camera(path: Path) -> None:
    """Two seconds of the demo as the raw film that Chromium takes for a camera."""
    with path.open("wb") as file, DemoSource(DemoConfig(SIZE_WH)) as source:
        file.write(f"YUV4MPEG2 W{SIZE_WH[0]} H{SIZE_WH[1]} F30:1 Ip A1:1 C420jpeg\n".encode())
        for frame in islice(source.frames(), 60):
            file.write(b"FRAME\n" + cv2.cvtColor(frame.pixels_bgr, cv2.COLOR_BGR2YUV_I420).tobytes())


def test_the_browser_s_camera_is_filmed_with_its_sound(tmp_path: Path) -> None:
    write_camera(tmp_path / "camera.y4m")
    stats = tmp_path / "stats.json"
    program = Program(
        tmp_path, "--source", "browser", "--microphone", "", "--filter", "sunglasses", "--stats", str(stats)
    )
    page = None
    try:
        page = Page(
            tmp_path,
            program.address,
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={tmp_path / 'camera.y4m'}",
        )
        page.wait("return $('wait').hidden && /fps/.test($('rate').textContent)")
        page.click("[data-do=record]")
        page.wait("return $('recorded').textContent >= '0:03'")
        page.click("[data-do=record]")
        page.wait("return /recorded/.test($('say').textContent)")
    finally:
        if page:
            page.driver.quit()
        told = program.stop()
    assert "source: the browser's camera (640x360)" in told
    assert "sound: the browser's microphone" in told
    (recording,) = (tmp_path / "out").glob("recording-*.mp4")
    with av.open(str(recording)) as container:
        assert {stream.type for stream in container.streams} == {"video", "audio"}
        lengths_s = [float((stream.duration or 0) * (stream.time_base or 0)) for stream in container.streams]
    assert lengths_s[0] == pytest.approx(lengths_s[1], abs=0.3)
    assert json.loads(stats.read_text())["faces"] > 20
