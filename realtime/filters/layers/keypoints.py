"""Keypoints: the 68 points with thin lines, each group in its own colour."""

from dataclasses import dataclass
from typing import Final

from model.arrays import Image
from model.keypoints import CLOSED_GROUPS, GROUPS, NUM_KEYPOINTS
from realtime.drawing.primitives import Color, draw_dots, draw_lines
from realtime.face_view import FaceView
from realtime.filters.base import Layer

COLORS_BGR: Final[dict[str, Color]] = {
    "jaw": (235, 206, 160),
    "left_brow": (110, 190, 255),
    "right_brow": (110, 190, 255),
    "nose_bridge": (150, 230, 170),
    "nose_base": (150, 230, 170),
    "left_eye": (255, 205, 80),
    "right_eye": (255, 205, 80),
    "outer_lip": (150, 120, 255),
    "inner_lip": (190, 170, 255),
}
"""A light palette that holds on dark and fair skin; left and right alike."""

_DOTS_BGR: Final = [COLORS_BGR[group] for group, indices in GROUPS.items() for _ in indices]
_ABOVE: Final = list(GROUPS["inner_lip"])
_BELOW: Final = [i for i in range(NUM_KEYPOINTS) if i not in _ABOVE]
_DOT_RADIUS = 0.013
_RIM = 0.006
"""Dot radius and the dark rim round it, in eye distances; the rim keeps light dots readable on bright skin."""
_SMALLEST_RADIUS_PX = 1.1
_LINE_OPACITY = 0.6
_SMALL_FACE_PX = 45
"""Below this eye distance there is no room for dots; only the lines are drawn."""
_RIM_OPACITY = 0.75
_RIM_BGR: Final[Color] = (48, 36, 30)


@dataclass(frozen=True, slots=True)
class Keypoints(Layer):
    """Dots and lines sized to the face.

    Attributes:
        size: factor on dots and lines.
    """

    size: float = 1.0

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        if opacity <= 0:
            return
        lines = [view.keypoints_px[list(indices)] for indices in GROUPS.values()]
        colors = [COLORS_BGR[group] for group in GROUPS]
        closed = [group in CLOSED_GROUPS for group in GROUPS]
        small = view.unit_px < _SMALL_FACE_PX
        thickness_px = max(1, round(0.007 * self.size * view.unit_px))
        draw_lines(canvas_bgr, lines, colors, thickness_px, opacity * (0.9 if small else _LINE_OPACITY), closed)
        if small:
            return
        radius_px = max(_SMALLEST_RADIUS_PX, _DOT_RADIUS * self.size * view.unit_px)
        rim_px = _RIM * self.size * view.unit_px
        draw_dots(canvas_bgr, view.keypoints_px, radius_px + rim_px, _RIM_BGR, _RIM_OPACITY * opacity)
        # The corners of the inner lip lie on those of the outer one, and not beside them.
        for indices in (_BELOW, _ABOVE):
            draw_dots(canvas_bgr, view.keypoints_px[indices], radius_px, [_DOTS_BGR[i] for i in indices], opacity)
