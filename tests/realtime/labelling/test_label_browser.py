"""The label page in a real browser: what a person does, how many actions it takes, and what ends up in the CSV."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from model.keypoints import GROUPS, NAMED
from realtime.labelling.label_file import LABELS, next_commands
from realtime.labelling.run import LabelConfig
from tests.browser import open_chrome
from tests.fakes import wait_until
from tests.realtime.labelling.sets import picture
from tests.realtime.labelling.test_page import Running
from train.data.annotations import read_annotations

NOSE, CHIN = NAMED["nose_tip"], NAMED["chin"]


class Page:
    """A browser at the label page, and a hand on its mouse and keys."""

    def __init__(self, driver: Any, address: str) -> None:
        from selenium.webdriver.common.by import By

        self._driver = driver
        driver.get(address)
        assert wait_until(lambda: self.ask("return !!window.labelEditor?.face"), 30)
        self.canvas = driver.find_element(By.ID, "canvas")

    def ask(self, script: str) -> Any:
        return self._driver.execute_script(script)

    def place(self, point: int) -> tuple[float, float]:
        """Where a point is, from the canvas' middle."""
        x, y = self.ask(f"return labelEditor.toScreen(labelEditor.points[{point}])")
        return x - self.canvas.size["width"] / 2, y - self.canvas.size["height"] / 2

    def drag(self, point: int, x: int, y: int, key: str | None = None) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        actions = ActionChains(self._driver, duration=20)
        if key:
            actions.key_down(key)
        actions.move_to_element_with_offset(self.canvas, *map(round, self.place(point))).click_and_hold()
        actions.move_by_offset(x // 2, y // 2).move_by_offset(x - x // 2, y - y // 2).release()
        if key:
            actions.key_up(key)
        actions.perform()

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self._driver, duration=20).send_keys(*keys).perform()

    def click(self, name: str) -> None:
        from selenium.webdriver.common.by import By

        self._driver.find_element(By.ID, name).click()

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def text(self, name: str) -> str:
        return str(self.ask(f"return document.getElementById('{name}').textContent"))

    @property
    def points(self) -> np.ndarray:
        return np.array(self.ask("return labelEditor.points"))

    @property
    def scale(self) -> float:
        return float(self.ask("return labelEditor.scale"))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[tuple[Page, Running]]:
    """Three pictures, one of them half covered, and a browser at their page."""
    plain_bgr, points = picture()
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / "in" / f"{name}.png"), plain_bgr)
    x, y = points[33].astype(int)
    cv2.rectangle(plain_bgr, (x - 80, y - 5), (x + 10, y + 80), (40, 60, 90), -1)
    cv2.imwrite(str(tmp_path / "in" / "covered.png"), plain_bgr)
    driver = open_chrome(tmp_path / "profile")
    try:
        running = Running(LabelConfig(tmp_path / "my", (tmp_path / "in",), port=0))
        try:
            yield Page(driver, running.address), running
        finally:
            running.finish()
    finally:
        driver.quit()


def test_a_face_takes_few_actions(page: tuple[Page, Running], tmp_path: Path) -> None:
    """Half a dozen, some three seconds each: twenty seconds for a face whose points are mostly right."""
    from selenium.webdriver.common.keys import Keys

    view, _ = page
    assert view.text("progress") == "Face 1 of 3" and view.text("source").endswith("covered.png")
    before, scale = view.points, view.scale
    view.drag(NOSE, 20, 10)
    view.drag(GROUPS["right_eye"][2], 0, 30, Keys.SHIFT)
    moved = view.points - before
    np.testing.assert_allclose(moved[NOSE] * scale, (20, 10), atol=0.6)
    np.testing.assert_allclose(moved[list(GROUPS["right_eye"])] * scale, [[0, 30]] * 6, atol=0.6)
    still = [i for i in range(68) if i != NOSE and i not in GROUPS["right_eye"]]
    assert not moved[still].any()
    view.press("h")  # the point under the pointer
    view.press(Keys.ARROW_RIGHT)
    assert int(view.ask("return labelEditor.actions")) == 4
    # Nobody was named yet: the page asks before it saves.
    view.press(Keys.ENTER)
    assert view.text("error") == "Say who is shown."
    view.press("Ada", Keys.ENTER)
    assert wait_until(lambda: view.text("progress") == "Face 2 of 3")
    labels = read_annotations(tmp_path / "my" / LABELS)
    assert labels.names == ("covered.jpg",) and labels.people == ("Ada",)
    assert np.flatnonzero(~labels.labelled[0]).tolist() == [GROUPS["right_eye"][2]]
    np.testing.assert_allclose(labels.labels_px[0, NOSE] - before[NOSE], np.array([20, 10]) / scale, atol=0.05)
    # The next needs nothing: one action, and the name is remembered.
    view.press(Keys.ENTER)
    assert wait_until(lambda: view.text("progress") == "Face 3 of 3")
    view.press("s")
    assert wait_until(lambda: "2 labelled, 1 skipped" in view.text("sums"))
    view.click("again")
    assert wait_until(lambda: view.ask("return !document.getElementById('label').hidden"))
    assert view.ask("return document.getElementById('person').value") == "Ada"


