"""Small pictures of filters, each worn by the user."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import cv2
import numpy as np

from model.arrays import Image
from model.errors import ModelError
from model.face import Face
from model.geometry import bounding_box
from realtime.control.panel import ControlPanel
from realtime.drawing.text import render_plate
from realtime.errors import FilterError, RealtimeError
from realtime.frame import Frame, Output

Preview = Callable[[str, Image, Sequence[Face], float], None]
"""Draws the named filter on a canvas in place: name, canvas_bgr, faces, time_s. Raises FilterError."""
Portrait = Callable[[], tuple[Image, Face]]
"""A picture and its face, shown while the user has none. May take a second."""

_AROUND_FACE = 2.0
"""Side of the part that is shown, in sides of the face's box: hats and ears are on it."""
_UP = 0.22
"""The part's centre lies so much of its side above the box's: there is more above a face than below it."""


class Thumbnails:
    """One is drawn again each frame, so the cost stays small.

    Args:
        panel: told of filters that are broken.
        preview: draws one filter.
        portrait: stands in while no face is found; None shows the middle of the frame.
    """

    def __init__(self, panel: ControlPanel, preview: Preview, portrait: Portrait | None = None) -> None:
        self._panel = panel
        self._preview = preview
        self._portrait = portrait
        self._stand_in: tuple[Frame, Face] | None = None
        self._seeking: threading.Thread | None = None
        self._pictures: dict[str, Image] = {}
        self._broken: set[str] = set()
        self._turn = 0

    def get(self, name: str) -> Image | None:
        """The newest picture of a filter (the empty name is no filter); None before its first turn."""
        return self._pictures.get(name)

    def clear(self) -> None:
        """Forget all pictures."""
        self._pictures.clear()

    def update(self, shown: Sequence[str], output: Output, side: int) -> None:
        """Draw the next one of those shown, new ones first.

        Args:
            shown: names of the filters in sight.
            output: where the user's face is.
            side: of a picture, pixels.
        """
        if not shown:
            return
        missing = [name for name in shown if name not in self._pictures or len(self._pictures[name]) != side]
        self._turn += 1
        name = missing[0] if missing else shown[self._turn % len(shown)]
        self._pictures[name] = self._picture(name, output, side)

    def close(self) -> None:
        """Wait for the portrait if it is being made."""
        if self._seeking is not None:
            self._seeking.join()

    def _picture(self, name: str, output: Output, side: int) -> Image:
        frame, faces = output.original, output.faces
        if not faces and self._panel.state.no_face and (stand_in := self._standing_in()):
            frame, faces = stand_in[0], [stand_in[1]]
        picture_bgr, faces = close_up(frame, faces, side)
        if name and name not in self._broken:
            try:
                self._preview(name, picture_bgr, faces, output.original.time_s)
            except FilterError as error:
                self._broken.add(name)
                self._panel.report(str(error))
        return cv2.flip(picture_bgr, 1) if self._panel.state.mirror else picture_bgr

    def _standing_in(self) -> tuple[Frame, Face] | None:
        """The portrait, once it is there; finding its face takes a second, so a thread does it."""
        if self._portrait is not None and self._seeking is None:
            self._seeking = threading.Thread(target=self._seek, name="portrait")
            self._seeking.start()
        return self._stand_in

    def _seek(self) -> None:
        assert self._portrait is not None
        with suppress(RealtimeError, ModelError):  # the middle of the frame is shown instead
            picture_bgr, face = self._portrait()
            self._stand_in = Frame(np.ascontiguousarray(picture_bgr), 0, 0.0), face


def close_up(frame: Frame, faces: Sequence[Face], side: int) -> tuple[Image, list[Face]]:
    """A new (side, side, 3) picture of the largest face and what is around it, and the faces in its pixels.

    Without a face it shows the middle of the frame.
    """
    width, height = frame.size_wh
    center, extent = (width / 2, height / 2), float(min(width, height))
    if faces:
        box = max(faces, key=lambda face: face.box.width * face.box.height).box
        extent = _AROUND_FACE * max(box.width, box.height)
        center = box.center[0], box.center[1] - _UP * extent / 2
    size = max(1, round(extent))
    x0, y0 = (round(middle - size / 2) for middle in center)
    part_bgr = frame.pixels_bgr[max(y0, 0) : max(y0 + size, 0), max(x0, 0) : max(x0 + size, 0)]
    if part_bgr.size == 0:
        return np.zeros((side, side, 3), np.uint8), []
    above, before = max(-y0, 0), max(-x0, 0)
    below, after = size - above - part_bgr.shape[0], size - before - part_bgr.shape[1]
    part_bgr = cv2.copyMakeBorder(part_bgr, above, below, before, after, cv2.BORDER_REPLICATE)
    picture_bgr = cv2.resize(part_bgr, (side, side), interpolation=cv2.INTER_AREA)
    # Integer coordinates are pixel centres.
    scale = side / size
    shift = (0.5 - np.array([x0, y0])) * scale - 0.5
    moved = []
    for face in faces:
        points = (face.keypoints_px * scale + shift).astype(np.float32)
        moved.append(replace(face, keypoints_px=points, box=bounding_box(points)))
    return picture_bgr, moved


def rounded(picture_bgr: Image, radius_px: int) -> Image:
    """The picture as a premultiplied BGRA overlay with round corners."""
    mask = render_plate((picture_bgr.shape[1], picture_bgr.shape[0]), radius_px, (255, 255, 255), 1.0)
    result: Image = cv2.multiply(cv2.cvtColor(picture_bgr, cv2.COLOR_BGR2BGRA), mask, scale=1 / 255)
    return result
