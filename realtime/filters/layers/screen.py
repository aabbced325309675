"""Layers of the whole frame rather than of a face: pictures, text, and colours graded by a table."""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from model.arrays import Image
from realtime.drawing.primitives import BlendMode, Color, blend_premultiplied, ink, warp_blend
from realtime.drawing.sticker import Sticker
from realtime.drawing.text import render_text, text_size_wh
from realtime.filters.base import ScreenLayer
from realtime.filters.lut import Lut

_WIDEST: Final = 0.94
"""Text is written smaller where it would take more of the frame's width."""
_SHADOW: Final = 0.06
"""Shift of the text's shadow, shares of its size."""


@dataclass(frozen=True, slots=True)
class ScreenPicture(ScreenLayer):
    """A picture that stands in the frame, or fills it.

    Attributes:
        image: the picture.
        at: where its middle lies, shares of the frame's width and height.
        height: its height, share of the frame's; its width follows.
        stretch: drawn over the whole frame instead, as a border is.
        blend: see `drawing.blend_premultiplied`.
    """

    image: Sticker = field(repr=False)
    at: tuple[float, float] = (0.5, 0.5)
    height: float = 0.3
    stretch: bool = False
    blend: BlendMode = "normal"

    def paint(self, canvas_bgr: Image, opacity: float, time_s: float) -> None:
        frame_wh = np.array([canvas_bgr.shape[1], canvas_bgr.shape[0]], np.float64)
        picture_wh = np.array(self.image.size_wh, np.float64)
        scale = frame_wh / picture_wh if self.stretch else np.full(2, self.height * frame_wh[1] / picture_wh[1])
        middle = frame_wh / 2 if self.stretch else np.array(self.at) * frame_wh
        # Edges and not pixel centres are scaled: pixel -0.5 is the picture's edge.
        corner = middle - scale * picture_wh / 2 - 0.5 + scale / 2
        matrix = np.array([[scale[0], 0, corner[0]], [0, scale[1], corner[1]]])
        warp_blend(canvas_bgr, self.image.at(time_s), matrix, opacity, self.blend)


@dataclass(frozen=True, slots=True)
class ScreenText(ScreenLayer):
    """A line of text in the frame.

    Attributes:
        text: the line.
        at: where its middle lies, shares of the frame's width and height.
        size: height of the letters, share of the frame's height.
        color: of the letters.
        bold: in the bold face.
    """

    text: str
    at: tuple[float, float] = (0.5, 0.9)
    size: float = 0.07
    color: Color = (255, 255, 255)
    bold: bool = False

    def paint(self, canvas_bgr: Image, opacity: float, time_s: float) -> None:
        frame_height, frame_width = canvas_bgr.shape[:2]
        size_px = max(6, round(self.size * frame_height))
        width = text_size_wh(self.text, size_px, self.bold)[0]
        size_px = max(6, min(size_px, int(size_px * _WIDEST * frame_width / width)))
        shift = max(1, round(_SHADOW * size_px))
        for color, offset, share in (((0, 0, 0), shift, 0.6), (self.color, 0, 1.0)):
            line = render_text(self.text, size_px, color, self.bold)
            x = round(self.at[0] * frame_width - line.shape[1] / 2) + offset
            y = round(self.at[1] * frame_height - line.shape[0] / 2) + offset
            blend_premultiplied(canvas_bgr, line, x, y, opacity * share)


@dataclass(frozen=True, slots=True)
class Grade(ScreenLayer):
    """The frame's colours through a table, and outlines inked where `edges` is above 0.

    Attributes:
        lut: the table.
        edges: strength of the outlines, 0 to 1.
    """

    lut: Lut = field(repr=False)
    edges: float = 0.0

    def paint(self, canvas_bgr: Image, opacity: float, time_s: float) -> None:
        before = canvas_bgr.copy() if opacity < 1 else None
        lines = None
        if self.edges > 0:
            # Noise would be drawn as dots and grained colours.
            cv2.medianBlur(canvas_bgr, 5, dst=canvas_bgr)
            lines = ink(canvas_bgr)
        self.lut.apply(canvas_bgr)
        if lines is not None:
            inked = cv2.min(canvas_bgr, cv2.cvtColor(lines, cv2.COLOR_GRAY2BGR))
            cv2.addWeighted(inked, self.edges, canvas_bgr, 1 - self.edges, 0, dst=canvas_bgr)
        if before is not None:
            cv2.addWeighted(canvas_bgr, opacity, before, 1 - opacity, 0, dst=canvas_bgr)
