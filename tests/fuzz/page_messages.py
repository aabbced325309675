"""What the page sends, as text and from the browser's camera: understood, refused in one line, or ignored."""

from pathlib import Path

import cv2
import numpy as np

from model.errors import UserError
from realtime.errors import ConfigError
from realtime.sinks.page.wire import read_message
from realtime.sources.live.browser import HEAD, PICTURE, SOUND, BrowserCamera, BrowserSource
from tests.fakes import four_colours
from tests.fuzz.mutate import main

WORDS = (b'{"do": "', b'"value": ', b"null", b"true", b"1e999", b"[" * 100, b"\xff\xd8", b"\xff\xc0", b"\xff\xda")


def samples() -> list[bytes]:
    """Commands, a picture, and sound."""
    good, jpeg = cv2.imencode(".jpg", four_colours((64, 48)))
    assert good
    return [
        b'{"do": "filter", "value": "dog"}',
        b'{"shown": 12, "width": 1280, "points": true, "hidden": false}',
        HEAD.pack(PICTURE, 12.5, 0) + jpeg.tobytes(),
        HEAD.pack(SOUND, 12.5, 48_000) + np.zeros(480, "<f4").tobytes(),
    ]


def target(data: bytes, folder: Path) -> None:
    """Say it as text, and send it as a camera does."""
    try:
        read_message(data.decode("utf-8", "replace"))
    except ConfigError as error:
        assert "\n" not in str(error)
    camera = BrowserCamera()
    camera.feed(data)
    try:
        BrowserSource(camera, 0.0 if camera.next_picture(0, 0.0) is None else 1.0).close()
    except UserError as error:
        assert "\n" not in str(error)


if __name__ == "__main__":
    main(target, samples(), WORDS)
