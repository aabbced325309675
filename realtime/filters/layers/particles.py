"""Particles: little pictures born at a point of the face, that fly, turn, grow and fade."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.geometry import similarity
from realtime.drawing.primitives import BlendMode, warp_blend
from realtime.drawing.sticker import Sticker
from realtime.face_view import FaceView
from realtime.filters.base import Layer

_MOST: Final = 60
"""Particles alive on one face."""
_LONGEST_STEP_S: Final = 0.25
"""After a gap in time nothing makes up for it."""
_FORGOTTEN_S: Final = 1.0
"""After a gap this long, as when the filter was off, the old ones do not come back."""
_APPEAR: Final = 0.12
_VANISH: Final = 0.35
"""Shares of its life in which a particle fades in and out."""


@dataclass(frozen=True, slots=True)
class Birth:
    """How particles are born and fly; lengths in eye distances, times in seconds, angles in degrees.

    Attributes:
        keypoint: where.
        offset: from there, along the face's axes.
        rate: a second.
        life_s: length of a life.
        size: (smallest, largest) height.
        velocity: (x, y) a second along the face's axes, y down.
        spread: standard deviation of place and speed about theirs, as shares of 1 and of the speed.
        gravity: growth of the speed a second, downwards in the picture; negative rises.
        spin: largest turn a second, either way.
        grow: size at death over size at birth.
        sway: sideways swing.
    """

    keypoint: str
    offset: tuple[float, float] = (0.0, 0.0)
    rate: float = 8.0
    life_s: float = 1.5
    size: tuple[float, float] = (0.15, 0.3)
    velocity: tuple[float, float] = (0.0, -1.0)
    spread: float = 0.2
    gravity: float = 0.0
    spin: float = 0.0
    grow: float = 1.0
    sway: float = 0.0


@dataclass(slots=True)
class _Swarm:
    """The particles of one face: x, y, speed x, speed y (px), age, life, size (px), angle, spin, phase, picture."""

    random: np.random.Generator
    time_s: float
    owed: float = 0.0
    rows: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 11)))


@dataclass(slots=True)
class Particles(Layer):
    """A swarm for each face. The same faces at the same times give the same particles.

    Attributes:
        images: pictures, chosen from by chance.
        birth: how they are born and fly.
        blend: see `drawing.blend_premultiplied`.
        seed: of chance.
    """

    images: tuple[Sticker, ...]
    birth: Birth
    blend: BlendMode = "normal"
    seed: int = 0
    _swarms: dict[int, _Swarm] = field(default_factory=dict)

    def begin(self, canvas_bgr: Image, views: Sequence[FaceView]) -> None:
        present = {view.face_id for view in views}
        self._swarms = {face_id: swarm for face_id, swarm in self._swarms.items() if face_id in present}

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        swarm = self._swarms.get(view.face_id)
        if swarm is None:
            random = np.random.default_rng([self.seed, abs(view.face_id)])
            swarm = self._swarms[view.face_id] = _Swarm(random, view.time_s)
        if view.time_s - swarm.time_s > _FORGOTTEN_S:
            swarm.rows = swarm.rows[:0]
        passed_s = float(np.clip(view.time_s - swarm.time_s, 0, _LONGEST_STEP_S))
        swarm.time_s = view.time_s
        self._age(swarm, view, passed_s)
        swarm.owed = min(swarm.owed + passed_s * self.birth.rate * opacity, float(_MOST))
        born = min(int(swarm.owed), _MOST - len(swarm.rows))
        swarm.owed -= int(swarm.owed)
        if born > 0:
            swarm.rows = np.vstack([swarm.rows, self._born(swarm, view, born)])
        for row in swarm.rows:
            self._draw_one(canvas_bgr, row)

    def _age(self, swarm: _Swarm, view: FaceView, passed_s: float) -> None:
        rows = swarm.rows
        rows[:, 3] += self.birth.gravity * view.unit_px * passed_s
        rows[:, :2] += rows[:, 2:4] * passed_s
        rows[:, 4] += passed_s
        rows[:, 7] += rows[:, 8] * passed_s
        swarm.rows = rows[rows[:, 4] < rows[:, 5]]

    def _born(self, swarm: _Swarm, view: FaceView, count: int) -> npt.NDArray[np.float64]:
        birth, random = self.birth, swarm.random
        place = view.point(birth.keypoint) + view.along_face(birth.offset)
        speed = view.along_face(birth.velocity)
        scatter = birth.spread * view.unit_px
        rows = np.empty((count, 11))
        rows[:, :2] = place + random.normal(0, 0.5 * scatter, (count, 2))
        rows[:, 2:4] = speed * random.uniform(0.8, 1.2, (count, 1)) + random.normal(0, scatter, (count, 2))
        rows[:, 4] = 0
        rows[:, 5] = birth.life_s * random.uniform(0.75, 1.25, count)
        rows[:, 6] = view.unit_px * random.uniform(*birth.size, count)
        rows[:, 7] = random.uniform(-0.2, 0.2, count) + view.roll_rad
        rows[:, 8] = np.radians(birth.spin) * random.uniform(-1, 1, count)
        rows[:, 9] = random.uniform(0, 2 * np.pi, count)
        rows[:, 10] = random.integers(0, len(self.images), count)
        return rows

    def _draw_one(self, canvas_bgr: Image, row: npt.NDArray[np.float64]) -> None:
        x, y, _, _, age_s, life_s, size_px, angle, _, phase, picture = row.tolist()
        share = age_s / life_s
        opacity = min(share / _APPEAR, (1 - share) / _VANISH, 1.0)
        sticker = self.images[int(picture)].at(age_s)
        width, height = sticker.size_wh
        scale = size_px / height * (1 + (self.birth.grow - 1) * share)
        x += self.birth.sway * size_px * np.sin(phase + 3.5 * age_s)
        matrix = similarity(scale, angle, ((width - 1) / 2, (height - 1) / 2), (x, y))
        warp_blend(canvas_bgr, sticker, matrix, opacity, self.blend)


def from_keys(
    image: Sticker | None, images: tuple[Sticker, ...], blend: BlendMode, seed: float, **rest: Any
) -> Particles:
    """Particles from a pack's keys."""
    pictures = images if image is None else (image, *images)
    if not pictures or (image is not None and images):
        raise ValueError("needs one of image and images; give just one")
    if rest["size"][0] > rest["size"][1]:
        raise ValueError(f"size {list(rest['size'])} has its smallest last; write [smallest, largest]")
    return Particles(pictures, Birth(**rest), blend, int(seed))
