"""Two weights side by side."""

from pathlib import Path

import pytest

from model.convention import PEOPLE
from model.errors import WeightsError
from tests.tiny_weights import write_weights
from tests.train.exact import write_exact
from train.cli.options import Regions
from train.data.annotations import read_annotations
from train.evaluation.compare import contend, describe_pair


def test_the_better_one_is_seen_image_by_image(tmp_path: Path) -> None:
    written = write_exact(tmp_path)
    annotations = read_annotations(written.csv, written.images)
    off: dict[str, object] = {"label_offset": {"x": [2.0, 0.0], "y": [0.0, 0.0]}}
    files = write_weights(tmp_path / "off.onnx", metadata=off), write_weights(tmp_path / "good.onnx")
    a, b = (contend(path, annotations, Regions.LABELS, "six images") for path in files)
    text = describe_pair(a, b)
    assert "six images" in text and "off.onnx" in text and "good.onnx" in text
    assert "the second is better on 100% of 6 images" in text
    assert a.ms_per_face > 0
    assert "the second is better on 0% of 6 images" in describe_pair(a, a)


def test_labels_of_others_are_compared_with_the_points_as_drawn(tmp_path: Path) -> None:
    written = write_exact(tmp_path)
    annotations = read_annotations(written.csv, written.images)
    table: dict[str, object] = {"convention": PEOPLE}
    files = write_weights(tmp_path / "drawn.onnx", metadata=table), write_weights(tmp_path / "plain.onnx")
    for label_offset, words in ((True, "dataset's convention"), (False, "as drawn")):
        drawn, plain = (contend(path, annotations, Regions.LABELS, "", label_offset=label_offset) for path in files)
        text = describe_pair(drawn, plain)
        assert f"\n{words}  " in text and ("NME as drawn" in text) == label_offset
        assert plain.evaluation.compared_errors.nme < 1e-3
        assert (drawn.evaluation.compared_errors.nme < 1e-3) == label_offset


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    written = write_exact(tmp_path)
    with pytest.raises(WeightsError, match=r"none\.onnx does not exist"):
        contend(tmp_path / "none.onnx", read_annotations(written.csv, written.images), Regions.LABELS, "six")
