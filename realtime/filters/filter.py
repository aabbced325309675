"""A filter: layers drawn one over the other on each face."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.arrays import Image
from model.face import Face
from realtime.face_view import FaceView, Viewer
from realtime.filters.base import Layer
from realtime.filters.gate import Gate


@dataclass(frozen=True, slots=True)
class LayerUse:
    """A layer, how strongly it shows, and when.

    Attributes:
        layer: what is drawn.
        opacity: 0 to 1.
        gate: its condition and the limits of its pose.
    """

    layer: Layer
    opacity: float = 1.0
    gate: Gate = field(default_factory=Gate)


@dataclass(frozen=True, slots=True)
class LayeredFilter:
    """A filter made of layers; see `base.Filter` for its contract.

    Attributes:
        layers: drawn in this order on each face, farther faces first.
    """

    layers: tuple[LayerUse, ...] = field(repr=False)
    _viewer: Viewer = field(default_factory=Viewer, repr=False)

    def apply(self, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
        """Draw on the faces of a frame that nobody has analysed yet."""
        self.draw(canvas_bgr, self._viewer.views(faces, (canvas_bgr.shape[1], canvas_bgr.shape[0]), time_s))

    def draw(self, canvas_bgr: Image, views: Sequence[FaceView]) -> None:
        """Draw on all faces of a frame, farther ones first."""
        for use in self.layers:
            use.layer.begin(canvas_bgr, views)
            use.gate.keep(views)
        for view in views:
            for use in self.layers:
                use.layer.draw(canvas_bgr, view, use.opacity * use.gate.strength(view))
