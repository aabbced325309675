"""Seams: where parts run through each other, pixels show both, each by its share."""

import numpy as np
import pytest

from realtime.drawing.triangles import Numbers
from realtime.filters.solids.outline import Sides, smooth
from realtime.filters.solids.raster import depth_planes, paint
from realtime.filters.solids.seams import smooth_seams

SIZE = 40
WHOLE = np.array([[(-1.0, -1.0), (SIZE * 3, -1.0), (-1.0, SIZE * 3)]])


def crossing(slope: float, at: float, *, steep: bool) -> tuple[np.ndarray, Numbers, np.ndarray, np.ndarray]:
    """A bright and a dark plane that cross along a line, and the share of each pixel that is bright."""
    x, y = WHOLE[0].T
    level = (x - at - slope * y) if steep else (y - at - slope * x)
    depths = np.stack([1 + 0.1 * level, np.ones(3)])
    corners, parts = np.repeat(WHOLE, 2, axis=0), np.array([0, 1])
    table = depth_planes(corners, depths)
    numbers = paint(corners, depths, (SIZE, SIZE), parts, table)
    layer = np.full((SIZE, SIZE, 4), 255, np.uint8)
    layer[..., :3] = np.where(numbers == 1, 200, 0)[..., None]
    columns, rows = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    along = columns - at - slope * rows if steep else rows - at - slope * columns
    return layer, numbers, table, np.clip(0.5 - along, 0, 1)


@pytest.mark.parametrize("steep", [False, True])
@pytest.mark.parametrize(("slope", "at"), [(0.0, 20.4), (0.0, 12.3), (0.31, 9.6), (-0.2, 28.1), (0.93, 3.7)])
def test_pixels_along_a_seam_show_both_parts_by_their_share(slope: float, at: float, steep: bool) -> None:
    layer, numbers, table, share = crossing(slope, at, steep=steep)
    before = layer.copy()
    done = smooth_seams(layer, numbers, table, numbers.astype(np.uint8))
    off = np.abs(layer[..., 0].astype(int) - 200 * share)
    inner = slice(1, -1), slice(1, -1)
    assert off[inner].max() < 3
    assert np.abs(before[..., 0].astype(int) - 200 * share)[inner].max() > 15
    assert (layer[~done] == before[~done]).all() and (layer[..., 3] == 255).all()
    assert done.any() and done.sum() < 5 * SIZE


def test_where_one_part_only_hides_another_nothing_is_mixed_nor_where_there_is_none() -> None:
    layer, numbers, _, _ = crossing(0.31, 9.6, steep=False)
    before = layer.copy()
    apart = depth_planes(np.repeat(WHOLE, 2, axis=0), np.array([[1.0] * 3, [2.0] * 3]))
    assert not smooth_seams(layer, numbers, apart, numbers.astype(np.uint8)).any()
    alone = np.where(numbers == 1, 1, 0).astype(np.int32)
    assert not smooth_seams(layer, alone, apart, alone.astype(np.uint8)).any()
    assert (layer == before).all()


def test_a_side_that_dives_into_another_part_is_not_mixed_again() -> None:
    layer, numbers, table, _ = crossing(0.0, 12.3, steep=False)
    labels = numbers.astype(np.uint8)
    seams = smooth_seams(layer, numbers, table, labels)
    before = layer.copy()
    ends = np.array([[(0.0, 12.3), (39.0, 12.3)]])
    sides = Sides(ends, np.ones((1, 2)), np.array([(20.0, 0.0)]), np.ones(1, np.uint8))
    smooth(layer, numbers, table, labels, sides, 0.0, seams)
    assert (layer == before).all()
