"""Boxes and matrices."""

import cv2
import numpy as np
import pytest

from model.geometry import Box, apply, bounding_box, compose, fit_affine, fit_similarity, invert, similarity


def test_a_box_knows_its_sides_center_and_overlap() -> None:
    box = Box(10, 20, 30, 60)
    assert (box.width, box.height, box.center) == (20, 40, (20, 40))
    assert box.iou(box) == 1
    assert box.iou(Box(20, 20, 40, 60)) == pytest.approx(1 / 3)
    assert box.iou(Box(30, 20, 50, 60)) == 0
    assert box.scaled(0.5) == Box(5, 10, 15, 30)
    assert box.moved(-10, 5) == Box(0, 25, 20, 65)


@pytest.mark.parametrize("corners", [(0, 0, 0, 1), (0, 0, 1, -1), (0, 0, float("nan"), 1), (0, 0, float("inf"), 1)])
def test_an_empty_or_unfinished_box_is_refused(corners: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="a box needs"):
        Box(*corners)


def test_the_box_of_one_point_is_not_empty() -> None:
    assert bounding_box(np.array([[3.0, 4.0]])).width > 0


def test_a_similarity_turns_clockwise_on_the_screen() -> None:
    quarter = similarity(2.0, np.pi / 2, (1.0, 1.0), (5.0, 7.0))
    np.testing.assert_allclose(apply(quarter, np.array([[1.0, 1.0], [2.0, 1.0]])), [[5, 7], [5, 9]], atol=1e-12)


def test_similarity_is_what_opencv_calls_so() -> None:
    ours = similarity(1.5, -np.radians(30), (10.0, 20.0), (10.0, 20.0))
    np.testing.assert_allclose(ours, cv2.getRotationMatrix2D((10, 20), 30, 1.5), atol=1e-9)


def test_compose_and_invert_undo_each_other() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    points = rng.normal(size=(5, 2))
    np.testing.assert_allclose(apply(compose(second, first), points), apply(second, apply(first, points)))
    np.testing.assert_allclose(apply(invert(first), apply(first, points)), points)


def test_a_singular_matrix_has_no_inverse() -> None:
    with pytest.raises(ValueError, match="no inverse"):
        invert(np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0]]))


def test_apply_keeps_the_points_type() -> None:
    assert apply(np.eye(2, 3), np.zeros((4, 2), np.float32)).dtype == np.float32


def test_fit_finds_the_similarity_back() -> None:
    rng = np.random.default_rng(1)
    source = rng.normal(size=(68, 2))
    truth = similarity(3.0, 0.7, (0.2, -0.4), (11.0, 5.0))
    np.testing.assert_allclose(fit_similarity(source, apply(truth, source)), truth)
    with pytest.raises(ValueError, match="coinciding"):
        fit_similarity(np.ones((3, 2)), source[:3])


def test_the_best_affine_map_is_that_of_the_general_least_squares() -> None:
    rng = np.random.default_rng(4)
    source, target = rng.random((9, 2)) * 100, rng.random((9, 2)) * 100
    design = np.column_stack([source, np.ones(9)])
    wanted = np.linalg.lstsq(design, target, rcond=None)[0].T
    np.testing.assert_allclose(fit_affine(source, target), wanted, atol=1e-9)
    line = np.column_stack([np.arange(4.0), 2 * np.arange(4.0)])
    np.testing.assert_allclose(apply(fit_affine(line, target[:4]), line), np.tile(target[:4].mean(axis=0), (4, 1)))
