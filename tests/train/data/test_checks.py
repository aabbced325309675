"""Nonsense in labels is found, named by row, and drawn."""

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from model.geometry import Points
from model.keypoints import MIRROR, NUM_KEYPOINTS
from realtime.filters.authoring.portrait import portrait
from tests.train.data.test_importers import run
from train.data.annotations import read_annotations, write_keypoints_csv
from train.data.checks import other_folder

SIZE = 240, 240


def face() -> tuple[np.ndarray, Points]:
    picture_bgr, found = portrait(90.0, SIZE, (0.5, 0.5))
    return picture_bgr, np.asarray(found.keypoints_px, np.float64)


def labels(folder: Path, *changes: Callable[[Points], Points]) -> Path:
    """A CSV of the portrait, once for each change of its points."""
    folder.mkdir(parents=True)
    picture_bgr, points = face()
    names = [f"face{index}_1.png" for index in range(len(changes))]
    for name in names:
        cv2.imwrite(str(folder / name), picture_bgr)
    write_keypoints_csv(folder / "labels.csv", names, [change(points) for change in changes])
    return folder / "labels.csv"


def test_good_labels_pass(tmp_path: Path) -> None:
    csv_path = labels(tmp_path / "in", lambda points: points)
    code, output = run("check", csv_path)
    assert code == 0 and "1 face of 1 person (face0)" in output and output.rstrip().endswith("nothing found")
    assert not (tmp_path / "in" / "labels-check.png").exists()


def test_the_labels_themselves_are_never_replaced_by_a_sheet(tmp_path: Path) -> None:
    csv_path = labels(tmp_path / "in", lambda points: points * 0.01 + 100)
    before = csv_path.read_bytes()
    code, output = run("check", csv_path, "--sheet", csv_path, "--overwrite")
    assert code == 2 and "it is read or written in the same run" in output
    assert csv_path.read_bytes() == before


def test_everything_is_listed_by_row(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    csv_path = labels(
        tmp_path / "in",
        lambda points: points,
        lambda points: points / np.array(SIZE),
        lambda points: points * 0.01 + 100,
        lambda points: points + np.array([0, 200]),
        lambda points: points[MIRROR],
        lambda points: points + np.array([25.0, 0]),
        lambda points: rng.uniform(20, 30, points.shape) + np.array([0, 190]),
    )
    text = csv_path.read_text().splitlines()
    text += ["none_1.png" + text[1][text[1].index(",") :], text[1].replace(",", ",x", 1), text[1]]
    csv_path.write_text("\n".join(text) + "\n")
    code, output = run("check", csv_path)
    assert code == 1
    for words in (
        "row 3 (face1_1.png): coordinates lie between 0 and 1",
        "row 4 (face2_1.png): the face measures 1x1 px",
        "row 5 (face3_1.png): points lie up to",
        "row 6 (face4_1.png): left and right are swapped",
        "row 7 (face5_1.png): the network sees the points",
        "row 9, first column: the image 'none_1.png' is not in",
        "row 10 (face0_1.png), column 0:",
        "row 11 (face0_1.png): repeats row 2",
    ):
        assert words in output, words
    assert "row 8 (face6_1.png): " in output and "row 2 " not in output.replace("repeats row 2", "")
    first = tmp_path / "in" / "labels-check.png"
    before = first.read_bytes()
    run("check", csv_path)
    assert first.read_bytes() == before, "no sheet is replaced unasked"
    assert first.with_name("labels-check-2.png").is_file()


def test_labels_from_before_the_photo_was_turned(tmp_path: Path) -> None:
    csv_path = labels(tmp_path / "in", lambda points: np.stack([points[:, 1], SIZE[0] - 1 - points[:, 0]], 1))
    picture_bgr, _ = face()
    exif = Image.Exif()
    exif[274] = 6
    upright = Image.fromarray(picture_bgr[..., ::-1])
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "in" / "turned.jpg", exif=exif)
    csv_path.write_text(csv_path.read_text().replace("face0_1.png", "turned.jpg"))
    assert "its EXIF entry turns" in run("check", csv_path)[1]


def test_the_wrong_folder_is_recognised(tmp_path: Path) -> None:
    """Pictures of the same names, but others: the labels fit those in the folder beside."""
    csv_path = labels(tmp_path / "set", *[lambda points: points] * 3)
    (tmp_path / "set" / "labels").mkdir()
    wrong = tmp_path / "set" / "wrong"
    wrong.mkdir()
    for file in sorted((tmp_path / "set").glob("*.png")):
        shutil.move(file, tmp_path / "set" / "labels" / file.name)
        cv2.imwrite(str(wrong / file.name), np.full((240, 200, 3), 90, np.uint8))
    code, output = run("check", csv_path, "--images", wrong)
    right = tmp_path / "set" / "labels"
    assert code == 1 and f"the labels fit {right}: --images {right}" in output
    assert "3 of 3 that were compared have another size" in output
    assert other_folder(read_annotations(csv_path)) == ""


def test_a_file_that_is_no_picture_is_listed(tmp_path: Path) -> None:
    csv_path = labels(tmp_path / "in", lambda points: points, lambda points: points)
    (tmp_path / "in" / "face0_1.png").write_text("no picture")
    code, output = run("check", csv_path)
    assert code == 1 and "row 2 (face0_1.png): is not a picture that can be read" in output


def test_a_sheet_is_not_replaced(tmp_path: Path) -> None:
    csv_path = labels(tmp_path / "in", lambda points: points[MIRROR])
    (tmp_path / "mine.png").write_text("mine")
    code, output = run("check", csv_path, "--sheet", tmp_path / "mine.png")
    assert code == 2 and "exists" in output and (tmp_path / "mine.png").read_text() == "mine"


@pytest.mark.parametrize("rows", [0, 1])
def test_a_csv_without_a_good_row_is_refused(tmp_path: Path, rows: int) -> None:
    csv_path = labels(tmp_path / "in", lambda points: np.full((NUM_KEYPOINTS, 2), 3.0))
    if not rows:
        csv_path.write_text(csv_path.read_text().splitlines()[0] + "\n")
    code, output = run("check", csv_path)
    assert code == 2 and output.count("\n") == 1
