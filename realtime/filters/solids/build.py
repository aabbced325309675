"""Bodies from a few numbers: turned on a lathe, or swept along a path."""

import itertools
import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from model.arrays import Array
from realtime.filters.solids.body import Body, Surface

SHARP_DEG: Final = 40.0
"""A profile that bends more than this between two pieces has an edge there; less, and it is rounded."""
_LONGEST: Final = 0.3
"""Eye distances; longer pieces of a profile are divided: what is near is told by the middle of a triangle."""
_TINY: Final = 1e-9


def lathe(profile: Sequence[tuple[float, float]], sides: int, color: Sequence[float], surface: Surface) -> Body:
    """A profile turned about the vertical axis.

    Args:
        profile: (radius, y) places, y down; gone through upwards (y falling) on the outside, its surface looks out.
        sides: how many flat sides stand for the round.
        color: blue, green, red and opacity, 0 to 1.
        surface: what it is made of.

    Raises:
        ValueError: no two places of the profile are apart, a radius is negative, or all of them are 0.
    """
    points = np.asarray(profile, np.float64)
    if points[:, 0].min() < 0:
        raise ValueError(f"a profile's radius of {points[:, 0].min():g} is negative; write it from 0 up")
    if points[:, 0].max() <= _TINY:
        raise ValueError("a profile with radius 0 throughout encloses nothing; make a radius larger")
    points = points[np.r_[True, np.linalg.norm(np.diff(points, axis=0), axis=1) > _TINY]]
    if len(points) < 2:
        raise ValueError("a profile needs two places apart; add one, or move one")
    steps = np.diff(points, axis=0)
    # Upwards on the outside, right of the way is out: (dr, dy) -> (-dy, dr).
    normals = np.stack([-steps[:, 1], steps[:, 0]], axis=1) / np.linalg.norm(steps, axis=1, keepdims=True)
    points, normals, (first, second) = _divided(points, normals, _rounded(normals))
    angles = np.linspace(0, 2 * math.pi, sides + 1)
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places: list[Array] = []
    outwards: list[Array] = []
    triangles = []
    for piece in range(len(normals)):
        start = len(places) * (sides + 1)
        for (radius, y), (out, up) in ((points[piece], first[piece]), (points[piece + 1], second[piece])):
            places.append(np.column_stack([radius * around[:, 0], np.full(len(around), y), radius * around[:, 1]]))
            outwards.append(np.column_stack([out * around[:, 0], np.full(len(around), up), out * around[:, 1]]))
        triangles.append(_strip(start, sides + 1))
    return _body(np.concatenate(places), np.concatenate(outwards), np.concatenate(triangles), color, surface)


def sweep(
    path: Sequence[tuple[float, float, float]],
    radius: float,
    sides: int,
    color: Sequence[float],
    surface: Surface,
    *,
    closed: bool = False,
) -> Body:
    """A round rod along a path.

    Args:
        path: (x, y, z) places in head axes.
        radius: half the rod's thickness.
        sides: how many flat sides stand for the round.
        color: blue, green, red and opacity, 0 to 1.
        surface: what it is made of.
        closed: its end meets its beginning, as a ring's does; otherwise both ends are rounded off.

    Raises:
        ValueError: no two places of the path are apart.
    """
    points = np.asarray(path, np.float64)
    points = points[np.r_[True, np.linalg.norm(np.diff(points, axis=0), axis=1) > _TINY]]
    if closed and len(points) > 2 and np.linalg.norm(points[-1] - points[0]) <= _TINY:
        points = points[:-1]
    if len(points) < (3 if closed else 2):
        raise ValueError(f"a path needs {'three' if closed else 'two'} places apart; add one, or move one")
    radii = np.full(len(points), radius)
    if closed:
        ahead = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    else:
        ahead = np.gradient(points, axis=0)
        ends = ahead[[0, -1]] / np.linalg.norm(ahead[[0, -1]], axis=1, keepdims=True) * radius * 0.6
        points = np.vstack([points[0] - ends[0], points, points[-1] + ends[1]])
        radii = np.r_[radius * 0.05, radii, radius * 0.05]
        ahead = np.vstack([ahead[0], ahead, ahead[-1]])
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), _TINY)
    across, beside = _frames(ahead, closed=closed)
    angles = np.linspace(0, 2 * math.pi, sides + 1)
    ring = np.cos(angles)[None, :, None] * across[:, None] + np.sin(angles)[None, :, None] * beside[:, None]
    places = points[:, None] + radii[:, None, None] * ring
    if closed:
        places, ring = (np.concatenate([values, values[:1]]) for values in (places, ring))
    triangles = [_strip(row * (sides + 1), sides + 1) for row in range(len(places) - 1)]
    return _body(places.reshape(-1, 3), ring.reshape(-1, 3), np.concatenate(triangles), color, surface)


