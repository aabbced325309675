"""The light on each face, followed over time, so that pictures neither glow in the dark nor flicker."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from model.arrays import Image
from realtime.face_light import Light, light_on
from realtime.face_view import FaceView
from realtime.filters.ears import ears_seen

_SETTLE_S: Final = 0.4
"""After this long a change of light is followed by 63 %; after a second by 92 %."""
_LOOK_EVERY_S: Final = 0.09
"""How often a face is looked at: light that is followed so slowly need not be read from every frame."""


@dataclass(slots=True)
class Lighting:
    """Follows the light on every face; forgets those that have gone."""

    _seen: dict[int, tuple[float, Light]] = field(default_factory=dict)

    def lit(self, canvas_bgr: Image, views: Sequence[FaceView]) -> list[FaceView]:
        """The faces with their `light`, read from a frame on which nothing is drawn yet; once a frame."""
        present = {view.face_id for view in views}
        self._seen = {face_id: seen for face_id, seen in self._seen.items() if face_id in present}
        return [
            view if view.light is not None else replace(view, light=self._light(canvas_bgr, view)) for view in views
        ]

    def _light(self, canvas_bgr: Image, view: FaceView) -> Light | None:
        seen = self._seen.get(view.face_id)
        if seen is not None and 0 <= view.time_s - seen[0] < _LOOK_EVERY_S:
            return seen[1]
        now = light_on(canvas_bgr, view.keypoints_px)
        if now is None:
            return seen[1] if seen else None
        now = replace(now, ears=ears_seen(canvas_bgr, view, now))
        if seen is not None:
            share = 1 - math.exp(-max(view.time_s - seen[0], 0.0) / _SETTLE_S)
            now = seen[1].towards(now, share)
        self._seen[view.face_id] = view.time_s, now
        return now
