"""Small pictures of filters for the page, each worn by the user."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import cv2

from model.arrays import Image
from model.errors import UserError
from model.face import Face
from realtime.errors import FilterError
from realtime.frame import Frame, Output
from realtime.sinks.window.overlay.thumbnails import Portrait, Preview, close_up

SIDE_PX: Final = 144
_QUALITY: Final = 80


class Thumbs:
    """Draws thumbnails in a thread of its own, where nobody waits for them but the page.

    Args:
        preview: draws one filter.
        portrait: stands in while there is no face.
    """

    def __init__(self, preview: Preview, portrait: Portrait) -> None:
        self._preview = preview
        self._make_portrait = portrait
        self._portrait: tuple[Image, Face] | None = None
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, "thumbnails")

    def draw(self, name: str, output: Output | None) -> bytes:
        """The filter `name` on the newest face as JPEG; the empty name is no filter.

        Raises:
            FilterError: its pack is broken.
        """
        return self._worker.submit(self._draw, name, output).result()

    def later(self, work: Callable[[], object]) -> None:
        """Do something else in the same thread."""
        self._worker.submit(work)

    def close(self) -> None:
        """End the thread."""
        self._worker.shutdown(cancel_futures=True)

    def _draw(self, name: str, output: Output | None) -> bytes:
        if output is not None and output.faces:
            picture_bgr, faces = close_up(output.original, output.faces, SIDE_PX)
            time_s = output.original.time_s
        else:
            picture_bgr, faces = self._on_portrait(output)
            time_s = 0.0
        if name:
            self._preview(name, picture_bgr, faces, time_s)
        good, jpeg = cv2.imencode(".jpg", picture_bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if not good:
            raise FilterError(f"the picture of {name} cannot be made; load the page again")
        return jpeg.tobytes()

    def _on_portrait(self, output: Output | None) -> tuple[Image, list[Face]]:
        if self._portrait is None:
            with suppress(UserError):  # the middle of the frame is shown instead
                self._portrait = self._make_portrait()
        if self._portrait is not None:
            picture_bgr, face = self._portrait
            return close_up(Frame(picture_bgr, 0, 0.0), [face], SIDE_PX)
        if output is None:
            raise FilterError("no picture has come yet; load the page again")
        return close_up(output.original, [], SIDE_PX)
