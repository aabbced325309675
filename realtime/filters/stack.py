"""The filters in force: what the loop applies to each frame."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.arrays import Image, check_image
from model.face import Face
from realtime.control.controls import Controls
from realtime.control.state import FilterEntry
from realtime.errors import FilterError
from realtime.face_view import FaceView, Viewer
from realtime.filters.filter import LayeredFilter, LayerUse
from realtime.filters.layers.keypoints import Keypoints
from realtime.filters.lighting import Lighting
from realtime.filters.packs import registry
from realtime.filters.packs.pack import pack_stamp
from realtime.privacy.cover import Covers, Guard

_LOOK_EVERY_S: Final = 0.3
"""How often the files of the filters in force are looked at for changes."""


@dataclass(slots=True)
class _Loaded:
    """A filter, where it came from, and its files' state when it was read last."""

    filter: LayeredFilter
    path: Path
    stamp: object


class FilterStack:
    """Draws the filters that `controls` names, one over the other, then the keypoints if shown.

    Filters are loaded when first named and kept. When the files of one in force change, it is read again; if that
    fails, the last good one stays and `controls.message` says why. A filter that cannot be loaded when it is chosen
    while the program runs is taken off `controls.filters`, with a message.

    Args:
        controls: read on every frame.
        extra_dirs: folders with more packs.
        clock: seconds, for how often files are looked at.
        guard: makes what says what is covered while a filter that hides faces is worn; without one, tracked faces are.

    Attributes:
        covered_whole: frames of which all was covered, since a face might have been somewhere.

    Raises:
        FilterError: a filter named at the start is unknown or broken.
    """

    def __init__(
        self,
        controls: Controls,
        extra_dirs: Sequence[Path] = (),
        clock: Callable[[], float] = time.monotonic,
        guard: Callable[[], Guard] | None = None,
    ) -> None:
        self._controls = controls
        self._extra_dirs = tuple(extra_dirs)
        self._clock = clock
        self._looked_s = clock()
        self._make_guard = guard
        self._guard: Guard | None = None
        self.covered_whole = 0
        self._viewer = Viewer()
        self._lighting = Lighting()
        self._keypoints = LayeredFilter((LayerUse(Keypoints()),))
        self._loaded = {name: self._load(name) for name in controls.filters}

    @property
    def catalogue(self) -> list[FilterEntry]:
        """All filters there are, in the order of lists."""
        return registry.listing(self._extra_dirs)

    def hint(self, name: str) -> str:
        """What triggers a filter that has been loaded; empty where nothing does."""
        return self._loaded[name].filter.hint if name in self._loaded else ""

    def apply(self, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
        """Draw on the faces of a frame that nobody has analysed yet.

        Raises:
            ValueError: the frame is not a writable (H, W, 3) uint8 array, or the time is not finite.
        """
        check_image(canvas_bgr, "canvas_bgr", drawn_on=True)
        if not math.isfinite(time_s):
            raise ValueError(f"time_s must be finite, got {time_s}")
        self.draw(canvas_bgr, self._viewer.views(faces, (canvas_bgr.shape[1], canvas_bgr.shape[0]), time_s), time_s)

    def draw(self, canvas_bgr: Image, views: Sequence[FaceView], time_s: float) -> None:
        """Draw on all faces of a frame, farther ones first."""
        self._look_for_changes()
        worn = [loaded.filter for name in list(self._controls.filters) if (loaded := self._chosen(name))]
        covers = self._covers(canvas_bgr, views, time_s) if any(chosen.hides for chosen in worn) else None
        if worn:
            views = self._lighting.lit(canvas_bgr, views)
        for chosen in worn:
            chosen.draw(canvas_bgr, views, covers, self._controls.strength, time_s)
        if self._controls.keypoints_shown:
            self._keypoints.draw(canvas_bgr, views)

    @property
    def hides(self) -> bool:
        """Whether a filter that hides faces is worn."""
        return any(loaded.filter.hides for name in self._controls.filters if (loaded := self._chosen(name)))

    def close(self) -> None:
        """End the guard's thread; may be called more than once."""
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def _covers(self, canvas_bgr: Image, views: Sequence[FaceView], time_s: float) -> Covers | None:
        if self._guard is None:
            if self._make_guard is None:
                return None
            self._guard = self._make_guard()
        covers = self._guard.update(canvas_bgr, views, time_s)
        self.covered_whole += covers.unsure
        return covers

    def _chosen(self, name: str) -> _Loaded | None:
        if name not in self._loaded:
            try:
                self._loaded[name] = self._load(name)
            except FilterError as error:
                self._controls.filters.remove(name)
                self._controls.message = str(error)
                return None
        return self._loaded[name]

    def _load(self, name: str) -> _Loaded:
        path = registry.find(name, self._extra_dirs).path
        # Stamped before it is read: what changes in between is seen the next time.
        stamp = pack_stamp(path)
        return _Loaded(registry.load(name, self._extra_dirs), path, stamp)

    def _look_for_changes(self) -> None:
        now_s = self._clock()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now_s
        for name in self._controls.filters:
            loaded = self._loaded.get(name)
            if loaded is None or pack_stamp(loaded.path) == loaded.stamp:
                continue
            loaded.stamp = pack_stamp(loaded.path)
            try:
                loaded.filter = registry.load(name, self._extra_dirs)
                self._controls.message = f"{name} has changed and is shown again"
            except FilterError as error:
                self._controls.message = str(error)
            except Exception as error:  # noqa: BLE001 - whatever an edited pack holds, the run goes on
                self._controls.message = f"{name} cannot be read ({type(error).__name__}); its last good state stays"
