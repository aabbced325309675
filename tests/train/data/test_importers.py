"""Labels of other formats come out as the CSV that training reads, or one line says why not."""

import json
import os
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from model.face_log import COLUMNS
from tests.train.faces import draw_face, face_keypoints
from train.cli.app import app
from train.data.annotations import read_annotations
from train.data.formats.base import read_text
from train.data.formats.kaggle import TO_68 as KAGGLE_TO_68
from train.data.formats.wflw import TO_68 as WFLW_TO_68
from train.errors import DatasetError

POINTS = face_keypoints() * 30 + (60, 62)
SIZE = 130, 140
Points = npt.NDArray[np.float64]


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), draw_face(SIZE, POINTS))
    return path


def turned_picture(path: Path, orientation: int) -> Path:
    """A photo whose pixels lie on their side and whose EXIF entry says so; shown, it is `picture`."""
    upright = Image.fromarray(draw_face(SIZE, POINTS)[..., ::-1])
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    upright.transpose(back).save(path, exif=exif, quality=95)
    return path


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def imported(kind: str, path: Path, tmp_path: Path, *more: object, images: Path | None = None) -> Points:
    """Points of the only face, through the command, the CSV and the reader of training."""
    out = tmp_path / "labels.csv"
    code, output = run("import", kind, path, "--out", out, *more)
    assert code == 0, output
    assert out.with_name("labels-sheet.png").is_file()
    annotations = read_annotations(out, images)
    assert len(annotations) == 1
    points: Points = annotations.labels_px[0]
    return points


def refused(kind: str, path: Path, tmp_path: Path, *more: object) -> str:
    """What the command says in its one line; it leaves nothing behind."""
    before = {*tmp_path.rglob("*")}
    code, output = run("import", kind, path, "--out", tmp_path / "out.csv", *more)
    assert code == 2 and output.count("\n") == 1, output
    assert {*tmp_path.rglob("*")} == before
    return output


def pts(points: Points) -> str:
    lines = "\n".join(f"{x:.4f} {y:.4f}" for x, y in points)
    return f"version: 1\nn_points: 68\n{{\n{lines}\n}}\n"


def test_ibug_counts_from_one(tmp_path: Path) -> None:
    picture(tmp_path / "set" / "a.png")
    (tmp_path / "set" / "a.pts").write_text(pts(POINTS + 1))
    np.testing.assert_allclose(imported("pts", tmp_path / "set", tmp_path), POINTS, atol=2e-3)
    found = imported("pts", tmp_path / "set", tmp_path, "--overwrite", "--count-from", 0)
    np.testing.assert_allclose(found, POINTS + 1, atol=2e-3)


def test_ibug_counts_from_zero_where_a_label_lies_at_zero(tmp_path: Path) -> None:
    points = POINTS - (POINTS[:, 0].min(), 0)
    picture(tmp_path / "a.png")
    (tmp_path / "a.pts").write_text(pts(points))
    np.testing.assert_allclose(imported("pts", tmp_path / "a.pts", tmp_path), points, atol=2e-3)
    picture(tmp_path / "b.png")
    (tmp_path / "b.pts").write_text(pts(POINTS + np.array([SIZE[0] - POINTS[:, 0].max(), 0])))
    assert "choose with --count-from 0 or --count-from 1" in refused("pts", tmp_path, tmp_path)