def test_undo_reset_mirror_zoom_and_the_whole_face(page: tuple[Page, Running]) -> None:
    from selenium.webdriver.common.keys import Keys

    view, _ = page
    before = view.points
    view.drag(NOSE, 30, 0)
    view.press("z")
    np.testing.assert_array_equal(view.points, before)
    view.press("y")
    assert (view.points - before)[NOSE, 0] > 0
    view.press("r")
    np.testing.assert_array_equal(view.points, before)
    # Mirrored, what goes to the right of the screen goes to the left of the picture.
    view.press("m")
    view.drag(NOSE, 30, 0)
    assert (view.points - before)[NOSE, 0] < 0
    view.press("r", "m", "3")
    view.drag(NOSE, 24, 0)
    moved = (view.points - before) * view.scale
    np.testing.assert_allclose(moved, [[24, 0]] * 68, atol=0.6)
    scale = view.scale
    view.press("+", "+")
    assert view.scale == pytest.approx(scale * 1.25**2)
    view.press("0", "r", "1")
    wide = np.ptp(before[:, 0])
    view.drag(CHIN, 0, 40, Keys.ALT)
    assert np.ptp(view.points[:, 0]) > 1.05 * wide


def test_a_smaller_window_still_shows_everything(page: tuple[Page, Running]) -> None:
    """The canvas kept the height it had in a larger window, and the button to save lay below the edge."""
    view, _ = page
    for width, height in ((2400, 1500), (1366, 700)):
        view.resize(width, height)
        assert wait_until(lambda height=height: view.ask("return innerHeight") == height)
    assert wait_until(lambda: view.ask("return document.documentElement.scrollHeight <= innerHeight"))
    view.resize(390, 844)
    assert wait_until(lambda: view.ask("return document.getElementById('save').getBoundingClientRect().bottom <= 844"))


def test_points_grow_with_the_screen(page: tuple[Page, Running]) -> None:
    view, _ = page
    view.resize(1366, 768)
    assert wait_until(lambda: view.ask("return labelEditor.unit") == pytest.approx(1.03, abs=0.02))
    view.resize(3840, 2160)
    assert wait_until(lambda: view.ask("return labelEditor.unit") == pytest.approx(1.54, abs=0.02))


def test_what_to_type_next_is_whole(page: tuple[Page, Running], tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    view, _ = page
    view.press(Keys.ENTER)
    view.press("Ada", Keys.ENTER)
    assert wait_until(lambda: view.text("progress") == "Face 2 of 3")
    for left in ("Face 3 of 3", ""):
        view.press("s")
        assert wait_until(lambda left=left: view.text("progress") == left or not left)
    assert wait_until(lambda: "1 labelled, 2 skipped" in view.text("sums"))
    labels = tmp_path / "my" / LABELS
    said = str(view.ask("return document.getElementById('next').innerText")).splitlines()
    assert [line.strip() for line in said] == next_commands(labels)


def test_the_way_back_and_help(page: tuple[Page, Running]) -> None:
    from selenium.webdriver.common.keys import Keys

    view, _ = page
    view.press("s")
    assert wait_until(lambda: view.text("progress") == "Face 2 of 3")
    view.click("back")
    assert wait_until(lambda: view.text("source").endswith("covered.png"))
    view.click("help")
    assert view.ask("return document.getElementById('keys').open")
    view.press("s", Keys.ESCAPE)
    assert not view.ask("return document.getElementById('keys').open")
    assert view.text("progress") == "Face 1 of 3"
    view.press("n")
    assert view.text("name") == "jaw 0"


def test_a_program_that_ended_is_reported(page: tuple[Page, Running]) -> None:
    view, running = page
    running.finish()
    view.press("s")
    assert wait_until(lambda: "does not answer" in view.text("error"))
