"""Evaluation against weights whose answers are known."""

import json
from pathlib import Path

import cv2
import matplotlib.cbook
import numpy as np
import pytest

from model.geometry import bounding_box
from model.predictor import KeypointPredictor
from tests.tiny_weights import write_weights
from tests.train.exact import Written, face_at, write_exact
from train.cli.options import Regions, Split
from train.data.annotations import read_annotations, write_keypoints_csv
from train.errors import DatasetError, OutputError
from train.evaluation.evaluate import evaluate, figures, select_split, write_predictions
from train.evaluation.report import describe, percent, table, write_json

KEYS = "images, detected, nme, nme_offset_restored, median, nme_box, failure_rate_10, auc_10, regions, images_per_s"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> KeypointPredictor:
    # The threshold leaves the portrait's crops, scored by their mean grey, above what the live program admits.
    metadata: dict[str, object] = {"score_threshold": 0.0}
    return KeypointPredictor(write_weights(tmp_path_factory.mktemp("weights") / "tiny.onnx", metadata=metadata))


def test_label_regions_give_exact_weights_no_error(written: Written, tiny: KeypointPredictor) -> None:
    annotations, words = select_split(read_annotations(written.csv, written.images), Split.ALL)
    found = evaluate(annotations, tiny, Regions.LABELS, words)
    assert (found.errors.images, found.errors.detected) == (6, 6)
    assert found.errors.nme < 1e-3 and found.errors.auc_10 > 0.99
    np.testing.assert_allclose(found.keypoints_px, written.keypoints_px, atol=0.02)
    assert found.images_per_s > 0 and ((found.scores > 0) & (found.scores < 1)).all()


def test_the_offset_is_put_back_beside_the_plain_figure(tmp_path: Path, written: Written) -> None:
    weights = write_weights(tmp_path / "off.onnx", metadata={"label_offset": {"x": [1.0, 0.0], "y": [0.0, 0.1]}})
    found = evaluate(
        read_annotations(written.csv, written.images), KeypointPredictor(weights), Regions.LABELS, "all of it"
    )
    eyes = written.keypoints_px[:, 45, 0] - written.keypoints_px[:, 36, 0]
    assert found.errors.nme < 1e-3
    assert found.errors_restored.nme == pytest.approx(np.mean(np.hypot(1, 0.1 * eyes) / eyes), rel=1e-3)
    data = figures(found)
    assert data["nme"] == found.errors.nme and data["nme_offset_restored"] == found.errors_restored.nme


