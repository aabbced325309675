"""Colour tables: read from `.cube` files, applied to a 720p frame in about a millisecond."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.plain_text import plain_text

_MOST_SIDE: Final = 65
_MOST_STEPS: Final = 4096
_BITS: Final = np.array([5, 6, 5])
"""Blue, green and red bits of the index that OpenCV packs in one pass."""
_REST: Final = 255 >> _BITS
"""The bits below; what they hold is added to what the table says, so that no bands appear."""
_CENTER: Final = _REST / 2
_INDICES: Final = 1 << 16
_ROOM: Final = ("packed", "grey", "looked_up", "color", "rest", "mask")
_GREY_WEIGHTS: Final = np.array([0.114, 0.587, 0.299])
_SIZES: Final = ("LUT_3D_SIZE", "LUT_1D_SIZE")
_RANGES: Final = ("LUT_3D_INPUT_RANGE", "LUT_1D_INPUT_RANGE")
"""Lowest and highest input of all channels, as DaVinci Resolve writes them."""
_ENDS: Final = ("DOMAIN_MIN", "DOMAIN_MAX")
_KEYWORD: Final = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]*$")
"""Other lines, which say nothing about colours, such as LUT_IN_VIDEO_RANGE."""
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,9}$")
_FARTHEST: Final = 10.0
"""From 0 to 1 are the colours of a frame; some tables go a little beyond. Those for 0 to 255 are not read wrongly."""
_NARROWEST: Final = 1e-3


class CubeError(ValueError):
    """A `.cube` file cannot be used; the text says what is wrong and, after a semicolon, what to do."""


@dataclass(frozen=True, slots=True)
class Lut:
    """A table of colours.

    Attributes:
        table: (65536,) a BGRA pixel as uint32, or a grey as uint8, for each 5-6-5 bit colour, less half of what the
            lower bits hold.
        grey: all its colours are greys.
        rest: (3,) uint8, the lower bits that are added to what the table says; none where a channel is turned over.
    """

    table: npt.NDArray[np.uint32 | np.uint8] = field(repr=False)
    grey: bool
    rest: npt.NDArray[np.uint8] = field(repr=False)
    _room: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_grid(cls, grid_bgr: npt.NDArray[np.float64]) -> "Lut":
        """From (n, n, n, 3) colours 0 to 1, blue, green, red, over the axes blue, green and red."""
        grey = bool(np.ptp(grid_bgr, axis=3).max() < 1 / 255)
        levels = [
            (np.arange(1 << bits) * (rest + 1) + center) / 255
            for bits, rest, center in zip(_BITS, _REST, _CENTER, strict=True)
        ]
        red, green, blue = np.meshgrid(levels[2], levels[1], levels[0], indexing="ij")
        colors = _interpolated(grid_bgr, np.stack([blue, green, red], axis=-1).reshape(-1, 3)) * 255
        rises = [np.diff(grid_bgr[..., c], axis=c).mean() * (len(grid_bgr) - 1) > 0.3 for c in range(3)]
        rest = np.where(grey or np.array(rises), _REST, 0)
        less = float(_CENTER @ _GREY_WEIGHTS) if grey else rest / 2
        pixels = np.zeros((len(colors), 4), np.uint8)
        pixels[:, :3] = np.clip(np.round(colors - less), 0, 255)
        table = pixels[:, 0].copy() if grey else pixels.view(np.uint32).ravel()
        return cls(table, grey, rest.astype(np.uint8))

    def apply(self, canvas_bgr: Image) -> None:
        """Change a (H, W, 3) frame in place."""
        height, width = canvas_bgr.shape[:2]
        if self._room.get("size") != (height, width):
            self._make_room(height, width)
        packed, grey, looked_up, color, rest, mask = (self._room[name] for name in _ROOM)
        cv2.cvtColor(canvas_bgr, cv2.COLOR_BGR2BGR565, dst=packed)
        _look_up(self.table, packed.view(np.uint16).reshape(height, width), looked_up)
        np.bitwise_and(canvas_bgr.reshape(height, -1), mask, out=rest.reshape(height, -1))
        if self.grey:
            cv2.cvtColor(rest, cv2.COLOR_BGR2GRAY, dst=grey)
            cv2.cvtColor(cv2.add(looked_up, grey, dst=grey), cv2.COLOR_GRAY2BGR, dst=canvas_bgr)
        else:
            cv2.cvtColor(looked_up.view(np.uint8).reshape(height, width, 4), cv2.COLOR_BGRA2BGR, dst=color)
            cv2.add(color, rest, dst=canvas_bgr)

    def _make_room(self, height: int, width: int) -> None:
        """Arrays kept from frame to frame: on fresh memory the work takes several times as long."""
        self._room.update(
            size=(height, width),
            packed=np.empty((height, width, 2), np.uint8),
            grey=np.empty((height, width), np.uint8),
            looked_up=np.empty((height, width), self.table.dtype),
            color=np.empty((height, width, 3), np.uint8),
            rest=np.empty((height, width, 3), np.uint8),
            mask=np.tile(self.rest, width),
        )


def _look_up(table: npt.NDArray[np.uint32 | np.uint8], packed: npt.NDArray[np.uint16], found: npt.NDArray[Any]) -> None:
    """Write what a table of 65536 entries says for each pixel."""
    if _opencv_looks_up():
        # OpenCV has no uint32; to it the entries are signed.
        kind = np.int32 if table.dtype == np.uint32 else table.dtype
        cv2.LUT(packed, table.view(kind).reshape(1, -1), dst=found.view(kind))
    else:
        np.take(table, packed, out=found, mode="wrap")


@cache
def _opencv_looks_up() -> bool:
    """Whether this OpenCV takes 16-bit indices, in half of numpy's time; older ones do not."""
    try:
        cv2.LUT(np.zeros((1, 1), np.uint16), np.zeros((1, _INDICES), np.int32))
    except cv2.error:
        return False
    return True


