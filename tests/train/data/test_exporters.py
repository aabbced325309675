"""Labels go out in other formats and come back as they were; and files by the formats' own tools come in."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.train.data.test_importers import POINTS, SIZE, run, turned_picture
from tests.train.faces import draw_face
from train.data.annotations import Annotations, read_annotations, write_keypoints_csv

FORMATS = ("pts", "dlib", "coco", "cvat", "label-studio", "labelme")


def labels(folder: Path, *, whole: bool) -> Annotations:
    """Two pictures, the first with two faces, the second a photo on its side; one point is not labelled."""
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "a.png"), draw_face(SIZE, POINTS))
    turned_picture(folder / "b.jpg", 6)
    faces = [POINTS, np.round(POINTS * 0.5 + 7.3, 2), POINTS]
    if not whole:
        faces[1] = faces[1].copy()
        faces[1][5] = np.nan
    write_keypoints_csv(folder / "labels.csv", ["a.png", "a.png", "b.jpg"], faces, ["ada", "bob", "ada"])
    return read_annotations(folder / "labels.csv")


@pytest.mark.parametrize("kind", FORMATS)
def test_what_goes_out_comes_back(kind: str, tmp_path: Path) -> None:
    before = labels(tmp_path / "in", whole=kind == "pts")
    out = tmp_path / "out" / ("labels" if kind in ("pts", "labelme") else "labels.any")
    out.parent.mkdir()
    code, output = run("export-labels", kind, tmp_path / "in" / "labels.csv", "--out", out)
    assert code == 0, output
    back = tmp_path / "back.csv"
    pictures = ["--images", tmp_path / "in"] if kind == "label-studio" else []
    code, output = run("import", kind, out, "--out", back, *pictures)
    assert code == 0, output
    folder = Path(output.split("--images ")[1].split("\n")[0]) if "--images" in output else None
    after = read_annotations(back, folder)
    # dlib's are whole pixels.
    np.testing.assert_allclose(after.labels_px, before.labels_px, atol=0.5 if kind == "dlib" else 3e-3)
    if kind == "cvat":
        assert after.people == before.people


def test_pts_cannot_leave_points_out(tmp_path: Path) -> None:
    labels(tmp_path / "in", whole=False)
    code, output = run("export-labels", "pts", tmp_path / "in" / "labels.csv", "--out", tmp_path / "out")
    assert code == 2 and "row 3 (a.png): points are missing" in output and output.count("\n") == 1


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    labels(tmp_path / "in", whole=True)
    (tmp_path / "file").write_text("mine")
    command = ("export-labels", "coco", tmp_path / "in" / "labels.csv", "--out", tmp_path / "file")
    code, output = run(*command)
    assert code == 2 and "exists" in output and (tmp_path / "file").read_text() == "mine"
    assert run(*command, "--overwrite")[0] == 0
    code, output = run("export-labels", "pts", tmp_path / "in" / "labels.csv", "--out", tmp_path / "file")
    assert code == 2 and "is a file" in output
    code, output = run("export-labels", "pts", tmp_path / "in" / "labels.csv", "--out", tmp_path / "in")
    assert code == 2 and "is not empty" in output


def test_cocos_own_library_reads_what_goes_out(tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    before = labels(tmp_path / "in", whole=False)
    assert run("export-labels", "coco", tmp_path / "in" / "labels.csv", "--out", tmp_path / "in" / "c.json")[0] == 0
    data = coco.COCO(str(tmp_path / "in" / "c.json"))
    (number,) = (image["id"] for image in data.loadImgs(data.getImgIds()) if image["file_name"] == "a.png")
    people = data.loadAnns(data.getAnnIds(imgIds=[number]))
    triples = np.array([person["keypoints"] for person in people]).reshape(2, 68, 3)
    points = np.where(triples[..., 2:] > 0, triples[..., :2], np.nan)
    np.testing.assert_allclose(points, before.labels_px[:2], atol=1e-3)
    assert [person["num_keypoints"] for person in people] == [68, 67]


def test_label_studios_min_json_and_uploads(tmp_path: Path) -> None:
    """What its export JSON-MIN looks like; uploads get eight digits in front of their names."""
    cv2.imwrite(str(tmp_path / "a.png"), draw_face(SIZE, POINTS))
    size = {"original_width": SIZE[0], "original_height": SIZE[1]}
    points = [
        {"x": 100 * (x + 0.5) / SIZE[0], "y": 100 * (y + 0.5) / SIZE[1], "width": 0.4, "keypointlabels": [str(i + 1)]}
        for i, (x, y) in enumerate(POINTS)
    ]
    task = {"image": "/data/upload/1/0f3c9a21-a.png", "id": 7, "kp": [point | size for point in points]}
    (tmp_path / "min.json").write_text(json.dumps([task]))
    code, output = run("import", "label-studio", tmp_path / "min.json", "--out", tmp_path / "labels.csv")
    assert code == 0, output
    np.testing.assert_allclose(read_annotations(tmp_path / "labels.csv").labels_px[0], POINTS, atol=2e-3)


def test_unnamed_points_go_by_their_order(tmp_path: Path) -> None:
    """One shape of 68 points, or 68 points of one name."""
    cv2.imwrite(str(tmp_path / "a.png"), draw_face(SIZE, POINTS))
    pairs = (POINTS + 0.5).tolist()
    points = [{"label": "face", "points": [pair], "shape_type": "point", "group_id": None} for pair in pairs]
    line = [{"label": "face", "points": pairs, "shape_type": "linestrip", "group_id": None}]
    for number, shapes in enumerate((points, line)):
        (tmp_path / "a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": shapes}))
        out = tmp_path / f"{number}.csv"
        code, output = run("import", "labelme", tmp_path / "a.json", "--out", out)
        assert code == 0, output
        np.testing.assert_allclose(read_annotations(out).labels_px[0], POINTS, atol=2e-3)
    text = ";".join(f"{x},{y}" for x, y in pairs)
    shape = f"<points label='face' points='{text}'/>"
    (tmp_path / "a.xml").write_text(
        f"<annotations><image name='a.png' width='130' height='140'>{shape}</image></annotations>"
    )
    code, output = run("import", "cvat", tmp_path / "a.xml", "--out", tmp_path / "c.csv")
    assert code == 0, output


def test_points_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), draw_face(SIZE, POINTS))
    point = {"label": "3", "points": [[1, 2]], "shape_type": "point"}
    other = {"label": "4", "points": [[1, 2]], "shape_type": "point"}
    (tmp_path / "a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": [point, point, other]}))
    code, output = run("import", "labelme", tmp_path / "a.json", "--out", tmp_path / "o.csv")
    assert code == 2 and "labels point 3 twice" in output
    (tmp_path / "a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": [point | {"points": [[1]]}]}))
    code, output = run("import", "labelme", tmp_path / "a.json", "--out", tmp_path / "o.csv")
    assert code == 2 and "where x and y are needed" in output
    value = {"x": 1, "y": 1, "width": 1, "keypointlabels": ["3"]}
    result = {"type": "keypointlabels", "value": value, "original_width": 130, "original_height": 140}
    result["image_rotation"] = 90
    task = {"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": [result]}]}
    (tmp_path / "b.json").write_text(json.dumps([task]))
    code, output = run("import", "label-studio", tmp_path / "b.json", "--out", tmp_path / "o.csv")
    assert code == 2 and "was turned by 90 degrees" in output
