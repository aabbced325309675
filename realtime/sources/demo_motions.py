"""Ways to move the demo portrait: pure functions of time, so that the true motion of every point is known.

A motion gives the (2, 3) map from pixels of the portrait to pixels of a frame of `REFERENCE_SIZE_WH`; the demo source
fits that frame into other sizes.
"""

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from model.geometry import Matrix, similarity

Motion: TypeAlias = Callable[[float], Matrix]
"""time_s -> (2, 3) map from portrait pixels to pixels of a 1280x720 frame."""

REFERENCE_SIZE_WH = (1280, 720)
FACE_CENTER = (266.0, 222.0)
"""Middle of the face in matplotlib's `grace_hopper.jpg`, read off the picture; motions turn and scale about it."""
FACE_WIDTH = 200.0
"""Width of that face from ear to ear, portrait pixels."""

_MIDDLE = (640.0, 376.0)


def place(center: tuple[float, float] = _MIDDLE, scale: float = 1.5, roll_deg: float = 0.0) -> Matrix:
    """The map that puts the middle of the face at `center`, `scale` times as large, turned clockwise by `roll_deg`."""
    return similarity(scale, math.radians(roll_deg), FACE_CENTER, center)


def still(center: tuple[float, float] = _MIDDLE, scale: float = 1.5, roll_deg: float = 0.0) -> Motion:
    """The portrait at rest; `roll_deg=180` turns it upside down."""
    matrix = place(center, scale, roll_deg)
    return lambda time_s: matrix


def filmed(duration_s: float = 10.0) -> Motion:
    """Pan, zoom and roll as of a camera in a hand; the same after each `duration_s`, so a loop shows no jump."""

    def motion(time_s: float) -> Matrix:
        turn = 2 * math.pi * time_s / duration_s
        x = 640 + 150 * math.sin(turn) + 22 * math.sin(3 * turn + 0.9)
        y = 384 + 26 * math.sin(2 * turn + 0.4) + 9 * math.sin(5 * turn)
        scale = 1.52 * math.exp(0.22 * math.sin(turn + 2.2) + 0.03 * math.sin(4 * turn))
        roll_deg = 9 * math.sin(2 * turn + 2.6) + 2.5 * math.sin(3 * turn)
        return place((x, y), scale, roll_deg)

    return motion


def rolled(peak_deg: float = 60.0, duration_s: float = 4.0, scale: float = 1.5) -> Motion:
    """Upright, evenly to `peak_deg` clockwise at half of `duration_s`, and evenly back; repeats."""

    def motion(time_s: float) -> Matrix:
        phase = time_s % duration_s / duration_s
        return place(scale=scale, roll_deg=peak_deg * (1 - abs(1 - 2 * phase)))

    return motion


def swinging(frequency_hz: float = 1.0, width_faces: float = 1.0, scale: float = 1.5) -> Motion:
    """To and fro along x, `width_faces` face widths from end to end, as a sine of `frequency_hz`."""
    reach = width_faces * FACE_WIDTH * scale / 2

    def motion(time_s: float) -> Matrix:
        return place((_MIDDLE[0] + reach * math.sin(2 * math.pi * frequency_hz * time_s), _MIDDLE[1]), scale)

    return motion


def sliding(velocity_px_s: tuple[float, float], scale: float = 1.5) -> Motion:
    """Straight away from the middle at a steady speed, for shifts by fractions of a pixel."""

    def motion(time_s: float) -> Matrix:
        return place((_MIDDLE[0] + velocity_px_s[0] * time_s, _MIDDLE[1] + velocity_px_s[1] * time_s), scale)

    return motion


def jumping(
    centers: Sequence[tuple[float, float]] = ((460.0, 376.0), (820.0, 376.0)), hold_s: float = 1.0, scale: float = 1.5
) -> Motion:
    """At rest at each of `centers` in turn for `hold_s`, changing place from one frame to the next."""

    def motion(time_s: float) -> Matrix:
        # A frame time such as 30/30 may come out a hair below its second.
        return place(centers[int(time_s / hold_s + 1e-9) % len(centers)], scale)

    return motion
