"""Hard conditions move points with the picture; crops without a face hold none; steadiness of known weights."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from model.crop import CropSpec, crop_matrix
from model.detection.haar import load_cascade
from model.geometry import apply
from model.predictor import KeypointPredictor
from tests.tiny_weights import write_weights
from tests.train.exact import face_at, write_exact
from train.data.annotations import read_annotations
from train.evaluation.face_or_not import NO_FACE, regions_without_face
from train.evaluation.report import describe_steadiness, describe_stress
from train.evaluation.steadiness import steadiness
from train.evaluation.stress import (
    CONDITIONS,
    blurred,
    compressed,
    darkened,
    occluded,
    rolled,
    small,
    stress,
)

RNG = np.random.default_rng


def dotted() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """A dark image with one bright blob on the nose of a face."""
    points = face_at(100, 90, 80)
    image = np.full((180, 200, 3), 40, np.uint8)
    x, y = points[30]
    rows, columns = np.mgrid[:180, :200]
    blob = 200 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 18)
    return np.clip(image + blob[:, :, None], 0, 255).astype(np.uint8), points


@pytest.mark.parametrize("change", [rolled(30), rolled(60), small], ids=["roll 30", "roll 60", "32 px"])
def test_points_move_with_the_picture(change) -> None:  # type: ignore[no-untyped-def]
    image, points = dotted()
    changed, moved = change(image, points, RNG(1))
    weights = np.clip(changed[:, :, 0].astype(float) - 45, 0, None)
    y, x = np.mgrid[: changed.shape[0], : changed.shape[1]]
    center = (weights * x).sum() / weights.sum(), (weights * y).sum() / weights.sum()
    np.testing.assert_allclose(moved[30], center, atol=0.1)


def test_roll_turns_by_its_angle_either_way() -> None:
    image, points = dotted()
    angles = set()
    for seed in range(8):
        _, moved = rolled(45)(image, points, RNG(seed))
        dx, dy = moved[45] - moved[36]
        angles.add(round(float(np.degrees(np.arctan2(dy, dx)))))
    assert angles == {45, -45}


def test_small_faces_are_32_px() -> None:
    image, points = dotted()
    changed, moved = small(image, points, RNG(0))
    assert changed.shape[:2] == (72, 80)
    assert np.ptp(moved, axis=0).max() == pytest.approx(32, abs=0.1)


@pytest.mark.parametrize("change", [darkened(0.25), blurred, compressed, occluded])
def test_the_others_leave_points_and_inputs_alone(change) -> None:  # type: ignore[no-untyped-def]
    image, points = dotted()
    before = image.copy()
    changed, moved = change(image, points, RNG(0))
    assert changed.shape == image.shape and changed.dtype == np.uint8
    np.testing.assert_array_equal(moved, points)
    np.testing.assert_array_equal(image, before)
    assert (changed != image).any()


def test_darkness_and_its_noise() -> None:
    image = np.full((100, 100, 3), 200, np.uint8)
    changed, _ = darkened(0.25)(image, face_at(50, 50, 40), RNG(0))
    assert changed.mean() == pytest.approx(50, abs=0.3) and changed.std() == pytest.approx(4, abs=0.2)


def test_occlusion_covers_thirty_percent_of_the_points_box() -> None:
    image = np.full((180, 200, 3), 40, np.uint8)
    changed, _ = occluded(image, face_at(100, 90, 80), RNG(3))
    covered = (changed != image).any(axis=2)
    assert covered.sum() == pytest.approx(0.3 * 80 * 80, rel=0.05)
    assert not covered[:49].any() and not covered[131:].any()


def test_crops_without_a_face_do_not_hold_it() -> None:
    spec = CropSpec(64, 1.4)
    image, points = np.full((240, 320, 3), 90, np.uint8), face_at(90, 90, 60)
    cascade = load_cascade()
    for seed in range(20):
        found = regions_without_face(image, points, spec, cascade, RNG(seed))
        assert set(found) == set(NO_FACE)
        for region in (*found["shifted face"], *found["background"]):
            center = apply(crop_matrix(region, spec), np.array([[90.0, 90.0]]))[0]
            assert (center < 0).any() or (center > 63).any()
        (half,) = found["half face"]
        center = apply(crop_matrix(half, spec), np.array([[90.0, 90.0]]))[0]
        assert min(abs(center[0]), abs(center[0] - 63), abs(center[1]), abs(center[1] - 63)) < 1


class _Shuffling:
    """Gives the same hits in an order of chance, as the threads of a cascade do."""

    def __init__(self) -> None:
        self._rng = RNG(0)

    def detectMultiScale(self, *_: object, **__: object) -> npt.NDArray[np.int32]:
        hits = np.array([(240, 10, 30, 30), (200, 150, 40, 40), (240, 90, 30, 30), (210, 10, 30, 30)], np.int32)
        return self._rng.permutation(hits)


def test_the_same_false_alarms_are_taken_every_time() -> None:
    image, points = np.full((240, 320, 3), 90, np.uint8), face_at(90, 90, 60)
    cascade: Any = _Shuffling()
    taken = [
        regions_without_face(image, points, CropSpec(64, 1.4), cascade, RNG(0))["cascade's false alarms"]
        for _ in range(8)
    ]
    assert len(taken[0]) == 2 and all(regions == taken[0] for regions in taken)


def test_known_weights_under_stress(tmp_path: Path) -> None:
    written = write_exact(tmp_path, count=3)
    predictor = KeypointPredictor(write_weights(tmp_path / "tiny.onnx"))
    annotations = read_annotations(written.csv, written.images)
    first, again = stress(annotations, predictor, seed=1), stress(annotations, predictor, seed=1)
    assert first == again
    rows = {row.name: row for row in first.conditions}
    assert len(rows) == len(CONDITIONS) + 1
    # Weights that see one upright face in every crop are right wherever the box is, and wrong by the roll.
    assert rows["unchanged"].nme < 0.01 and rows["32 px face"].nme < 0.01 and rows["30 % occluded"].nme < 0.01
    assert rows["roll 60 degrees"].nme > rows["roll 15 degrees"].nme > 0.05
    assert first.score is not None and first.score.crops["half face"] == 3
    assert all(0 <= value <= 1 for value in first.score.auroc.values())
    # Their score is the crop's brightness, some 0.6 here, and their threshold 0.2.
    assert first.score.threshold == 0.2 and first.score.faces_shown == 1
    assert all(value == 1 for value in first.score.others_shown.values())
    text = describe_stress(first, "three images")
    assert "three images" in text and "roll 45 degrees" in text and "Spearman" in text


def test_weights_without_a_score_are_said_to_have_none(tmp_path: Path) -> None:
    written = write_exact(tmp_path, count=3)
    predictor = KeypointPredictor(write_weights(tmp_path / "mute.onnx", metadata={"has_score": False}))
    found = stress(read_annotations(written.csv, written.images), predictor)
    assert found.score is None and "no score" in describe_stress(found, "three")


def test_weights_that_look_at_nothing_stand_still(tmp_path: Path) -> None:
    found = steadiness(KeypointPredictor(write_weights(tmp_path / "tiny.onnx")))
    assert found.noise_rms < 1e-6 and found.shift_gain == pytest.approx((0, 0), abs=1e-6)
    assert "0.00 %" in describe_steadiness(found)


def test_compressed_is_jpeg_at_quality_20() -> None:
    image, points = dotted()
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 20])
    np.testing.assert_array_equal(compressed(image, points, RNG(0))[0], cv2.imdecode(data, cv2.IMREAD_COLOR))
