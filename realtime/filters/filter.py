"""A filter: layers drawn one over the other on each face."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.arrays import Image
from model.face import Face
from realtime.face_view import FaceView, Viewer
from realtime.filters.base import Layer, ScreenLayer
from realtime.filters.gate import Gate
from realtime.filters.layers.privacy import Privacy
from realtime.filters.lighting import Lighting
from realtime.privacy.cover import Covers


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
    _lighting: Lighting = field(default_factory=Lighting, repr=False)

    def apply(self, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
        """Draw on the faces of a frame that nobody has analysed yet."""
        self.draw(
            canvas_bgr, self._viewer.views(faces, (canvas_bgr.shape[1], canvas_bgr.shape[0]), time_s), time_s=time_s
        )

    @property
    def hides(self) -> bool:
        """Whether it hides faces: more then has to be searched and covered than what is tracked."""
        return any(isinstance(use.layer, Privacy) for use in self.layers)

    @property
    def hint(self) -> str:
        """What the user has to do for it to show, or to show more: `Open your mouth`; empty where nothing."""
        hints = (use.gate.when.condition.hint for use in self.layers if use.gate.when is not None)
        return " · ".join(dict.fromkeys(hint for hint in hints if hint))

    def draw(
        self,
        canvas_bgr: Image,
        views: Sequence[FaceView],
        covers: Covers | None = None,
        strength: float = 1.0,
        time_s: float = 0.0,
    ) -> None:
        """Draw on all faces of a frame, farther ones first; layers of the screen below or above all of them.

        Args:
            canvas_bgr: drawn on in place.
            views: all faces of the frame.
            covers: what privacy layers cover instead of those faces; None where no guard watches over them.
            strength: factor on the opacity of all layers, 0 to 1; what hides a face always hides it wholly.
            time_s: the frame's time, for animated pictures of the screen.
        """
        views = self._lighting.lit(canvas_bgr, views)
        for use in self.layers:
            use.layer.begin(canvas_bgr, views)
            use.gate.keep(views)
            if covers is not None and isinstance(use.layer, Privacy):
                use.layer.cover(canvas_bgr, covers, use.opacity)
        on_faces = [index for index, use in enumerate(self.layers) if not isinstance(use.layer, ScreenLayer)]
        first = on_faces[0] if on_faces else len(self.layers)
        self._paint(self.layers[:first], canvas_bgr, views, time_s, strength)
        for view in views:
            for use in self.layers:
                if isinstance(use.layer, ScreenLayer):
                    continue
                if covers is not None and isinstance(use.layer, Privacy):
                    continue
                factor = 1.0 if isinstance(use.layer, Privacy) else strength
                use.layer.draw(canvas_bgr, view, use.opacity * use.gate.strength(view) * factor)
        self._paint(self.layers[first:], canvas_bgr, views, time_s, strength)

    @staticmethod
    def _paint(
        uses: Sequence[LayerUse], canvas_bgr: Image, views: Sequence[FaceView], time_s: float, strength: float
    ) -> None:
        """Paint layers of the screen; one with a condition as strongly as the face that meets it best."""
        for use in uses:
            if isinstance(use.layer, ScreenLayer):
                met = 1.0 if use.gate.when is None else max(map(use.gate.strength, views), default=0.0)
                if use.opacity * met * strength > 0:
                    use.layer.paint(canvas_bgr, use.opacity * met * strength, time_s)
