"""The strip of filters to choose from, each shown on the user's own face."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from model.arrays import Image
from model.face import Face
from model.geometry import bounding_box
from realtime.actions import Action
from realtime.control_panel import ControlPanel
from realtime.drawing.primitives import blend_premultiplied
from realtime.drawing.text import (
    ACCENT,
    PLATE,
    PLATE_OPACITY,
    WHITE,
    fitted_text,
    render_plate,
    render_text,
    text_size_wh,
)
from realtime.errors import FilterError
from realtime.frame import Frame, Output

Preview = Callable[[str, Image, Sequence[Face], float], None]
"""Draws the named filter on a canvas in place: name, canvas_bgr, faces, time_s. Raises FilterError."""

NO_FILTER = "no filter"
_AROUND_FACE = 2.0
"""Side of the part that is shown, in sides of the face's box: hats and ears are on it."""
_UP = 0.22
"""The part's centre lies so much of its side above the box's: there is more above a face than below it."""
_PER_HEIGHT, _PER_WIDTH, _SMALLEST_PX, _LARGEST_PX = 6, 5, 48, 144


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the strip lies in a window: thumbnails of `side` pixels, `first` being the leftmost one's number."""

    side: int
    gap: int
    left: int
    top: int
    first: int
    count: int

    @property
    def label_px(self) -> int:
        return max(9, self.side // 9)

    def x(self, number: int) -> int:
        return self.left + (number - self.first) * (self.side + self.gap)


class FilterStrip:
    """Thumbnails of all filters; the first is no filter. One is drawn anew each frame, so the cost stays small.

    Args:
        panel: read, and told what is chosen.
        preview: draws one filter.
    """

    def __init__(self, panel: ControlPanel, preview: Preview) -> None:
        self.open = False
        self._panel = panel
        self._preview = preview
        self._pictures: dict[str, Image] = {}
        self._broken: set[str] = set()
        self._turn = 0
        self._layout: _Layout | None = None

    @property
    def _names(self) -> list[str]:
        return [NO_FILTER, *(entry.name for entry in self._panel.state.catalogue)]

    @property
    def selected(self) -> int | None:
        """Number of the filter in force; None where several are."""
        filters = self._panel.state.filters
        if not filters:
            return 0
        return self._names.index(filters[0]) if len(filters) == 1 and filters[0] in self._names else None

    def press(self, key: str) -> bool:
        """Tab opens and closes, arrows choose, Enter and Escape close; False where the key is none of the strip's."""
        if key == "tab":
            self.open = not self.open
        elif self.open and key in ("left", "right"):
            selected = self.selected or 0
            self._choose((selected + (1 if key == "right" else -1)) % len(self._names))
        elif self.open and key in ("enter", "escape"):
            self.open = False
        else:
            self.open = self.open and key != "h"
            return False
        return True

    def click(self, x: int, y: int) -> None:
        """Choose the thumbnail at that place of the window, if one is there."""
        layout = self._layout
        if not self.open or layout is None or not layout.top <= y < layout.top + layout.side:
            return
        number, within = divmod(x - layout.left, layout.side + layout.gap)
        if within < layout.side and 0 <= number < layout.count:
            self._choose(number + layout.first)

    def update(self, output: Output, window_wh: tuple[int, int]) -> int:
        """Lay the strip out for a window and draw one thumbnail anew; its height in pixels, 0 while closed."""
        if not self.open:
            self._pictures.clear()
            self._layout = None
            return 0
        layout = self._layout = self._laid_out(window_wh)
        shown = self._names[layout.first : layout.first + layout.count]
        missing = [name for name in shown if name not in self._pictures or len(self._pictures[name]) != layout.side]
        self._turn += 1
        name = missing[0] if missing else shown[self._turn % len(shown)]
        self._pictures[name] = self._picture(name, output, layout.side)
        return window_wh[1] - layout.top + layout.gap

    def draw(self, canvas_bgr: Image) -> None:
        """Draw the strip as laid out last."""
        layout = self._layout
        if layout is None:
            return
        for number in range(layout.first, layout.first + layout.count):
            name, x, y = self._names[number], layout.x(number), layout.top
            chosen = number == self.selected
            edge = max(2, layout.side // 32) if chosen else 1
            frame_px = layout.side + 2 * edge
            radius = layout.side // 8
            border = render_plate(
                (frame_px, frame_px), radius + edge, ACCENT if chosen else WHITE, 1.0 if chosen else 0.3
            )
            blend_premultiplied(canvas_bgr, border, x - edge, y - edge)
            if name in self._pictures:
                blend_premultiplied(canvas_bgr, _rounded(self._pictures[name], radius), x, y)
            self._draw_name(canvas_bgr, number, chosen, layout)

    def _draw_name(self, canvas_bgr: Image, number: int, chosen: bool, layout: _Layout) -> None:
        size_px, name = layout.label_px, self._names[number]
        label = _label(number, name, size_px, layout.side - size_px, chosen)
        text = render_text(label, size_px, WHITE, chosen)
        plate_wh = (text.shape[1] + size_px, text.shape[0] + 2)
        x, y = layout.x(number) + (layout.side - plate_wh[0]) // 2, layout.top + layout.side - plate_wh[1] - 3
        blend_premultiplied(canvas_bgr, render_plate(plate_wh, plate_wh[1] // 2, PLATE, PLATE_OPACITY), x, y)
        blend_premultiplied(canvas_bgr, text, x + size_px // 2, y + 1)

    def _choose(self, number: int) -> None:
        if number == 0:
            self._panel.act(Action.NO_FILTER)
        elif number != self.selected:
            self._panel.act(Action.FILTER, self._names[number])

    def _laid_out(self, window_wh: tuple[int, int]) -> _Layout:
        width, height = window_wh
        side = int(np.clip(min(height // _PER_HEIGHT, width // _PER_WIDTH), _SMALLEST_PX, _LARGEST_PX))
        gap = max(4, side // 12)
        count = max(1, min(len(self._names), (width - gap) // (side + gap)))
        selected = self.selected
        first = self._layout.first if self._layout else (selected or 0) - count // 2
        if selected is not None:
            # A neighbour on either side stays in sight, to show that there is more.
            beside = min(1, (count - 1) // 2)
            first = min(max(first, selected - count + 1 + beside), selected - beside)
        first = max(0, min(first, len(self._names) - count))
        left = (width - count * (side + gap) + gap) // 2
        return _Layout(side, gap, left, height - side - 2 * gap, first, count)

    def _picture(self, name: str, output: Output, side: int) -> Image:
        picture_bgr, faces = close_up(output.original, output.faces, side)
        if name != NO_FILTER and name not in self._broken:
            try:
                self._preview(name, picture_bgr, faces, output.original.time_s)
            except FilterError as error:
                self._broken.add(name)
                self._panel.report(str(error))
        return cv2.flip(picture_bgr, 1) if self._panel.state.mirror else picture_bgr


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


def _label(number: int, name: str, size_px: int, max_width_px: int, bold: bool) -> str:
    """Number and name where both fit, else the name, else the number: half a name says less than none."""
    texts = (f"{number} {name}", name, str(number)) if number else (name,)
    fitting = (text for text in texts if text_size_wh(text, size_px, bold)[0] <= max_width_px)
    return next(fitting, fitted_text(name, size_px, max_width_px, bold))


def _rounded(picture_bgr: Image, radius_px: int) -> Image:
    """The picture as a premultiplied BGRA overlay with round corners."""
    mask = render_plate((picture_bgr.shape[1], picture_bgr.shape[0]), radius_px, WHITE, 1.0)
    result: Image = cv2.multiply(cv2.cvtColor(picture_bgr, cv2.COLOR_BGR2BGRA), mask, scale=1 / 255)
    return result
