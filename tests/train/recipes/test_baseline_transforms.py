"""The seed's transforms: places land where they belong, inputs stay as they are, and everything can be undone."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from train.errors import OptionError
from train.recipes.baseline_transforms import (
    Compose,
    Normalize,
    RandomCrop,
    Rescale,
    Size,
    ToTensor,
    seed_transform,
    undo_points,
)


def quarters(height: int = 40, width: int = 60) -> npt.NDArray[np.uint8]:
    """RGB: red, green over blue, white, so that no swap of axes or channels goes unseen."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = (255, 0, 0)
    image[: height // 2, width // 2 :] = (0, 255, 0)
    image[height // 2 :, : width // 2] = (0, 0, 255)
    image[height // 2 :, width // 2 :] = (255, 255, 255)
    return image


def sample(height: int = 40, width: int = 60) -> dict[str, npt.NDArray[Any]]:
    points = np.random.default_rng(0).uniform((0, 0), (width, height), (68, 2))
    return {"image": quarters(height, width), "keypoints": points}


@pytest.mark.parametrize(
    ("size", "expected_hw"),
    [(20, (20, 30)), (80, (80, 120)), ((30, 90), (30, 90)), (40, (40, 60)), ((40, 60), (40, 60))],
)
def test_rescale_sizes(size: Size, expected_hw: tuple[int, int]) -> None:
    assert Rescale(size)(sample())["image"].shape[:2] == expected_hw


def test_rescale_keeps_upright_images_upright() -> None:
    assert Rescale(20)(sample(60, 40))["image"].shape[:2] == (30, 20)


def test_rescale_moves_points_with_the_picture() -> None:
    image = np.zeros((50, 70, 3), np.uint8)
    image[20, 33] = 255
    found = Rescale(150)({"image": image, "keypoints": np.array([[33.0, 20.0]])})
    weights = found["image"][:, :, 0].astype(float)
    y, x = np.mgrid[:150, :210]
    center = (weights * x).sum() / weights.sum(), (weights * y).sum() / weights.sum()
    np.testing.assert_allclose(found["keypoints"][0], center, atol=0.02)


def test_rescale_to_the_same_size_changes_nothing() -> None:
    before = sample()
    after = Rescale(40)(before)
    np.testing.assert_array_equal(after["image"], before["image"])
    np.testing.assert_allclose(after["keypoints"], before["keypoints"])


def test_a_crop_of_the_images_own_size_is_the_image() -> None:
    before = sample()
    after = RandomCrop((40, 60), np.random.default_rng(0))(before)
    np.testing.assert_array_equal(after["image"], before["image"])
    np.testing.assert_array_equal(after["keypoints"], before["keypoints"])


def test_every_offset_is_reached_the_last_too() -> None:
    crop = RandomCrop((38, 57), np.random.default_rng(0))
    before = sample()
    shifts = {tuple((before["keypoints"] - crop(before)["keypoints"])[0].round().astype(int)) for _ in range(300)}
    assert shifts == {(left, top) for left in range(4) for top in range(3)}


def test_a_crop_holds_the_pixels_its_points_say() -> None:
    before = sample()
    before["image"] = np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8)
    before["keypoints"] = np.array([[30.0, 20.0]])
    crop = RandomCrop(32, np.random.default_rng(5))
    for _ in range(20):
        after = crop(before)
        x, y = after["keypoints"][0].astype(int)
        if 0 <= x < 32 and 0 <= y < 32:
            assert after["image"][y, x].tolist() == before["image"][20, 30].tolist()


def test_crops_repeat_with_their_generator() -> None:
    first, second, other = (
        [RandomCrop(16, rng)(sample())["keypoints"][0, 0] for rng in [np.random.default_rng(seed)] * 5]
        for seed in (1, 1, 2)
    )
    assert first == second != other


def test_an_image_smaller_than_the_crop_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(OptionError, match=r"cannot crop 50x50 px out of an image of 60x40 px; rescale"):
        RandomCrop(50)(sample())


@pytest.mark.parametrize("size", [0, -3, (5,), (1, 2, 3), (4, 0), 2.5, "40", True])
def test_bad_sizes_are_refused(size: Size) -> None:
    for kind in (Rescale, RandomCrop):
        with pytest.raises(OptionError, match=f"{kind.__name__} takes one or two positive whole numbers"):
            kind(size)


def test_normalize_to_grey_in_0_1_once() -> None:
    found = Normalize()(sample())
    image = found["image"]
    assert image.shape == (40, 60) and image.dtype == np.float32
    # Weights of ITU-R BT.601: a swap of red and blue would exchange the first two.
    np.testing.assert_allclose([image[0, 0], image[39, 0], image[0, 59]], [0.299, 0.114, 0.587], atol=3e-3)
    assert image.max() == 1
    with pytest.raises(TypeError, match="normalised already"):
        Normalize()(found)


def test_normalize_takes_the_floats_that_matplotlib_reads_from_a_png() -> None:
    whole, floats = sample(), sample()
    floats["image"] = (floats["image"] / np.float32(255)).astype(np.float32)
    np.testing.assert_allclose(Normalize()(floats)["image"], Normalize()(whole)["image"], atol=3e-3)
    with pytest.raises(TypeError, match="normalised already"):
        Normalize()({**floats, "image": floats["image"] * 255})


def test_normalize_points_and_back() -> None:
    points = np.array([[100.0, 150.0], [50.0, 0.0]])
    found = Normalize()({"image": quarters(), "keypoints": points})
    np.testing.assert_allclose(found["keypoints"], [[0, 1], [-1, -2]])
    np.testing.assert_allclose(Normalize.inverse(found["keypoints"]), points)


def test_to_tensor_puts_channels_first() -> None:
    found = ToTensor()(sample())
    assert found["image"].shape == (3, 40, 60) and found["image"].dtype == torch.uint8
    assert found["image"][:, 39, 0].tolist() == [0, 0, 255]
    assert found["keypoints"].shape == (68, 2) and found["keypoints"].dtype == torch.float32
    assert ToTensor()(Normalize()(sample()))["image"].shape == (1, 40, 60)


def test_the_seeds_chain() -> None:
    found = seed_transform(np.random.default_rng(0))(sample(72, 87))
    assert found["image"].shape == (1, 224, 224) and found["image"].dtype == torch.float32
    assert float(found["image"].min()) >= 0 and float(found["image"].max()) <= 1


@pytest.mark.parametrize("step", [Rescale(90), RandomCrop(30, np.random.default_rng(0)), Normalize(), ToTensor()])
def test_inputs_are_never_changed(step: Rescale | RandomCrop | Normalize | ToTensor) -> None:
    before = sample()
    image, points = before["image"].copy(), before["keypoints"].copy()
    after = step(before)
    assert set(before) == {"image", "keypoints"}
    np.testing.assert_array_equal(before["image"], image)
    np.testing.assert_array_equal(before["keypoints"], points)
    for key in ("image", "keypoints"):
        assert not np.shares_memory(np.asarray(after[key]), before[key])


@given(
    height=st.integers(72, 300),
    width=st.integers(72, 300),
    shorter=st.integers(64, 260),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, deadline=None)
def test_any_chain_is_undone_on_its_points(height: int, width: int, shorter: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-20, 320, (68, 2))
    chain = Compose([Rescale(shorter), RandomCrop(64, rng), Compose([Rescale((50, 70)), Normalize()]), ToTensor()])
    found = chain({"image": np.zeros((height, width, 3), np.uint8), "keypoints": points})
    back = undo_points(found["keypoints"].numpy().astype(np.float64), found["undo"].numpy())
    np.testing.assert_allclose(back, points, atol=1e-3)


def test_an_undone_picture_shows_its_point_on_the_right_spot() -> None:
    image = np.zeros((90, 110, 3), np.uint8)
    cv2.rectangle(image, (48, 38), (52, 42), (255, 255, 255), -1)
    chain = Compose([Rescale(250), RandomCrop(224, np.random.default_rng(3)), Normalize(), ToTensor()])
    found = chain({"image": image, "keypoints": np.array([[50.0, 40.0]])})
    y, x = np.mgrid[:224, :224]
    weights = found["image"][0].numpy()
    center = np.array([[(weights * x).sum(), (weights * y).sum()]]) / weights.sum()
    normalized = (center - Normalize.inverse(np.zeros(2))) / (
        Normalize.inverse(np.ones(2)) - Normalize.inverse(np.zeros(2))
    )
    np.testing.assert_allclose(undo_points(normalized, found["undo"].numpy()), [[50, 40]], atol=0.05)