def test_dlib_may_leave_points_out(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    parts = "".join(f"<part name='{i:02}' x='{x:.0f}' y='{y:.0f}'/>" for i, (x, y) in enumerate(POINTS) if i != 5)
    (tmp_path / "a.xml").write_text(dlib(parts))
    found = imported("dlib", tmp_path / "a.xml", tmp_path)
    assert np.isnan(found[5]).all() and np.nanmax(np.abs(found - POINTS)) <= 0.5


def dlib(parts: str, file: str = "a.png") -> str:
    box = f"<box top='1' left='1' width='9' height='9'>{parts}</box>"
    return f"<dataset><images><image file='{file}'>{box}</image></images></dataset>"


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_photos_on_their_side_come_out_upright(tmp_path: Path, orientation: int) -> None:
    """dlib labels the stored pixels; LabelMe and others what is shown. Either way the points fit what is shown."""
    turned_picture(tmp_path / "a.jpg", orientation)
    x, y, (width, height) = POINTS[:, 0], POINTS[:, 1], SIZE
    stored = {
        3: np.stack([width - 1 - x, height - 1 - y], 1),
        6: np.stack([y, width - 1 - x], 1),
        8: np.stack([height - 1 - y, x], 1),
    }[orientation]
    for number, points in enumerate((stored, POINTS)):
        parts = "".join(f"<part name='{i:02}' x='{x:.3f}' y='{y:.3f}'/>" for i, (x, y) in enumerate(points))
        (tmp_path / "a.xml").write_text(dlib(parts, "a.jpg"))
        found = imported("dlib", tmp_path / "a.xml", tmp_path, *(["--overwrite"] if number else []))
        np.testing.assert_allclose(found, POINTS, atol=2e-3)


def test_wflw_is_reduced_by_the_usual_table(tmp_path: Path) -> None:
    picture(tmp_path / "WFLW_images" / "x" / "a.png")
    many = np.zeros((98, 2))
    many[list(WFLW_TO_68)] = POINTS
    assert len(set(WFLW_TO_68)) == 68
    numbers = " ".join(map(str, many.ravel()))
    for line in (f"{numbers} 1 1 9 9 0 0 0 0 0 0 x/a.png\n", f"\n{numbers} x/a.png\n"):
        (tmp_path / "list.txt").write_text(line)
        found = imported("wflw", tmp_path / "list.txt", tmp_path, "--overwrite")
        np.testing.assert_allclose(found, POINTS, atol=2e-3)


def kaggle_row() -> dict[str, object]:
    row: dict[str, object] = {f"left_eye_center_{axis}": 1.0 for axis in "xy"}
    for name, index in KAGGLE_TO_68.items():
        row[f"{name}_x"], row[f"{name}_y"] = POINTS[index] * 0.7
    return row | {"Image": " ".join(["7"] * 96 * 96)}


def test_kaggle_brings_its_pictures(tmp_path: Path) -> None:
    row = kaggle_row()
    row["mouth_left_corner_x"] = np.nan
    pd.DataFrame([row, {**row, **{name: np.nan for name in row if name != "Image"}}]).to_csv(
        tmp_path / "training.csv", index=False
    )
    found = imported("kaggle", tmp_path / "training.csv", tmp_path)
    assert np.isfinite(found[:, 0]).sum() == 12 and np.isnan(found[54]).all()
    assert found[30] == pytest.approx(POINTS[30] * 0.7, abs=1e-3)
    assert (tmp_path / "labels-images" / "face_0.png").is_file()


def test_an_import_that_failed_can_be_repeated(tmp_path: Path) -> None:
    good, bad = kaggle_row(), kaggle_row() | {"Image": "1 2 3"}
    pd.DataFrame([good, bad]).to_csv(tmp_path / "training.csv", index=False)
    assert "row 3: 3 pixels where 9216" in refused("kaggle", tmp_path / "training.csv", tmp_path)
    pd.DataFrame([good]).to_csv(tmp_path / "training.csv", index=False)
    imported("kaggle", tmp_path / "training.csv", tmp_path)
    (tmp_path / "labels.csv").unlink()
    (tmp_path / "labels-sheet.png").unlink()
    code, output = run("import", "kaggle", tmp_path / "training.csv", "--out", tmp_path / "labels.csv")
    assert code == 2 and "labels-images exists" in output
    imported("kaggle", tmp_path / "training.csv", tmp_path, "--overwrite")


def test_a_picture_that_cannot_be_written_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pd.DataFrame([kaggle_row()]).to_csv(tmp_path / "training.csv", index=False)

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "No space left on device" in refused("kaggle", tmp_path / "training.csv", tmp_path)


def test_coco_says_what_is_visible(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.png")
    triples = [value for i, (x, y) in enumerate(POINTS) for value in (x, y, 0 if i == 3 else 2)]
    data = {"images": [{"id": 4, "file_name": "a.png"}], "annotations": [{"image_id": 4, "keypoints": triples}]}
    (tmp_path / "a.json").write_text(json.dumps(data))
    found = imported("coco", tmp_path / "a.json", tmp_path)
    assert np.isnan(found[3]).all() and np.nanmax(np.abs(found - POINTS)) < 2e-3


def test_pictures_elsewhere_are_named_by_their_folder(tmp_path: Path) -> None:
    picture(tmp_path / "far" / "deep" / "a.png")
    (tmp_path / "near").mkdir()
    data = {"images": [{"id": 4, "file_name": "deep/a.png", "width": 130, "height": 140}], "annotations": []}
    triples = [value for x, y in POINTS for value in (x, y, 2)]
    data["annotations"] = [{"image_id": 4, "keypoints": triples}]
    (tmp_path / "a.json").write_text(json.dumps(data))
    out = tmp_path / "near" / "labels.csv"
    code, output = run("import", "coco", tmp_path / "a.json", "--out", out, "--images", tmp_path / "far")
    assert code == 0 and f"--images {tmp_path / 'far' / 'deep'}" in output
    assert read_annotations(out, tmp_path / "far" / "deep").names == ("a.png",)


def film(path: Path, **options: Any) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.sample_aspect_ratio = options.get("aspect", 1)
        if options.get("interlaced"):
            stream.options = {"x264-params": "tff=1"}
            stream.codec_context.flags |= 1 << 18 | 1 << 29
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(draw_face(SIZE, POINTS), format="bgr24")))
        container.mux(stream.encode(None))
    return path


