"""Privacy: the head made unrecognisable, hair and ears with it."""

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from model.arrays import Image
from realtime.drawing.primitives import Color, fill_polygon, mix, polygon_mask, region_around
from realtime.face_view import FaceView
from realtime.filters.base import Layer
from realtime.privacy.cover import Cover, Covers, cover_region
from realtime.privacy.view import region_of

Style = Literal["pixelate", "blur", "block"]
Unsure = Literal["cover", "ignore"]
_EYE_DISTANCES: Final = 1 / 1.55
"""An eye distance in sides of a frontal face's points' box."""


@dataclass(frozen=True, slots=True)
class Privacy(Layer):
    """Covers a head with an oval, from its hair to its chin and from ear to ear.

    Nothing finer than `1 / cells` of the head's width is left, in blur as in mosaic: both go through a picture of that
    size, so neither can be sharpened again.

    Attributes:
        style: mosaic, blur, or one colour.
        margin: widens what is covered, eye distances.
        cells: mosaic stones, or grains of the blur, across the head.
        color: of the block.
        when_unsure: what to do where a face was visible a moment ago and is not now: cover the whole frame, or ignore
            it.
    """

    style: Style = "pixelate"
    margin: float = 0.3
    cells: float = 9
    color: Color = (32, 32, 32)
    when_unsure: Unsure = "cover"

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        self._draw(canvas_bgr, cover_region(region_of(view)), opacity)

    def cover(self, canvas_bgr: Image, covers: Covers, opacity: float) -> None:
        """Cover what a guard says, instead of the faces that are tracked; see `realtime.privacy.guard`."""
        if covers.unsure and self.when_unsure == "cover":
            self.cover_all(canvas_bgr, opacity)
            return
        for oval in covers.ovals:
            self._draw(canvas_bgr, oval, opacity)

    def cover_all(self, canvas_bgr: Image, opacity: float) -> None:
        """Cover the whole frame: grains as large as those of a head that fills it."""
        cell_px = min(canvas_bgr.shape[:2]) / self.cells
        cover = self._cover(canvas_bgr, cell_px)
        canvas_bgr[:] = cover if opacity >= 1 else cv2.addWeighted(cover, opacity, canvas_bgr, 1 - opacity, 0)

    def _draw(self, canvas_bgr: Image, oval: Cover, opacity: float) -> None:
        # The oval has room for hair and ears already; a margin of 0.3 is what it was drawn with.
        wider = 1 + (self.margin - 0.3) * _EYE_DISTANCES / (oval.half_width / oval.half_height)
        outline = oval.grown(max(wider, 0.7)).outline()
        region = region_around(outline, 0, canvas_bgr)
        if opacity <= 0 or region is None:
            return
        if self.style == "block" and opacity == 1:
            fill_polygon(canvas_bgr, outline, self.color)
            return
        mask = polygon_mask(region.size_wh, [outline - region.origin])
        cover = self._cover(region.of(canvas_bgr), 2 * oval.half_width / self.cells)
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
