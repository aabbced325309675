"""Openings of lids and lips by a second labeller: made, written, read, and put into the labels."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from model.geometry import apply, similarity
from model.keypoints import GROUPS, LID_PAIRS, LIP_PAIRS, eye_distance
from tests.train.faces import face_keypoints, write_faces
from train.data.annotations import Annotations, read_annotations
from train.data.face_store import load_store
from train.data.label_offset import LabelOffset
from train.data.second_labels import (
    CLOSED_LIPS_GAP,
    MESH_POINTS,
    label_faces,
    lips_apart,
    open_mediapipe,
    read_second_labels,
    with_openings,
    write_second_labels,
)
from train.errors import DatasetError, OptionError

Points = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def annotations(tmp_path_factory: pytest.TempPathFactory) -> Annotations:
    csv_path, images = write_faces(tmp_path_factory.mktemp("faces"), count=6)
    return read_annotations(csv_path, images)


def _with_gaps(points: Points, lids: float, lips: float) -> Points:
    """The same face with every lid and lip pair so far apart."""
    moved = points.copy()
    for pairs, gap in ((LID_PAIRS, lids), (LIP_PAIRS, lips)):
        for upper, lower in pairs:
            middle = (points[upper] + points[lower]) / 2
            moved[upper], moved[lower] = middle - np.array([0, gap / 2]), middle + np.array([0, gap / 2])
    return moved


def _gaps(points: Points, pairs: tuple[tuple[int, int], ...]) -> Points:
    return np.array([np.linalg.norm(points[a] - points[b]) for a, b in pairs])


def test_the_openings_are_the_second_labellers_and_the_places_are_not() -> None:
    label = 40 * face_keypoints() + 100
    second = _with_gaps(label, 1.0, 0.0) + np.array([7, -5])  # it sees the whole face elsewhere: that does not count
    opened = with_openings(label, second)
    np.testing.assert_allclose(_gaps(opened, LID_PAIRS), 1.0)
    np.testing.assert_allclose(_gaps(opened, LIP_PAIRS), CLOSED_LIPS_GAP * float(eye_distance(label)), rtol=1e-6)
    for upper, lower in LID_PAIRS + LIP_PAIRS:
        np.testing.assert_allclose(opened[upper] + opened[lower], label[upper] + label[lower])
    moved = np.flatnonzero(np.abs(opened - label).max(axis=1) > 1e-9)
    assert set(moved) <= {i for pair in LID_PAIRS + LIP_PAIRS for i in pair}


def test_how_far_lips_lie_apart_is_reported_for_all_faces_and_for_closed_mouths(annotations: Annotations) -> None:
    labels = annotations.keypoints_px.copy()
    seconds: list[Points | None] = []
    for index, points in enumerate(labels):
        unit = float(eye_distance(points))
        labels[index] = _with_gaps(points, 1.0, 0.03 * unit if index < 2 else 0.10 * unit)
        seconds.append(_with_gaps(points, 1.0, 0.0 if index < 2 else 0.09 * unit))
    seconds[5] = None
    faces = replace(annotations, keypoints_px=labels)
    mean, closed = lips_apart(faces, seconds)
    assert mean == pytest.approx((2 * 0.03 + 3 * 0.01) / 5, abs=1e-3) and closed == pytest.approx(0.03, abs=1e-3)
    assert all(np.isnan(lips_apart(faces, [None] * len(faces))))


def test_openings_turn_with_the_face() -> None:
    label = 40 * face_keypoints() + 100
    turn = similarity(1.5, 0.7, (0.0, 0.0), (20.0, 30.0))
    second = _with_gaps(label, 2.0, 3.0)
    turned_label, turned_second = (apply(turn, points).astype(np.float64) for points in (label, second))
    wanted = apply(turn, with_openings(label, second)).astype(np.float64)
    np.testing.assert_allclose(with_openings(turned_label, turned_second), wanted, atol=1e-6)


def test_a_face_that_it_did_not_see_keeps_its_labels() -> None:
    label = 40 * face_keypoints()
    np.testing.assert_array_equal(with_openings(label, np.full_like(label, np.nan)), label)


def test_faces_are_shown_in_the_middle_and_found_again_in_the_image(annotations: Annotations) -> None:
    sizes = []

    def labeller(picture_bgr: npt.NDArray[np.uint8]) -> list[Points]:
        sizes.append(picture_bgr.shape)
        middle = np.full((68, 2), (picture_bgr.shape[0] - 1) / 2)
        return [middle + 200, middle]  # a neighbour, and the face itself

    found = label_faces(annotations, labeller, range(len(annotations)))
    assert set(sizes) == {(512, 512, 3)}
    for points, label in zip(found, annotations.keypoints_px, strict=True):
        assert points is not None
        box_middle = (label.min(axis=0) + label.max(axis=0)) / 2
        assert np.abs(points[0] - box_middle).max() < 0.15 * np.ptp(label)
    assert label_faces(annotations, lambda _: [], range(1)) == [None]
    assert label_faces(annotations, lambda _: [np.zeros((68, 2))], range(1)) == [None]


def test_they_come_back_as_written(annotations: Annotations, tmp_path: Path) -> None:
    labels: list[Points | None] = [*annotations.keypoints_px]
    labels[2] = None
    write_second_labels(tmp_path / "second.csv", annotations, labels)
    second = read_second_labels(tmp_path / "second.csv", annotations)
    assert np.isnan(second[2]).all()
    np.testing.assert_allclose(np.delete(second, 2, axis=0), np.delete(annotations.keypoints_px, 2, axis=0), atol=1e-3)


def test_the_faces_in_memory_are_opened(annotations: Annotations) -> None:
    second = np.stack([_with_gaps(points, 0.5, 0.5) for points in annotations.keypoints_px])
    plain, opened = (
        load_store(annotations, [0, 3], LabelOffset(), second=points).keypoints for points in (None, second)
    )
    assert _gaps(opened[0], LID_PAIRS).max() < 0.5 * _gaps(plain[0], LID_PAIRS).min()
    jaw = list(GROUPS["jaw"])
    np.testing.assert_allclose(opened[:, jaw], plain[:, jaw], atol=1e-3)


def test_what_cannot_be_read_is_named(annotations: Annotations, tmp_path: Path) -> None:
    path = tmp_path / "second.csv"
    with pytest.raises(DatasetError, match="do not exist; make them with: python -m train second-labels"):
        read_second_labels(path, annotations)
    write_second_labels(path, annotations, [*annotations.keypoints_px])
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(DatasetError, match="holds 5 rows that are not those of"):
        read_second_labels(path, annotations)
    cells = lines[2].split(",")
    for broken in (",".join([cells[0], "x", *cells[2:]]), ",".join(cells[:-1])):
        path.write_text("\n".join([*lines[:2], broken, *lines[3:]]), encoding="utf-8")
        with pytest.raises(DatasetError, match=r"row 3 \(.*(136 numbers or none|137) are needed"):
            read_second_labels(path, annotations)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="is not text in UTF-8 or UTF-16"):
        read_second_labels(path, annotations)


def test_mediapipe_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(OptionError, match=r"needs MediaPipe, which is not installed; .*mediapipe==0\.10\.21"):
        open_mediapipe()


def test_the_mesh_names_a_vertex_for_every_point() -> None:
    assert len(MESH_POINTS) == 68 == len(set(MESH_POINTS))
