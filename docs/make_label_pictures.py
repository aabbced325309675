"""Draws the pictures of `docs/your-face.md` again: `python -m docs.make_label_pictures`; needs Chromium and Selenium.

The face is that of matplotlib's public-domain portrait of Grace Hopper.
"""

import tempfile
import threading
from pathlib import Path

import cv2
import numpy as np

from assets import FLOAT_WEIGHTS
from realtime.control.controls import Controls
from realtime.face_view import Viewer
from realtime.filters.authoring.portrait import portrait
from realtime.filters.stack import FilterStack
from realtime.labelling.run import LabelConfig, run_label
from realtime.live.comparison import Comparison
from realtime.tracking.tracker import open_tracker
from tests.browser import open_chrome
from tests.fakes import wait_until

HERE = Path(__file__).resolve().parent
SIZE = 640, 360


def label_picture(folder: Path) -> None:
    """`label.jpg`: the page on which faces are labelled."""
    (folder / "in").mkdir()
    cv2.imwrite(str(folder / "in" / "me.png"), portrait(150.0, (900, 700), (0.5, 0.45))[0])
    opened = threading.Event()
    address: list[str] = []

    def show(text: str) -> None:
        address.append(text)
        opened.set()

    config = LabelConfig(folder / "my", (folder / "in",), person="Grace", port=0)
    running = threading.Thread(target=run_label, args=(config, str, show))
    running.start()
    opened.wait(60)
    driver = open_chrome(folder / "profile", (1180, 860))
    try:
        driver.get(address[0])
        wait_until(lambda: driver.execute_script("return !!window.labelEditor?.face"), 30)
        driver.execute_script("labelEditor.chosen = 45; labelEditor.setMode('group')")
        wait_until(lambda: False, 1.0)
        picture = cv2.imdecode(np.frombuffer(driver.get_screenshot_as_png(), np.uint8), cv2.IMREAD_COLOR)
        driver.execute_async_script("fetch('/finish', {method: 'POST'}).then(arguments[0])")
    finally:
        driver.quit()
    running.join()
    assert picture is not None
    small = cv2.resize(picture, None, fx=0.72, fy=0.72, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(HERE / "label.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 82])


def compare_picture() -> None:
    """`compare.jpg`: what `--compare` shows, here with the weights that ship in full precision."""
    picture_bgr, face = portrait(90.0, SIZE, (0.5, 0.45))
    controls = Controls([], show_keypoints=True)
    other = open_tracker(FLOAT_WEIGHTS)
    comparison = Comparison(FilterStack(controls), other, FilterStack(controls), ("shipped", "keypoints-float"))
    for index in range(12):
        canvas = picture_bgr.copy()
        comparison.draw(canvas, Viewer().views([face], SIZE, index / 30), index / 30)
        other.wait()
    comparison.close()
    cv2.imwrite(str(HERE / "compare.jpg"), canvas, [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    compare_picture()
    with tempfile.TemporaryDirectory() as temporary:
        label_picture(Path(temporary))
