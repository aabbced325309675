"""The one crop."""

import cv2
import numpy as np
import pytest

from model.crop import (
    CropSpec,
    Region,
    crop_gray,
    region_from_box,
    region_from_haar,
    region_from_keypoints,
    roll_from_keypoints,
)
from model.geometry import Box, apply, invert, similarity
from tests.tiny_weights import face_shape

SPEC = CropSpec(64, 1.5)


def quadrants(size: int) -> np.ndarray:
    """A grey image whose four quarters read 40, 80, 120, 160 in reading order."""
    image = np.zeros((size, size), np.uint8)
    half = size // 2
    image[:half, :half], image[:half, half:], image[half:, :half], image[half:, half:] = 40, 80, 120, 160
    return image


def test_an_upright_crop_keeps_its_quarters_in_place() -> None:
    crop, _ = crop_gray(quadrants(200), Region(99.5, 99.5, 80), SPEC)
    assert [int(crop[y, x]) for y, x in ((9, 9), (9, 54), (54, 9), (54, 54))] == [40, 80, 120, 160]


def test_a_rolled_region_comes_out_upright() -> None:
    turned = cv2.warpAffine(quadrants(400), similarity(1, np.radians(30), (199.5, 199.5), (199.5, 199.5)), (400, 400))
    crop, _ = crop_gray(turned, Region(199.5, 199.5, 80, np.radians(30)), SPEC)
    assert [int(crop[y, x]) for y, x in ((9, 9), (9, 54), (54, 9), (54, 54))] == [40, 80, 120, 160]


def test_colour_becomes_grey_as_bgr() -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    image[:] = (200, 50, 10)
    crop, _ = crop_gray(image, Region(20, 20, 10), SPEC)
    assert abs(int(crop[32, 32]) - int(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[0, 0])) <= 1


@pytest.mark.parametrize("side", [20.0, 64.0, 300.0, 900.0])
@pytest.mark.parametrize("roll", [0.0, 0.5])
def test_the_matrix_says_where_each_crop_pixel_lies(side: float, roll: float) -> None:
    """A bright blob at a known place is found where the matrix says, to a tenth of a crop pixel."""
    region = Region(612.3, 501.8, side, roll)
    _, matrix = crop_gray(np.zeros((1000, 1200), np.uint8), region, SPEC)
    target = apply(invert(matrix), np.array([20.0, 40.0]))
    yy, xx = np.mgrid[:1000, :1200]
    sigma = side * SPEC.scale / 64 * 2
    blob = np.exp(-((xx - target[0]) ** 2 + (yy - target[1]) ** 2) / (2 * sigma**2))
    crop, again = crop_gray((250 * blob).astype(np.uint8), region, SPEC)
    np.testing.assert_array_equal(matrix, again)
    weights = crop.astype(float)
    weights[weights < 25] = 0
    center = [(weights * axis).sum() / weights.sum() for axis in np.mgrid[:64, :64][::-1]]
    np.testing.assert_allclose(center, [20, 40], atol=0.1)


def test_the_input_is_not_changed_and_the_crop_may_leave_the_image() -> None:
    image = quadrants(100)
    image.setflags(write=False)
    crop, _ = crop_gray(image, Region(0, 0, 50), SPEC)
    assert int(crop[0, 0]) == 40
    far, _ = crop_gray(image, Region(5000, -5000, 50), SPEC)
    assert int(far[0, 0]) == 80


def test_fine_texture_does_not_alias() -> None:
    stripes = np.zeros((960, 960), np.uint8)
    stripes[:, ::2] = 255
    crop, _ = crop_gray(stripes, Region(479.5, 479.5, 600), SPEC)
    assert np.ptp(crop.astype(int)) <= 8


@pytest.mark.parametrize("roll", [0.0, 0.4, -0.8, 2.0])
def test_the_region_of_points_follows_their_roll(roll: float) -> None:
    upright = face_shape(100).astype(float)
    still = region_from_keypoints(upright)
    turn = similarity(2.0, roll, (10, 20), (300, 200))
    turned = region_from_keypoints(apply(turn, upright))
    assert turned.roll_rad == pytest.approx(roll, abs=1e-6)
    assert turned.side == pytest.approx(2 * still.side)
    np.testing.assert_allclose(
        (turned.center_x, turned.center_y), apply(turn, np.array([still.center_x, still.center_y])), atol=1e-6
    )


def test_regions_of_boxes() -> None:
    assert region_from_box(Box(10, 20, 50, 100)) == Region(30, 60, 80)
    haar = region_from_haar(Box(100, 100, 200, 200))
    assert (haar.center_x, haar.roll_rad) == (150, 0)
    assert haar.center_y == pytest.approx(166)
    rolled = region_from_haar(Box(100, 100, 200, 200), np.pi / 2)
    np.testing.assert_allclose((rolled.center_x, rolled.center_y), (134, 150))


def test_roll_is_zero_for_an_upright_face() -> None:
    assert roll_from_keypoints(face_shape(64)) == pytest.approx(0, abs=1e-6)


def test_bad_regions_and_specs_are_refused() -> None:
    with pytest.raises(ValueError, match="a region needs"):
        Region(0, 0, 0)
    with pytest.raises(ValueError, match="a region needs"):
        Region(float("nan"), 0, 1)
    with pytest.raises(ValueError, match="a crop needs"):
        CropSpec(8, 1.5)


@pytest.mark.parametrize("roll", [0.0, 0.5])
def test_a_shifted_crop_is_that_of_a_region_further_along_the_face(roll: float) -> None:
    image = np.random.default_rng(0).integers(0, 255, (300, 300), np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 4)
    region = Region(150, 150, 60, roll)
    moved = Region(150 + 0.25 * 60 * np.sin(roll), 150 - 0.25 * 60 * np.cos(roll), 60, roll)
    shifted, matrix = crop_gray(image, region, CropSpec(64, 1.5, shift_y=-0.25))
    plain, expected = crop_gray(image, moved, SPEC)
    np.testing.assert_allclose(matrix, expected, atol=1e-9)
    np.testing.assert_allclose(shifted.astype(int), plain.astype(int), atol=1)