def _frames(ahead: Array, *, closed: bool) -> tuple[Array, Array]:
    """Two directions across (N, 3) ones, which turn no more than they must from one to the next."""
    start = np.eye(3)[np.argmin(np.abs(ahead[0]))]
    across = [start - start @ ahead[0] * ahead[0]]
    across[0] /= np.linalg.norm(across[0])
    for direction in ahead[1:]:
        carried = across[-1] - across[-1] @ direction * direction
        length = np.linalg.norm(carried)
        across.append(carried / length if length > _TINY else across[-1])
    result = np.array(across)
    beside = np.cross(ahead, result)
    if closed:
        # What a ring has turned by on its way round is given back evenly, or its seam would be twisted.
        last = across[-1] - across[-1] @ ahead[0] * ahead[0]
        missing = math.atan2(float(last @ beside[0]), float(last @ result[0]))
        share = (-missing * np.arange(len(ahead)) / len(ahead))[:, None]
        result, beside = (
            np.cos(share) * result + np.sin(share) * beside,
            np.cos(share) * beside - np.sin(share) * result,
        )
    return result, beside


def _rounded(normals: Array) -> tuple[Array, Array]:
    """Normals at both ends of each piece of a profile: shared with the next piece where there is no edge."""
    first, second = normals.copy(), normals.copy()
    for piece in range(len(normals) - 1):
        if normals[piece] @ normals[piece + 1] > math.cos(math.radians(SHARP_DEG)):
            shared = normals[piece] + normals[piece + 1]
            second[piece] = first[piece + 1] = shared / np.linalg.norm(shared)
    return first, second


def _divided(points: Array, normals: Array, ends: tuple[Array, Array]) -> tuple[Array, Array, tuple[Array, Array]]:
    """A profile with its long pieces divided, with the pieces' normals and those at both of their ends."""
    places, outwards, first, second = [points[:1]], [], [], []
    for piece, (start, end) in enumerate(itertools.pairwise(points)):
        count = max(1, math.ceil(float(np.linalg.norm(end - start)) / _LONGEST))
        share = (np.arange(count + 1) / count)[:, None]
        places.append(start + share[1:] * (end - start))
        between = (1 - share) * ends[0][piece] + share * ends[1][piece]
        between /= np.maximum(np.linalg.norm(between, axis=1, keepdims=True), _TINY)
        first.append(between[:-1])
        second.append(between[1:])
        outwards.append(np.tile(normals[piece], (count, 1)))
    return np.concatenate(places), np.concatenate(outwards), (np.concatenate(first), np.concatenate(second))


def _strip(start: int, columns: int) -> Array:
    """Triangles between a row of vertices from `start` on and the next one."""
    below = start + np.arange(columns - 1)
    above = below + columns
    return np.concatenate(
        [np.stack([below, above, below + 1], axis=1), np.stack([below + 1, above, above + 1], axis=1)]
    )


def _body(places: Array, outwards: Array, triangles: Array, color: Sequence[float], surface: Surface) -> Body:
    corners = places[triangles]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(face, axis=1)
    # At a pole a triangle has no area. Elsewhere its sense follows the normals.
    inside_out = (face * outwards[triangles].sum(axis=1)).sum(axis=1) < 0
    triangles = np.where(inside_out[:, None], triangles[:, ::-1], triangles)[size > _TINY]
    return Body(
        vertices=places,
        normals=outwards / np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), _TINY),
        colors=np.tile(np.asarray(color, np.float64), (len(places), 1)),
        uv=np.zeros((len(places), 2)),
        triangles=np.asarray(triangles, np.intp),
        parts=np.zeros(len(triangles), np.intp),
        surfaces=(surface,),
    )