def read_cube(data: bytes) -> Lut:
    """A `.cube` file, 3-D or 1-D, as a table.

    Raises:
        CubeError: it is not one, it is too large, or its numbers do not fit its size.
    """
    size, flat = 0, False
    rows, low, high = [], np.zeros(3), np.ones(3)
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#") or words[0] == "TITLE":
            continue
        where = f"line {number} ({plain_text(line, 40)})"
        if words[0] in _SIZES:
            if size:
                raise CubeError(f"{where} gives a second size; export one table, 1-D or 3-D, without the other")
            flat = words[0] == _SIZES[1]
            size = _size_of(words, _MOST_STEPS if flat else _MOST_SIDE, where)
        elif words[0] in _RANGES:
            low[:], high[:] = _numbers(words[1:], 2, where)
        elif words[0] in _ENDS:
            (low if words[0] == _ENDS[0] else high)[:] = _numbers(words[1:], 3, where)
        elif not _KEYWORD.match(words[0]):
            rows.append(_numbers(words, 3, where))
    if not size:
        raise CubeError("it has no line LUT_3D_SIZE or LUT_1D_SIZE; export it as .cube again")
    if len(rows) != (wanted := size if flat else size**3):
        raise CubeError(f"it has {len(rows)} colours where its size needs {wanted}; export it again")
    colors = np.array(rows, np.float64)
    for values, what in ((colors, "colours go"), (low, "DOMAIN_MIN goes"), (high, "DOMAIN_MAX goes")):
        if (most := float(np.abs(values).max())) > _FARTHEST:
            raise CubeError(f"its {what} as far as {most:g}; export it for colours from 0 to 1")
    if (high - low < _NARROWEST).any():
        raise CubeError("its DOMAIN_MAX is not above its DOMAIN_MIN; export it for colours from 0 to 1")
    return Lut.from_grid(_grid(np.clip(colors, 0, 1), size, flat, low, high))


def _size_of(words: list[str], most: int, where: str) -> int:
    """The size that a line gives, from 2 up to the most."""
    if len(words) != 2 or not _WHOLE.match(words[1]):
        raise CubeError(f"{where} does not give a size; export it as .cube again")
    if not 2 <= (size := int(words[1])) <= most:
        raise CubeError(
            f"its size of {size} is not from 2 to {most}; export it {'smaller' if size > most else 'larger'}"
        )
    return size


def _numbers(words: list[str], count: int, where: str) -> list[float]:
    """So many finite numbers of a line."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise CubeError(f"{where} does not hold {count} numbers; export it as .cube again")
    return numbers


def _grid(
    colors: npt.NDArray[np.float64], size: int, flat: bool, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(n, n, n, 3) blue, green, red over 0 to 1, from rows of red, green, blue in which red changes fastest."""
    if not flat and not low.any() and (high == 1).all():
        return np.ascontiguousarray(colors.reshape(size, size, size, 3)[..., ::-1])
    steps = np.linspace(0, 1, 33)
    if flat:
        own = [np.interp(steps, np.linspace(low[c], high[c], size), colors[:, c]) for c in (2, 1, 0)]
        return np.stack(np.meshgrid(*own, indexing="ij"), axis=-1)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    places = (np.stack([blue, green, red], axis=-1).reshape(-1, 3) - low[::-1]) / (high - low)[::-1]
    return _interpolated(colors.reshape(size, size, size, 3)[..., ::-1], places).reshape(33, 33, 33, 3)


def _interpolated(grid: npt.NDArray[np.float64], places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(N, 3) values of a (n, n, n, 3) grid at (N, 3) places, 0 to 1 along its axes, linearly."""
    at = np.clip(places, 0, 1) * (len(grid) - 1)
    base = np.minimum(at.astype(int), len(grid) - 2)
    share = at - base
    result = np.zeros((len(places), 3))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, share, 1 - share), axis=1)
        result += weight[:, None] * grid[tuple((base + corner).T)]
    return result
