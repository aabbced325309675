"""Labels are read whole or refused with file, row and column; the split holds people together."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.train.exact import Written, write_exact
from train.data.annotations import read_annotations, write_keypoints_csv
from train.data.split import development_split
from train.errors import DatasetError


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return write_exact(tmp_path)


def edit(path: Path, row: int, column: int | None, text: str) -> None:
    """Replace a cell, or with no column a whole row; the header is row 1."""
    lines = path.read_text().split("\n")
    if column is None:
        lines[row - 1] = text
    else:
        cells = lines[row - 1].split(",")
        cells[column] = text
        lines[row - 1] = ",".join(cells)
    path.write_text("\n".join(lines))


def test_names_points_and_rows(written: Written) -> None:
    found = read_annotations(written.csv, written.images)
    assert found.names == written.names and len(found) == 6
    assert found.rows == (2, 3, 4, 5, 6, 7)
    np.testing.assert_allclose(found.keypoints_px, written.keypoints_px, atol=1e-3)
    assert found.keypoints_px.shape == (6, 68, 2) and found.keypoints_px.dtype == np.float64


def test_images_are_bgr_without_alpha_whatever_their_name_says(written: Written) -> None:
    image = read_annotations(written.csv, written.images).read_bgr(0)
    assert image.shape == (100, 120, 3) and image.dtype == np.uint8
    assert image[0, 0].tolist() == [10, 20, 30]


def test_a_subset_keeps_rows_and_points_together(written: Written) -> None:
    found = read_annotations(written.csv, written.images)
    part = found.subset(np.array([False, True, False, False, True, False]))
    assert part.names == (written.names[1], written.names[4]) and part.rows == (3, 6)
    np.testing.assert_array_equal(part.keypoints_px, found.keypoints_px[[1, 4]])


def test_blank_lines_and_a_byte_order_mark_are_no_trouble(written: Written) -> None:
    written.csv.write_text("\ufeff" + written.csv.read_text() + "\n\n", encoding="utf-8")
    assert len(read_annotations(written.csv, written.images)) == 6


def test_named_columns_are_taken_too(written: Written) -> None:
    edit(written.csv, 1, None, "image," + ",".join(f"{axis}{i}" for i in range(68) for axis in "xy"))
    assert len(read_annotations(written.csv, written.images)) == 6


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        (5, "abc", r"labels\.csv, row 4 \(.*_02\.jpg\), column 4: 'abc' where a finite number is needed"),
        (1, "", r"row 4 .*column 0: an empty cell where a finite number"),
        (7, "inf", r"row 4 .*column 6: 'inf'"),
        (7, "1,2", r"row 4 .*138 columns where 137 are needed"),
        (0, "gone_1.jpg", r"row 4, first column: the image 'gone_1\.jpg' is not in .*images"),
        (0, "", r"row 4, first column: the image '' is not in"),
    ],
)
def test_bad_cells_are_named(written: Written, column: int, text: str, expected: str) -> None:
    edit(written.csv, 4, column, text)
    with pytest.raises(DatasetError, match=expected):
        read_annotations(written.csv, written.images)


def test_a_short_row_is_named(written: Written) -> None:
    edit(written.csv, 3, None, "half.jpg,1,2,3")
    with pytest.raises(DatasetError, match=r"row 3 \(half\.jpg\): 4 columns where 137 are needed"):
        read_annotations(written.csv, written.images)


def test_coinciding_eye_corners_are_named(written: Written) -> None:
    for column in (36, 45):
        edit(written.csv, 2, 1 + 2 * column, "5")
        edit(written.csv, 2, 2 + 2 * column, "6")
    with pytest.raises(DatasetError, match=r"row 2 .*points 36 and 45\) coincide"):
        read_annotations(written.csv, written.images)


def test_missing_columns_are_named(written: Written) -> None:
    lines = [line.split(",") for line in written.csv.read_text().strip().split("\n")]
    written.csv.write_text("\n".join(",".join(cells[:57] + cells[59:]) for cells in lines))
    with pytest.raises(DatasetError, match="misses the columns 56, 57; row 1 must read"):
        read_annotations(written.csv, written.images)


def test_a_csv_without_header_is_refused(written: Written) -> None:
    written.csv.write_text(written.csv.read_text().split("\n", 1)[1])
    with pytest.raises(DatasetError, match="row 1 must read"):
        read_annotations(written.csv, written.images)


def test_columns_in_another_order_are_refused(written: Written) -> None:
    edit(written.csv, 1, 1, "1")
    edit(written.csv, 1, 2, "0")
    with pytest.raises(DatasetError, match="another order"):
        read_annotations(written.csv, written.images)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", r"labels\.csv is empty"),
        (b"," + b",".join(b"%d" % i for i in range(136)) + b"\n", "holds no labelled image, only a header"),
        (b"\x89PNG\r\n\xff\xfe\x00\x00", "it looks like a PNG picture"),
        (b"image,x0\n\xe9\xe8,1\n", "is not text in UTF-8 or UTF-16 .byte 9"),
    ],
)
def test_files_that_hold_nothing_of_use(written: Written, content: bytes, expected: str) -> None:
    written.csv.write_bytes(content)
    with pytest.raises(DatasetError, match=expected):
        read_annotations(written.csv, written.images)


def test_missing_csv_and_folder(written: Written) -> None:
    with pytest.raises(DatasetError, match=r"CSV .*none\.csv does not exist; .*python -m train download"):
        read_annotations(written.csv.with_name("none.csv"), written.images)
    with pytest.raises(DatasetError, match=r"images folder .*none does not exist"):
        read_annotations(written.csv, written.images / "none")


@pytest.mark.parametrize("content", [b"", b"not a picture at all"])
def test_a_file_that_is_no_picture_is_named_when_read(written: Written, content: bytes) -> None:
    (written.images / written.names[3]).write_bytes(content)
    found = read_annotations(written.csv, written.images)
    with pytest.raises(DatasetError, match=rf"labels\.csv, row 5: .*{written.names[3]} is not a picture"):
        found.read_bgr(3)


def test_an_image_that_vanishes_is_named(written: Written) -> None:
    found = read_annotations(written.csv, written.images)
    (written.images / written.names[1]).unlink()
    with pytest.raises(DatasetError, match="row 3: cannot read the image"):
        found.read_bgr(1)


def test_written_points_read_back_and_misses_are_empty(tmp_path: Path, written: Written) -> None:
    path = tmp_path / "out.csv"
    write_keypoints_csv(path, written.names[:2], [written.keypoints_px[0], None])
    rows = path.read_text().split("\n")
    assert rows[0] == "," + ",".join(map(str, range(136)))
    assert rows[2] == written.names[1] + "," * 136
    path.write_text("\n".join(rows[:2]))
    np.testing.assert_allclose(
        read_annotations(path, written.images).keypoints_px[0], written.keypoints_px[0], atol=1e-3
    )


@pytest.mark.shared
def test_the_real_dataset_is_read_whole(shared_dir: Path) -> None:
    data = shared_dir / "data" / "train-test-data"
    found = read_annotations(data / "training_frames_keypoints.csv", data / "training")
    mask = development_split(found.people)
    assert len(found) == 3462 and int(mask.sum()) == 441
    assert len(set(found.subset(mask).people)) == 45


NAMES = [f"{axis}{point}" for point in range(68) for axis in "xy"]


def table(written: Written) -> pd.DataFrame:
    """The labels with a header of `image,x0,y0,...`, to be written in another form."""
    frame = pd.read_csv(written.csv)
    frame.columns = pd.Index(["image", *NAMES])
    return frame.copy()


def assert_read(path: Path, written: Written) -> None:
    found = read_annotations(path, written.images)
    np.testing.assert_allclose(found.keypoints_px, written.keypoints_px, atol=1e-3)
    assert found.names == written.names and found.labelled.all()


def test_what_spreadsheets_write_is_read(written: Written) -> None:
    frame = table(written)
    frame.to_csv(written.csv, sep=";", decimal=",", index=False, encoding="utf-8-sig")
    assert_read(written.csv, written)
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        frame.to_csv(written.csv, sep="\t", index=False, encoding=encoding)
        assert_read(written.csv, written)
    written.csv.write_bytes(frame.to_csv(index=False).replace("\n", "\r\n").encode())
    assert_read(written.csv, written)


@pytest.mark.parametrize(
    "rename",
    [str.upper, lambda name: f"{name[0]}_{name[1:]}", lambda name: f"{name[0]}{int(name[1:]) + 1}"],
    ids=["X0", "x_0", "x1 to x68"],
)
def test_other_spellings_of_the_header_are_read(written: Written, rename: Callable[[str], str]) -> None:
    frame = table(written)
    frame.columns = pd.Index(["File Name"[:4], *map(rename, NAMES)])
    frame.to_csv(written.csv, index=False)
    assert_read(written.csv, written)


def test_columns_go_by_their_names(written: Written) -> None:
    frame = table(written)
    frame[[*NAMES[::2], *NAMES[1::2], "image"]].to_csv(written.csv, index=False)
    assert_read(written.csv, written)


def test_a_column_says_who_is_shown(written: Written) -> None:
    frame = table(written)
    frame["person"] = ["Ada", "Ada", "", "Bob", "Bob", "Bob"]
    frame.to_csv(written.csv, index=False)
    found = read_annotations(written.csv, written.images)
    assert found.people[:2] == ("Ada", "Ada") and found.people[2].startswith("Person_") and found.people[3] == "Bob"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("five.csv", r"labels 5 points a face where 68 are needed; 5 points .* are too few"),
        ("p98.csv", r"labels 98 points .*python -m train import wflw"),
        ("kaggle.csv", r"Kaggle's file of 15 points .*python -m train import kaggle"),
        ("log_layout.csv", r"is a log of python -m realtime --log.*python -m train import log"),
    ],
)
@pytest.mark.shared
def test_other_markups_name_the_import_that_helps(shared_dir: Path, case: str, expected: str) -> None:
    with pytest.raises(DatasetError, match=expected):
        read_annotations(shared_dir / "cases" / "csv" / case, shared_dir)


def test_other_numbers_of_points_name_the_import_that_helps(written: Written) -> None:
    header = "image," + ",".join(f"x{i},y{i}" for i in range(98))
    written.csv.write_text(header + "\na.jpg" + ",1" * 196 + "\n")
    with pytest.raises(DatasetError, match=r"labels 98 points a face where 68 are needed; .*import wflw"):
        read_annotations(written.csv, written.images)


def test_decimal_commas_between_commas_are_named(written: Written) -> None:
    frame = table(written)
    lines = [",".join(map(str, row)).replace(".", ",").replace(",jpg", ".jpg") for row in frame.to_numpy().tolist()]
    written.csv.write_text("\n".join(["image," + ",".join(NAMES), *lines]))
    with pytest.raises(DatasetError, match=r"row 2 \(.*this looks like decimal commas in a file separated by commas"):
        read_annotations(written.csv, written.images)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"PK\x03\x04rest", "it looks like an Excel workbook"),
        (b"%PDF-1.4", "it looks like a PDF"),
        (b"image,x0\n\0\0\0", "holds zero bytes"),
        (b'image,x0\n"a.jpg,1\n', "a quotation mark is opened and never closed"),
        (b"image,a,b\nc,1,2\n", "its header names no points, but 'image', 'a', 'b'"),
    ],
)
def test_what_is_no_label_file_is_named(written: Written, content: bytes, expected: str) -> None:
    written.csv.write_bytes(content)
    with pytest.raises(DatasetError, match=expected):
        read_annotations(written.csv, written.images)


def test_a_file_that_is_too_large_is_not_read(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.data.label_table.LARGEST_BYTES", 100)
    with pytest.raises(DatasetError, match="label files of at most 0 MB are read"):
        read_annotations(written.csv, written.images)


@pytest.mark.parametrize("name", ["../out.jpg", "/etc/passwd", "a/../../out.jpg", "C:\\out.jpg", "..\\out.jpg"])
def test_images_outside_their_folder_are_refused(written: Written, name: str) -> None:
    """`../out.jpg` was read from beside the folder."""
    (written.images.parent / "out.jpg").write_bytes((written.images / written.names[0]).read_bytes())
    edit(written.csv, 3, 0, name)
    with pytest.raises(DatasetError, match=r"row 3, first column: the image .* leads out of"):
        read_annotations(written.csv, written.images)


def test_a_name_that_is_too_long_is_not_there(written: Written) -> None:
    edit(written.csv, 3, 0, "a" * 5000)
    with pytest.raises(DatasetError, match=r"row 3, first column: the image 'a{40}\.\.\.' is not in"):
        read_annotations(written.csv, written.images)


@pytest.mark.parametrize("cells", [("", ""), ("NaN", "nan"), ("-1", "-1")])
def test_points_that_are_not_labelled_are_known(written: Written, cells: tuple[str, str]) -> None:
    for column, cell in zip((1, 2), cells, strict=True):
        edit(written.csv, 4, column, cell)
    found = read_annotations(written.csv, written.images)
    assert not found.labelled[2, 0] and found.labelled.sum() == 6 * 68 - 1
    assert np.isnan(found.labels_px[2, 0]).all() and np.isfinite(found.keypoints_px).all()
    # The estimate lies near the truth: the tests' face is not the mean face.
    unit = np.ptp(written.keypoints_px[2], axis=0).max()
    assert np.linalg.norm(found.keypoints_px[2, 0] - written.keypoints_px[2, 0]) < 0.3 * unit


def test_columns_of_visibility_say_what_is_not_labelled(written: Written) -> None:
    frame = table(written)
    visible = pd.DataFrame(2, index=frame.index, columns=[f"v{point}" for point in range(68)])
    visible.loc[1, "v7"] = 0
    pd.concat([frame, visible], axis=1).to_csv(written.csv, index=False)
    found = read_annotations(written.csv, written.images)
    assert np.argwhere(~found.labelled).tolist() == [[1, 7]]


def test_a_face_with_hardly_a_point_is_refused(written: Written) -> None:
    edit(written.csv, 3, None, f"{written.names[1]},1,2" + "," * 134)
    with pytest.raises(DatasetError, match=r"row 3 .*1 of 68 points are labelled, and at least 6 are needed"):
        read_annotations(written.csv, written.images)


def test_images_are_found_beside_the_csv(written: Written) -> None:
    assert read_annotations(written.csv).images_dir == written.images
    own = written.csv.with_name("test_frames_keypoints.csv")
    own.write_bytes(written.csv.read_bytes())
    written.images.rename(written.images.with_name("test"))
    assert read_annotations(own).images_dir == own.parent / "test"
    with pytest.raises(DatasetError, match=r"cannot tell where the images of .*labels\.csv lie.*--images DIR"):
        read_annotations(written.csv)
