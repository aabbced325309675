"""The filters in force: what the loop applies to each frame."""

from collections.abc import Sequence
from pathlib import Path

from model.face import Face
from realtime.controls import Controls
from realtime.drawing import Image
from realtime.filters import registry
from realtime.filters.keypoints import Keypoints
from realtime.filters.layered import LayeredFilter, LayerUse
from realtime.filters.view import Viewer


class FilterStack:
    """Draws the filters that `controls` names, one over the other, then the keypoints if shown.

    Filters are loaded when first named and kept.

    Args:
        controls: read on every frame.
        extra_dirs: folders with more packs.

    Raises:
        FilterError: a filter named at the start is unknown or broken.
    """

    name = "stack"
    description = "the filters in force"

    def __init__(self, controls: Controls, extra_dirs: Sequence[Path] = ()) -> None:
        self._controls = controls
        self._extra_dirs = tuple(extra_dirs)
        self._loaded: dict[str, LayeredFilter] = {}
        self._viewer = Viewer()
        self._keypoints = LayeredFilter("keypoints", "the 68 points", (LayerUse(Keypoints()),))
        for name in controls.filters:
            self._filter(name)

    @property
    def names(self) -> list[str]:
        """Names of all filters there are, sorted."""
        return sorted(registry.available(self._extra_dirs))

    def apply(self, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
        """Draw on all faces of a frame.

        Raises:
            FilterError: a filter named since the last frame is unknown or broken.
        """
        views = self._viewer.views(faces, (canvas_bgr.shape[1], canvas_bgr.shape[0]), time_s)
        for name in self._controls.filters:
            self._filter(name).draw(canvas_bgr, views)
        if self._controls.show_keypoints:
            self._keypoints.draw(canvas_bgr, views)

    def _filter(self, name: str) -> LayeredFilter:
        if name not in self._loaded:
            self._loaded[name] = registry.load(name, self._extra_dirs)
        return self._loaded[name]
