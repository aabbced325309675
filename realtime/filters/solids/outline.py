"""Edges of a body against what lies behind it, smoothed without drawing it larger.

Where a triangle that is seen borders on one that is not, its side is the body's edge. How much of each pixel along it
the body covers follows from where the side crosses the pixel, and the pixel is mixed with the one beyond the edge by
that share (geometric post-process anti-aliasing, E. Persson, in Game Programming Gems 8, 2011).
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from model.arrays import Array, Image
from realtime.drawing.planes import Planes
from realtime.drawing.triangles import Numbers

_WELD: Final = 1e-5
"""Eye distances between vertices that count as one, as where a round closes."""
_SHARP: Final = 0.9
"""Cosine between the normals on both sides of an edge: below, it is one."""
_SAME_DEPTH: Final = 0.03
"""Eye distances between a side and the plane of a triangle, above which that is of something else."""
_SAME_DEPTH_PX: Final = 8.0
"""The same in pixels, which comes on top: where a triangle is narrower than one, its neighbour is shown."""
_WIDER_PX: Final = 0.15
"""Bodies are drawn wider by this on all sides: petals and parts that nearly meet show no gaps."""

Index = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Outline:
    """E sides of T triangles, each with the triangles on both sides of it.

    Attributes:
        ends: (E, 2) vertices.
        triangles: (E, 2); the second is T where there is none.
        opposite: (E, 2) the third vertex of each of them.
        sharp: (E,) whether the surface has an edge there.
    """

    ends: Index = field(repr=False)
    triangles: Index = field(repr=False)
    opposite: Index = field(repr=False)
    sharp: npt.NDArray[np.bool_] = field(repr=False)

    @classmethod
    def of(cls, vertices: Array, normals: Array, triangles: Index, parts: Index) -> "Outline":
        """Sides of (T, 3) triangles of (T,) parts, on (V, 3) vertices with (V, 3) normals; parts share no sides."""
        same = np.unique(np.round(vertices / _WELD).astype(np.int64), axis=0, return_inverse=True)[1].reshape(-1)
        count = len(triangles)
        ends = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        opposite, owner = triangles[:, [2, 0, 1]].ravel(), np.repeat(np.arange(count), 3)
        keys = np.column_stack([np.sort(same[ends], axis=1), parts[owner]])
        order = np.lexsort(keys.T)
        keys = keys[order]
        starts = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)])
        sizes = np.diff(np.r_[starts, len(keys)])
        # Where three meet, each of them ends there.
        pairs = starts[sizes == 2]
        singles = np.setdiff1d(np.arange(len(keys)), np.r_[pairs, pairs + 1])
        first, second = order[np.r_[pairs, singles]], order[np.r_[pairs + 1, singles]]
        beside = np.where(np.arange(len(first)) < len(pairs), owner[second], count)
        turned = (same[ends[first]] != same[ends[second]]).any(axis=1)[:, None]
        across = np.where(turned, ends[second][:, ::-1], ends[second])
        return cls(
            ends[first],
            np.column_stack([owner[first], beside]),
            np.column_stack([opposite[first], opposite[second]]),
            (normals[ends[first]] * normals[across]).sum(axis=2).min(axis=1) < _SHARP,
        )

    def seen(self, front: npt.NDArray[np.bool_], both_sides: npt.NDArray[np.bool_]) -> tuple[Index, Index, Index]:
        """The sides at which what is seen ends, or has an edge.

        (N, 2) ends, (N,) triangles on one side, and (N,) their third vertices.

        Args:
            front: (T,) whether a triangle faces the viewer.
            both_sides: (T,) whether it is seen in any case.
        """
        alone = self.triangles[:, 1] == len(front)
        front = np.concatenate([front, np.zeros(1, np.bool_)])
        first, second = front[self.triangles[:, 0]], front[self.triangles[:, 1]]
        ends = (first != second) | (alone & both_sides[self.triangles[:, 0]])
        which = np.flatnonzero(ends | (self.sharp & first & second))
        own = np.where(second[which], 1, 0)
        return self.ends[which], self.triangles[which, own], self.opposite[which, own]


@dataclass(frozen=True, slots=True)
class Sides:
    """N sides on their way to pixels.

    Attributes:
        ends: (N, 2, 2) pixels.
        depths: (N, 2) of the ends.
        inside: (N, 2) a place on the triangle's side of each.
        labels: (N,) the part that each is of, as in the picture of parts.
    """

    ends: Array
    depths: Array
    inside: Array
    labels: Image


@dataclass(frozen=True, slots=True)
class Crossings:
    """M pixels that sides run through, one for each step along the longer of their two directions.

    Attributes:
        side: (M,) which.
        pixel: (M,) counted row by row.
        within: (M,) the pixel itself where its centre lies in the triangle, or the next one across that does.
        beyond: (M,) the next one on the other side.
        cover: (M,) share of the pixel that is on the triangle's side.
        place: (3, M) x, y and depth of the side there.
    """

    side: Index
    pixel: Index
    within: Index
    beyond: Index
    cover: Floats
    place: Floats

    @classmethod
    def of(cls, sides: Sides, size_wh: tuple[int, int]) -> "Crossings":
        """Those of sides in a picture; none at its border, where there is nothing to mix with."""
        width, height = size_wh
        (x0, y0), (x1, y1), (x, y) = sides.ends[:, 0].T, sides.ends[:, 1].T, sides.inside.T
        steep = np.abs(y1 - y0) >= np.abs(x1 - x0)
        (u0, v0), (u1, v1), (u, v) = (
            (np.where(steep, b, a), np.where(steep, a, b)) for a, b in ((x0, y0), (x1, y1), (x, y))
        )
        length = np.where(u1 == u0, 1, u1 - u0)
        slope, deeper = (v1 - v0) / length, (sides.depths[:, 1] - sides.depths[:, 0]) / length
        towards = np.sign(v - v0 - slope * (u - u0))
        low, high = np.ceil(np.minimum(u0, u1)), np.ceil(np.maximum(u0, u1))
        first, stop = np.maximum(low, 0), np.minimum(high, np.where(steep, height, width))
        counts = np.where(towards == 0, 0, np.maximum(stop - first, 0)).astype(np.intp)
        side = np.repeat(np.arange(len(counts)), counts)
        along = np.arange(len(side)) + np.repeat(first.astype(np.intp) - np.cumsum(counts) + counts, counts)
        exact = (v0 - slope * u0)[side] + slope[side] * along
        wider = exact - _WIDER_PX * towards[side]
        across = np.floor(wider + 0.5).astype(np.intp)
        kept = np.flatnonzero((across >= 1) & (across < np.where(steep, width, height)[side] - 1))
        side, along, across, exact, wider = side[kept], along[kept], across[kept], exact[kept], wider[kept]
        upright, inwards = steep[side], towards[side]
        pixel = np.where(upright, along * width + across, across * width + along)
        step = np.where(upright, inwards, inwards * width).astype(np.intp)
        # As triangles are painted: a centre on a side belongs to what lies right of it, or below a level one.
        rises = slope[side]
        owns_side = np.where(upright | (rises == 0), inwards > 0, (inwards > 0) != (rises > 0))
        inside = inwards * (across - exact)
        painted = (inside > 0) | ((inside == 0) & owns_side)
        depth = (sides.depths[:, 0] - deeper * u0)[side] + deeper[side] * along
        return cls(
            side,
            pixel,
            np.where(painted, pixel, pixel + step),
            np.where(painted, pixel - step, pixel),
            (0.5 - inwards * (wider - across)).astype(np.float32),
            np.array([np.where(upright, exact, along), np.where(upright, along, exact), depth], np.float32),
        )

    def only(self, kept: Index) -> "Crossings":
        """Some of them."""
        return Crossings(
            self.side[kept],
            self.pixel[kept],
            self.within[kept],
            self.beyond[kept],
            self.cover[kept],
            self.place[:, kept],
        )


def smooth(
    layer: Image,
    numbers: Numbers,
    table: Planes,
    labels: Image,
    sides: Sides,
    pixel_depth: float,
    seams: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.bool_]:
    """Smooth a picture, in place, along sides.

    Args:
        layer: (h, w, 4) premultiplied.
        numbers: (h, w) the triangle that each pixel shows: one that its centre lies in.
        table: their planes of depth.
        labels: (h, w) the part that each pixel shows.
        sides: along which.
        pixel_depth: the depth that is as long as a pixel is wide.
        seams: (h, w) pixels that are mixed already: no side ends there, but dives into another part.

    Returns:
        (h, w) which pixels are as they should be: those along sides and seams, and those beside them.
    """

    def farther(pixels: Index, place: Floats) -> Floats:
        """By how much the planes of what pixels show are farther than other places."""
        per_x, per_y, still = np.take(table[..., 0], numbers.ravel()[pixels], axis=1)
        return np.asarray(per_x * place[0] + per_y * place[1] + still - place[2], np.float32)

    same_depth = _SAME_DEPTH + _SAME_DEPTH_PX * pixel_depth
    found = Crossings.of(sides, (numbers.shape[1], numbers.shape[0]))
    # Most sides lie behind something else.
    found = found.only(np.flatnonzero(farther(found.beyond, found.place) > -same_depth))
    away = np.abs(farther(found.within, found.place))
    own = labels.ravel()[found.within] == sides.labels[found.side]
    done = np.zeros(numbers.size, np.bool_) if seams is None else seams.ravel()
    free = ~(done[found.within] & done[found.beyond])
    found = found.only(np.flatnonzero(own & free & (away < same_depth)))
    pixels = layer.reshape(-1, 4)
    inner, outer, middle = (pixels[each].astype(np.float32) for each in (found.within, found.beyond, found.pixel))
    painted = found.pixel == found.within
    change = outer + found.cover[:, None] * (inner - outer) - middle
    add(pixels, found.pixel, change, np.where(painted, 1 - found.cover, found.cover))
    done[found.within] = True
    done[found.beyond] = True
    return done.reshape(numbers.shape)


def add(pixels: Image, index: Index, change: Floats, share: Floats) -> None:
    """Add changes to pixels, in place; a pixel that two sides run through loses to both, but not more than it has.

    Args:
        pixels: (N, 4).
        index: (M,) pixels, any number of times each.
        change: (M, 4) of their values.
        share: (M,) of the pixel that is changed.
    """
    if not len(index):
        return
    order = np.argsort(index)
    index = index[order]
    starts = np.flatnonzero(np.r_[True, index[1:] != index[:-1]])
    most = np.maximum(np.add.reduceat(share[order], starts), 1)
    total, index = np.add.reduceat(change[order], starts, axis=0), index[starts]
    pixels[index] = np.clip(np.round(pixels[index] + total / most[:, None]), 0, 255)
