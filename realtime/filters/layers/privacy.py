"""Privacy: the face made unrecognisable, hair and ears with it if the margin says so."""

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from model.arrays import Image
from realtime.drawing.primitives import Color, fill_polygon, mix, polygon_mask, region_around
from realtime.face_view import FaceView
from realtime.filters.base import Layer
from realtime.filters.layers.shapes import head_outline
from realtime.filters.values import Choice, ColorValue, Key, Number

Style = Literal["pixelate", "blur", "block"]


@dataclass(frozen=True, slots=True)
class Privacy(Layer):
    """Covers a face from its crown to its chin and from ear to ear.

    Nothing finer than `1 / cells` of the head's width is left, in blur as in mosaic: both go through a picture of that
    size, so neither can be sharpened again.

    Attributes:
        style: mosaic, blur, or one colour.
        margin: widens what is covered, eye distances.
        cells: mosaic stones, or grains of the blur, across the head.
        color: of the block.
    """

    style: Style = "pixelate"
    margin: float = 0.3
    cells: float = 9
    color: Color = (32, 32, 32)

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        outline = head_outline(view, self.margin)
        region = region_around(outline, 0, canvas_bgr)
        if opacity <= 0 or region is None:
            return
        if self.style == "block" and opacity == 1:
            fill_polygon(canvas_bgr, outline, self.color)
            return
        mask = polygon_mask(region.size_wh, [outline - region.origin])
        cover = self._cover(region.of(canvas_bgr), float(np.ptp(outline[:, 0])) / self.cells)
        mix(canvas_bgr, region, cover, mask, opacity)

    def _cover(self, part: Image, cell_px: float) -> Image:
        if self.style == "block":
            return np.full_like(part, self.color)
        height, width = part.shape[:2]
        grid_wh = (max(1, round(width / max(cell_px, 2))), max(1, round(height / max(cell_px, 2))))
        # A dozen pixels across a grain are as good as all of them.
        thin = max(1, int(cell_px / 12))
        grains = cv2.resize(part[::thin, ::thin], grid_wh, interpolation=cv2.INTER_AREA)
        if self.style == "blur":
            grains = cv2.GaussianBlur(grains, (3, 3), 0)
        way = cv2.INTER_NEAREST if self.style == "pixelate" else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(grains, (width, height), interpolation=way))


KEYS: Final[dict[str, Key]] = {
    "style": Key(Choice(("pixelate", "blur", "block")), "mosaic, blur, or one colour", "pixelate"),
    "margin": Key(Number(0, 2), "widens what is covered, eye distances", 0.3),
    "cells": Key(Number(3, 24), "mosaic stones or grains of blur across the head", 9),
    "color": Key(ColorValue(), "of the block", (32, 32, 32)),
}