def face_log(path: Path, frames: tuple[int, ...] = (1, 2, 2)) -> Path:
    rows = [[frame, frame / 25, number, 0.9, *POINTS.ravel()] for number, frame in enumerate(frames)]
    columns = list(COLUMNS[: 4 + 136])
    pd.DataFrame(rows, columns=columns).reindex(columns=list(COLUMNS)).to_csv(path, index=False)
    return path


def test_a_log_and_its_film(tmp_path: Path) -> None:
    log = face_log(tmp_path / "log.csv")
    found = imported("log", log, tmp_path, "--video", film(tmp_path / "film.mp4"))
    np.testing.assert_allclose(found, POINTS, atol=2e-3)
    assert "with --video" in refused("log", log, tmp_path)
    assert "video none.mp4 does not exist" in refused("log", log, tmp_path, "--video", "none.mp4")
    longer = face_log(tmp_path / "longer.csv", (1, 7))
    assert "knows a frame 7" in refused("log", longer, tmp_path, "--video", tmp_path / "film.mp4")


@pytest.mark.parametrize(
    ("options", "words"),
    [({"aspect": 2}, "of pixels that are not square"), ({"interlaced": True}, "interlaced")],
)
def test_films_that_are_shown_otherwise_than_stored_are_refused(
    tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    """The live program shows them otherwise, so that the points of its log would not fit."""
    video = film(tmp_path / "film.mp4", **options)
    message = refused("log", face_log(tmp_path / "log.csv"), tmp_path, "--video", video)
    assert words in message and "--record plain.mp4" in message


WORDS_OF_POINTS = " ".join(["1"] * 195)


@pytest.mark.parametrize(
    ("kind", "name", "text", "message"),
    [
        ("pts", "a.pts", "version: 1\n{\n1 2\n}", "holds 1 points where 68"),
        ("pts", "a.pts", f"version: 1\n{{\n{'1 x ' * 68}\n}}", "a coordinate is 'x'"),
        ("dlib", "a.xml", "<dataset>", "not XML that can be read"),
        ("dlib", "a.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><dataset/>", "declares entities"),
        ("dlib", "a.xml", "<dataset/>", "holds no face"),
        ("dlib", "a.xml", dlib("<part name='chin2' x='1' y='2'/>"), "a point is called 'chin2'"),
        ("dlib", "a.xml", dlib("<part name='70' x='1' y='2'/>"), "a point is called '70'"),
        ("dlib", "a.xml", dlib("<part name='1' x='1' y='b'/>"), "y of point 1 is 'b'"),
        ("dlib", "a.xml", dlib("<part name='1' x='1' y='2'/>", "no.png"), "no.png does not exist"),
        ("dlib", "a.xml", dlib("<part name='1' x='1' y='2'/>", "a.xml"), "a.xml is not a picture"),
        ("dlib", "a.xml", dlib("<part name='1' x='900' y='2'/>"), "1 of 1 points lie outside"),
        ("dlib", "a.xml", dlib("<part name='1' x='1' y='2'/>", ""), "an image has no file"),
        ("wflw", "a.txt", "1 2 3", "line 1 holds 3 words, where WFLW's lines hold 207"),
        ("wflw", "a.txt", f"{WORDS_OF_POINTS} x a.png", "a coordinate is 'x'"),
        ("wflw", "a.txt", f"1 {WORDS_OF_POINTS} no.png", "no.png does not exist"),
        ("kaggle", "a.csv", "a,b\n1,2\n", "it has no column Image"),
        ("kaggle", "a.csv", "Image,nose_tip_x\n1,2\n", "no column right_eye_outer_corner_x and 24 more"),
        ("kaggle", "a.csv", "", "is not a CSV that can be read"),
        ("kaggle", "a.csv", 'a,b\n1,"2\n3', "is not a CSV that can be read"),
        ("coco", "a.json", "[1]", "that can be read (it is built differently); export it"),
        ("coco", "a.json", "{}", "that can be read ('images' is missing); export it"),
        ("cvat", "a.xml", "<dataset/>", "is not CVAT's: it begins with <dataset>; export the task as 'CVAT for"),
        ("coco", "a.json", "{", "not a COCO file"),
        ("coco", "a.json", '{"images": [{"id": 1}], "annotations": [{"image_id": 1, "keypoints": [1]}]}', "three"),
        ("cvat", "a.xml", "<annotations><track/></annotations>", "CVAT for images"),
        ("cvat", "a.xml", "<annotations><image name='a' width='w' height='1'/></annotations>", "width is 'w'"),
        (
            "cvat",
            "a.xml",
            "<annotations><image name='a' width='1' height='1'><points points='1,2;3'/></image></annotations>",
            "not written as x,y",
        ),
        (
            "cvat",
            "a.xml",
            "<annotations><image name='a' width='1' height='1'><points points='1,2;3,4'/></image></annotations>",
            "labels 2 points where 68",
        ),
        ("label-studio", "a.json", "{}", "not an export of Label Studio"),
        ("label-studio", "a.json", '[{"data": {}}]', "not a task that can be read"),
        ("labelme", "a.json", "{}", "not a file of LabelMe"),
    ],
)
def test_what_cannot_be_read_is_reported(tmp_path: Path, kind: str, name: str, text: str, message: str) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / name).write_text(text)
    assert message in refused(kind, tmp_path / name, tmp_path)
    assert "does not exist" in refused(kind, tmp_path / "none", tmp_path)


def test_pictures_of_another_size_are_reported(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    image = {"id": 4, "file_name": "a.png", "width": 640, "height": 480}
    people = [{"image_id": 4, "keypoints": [9] * 204}]
    (tmp_path / "a.json").write_text(json.dumps({"images": [image], "annotations": people}))
    assert "labelled on a picture of 640x480 px, but" in refused("coco", tmp_path / "a.json", tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "labels.xml")
    with pytest.raises(DatasetError, match="it is a device or a pipe, not a file; check the path"):
        read_text(tmp_path / "labels.xml")
