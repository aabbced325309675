"""Labels of other formats come out as the CSV that training reads."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from model.face_log import COLUMNS
from tests.train.faces import draw_face, face_keypoints
from train.data.annotations import read_annotations
from train.data.importers import KAGGLE_TO_68, WFLW_TO_68, import_labels, write_labels
from train.errors import DatasetError

POINTS = face_keypoints() * 30 + (60, 62)


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), draw_face((130, 140), POINTS))
    return path


def imported(kind: str, path: Path, tmp_path: Path, video: Path | None = None) -> np.ndarray:
    """Points of the only face, through the CSV and the reader of training."""
    out = tmp_path / "labels.csv"
    write_labels(out, import_labels(kind, path, out, video))
    annotations = read_annotations(out, tmp_path)
    assert len(annotations) == 1
    points: np.ndarray = annotations.keypoints_px[0].copy()
    points[~annotations.labelled[0]] = np.nan
    return points


def test_ibug_counts_from_one(tmp_path: Path) -> None:
    picture(tmp_path / "set" / "a.png")
    lines = "\n".join(f"{x + 1:.4f} {y + 1:.4f}" for x, y in POINTS)
    (tmp_path / "set" / "a.pts").write_text(f"version: 1\nn_points: 68\n{{\n{lines}\n}}\n")
    np.testing.assert_allclose(imported("pts", tmp_path / "set", tmp_path), POINTS, atol=2e-3)


def test_dlib_may_leave_points_out(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    parts = "".join(f"<part name='{i:02}' x='{x:.0f}' y='{y:.0f}'/>" for i, (x, y) in enumerate(POINTS) if i != 5)
    (tmp_path / "a.xml").write_text(
        f"<dataset><images><image file='a.png'><box top='1' left='1' width='9' height='9'>{parts}</box></image>"
        "</images></dataset>"
    )
    found = imported("dlib", tmp_path / "a.xml", tmp_path)
    assert np.isnan(found[5]).all() and np.nanmax(np.abs(found - POINTS)) <= 0.5


def test_wflw_is_reduced_by_the_usual_table(tmp_path: Path) -> None:
    picture(tmp_path / "WFLW_images" / "x" / "a.png")
    many = np.zeros((98, 2))
    many[list(WFLW_TO_68)] = POINTS
    assert len(set(WFLW_TO_68)) == 68
    (tmp_path / "list.txt").write_text(" ".join(map(str, many.ravel())) + " 1 1 9 9 0 0 0 0 0 0 x/a.png\n")
    np.testing.assert_allclose(imported("wflw", tmp_path / "list.txt", tmp_path), POINTS, atol=2e-3)


def test_kaggle_brings_its_pictures(tmp_path: Path) -> None:
    row: dict[str, object] = {f"left_eye_center_{axis}": 1.0 for axis in "xy"}
    for name, index in KAGGLE_TO_68.items():
        row[f"{name}_x"], row[f"{name}_y"] = POINTS[index] * 0.7
    row["mouth_left_corner_x"] = np.nan
    row["Image"] = " ".join(["7"] * 96 * 96)
    pd.DataFrame([row, {**row, **{name: np.nan for name in row if name != "Image"}}]).to_csv(
        tmp_path / "training.csv", index=False
    )
    found = imported("kaggle", tmp_path / "training.csv", tmp_path)
    assert np.isfinite(found[:, 0]).sum() == 12 and np.isnan(found[54]).all()
    assert found[30] == pytest.approx(POINTS[30] * 0.7, abs=1e-3)
    assert (tmp_path / "labels-images" / "face_0.png").is_file()


def test_coco_says_what_is_visible(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    triples = [value for i, (x, y) in enumerate(POINTS) for value in (x, y, 0 if i == 3 else 2)]
    data = {"images": [{"id": 4, "file_name": "a.png"}], "annotations": [{"image_id": 4, "keypoints": triples}]}
    (tmp_path / "a.json").write_text(json.dumps(data))
    found = imported("coco", tmp_path / "a.json", tmp_path)
    assert np.isnan(found[3]).all() and np.nanmax(np.abs(found - POINTS)) < 2e-3


def test_a_log_and_its_film(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "film.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 130, 140, "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(draw_face((130, 140), POINTS), format="bgr24")))
        container.mux(stream.encode(None))
    rows = [[1, 0.04, 0, 0.9, *POINTS.ravel()], [2, 0.08, 0, 0.9, *POINTS.ravel()], [2, 0.08, 1, 0.9, *POINTS.ravel()]]
    pd.DataFrame(rows, columns=list(COLUMNS[: 4 + 136])).reindex(columns=list(COLUMNS)).to_csv(
        tmp_path / "log.csv", index=False
    )
    found = imported("log", tmp_path / "log.csv", tmp_path, tmp_path / "film.mp4")
    np.testing.assert_allclose(found, POINTS, atol=2e-3)
    with pytest.raises(DatasetError, match="with --video"):
        import_labels("log", tmp_path / "log.csv", tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("kind", "name", "text", "message"),
    [
        ("pts", "a.pts", "version: 1\n{\n1 2\n}", "holds 1 points where 68"),
        ("dlib", "a.xml", "<dataset>", "not XML that can be read"),
        ("dlib", "a.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><dataset/>", "declares entities"),
        ("dlib", "a.xml", "<dataset/>", "holds no face"),
        ("wflw", "a.txt", "1 2 3", "line 1 holds 3 words"),
        ("kaggle", "a.csv", "a,b\n1,2\n", "not Kaggle's"),
        ("coco", "a.json", "[1]", "not a COCO file"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, kind: str, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DatasetError, match=message):
        import_labels(kind, tmp_path / name, tmp_path / "out.csv")
    with pytest.raises(DatasetError, match="does not exist"):
        import_labels(kind, tmp_path / "none", tmp_path / "out.csv")
