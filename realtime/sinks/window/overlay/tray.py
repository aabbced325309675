"""The tray of recent pictures and recordings."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2

from model.arrays import Image
from realtime.control.state import State
from realtime.drawing.primitives import blend_premultiplied
from realtime.drawing.text import fitted_text
from realtime.errors import RealtimeError
from realtime.sinks.window.overlay.theme import (
    FAINT,
    HOVER,
    PLATE,
    SOFT,
    WHITE,
    Rect,
    draw_icon,
    draw_plate,
    draw_text,
)
from realtime.sinks.window.overlay.thumbnails import rounded
from realtime.sinks.window.pointer import Pointer

_KEPT: Final = 24
_THUMB_PX: Final = 320
_PICTURES: Final = (".png", ".jpg")


class Tray:
    """Shows what was saved in this run, newest first; a click opens a file, or the folder.

    Args:
        open_path: opens a file or folder with the user's own program; raises `RealtimeError` where it cannot.
        report: shows the user a line.
    """

    def __init__(self, open_path: Callable[[Path], None], report: Callable[[str], None]) -> None:
        self.open = False
        self._open_path = open_path
        self._report = report
        self._pictures: OrderedDict[Path, Image] = OrderedDict()
        self._places: list[tuple[Path, Rect]] = []
        self._at: tuple[int, int] | None = None
        self._rect: Rect | None = None

    def toggle(self) -> None:
        """Open or close it."""
        self.open = not self.open
        self._places, self._rect = [], None

    def see(self, state: State, frame_bgr: Image) -> None:
        """Keep the present picture as the thumbnail of what was saved since the last call."""
        for path in state.recent[:_KEPT]:
            if path not in self._pictures:
                height, width = frame_bgr.shape[:2]
                scale = _THUMB_PX / max(width, height)
                size_wh = max(1, round(width * scale)), max(1, round(height * scale))
                self._pictures[path] = cv2.resize(frame_bgr, size_wh, interpolation=cv2.INTER_AREA)
        while len(self._pictures) > _KEPT:
            self._pictures.popitem(last=False)

    def covers(self, x: int, y: int) -> bool:
        """Whether the tray lies at that place."""
        return self.open and self._rect is not None and self._rect.holds(x, y)

    def point(self, pointer: Pointer) -> None:
        """Follow the mouse, and open what is clicked."""
        self._at = pointer.x, pointer.y
        if pointer.kind != "press":
            return
        for path, rect in self._places:
            if rect.holds(pointer.x, pointer.y):
                try:
                    self._open_path(path)
                except RealtimeError as error:
                    self._report(str(error))

    def draw(self, canvas_bgr: Image, state: State, size_px: int, bottom: int) -> int:
        """Draw it in the middle above `bottom`: as many files as fit, then their folder; returns its top."""
        if not self.open:
            return bottom
        width = canvas_bgr.shape[1]
        thumb_wh = round(size_px * 8), round(size_px * 4.5)
        gap, pad = round(size_px * 0.6), size_px
        room = max(1, (width - 4 * pad - thumb_wh[1] - gap) // (thumb_wh[0] + gap))
        shown = state.recent[:room]
        inner = len(shown) * (thumb_wh[0] + gap) + thumb_wh[1] if shown else round(size_px * 22)
        head = round(size_px * 2)
        height = head + (thumb_wh[1] + round(size_px * 1.4) if shown else size_px) + pad
        rect = Rect((width - inner) // 2 - pad, bottom - height - pad // 2, inner + 2 * pad, height)
        self._rect, self._places = rect, []
        draw_plate(canvas_bgr, rect, size_px, opacity=0.88)
        title = "Recent pictures and recordings" if shown else "No pictures or recordings yet: Space and r make them"
        title = fitted_text(title, size_px, rect.width - 2 * pad)
        draw_text(canvas_bgr, title, (rect.x + pad, rect.y + pad // 2), size_px, SOFT if shown else FAINT)
        for number, path in enumerate(shown):
            place = Rect(rect.x + pad + number * (thumb_wh[0] + gap), rect.y + head, *thumb_wh)
            self._places.append((path, place))
            self._draw_file(canvas_bgr, path, place, size_px)
        if shown:
            place = Rect(rect.right - pad - thumb_wh[1], rect.y + head, thumb_wh[1], thumb_wh[1])
            self._places.append((shown[0].parent, place))
            self._draw_folder(canvas_bgr, place, size_px)
        return rect.y

    def _draw_file(self, canvas_bgr: Image, path: Path, place: Rect, size_px: int) -> None:
        radius = size_px // 2
        draw_plate(canvas_bgr, place, radius, PLATE, 1.0)
        if (picture_bgr := self._pictures.get(path)) is not None:
            filled = _filling(picture_bgr, (place.width, place.height))
            blend_premultiplied(canvas_bgr, rounded(filled, radius), place.x, place.y)
        middle = place.x + place.width // 2, place.y + place.height // 2
        if path.suffix.lower() not in _PICTURES:
            disc = round(size_px * 2)
            disc_rect = Rect(middle[0] - disc // 2, middle[1] - disc // 2, disc, disc)
            draw_plate(canvas_bgr, disc_rect, disc // 2, PLATE, 0.65)
            draw_icon(canvas_bgr, "play", middle, round(size_px * 1.2))
        if self._at and place.holds(*self._at):
            draw_plate(canvas_bgr, place, radius, WHITE, HOVER)
        name_px = max(8, round(size_px * 0.66))
        name = fitted_text(path.name, name_px, place.width)
        draw_text(canvas_bgr, name, (middle[0], place.bottom + 3), name_px, FAINT, centered=True)

    def _draw_folder(self, canvas_bgr: Image, place: Rect, size_px: int) -> None:
        hovered = self._at is not None and place.holds(*self._at)
        draw_plate(canvas_bgr, place, size_px // 2, WHITE, 2 * HOVER if hovered else HOVER / 2)
        middle = place.x + place.width // 2, place.y + place.height // 2
        draw_icon(canvas_bgr, "folder", middle, round(size_px * 1.8))
        name_px = max(8, round(size_px * 0.66))
        draw_text(canvas_bgr, "Folder", (middle[0], place.bottom + 3), name_px, FAINT, centered=True)


def _filling(picture_bgr: Image, size_wh: tuple[int, int]) -> Image:
    """The picture's middle, scaled so that it fills the size."""
    height, width = picture_bgr.shape[:2]
    scale = max(size_wh[0] / width, size_wh[1] / height)
    scaled_wh = max(size_wh[0], round(width * scale)), max(size_wh[1], round(height * scale))
    scaled = cv2.resize(picture_bgr, scaled_wh, interpolation=cv2.INTER_AREA)
    x, y = (scaled_wh[0] - size_wh[0]) // 2, (scaled_wh[1] - size_wh[1]) // 2
    result: Image = scaled[y : y + size_wh[1], x : x + size_wh[0]]
    return result
