"""Labels are read whole or refused with file, row and column; the split holds people together."""

from pathlib import Path

import numpy as np
import pytest

from tests.train.exact import Written, people, write_exact
from train.data.annotations import development_split, is_held_out, person_of, read_annotations, write_keypoints_csv
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
        (136, "nan", r"row 4 .*column 135: 'nan' where a finite number"),
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
        (b"\x89PNG\r\n\xff\xfe\x00\x00", "is no CSV text in UTF-8"),
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
    with pytest.raises(DatasetError, match=rf"labels\.csv, row 5: .*{written.names[3]} is no picture"):
        found.read_bgr(3)


def test_an_image_that_vanishes_is_named(written: Written) -> None:
    found = read_annotations(written.csv, written.images)
    (written.images / written.names[1]).unlink()
    with pytest.raises(DatasetError, match="row 3: cannot read the image"):
        found.read_bgr(1)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Luis_Fonsi_21.jpg", "Luis_Fonsi"),
        ("Abdel_Aziz_Al-Hakim_00.jpg", "Abdel_Aziz_Al-Hakim"),
        ("folder/Ada 7.png", "Ada"),
        ("face0012.jpg", "face"),
        ("noname.jpg", "noname"),
        ("12.jpg", "12"),
    ],
)
def test_person_of(name: str, person: str) -> None:
    assert person_of(name) == person


def test_the_split_keeps_each_person_on_one_side_and_never_changes() -> None:
    names = [f"P{i}x_{k}.jpg" for i in range(400) for k in range(3)]
    mask = development_split(names)
    assert (mask.reshape(400, 3).min(axis=1) == mask.reshape(400, 3).max(axis=1)).all()
    assert 0.1 < mask.mean() < 0.2
    assert is_held_out("Luis_Fonsi") is False and is_held_out("Cameron_Diaz") is True


def test_a_split_that_holds_out_all_or_none_is_an_error() -> None:
    kept, held = people(3, held_out=False), people(1, held_out=True)
    with pytest.raises(DatasetError, match=r"cannot split 3 images of 3 people .*--split all"):
        development_split([f"{name}_1.jpg" for name in kept])
    with pytest.raises(DatasetError, match="cannot split 1 images of 1 people"):
        development_split([f"{held[0]}_1.jpg"])


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
    mask = development_split(found.names)
    assert len(found) == 3462 and int(mask.sum()) == 441
    assert len({person_of(name) for name in found.subset(mask).names}) == 45
