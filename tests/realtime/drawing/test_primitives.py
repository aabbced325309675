"""Drawing: clipped, in place, and without bright fringes."""

import numpy as np
import pytest

from model.geometry import similarity
from realtime.drawing.primitives import (
    PixelRect,
    blend_masked,
    blend_premultiplied,
    draw_dots,
    draw_lines,
    fill_polygon,
    mix,
    polygon_mask,
    region_around,
    soft_mask,
    tint,
    warp_blend,
)
from realtime.drawing.sticker import Sticker, premultiplied


def four_colors_bgra(half: int = 4) -> np.ndarray:
    """Blue, green, red, white quarters, opaque: a swapped channel or axis shows."""
    picture = np.full((2 * half, 2 * half, 4), 255, np.uint8)
    picture[:half, :half, :3] = (255, 0, 0)
    picture[:half, half:, :3] = (0, 255, 0)
    picture[half:, :half, :3] = (0, 0, 255)
    return picture


def dark_disc_bgra(size: int = 200) -> np.ndarray:
    """A black disc on transparent white, the colour that straight interpolation would leak at its edge."""
    ys, xs = np.mgrid[:size, :size]
    inside = np.hypot(xs - size / 2, ys - size / 2) < size * 0.4
    picture = np.full((size, size, 4), 255, np.uint8)
    picture[..., 3] = np.where(inside, 255, 0)
    picture[inside, :3] = 0
    return picture


def test_blend_puts_the_overlay_where_it_was_asked_for() -> None:
    canvas = np.full((20, 30, 3), 100, np.uint8)
    blend_premultiplied(canvas, premultiplied(four_colors_bgra()), 10, 5)
    assert canvas[5, 10].tolist() == [255, 0, 0]
    assert canvas[5, 17].tolist() == [0, 255, 0]
    assert canvas[12, 10].tolist() == [0, 0, 255]
    assert canvas[12, 17].tolist() == [255, 255, 255]
    assert (canvas[:5] == 100).all() and (canvas[13:] == 100).all()
    assert (canvas[:, :10] == 100).all() and (canvas[:, 18:] == 100).all()


@pytest.mark.parametrize(("x", "y"), [(-4, -4), (26, 16), (-100, 3), (3, 100), (-4, 16)])
def test_blend_is_clipped(x: int, y: int) -> None:
    whole = np.full((220, 230, 3), 100, np.uint8)
    canvas = np.full((20, 30, 3), 100, np.uint8)
    overlay = premultiplied(four_colors_bgra())
    blend_premultiplied(whole, overlay, x + 100, y + 100)
    blend_premultiplied(canvas, overlay, x, y)
    assert np.array_equal(canvas, whole[100:120, 100:130])


def test_opacity_and_modes_follow_their_formulas() -> None:
    alpha, color, under = 128, np.array([40, 120, 220]), np.array([200, 90, 30])
    overlay = premultiplied(np.full((1, 1, 4), (*color, alpha), np.uint8))
    a, b, u = alpha / 255, color / 255, under / 255
    expected = {
        "normal": u * (1 - a) + b * a,
        "multiply": u * (1 - a) + u * b * a,
        "screen": u * (1 - a) + (1 - (1 - u) * (1 - b)) * a,
        "soft_light": u * (1 - a) + ((1 - 2 * b) * u * u + 2 * u * b) * a,
    }
    for mode, value in expected.items():
        canvas = np.full((1, 1, 3), under, np.uint8)
        blend_premultiplied(canvas, overlay, 0, 0, 1.0, mode)  # type: ignore[arg-type]
        assert np.abs(canvas[0, 0] - value * 255).max() <= 2, mode
    canvas = np.full((1, 1, 3), under, np.uint8)
    blend_premultiplied(canvas, overlay, 0, 0, 0.5)
    assert np.abs(canvas[0, 0] - 255 * (u * (1 - a / 2) + b * a / 2)).max() <= 2
    blend_premultiplied(canvas, overlay, 0, 0, 0.0)


def test_a_dark_sticker_never_brightens() -> None:
    sticker = Sticker.from_straight(dark_disc_bgra())
    for scale in (0.013, 0.05, 0.13, 0.31, 0.5, 0.77, 1.0, 1.9):
        for angle in (0.0, 0.3, 0.9, 2.2):
            canvas = np.full((240, 240, 3), 60, np.uint8)
            warp_blend(canvas, sticker, similarity(scale, angle, (100, 100), (119.3, 120.6)))
            assert canvas.max() <= 63, (scale, angle)
            assert canvas.min() < 20, (scale, angle)


def test_a_warped_sticker_is_centred_at_every_size() -> None:
    sticker = Sticker.from_straight(dark_disc_bgra())
    for scale in (0.04, 0.11, 0.29, 0.6, 1.1):
        canvas = np.full((240, 260, 3), 255, np.uint8)
        warp_blend(canvas, sticker, similarity(scale, 0.4, (100, 100), (131.3, 120.6)))
        weight = 255.0 - canvas[..., 0]
        ys, xs = np.mgrid[:240, :260]
        assert abs((weight * xs).sum() / weight.sum() - 131.3) < 0.3, scale
        assert abs((weight * ys).sum() / weight.sum() - 120.6) < 0.3, scale


