"""Measures of error against values worked out by hand."""

import numpy as np
import numpy.typing as npt
import pytest

from model.keypoints import REGIONS
from tests.train.exact import face_at
from train.evaluation.metrics import (
    area_under_curve,
    auroc,
    failure_rate,
    image_errors,
    restore_offset,
    spearman,
    summarize,
)


def truth(count: int = 4) -> npt.NDArray[np.float64]:
    """(N, 68, 2) faces of several sizes; corners of the eyes lie 0.62 of half a box apart, on each side."""
    return np.stack([face_at(60, 50, 40 + 10 * i) for i in range(count)])


def unit(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return points[:, 45, 0] - points[:, 36, 0]


def test_a_shift_of_a_tenth_of_the_eye_distance_is_an_error_of_ten_percent() -> None:
    faces = truth()
    found = faces + (0.1 * unit(faces))[:, None, None] * np.array([0.6, 0.8])
    np.testing.assert_allclose(image_errors(found, faces), 0.1)
    summary = summarize(found, faces)
    assert summary.nme == pytest.approx(0.1) and summary.median == pytest.approx(0.1)
    assert summary.regions == pytest.approx(dict.fromkeys(REGIONS, 0.1))
    box = np.sqrt(np.ptp(faces, axis=1).prod(axis=1))
    assert summary.nme_box == pytest.approx((0.1 * unit(faces) / box).mean())


def test_the_error_of_one_region_stays_in_it() -> None:
    faces = truth()
    found = faces.copy()
    found[:, list(REGIONS["mouth"])] += (0.2 * unit(faces))[:, None, None] * np.array([0.0, 1.0])
    summary = summarize(found, faces)
    assert summary.regions["mouth"] == pytest.approx(0.2)
    assert all(summary.regions[name] == 0 for name in REGIONS if name != "mouth")
    assert summary.nme == pytest.approx(0.2 * 20 / 68)


def test_a_face_not_found_is_a_failure_and_leaves_the_means_alone() -> None:
    faces = truth()
    found = faces + (0.05 * unit(faces))[:, None, None] * np.array([1.0, 0.0])
    found[2] = np.nan
    summary = summarize(found, faces)
    assert (summary.images, summary.detected) == (4, 3)
    assert summary.nme == pytest.approx(0.05)
    assert summary.failure_rate_10 == pytest.approx(0.25)
    assert summary.auc_10 == pytest.approx(0.75 * 0.5)


def test_nothing_found_at_all() -> None:
    summary = summarize(np.full((3, 68, 2), np.nan), truth(3))
    assert summary.detected == 0 and np.isnan(summary.nme) and np.isnan(summary.median)
    assert summary.failure_rate_10 == 1 and summary.auc_10 == 0


def test_area_under_the_curve_is_that_of_the_drawn_curve() -> None:
    errors = np.random.default_rng(0).gamma(4, 0.015, 500)
    grid = np.linspace(0, 0.1, 20001)
    shares = (errors[None, :] <= grid[:, None]).mean(axis=1)
    assert area_under_curve(errors) == pytest.approx(np.trapezoid(shares, grid) / 0.1, abs=1e-4)
    assert area_under_curve(np.zeros(3)) == 1
    assert area_under_curve(np.array([0.1, 5.0, np.nan])) == 0


def test_the_limit_itself_is_no_failure() -> None:
    assert failure_rate(np.array([0.1, 0.1000001, np.nan, 0.02])) == pytest.approx(0.5)


def test_restoring_an_offset_undoes_taking_it_out() -> None:
    labels = truth()
    shift = np.stack([0.42 + 0.0142 * unit(labels), -0.3 + 0.02 * unit(labels)], axis=1)
    np.testing.assert_allclose(restore_offset(labels - shift[:, None], (0.42, 0.0142), (-0.3, 0.02)), labels)


def test_auroc_counts_pairs_and_halves_ties() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 6, 40).astype(float), rng.integers(0, 5, 30).astype(float)
    pairs = (a[:, None] > b[None, :]) + 0.5 * (a[:, None] == b[None, :])
    assert auroc(a, b) == pytest.approx(pairs.mean())
    assert auroc(np.array([0.9, 0.8]), np.array([0.1])) == 1
    assert auroc(np.ones(3), np.ones(4)) == 0.5


def test_spearman_sees_order_only() -> None:
    x = np.array([0.1, 0.4, 0.2, 0.9])
    assert spearman(x, np.exp(5 * x)) == pytest.approx(1)
    assert spearman(x, -(x**3)) == pytest.approx(-1)
    assert spearman(np.array([1.0, 2, 2, 3]), np.array([1.0, 3, 2, 4])) == pytest.approx(0.9486833)
    assert np.isnan(spearman(x, np.ones(4)))


def test_points_that_are_not_labelled_count_nowhere() -> None:
    faces = truth(1)
    predicted = faces.copy()
    predicted[0, 60:, 0] += 5.0
    labelled = np.ones((1, 68), bool)
    labelled[0, 60:] = False
    assert image_errors(predicted, faces)[0] > 0 and image_errors(predicted, faces, labelled)[0] == 0
    assert summarize(predicted, faces, labelled).nme == 0
    labelled[0, 17:] = False
    found = summarize(predicted, faces, labelled)
    assert found.regions["jaw"] == 0 and np.isnan(found.regions["mouth"])
    predicted[:] = np.nan
    assert np.isnan(image_errors(predicted, faces, labelled)[0])
