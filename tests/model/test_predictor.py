"""The predictor, on networks with known answers."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from model.convention import PEOPLE
from model.crop import Region, region_from_keypoints
from model.errors import WeightsError
from model.geometry import apply, similarity
from model.predictor import KeypointPredictor
from tests.tiny_weights import face_shape, write_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("weights") / "tiny.onnx")


def test_points_come_back_in_image_pixels(weights: Path) -> None:
    image = np.full((300, 400, 3), 128, np.uint8)
    region = Region(210.0, 130.0, 64, 0.3)
    found = KeypointPredictor(weights).predict(image, [region])
    scale = 64 * 1.5 / 32
    expected = apply(similarity(scale, 0.3, (15.5, 15.5), (210.0, 130.0)), face_shape(32))
    np.testing.assert_allclose(found.keypoints_px[0], expected, atol=1e-3)
    assert found.keypoints_px.dtype == np.float32
    assert found.scores[0] == pytest.approx(128 / 255, abs=0.01)


def test_faces_are_told_apart_in_a_batch(weights: Path) -> None:
    image = np.zeros((300, 400, 3), np.uint8)
    image[:, 200:] = 255
    found = KeypointPredictor(weights).predict(image, [Region(50, 150, 40), Region(350, 150, 40)])
    assert found.scores.tolist() == [0, 1]
    assert found.keypoints_px[0, :, 0].max() < 200 < found.keypoints_px[1, :, 0].min()


@pytest.mark.parametrize("faces", [1, 2, 3, 7])
def test_threads_that_share_a_batch_give_what_one_gives(weights: Path, faces: int) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (faces, 32, 32), np.uint8)
    shared = KeypointPredictor(weights, threads=3)
    alone = KeypointPredictor(weights).predict_crops(crops)
    for _ in range(3):
        found = shared.predict_crops(crops)
        np.testing.assert_allclose(found.keypoints_px, alone.keypoints_px, atol=1e-4)
        np.testing.assert_allclose(found.scores, alone.scores, atol=1e-6)


def test_the_second_pass_is_cut_around_the_first_points(weights: Path) -> None:
    image = np.zeros((300, 400, 3), np.uint8)
    predictor = KeypointPredictor(weights)
    region = Region(200, 150, 80, 0.2)
    first = predictor.predict(image, [region])
    second = predictor.predict(image, [region], passes=2)
    again = predictor.predict(image, [region_from_keypoints(first.keypoints_px[0])])
    np.testing.assert_allclose(second.keypoints_px, again.keypoints_px)


def test_a_close_look_takes_the_mean_of_views_that_agree(weights: Path) -> None:
    """The tiny network sees its mirror-symmetric face in the middle of every crop, and shifts and sizes cancel out."""
    image = np.zeros((300, 400, 3), np.uint8)
    image[:, 200:] = 255
    regions = [Region(50, 150, 40, 0.2), Region(350, 150, 60)]
    once = KeypointPredictor(weights).predict(image, regions)
    closely = KeypointPredictor(weights, closely=True).predict(image, regions)
    np.testing.assert_allclose(closely.keypoints_px, once.keypoints_px, atol=0.01)
    np.testing.assert_allclose(closely.scores, [0, 1], atol=0.01)
    assert closely.keypoints_px.dtype == closely.scores.dtype == np.float32


def test_no_region_gives_no_points(weights: Path) -> None:
    found = KeypointPredictor(weights).predict(np.zeros((10, 10, 3), np.uint8), [])
    assert found.keypoints_px.shape == (0, 68, 2)
    assert found.scores.shape == (0,)


def test_what_the_weights_say_is_read(weights: Path) -> None:
    info = KeypointPredictor(weights).info
    assert (info.recipe, info.spec.size_px, info.spec.scale, info.score_threshold) == ("tiny", 32, 1.5, 0.2)


def test_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.onnx does not exist"):
        KeypointPredictor(tmp_path / "none.onnx")


def test_truncated_weights(weights: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(weights.read_bytes()[:900])
    with pytest.raises(WeightsError, match="is not an ONNX model that can be read") as caught:
        KeypointPredictor(cut)
    assert "\n" not in str(caught.value)


def test_another_project_s_model(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not a face-keypoint network"):
        KeypointPredictor(write_weights(tmp_path / "other.onnx", key=False))


@pytest.mark.parametrize(
    ("change", "says"),
    [({"format": 99}, "format 99"), ({"scale": "wide"}, "cannot be read"), ({"size_px": 48}, "but says 48")],
)
def test_weights_that_contradict_themselves(tmp_path: Path, change: dict[str, object], says: str) -> None:
    path = write_weights(tmp_path / "odd.onnx")
    model = onnx.load(path)
    text = model.metadata_props[0].value

    model.metadata_props[0].value = json.dumps(json.loads(text) | change)
    onnx.save(model, path)
    with pytest.raises(WeightsError, match=says):
        KeypointPredictor(path)


def test_the_network_s_own_points_are_known_whether_they_are_moved_or_not(weights: Path, tmp_path: Path) -> None:
    moved = write_weights(tmp_path / "moved.onnx", metadata={"convention": PEOPLE})
    image, regions = np.zeros((300, 400, 3), np.uint8), [Region(200, 150, 80, 0.2)]
    plain, found = (KeypointPredictor(path).predict(image, regions) for path in (weights, moved))
    np.testing.assert_array_equal(plain.network_px, plain.keypoints_px)
    np.testing.assert_array_equal(found.network_px, plain.keypoints_px)
    assert np.abs(found.keypoints_px - found.network_px).max() > 1