def test_minified_stickers_do_not_shimmer() -> None:
    checks = np.zeros((256, 256, 4), np.uint8)
    checks[..., 3] = 255
    checks[(np.indices((256, 256)) // 3).sum(axis=0) % 2 == 0, :3] = 255
    sticker = Sticker.from_straight(checks)
    middles = []
    for step in range(8):
        canvas = np.zeros((60, 60, 3), np.uint8)
        warp_blend(canvas, sticker, similarity(0.1, 0.2, (127.5, 127.5), (30 + step / 8, 30)))
        middles.append(canvas[25:35, 25:35, 0].astype(float))
    assert np.abs(np.array(middles) - 127.5).max() < 26


def test_warp_draws_the_same_through_equal_affine_and_perspective_maps() -> None:
    sticker = Sticker.from_straight(four_colors_bgra(20))
    matrix = similarity(1.7, 0.5, (10, 10), (40, 40))
    flat, deep = np.full((2, 90, 90, 3), 60, np.uint8)
    warp_blend(flat, sticker, matrix)
    warp_blend(deep, sticker, np.vstack([matrix, [0, 0, 1]]))
    assert np.abs(flat.astype(int) - deep).max() <= 12


def test_warp_ignores_maps_that_show_nothing() -> None:
    canvas = np.full((40, 40, 3), 60, np.uint8)
    sticker = Sticker.from_straight(four_colors_bgra())
    warp_blend(canvas, sticker, np.full((2, 3), np.nan))
    warp_blend(canvas, sticker, np.zeros((2, 3)))
    warp_blend(canvas, sticker, np.array([[1.0, 0, 0], [0, 1, 0], [-1, 0, 1]]))
    warp_blend(canvas, sticker, similarity(1e9, 0.1, (0, 0), (1e12, 0)))
    warp_blend(canvas, sticker, similarity(1, 0, (0, 0), (1e5, 0)))
    assert (canvas == 60).all()


def test_dots_and_lines_fall_between_pixels_and_outside() -> None:
    canvas = np.zeros((40, 60, 3), np.uint8)
    draw_dots(canvas, np.array([[20.5, 10.25], [1e6, 3], [-50, 3]]), 3.0, (10, 200, 90))
    ys, xs = np.mgrid[:40, :60]
    weight = canvas[..., 1].astype(float)
    assert abs((weight * xs).sum() / weight.sum() - 20.5) < 0.1
    assert abs((weight * ys).sum() / weight.sum() - 10.25) < 0.1
    draw_lines(canvas, [np.array([[-1e7, 30.0], [1e7, 30.0]])], [(0, 0, 255)], 1, 0.5)
    assert 100 < canvas[30, 30, 2] < 140 and not canvas[30, 30, :2].any() and not canvas[25, 50].any()
    draw_lines(canvas, [], [])


def test_polygon_mask_and_region() -> None:
    mask = polygon_mask((10, 6), [np.array([[2, 1], [6, 1], [6, 3], [2, 3]])])
    assert mask.shape == (6, 10) and mask[2, 4] == 255 and mask[5, 4] == 0 and mask[2, 9] == 0
    canvas = np.zeros((30, 40, 3), np.uint8)
    region = region_around(np.array([[-5.0, 3.0], [10.2, 5.0]]), 2, canvas)
    assert region is not None and (region.x0, region.y0, region.x1, region.y1) == (0, 1, 14, 8)
    assert region_around(np.array([[50.0, 3.0]]), 2, canvas) is None
    assert region_around(np.array([[np.nan, 3.0]]), 2, canvas) is None


SQUARE = np.array([[5.0, 3.0], [24.0, 3.0], [24.0, 16.0], [5.0, 16.0]])


def test_masks_say_how_strongly_colours_and_pictures_are_laid() -> None:
    region = PixelRect(10, 4, 40, 24)
    mask = np.zeros((20, 30), np.uint8)
    mask[:, 10:20], mask[:, 20:] = 128, 255
    half = [100, 100, 100]
    picture = np.full((20, 30, 3), (0, 100, 200), np.uint8)
    opaque = np.full((20, 30), 255, np.uint8)
    drawn = {}
    for name in ("mix", "tint", "masked"):
        canvas = np.full((30, 50, 3), 100, np.uint8)
        if name == "mix":
            mix(canvas, region, picture, mask, 1.0)
        elif name == "tint":
            tint(canvas, region, mask, (0, 100, 200), 1.0, "normal")
        else:
            blend_masked(canvas, region, picture, opaque, mask, 1.0, "normal")
        assert canvas[10, 5].tolist() == half and canvas[10, 15].tolist() == half and canvas[2, 35].tolist() == half
        assert np.abs(canvas[10, 25].astype(int) - (50, 100, 150)).max() <= 1, name
        assert np.abs(canvas[10, 35].astype(int) - (0, 100, 200)).max() <= 1, name
        drawn[name] = canvas
    assert np.abs(drawn["mix"].astype(int) - drawn["tint"]).max() <= 1


def test_a_wide_blur_looks_like_a_narrow_grids() -> None:
    canvas = np.zeros((60, 80, 3), np.uint8)
    region = PixelRect(0, 0, 80, 60)
    sharp, soft = soft_mask(region, [SQUARE + 20], 0.0), soft_mask(region, [SQUARE + 20], 6.0)
    assert sharp.shape == soft.shape == canvas.shape[:2]
    assert sharp[30, 35] == 255 and sharp[10, 10] == 0 and 60 < soft[30, 25] < 200 and soft[5, 5] < 3
    weight = soft.astype(float)
    assert abs((weight * np.arange(80)).sum() / weight.sum() - 34.5) < 0.5
    assert np.array_equal(soft_mask(PixelRect(20, 10, 60, 50), [SQUARE + 20], 0.0), sharp[10:50, 20:60])


def test_a_filled_polygon_is_clipped() -> None:
    canvas = np.zeros((20, 30, 3), np.uint8)
    fill_polygon(canvas, SQUARE - [15, 10], (1, 2, 3))
    assert canvas[0, 0].tolist() == [1, 2, 3] and not canvas[15:].any()
    fill_polygon(canvas, np.array([[1e9, 0.0], [2e9, 0.0], [1e9, 5.0]]), (9, 9, 9))
    assert (canvas != 9).all()
