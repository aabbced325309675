"""Measures against people's labels: conventions taken out, mouths misread, correlations, yaw."""

import numpy as np
import pytest

from model.geometry import apply, similarity
from model.mean_face import MEAN_FACE
from model.pose import rotation_from_angles
from train.evaluation.hand_labels import errors_offset_out, eye_frame_errors, measure_against_hand


def _faces(count: int, yaw_degrees: float = 0.0) -> np.ndarray:
    """Faces of several sizes and turns in the picture, mouths from closed to wide open."""
    rng = np.random.default_rng(1)
    faces = []
    for number in range(count):
        points = (MEAN_FACE @ rotation_from_angles(np.radians(yaw_degrees), 0, 0).T)[:, :2].copy()
        points[60:68, 1] = points[60:68, 1].mean()
        points[[65, 66, 67], 1] += 0.3 * number / count
        points[[37, 38, 43, 44], 1] -= 0.05 * rng.random()
        faces.append(apply(similarity(float(rng.uniform(50, 300)), rng.normal(), (0.0, 0.0), (400.0, 300.0)), points))
    return np.array(faces, np.float64)


def test_errors_are_measured_along_the_eyes() -> None:
    truth = _faces(4)
    along = truth[:, 45] - truth[:, 36]
    predicted = truth.copy()
    predicted[:, 30] += 0.1 * along + 0.05 * np.stack([-along[:, 1], along[:, 0]], axis=1)
    off = eye_frame_errors(predicted, truth)
    assert np.allclose(off[:, 30], (0.1, 0.05)) and np.abs(np.delete(off, 30, axis=1)).max() < 1e-9


def test_a_convention_is_taken_out_and_a_mistake_is_not() -> None:
    truth = _faces(9)
    along = (truth[:, 45] - truth[:, 36])[:, None]
    off = np.random.default_rng(2).normal(0, 0.05, (1, 68, 1))
    assert errors_offset_out(truth + off * along, truth).max() < 1e-9
    mistaken = truth + off * along
    mistaken[4] += 0.1 * along[4]
    assert errors_offset_out(mistaken, truth)[4].mean() == pytest.approx(0.1)


def test_closed_mouths_read_as_open_are_counted() -> None:
    truth = _faces(20)
    found = measure_against_hand(truth, truth)
    assert found.closed_mouths == 2 and found.closed_misread == 0.0
    assert found.mouth_r == pytest.approx(1.0) and found.lids_r == pytest.approx(1.0)
    opened = truth.copy()
    down = np.stack([-(truth[0, 45] - truth[0, 36])[1], (truth[0, 45] - truth[0, 36])[0]])
    opened[0, 66] += 0.08 * down
    assert measure_against_hand(opened, truth).closed_misread == 0.5


def test_faces_not_found_are_left_out_and_turned_ones_told_apart() -> None:
    truth = np.concatenate([_faces(4), _faces(3, yaw_degrees=35)])
    predicted = truth.copy()
    predicted[0] = np.nan
    by_yaw = measure_against_hand(predicted, truth).by_yaw
    assert [count for count, _ in by_yaw.values()] == [3, 0, 0, 3]
    assert by_yaw["30 degrees and more"][1] == pytest.approx(0.0, abs=1e-9)


def test_nothing_found_gives_no_figures() -> None:
    truth = _faces(2)
    assert np.isnan(measure_against_hand(np.full_like(truth, np.nan), truth).offset_out)
