"""Privacy: the face made unrecognisable, hair and ears with it if the margin says so."""

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from realtime.drawing import Color, Image, polygon_mask, region_around
from realtime.filters.base import Layer
from realtime.filters.keys import Choice, ColorValue, Key, Number
from realtime.filters.shapes import head_outline
from realtime.filters.view import FaceView

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
        part = region.of(canvas_bgr)
        if self.style == "block":
            cover = np.full_like(part, self.color)
        else:
            width, height = region.size_wh
            cell_px = max(2.0, float(np.ptp(outline[:, 0])) / self.cells)
            grid_wh = (max(1, round(width / cell_px)), max(1, round(height / cell_px)))
            grains = cv2.resize(part, grid_wh, interpolation=cv2.INTER_AREA)
            if self.style == "blur":
                grains = cv2.GaussianBlur(grains, (3, 3), 0)
            way = cv2.INTER_NEAREST if self.style == "pixelate" else cv2.INTER_CUBIC
            cover = cv2.resize(grains, (width, height), interpolation=way)
        mask = polygon_mask(region.size_wh, [outline - region.origin])
        if opacity < 1:
            mask = cv2.multiply(mask, opacity)
        # Weights of both pictures in 0..1; they add up to 1 at every pixel.
        share = mask.astype(np.float32) * np.float32(1 / 255)
        part[:] = cv2.blendLinear(cover, part, share, 1 - share)


KEYS: Final[dict[str, Key]] = {
    "style": Key(Choice(("pixelate", "blur", "block")), "mosaic, blur, or one colour", "pixelate"),
    "margin": Key(Number(0, 2), "widens what is covered, eye distances", 0.3),
    "cells": Key(Number(3, 24), "mosaic stones or grains of blur across the head", 9),
    "color": Key(ColorValue(), "of the block", (32, 32, 32)),
}