def test_development_is_the_held_out_people_and_says_so(written: Written) -> None:
    whole = read_annotations(written.csv, written.images)
    part, words = select_split(whole, Split.DEVELOPMENT)
    assert part.names == (written.names[2], written.names[5])
    assert words == "held-out people of labels.csv (2 of 6 images)"
    assert select_split(whole, Split.ALL)[1] == "labels.csv (all 6 images, 3 people)"


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory, tiny: KeypointPredictor) -> Written:
    """A real face, labelled where the tiny weights' face falls on it, and an empty wall with a label."""
    folder = tmp_path_factory.mktemp("portrait")
    path = str(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    images = folder / "images"
    images.mkdir()
    cv2.imwrite(str(images / "Grace_1.png"), image)
    cv2.imwrite(str(images / "Wall_1.png"), np.full((90, 120, 3), 160, np.uint8))
    points = np.stack([face_at(262, 200, 150), face_at(60, 40, 50)])
    write_keypoints_csv(folder / "labels.csv", ["Grace_1.png", "Wall_1.png"], points)
    return Written(folder / "labels.csv", images, ("Grace_1.png", "Wall_1.png"), points)


def test_haar_regions_find_the_face_and_count_the_miss(portrait: Written, tiny: KeypointPredictor) -> None:
    found = evaluate(read_annotations(portrait.csv, portrait.images), tiny, Regions.HAAR, "two")
    assert (found.errors.images, found.errors.detected) == (2, 1)
    assert np.isnan(found.keypoints_px[1]).all() and np.isnan(found.scores[1])
    box, label = bounding_box(found.keypoints_px[0]), bounding_box(portrait.keypoints_px[0])
    assert box.iou(label) > 0.3
    assert found.errors.failure_rate_10 >= 0.5


def test_faces_scored_too_low_are_missed_as_they_are_live(tmp_path: Path, portrait: Written) -> None:
    strict = KeypointPredictor(write_weights(tmp_path / "strict.onnx", metadata={"score_threshold": 0.99}))
    annotations = read_annotations(portrait.csv, portrait.images)
    assert evaluate(annotations, strict, Regions.HAAR, "two").errors.detected == 0
    mute: dict[str, object] = {"score_threshold": 0.99, "has_score": False}
    no_score = KeypointPredictor(write_weights(tmp_path / "mute.onnx", metadata=mute))
    assert evaluate(annotations, no_score, Regions.HAAR, "two").errors.detected == 1


def test_predictions_are_in_image_pixels_with_empty_cells_for_a_miss(
    tmp_path: Path, portrait: Written, tiny: KeypointPredictor
) -> None:
    found = evaluate(read_annotations(portrait.csv, portrait.images), tiny, Regions.HAAR, "two")
    write_predictions(tmp_path / "p.csv", found)
    header, first, second = (tmp_path / "p.csv").read_text().strip("\n").split("\n")
    assert header == "," + ",".join(str(i) for i in range(136))
    assert second == "Wall_1.png" + "," * 136
    cells = first.split(",")
    np.testing.assert_allclose(np.array(cells[1:], float).reshape(68, 2), found.keypoints_px[0], atol=1e-3)


def test_json_has_the_keys_and_null_where_there_is_no_figure(
    tmp_path: Path, portrait: Written, tiny: KeypointPredictor
) -> None:
    annotations = read_annotations(portrait.csv, portrait.images).subset(np.array([False, True]))
    found = evaluate(annotations, tiny, Regions.HAAR, "the wall")
    write_json(tmp_path / "f.json", figures(found))
    data = json.loads((tmp_path / "f.json").read_text())
    assert set(KEYS.split(", ")) <= data.keys()
    assert data["nme"] is None and data["failure_rate_10"] == 1 and data["images"] == 1 and data["detected"] == 0
    assert set(data["regions"]) == {"jaw", "brows", "nose", "eyes", "mouth"}
    assert data["split"] == "the wall"


def test_the_report_says_split_weights_and_both_figures(written: Written, tiny: KeypointPredictor) -> None:
    annotations, words = select_split(read_annotations(written.csv, written.images), Split.ALL)
    text = describe(evaluate(annotations, tiny, Regions.LABELS, words), Path("w/tiny.onnx"), tiny.info)
    assert "labels.csv (all 6 images, 3 people)" in text
    assert "tiny.onnx, recipe tiny, trained on nothing" in text
    assert "as drawn" in text and "dataset's convention" in text and "detected   6 of 6" in text


def test_a_broken_image_stops_the_evaluation(tmp_path: Path, tiny: KeypointPredictor) -> None:
    written = write_exact(tmp_path)
    (written.images / written.names[4]).write_bytes(b"no picture")
    with pytest.raises(DatasetError, match=r"row 6: .*_04\.jpg is not a picture"):
        evaluate(read_annotations(written.csv, written.images), tiny, Regions.LABELS, "all")


def test_places_that_cannot_be_written_are_named(tmp_path: Path, written: Written, tiny: KeypointPredictor) -> None:
    found = evaluate(read_annotations(written.csv, written.images), tiny, Regions.LABELS, "all")
    with pytest.raises(OutputError, match=r"cannot write the predictions to .*none"):
        write_predictions(tmp_path / "none" / "p.csv", found)
    with pytest.raises(OutputError, match=r"cannot write the figures to .*none"):
        write_json(tmp_path / "none" / "f.json", {})


def test_tables_line_up() -> None:
    assert table(("a", "long"), [("first", "1"), ("b", "22")]) == "a      long\n-----  ----\nfirst     1\nb        22"
    assert percent(0.04126) == "4.13 %" and percent(float("nan")) == "-"
