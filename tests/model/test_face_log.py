"""Tests of model.face_log, on logs that the live program's sink writes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.face import Face
from model.face_log import COLUMNS, POINT_COLUMNS, FaceLogError, read_face_log
from model.geometry import bounding_box
from model.mean_face import MEAN_FACE
from model.pose import rotation_from_angles
from realtime.sinks.face_log import KeypointLogSink
from tests.paths import ROOT
from tests.realtime.sinks.outputs import output


def turned(yaw_rad: float, face_id: int = 0) -> Face:
    """The mean face seen from far away, in the middle of a frame of 640 x 480."""
    in_camera = MEAN_FACE @ rotation_from_angles(yaw_rad, 0, 0).T + (0, 0, 8)
    points = (in_camera[:, :2] * (640 / in_camera[:, 2:]) + (319.5, 239.5)).astype(np.float32)
    return Face(points, 0.75, face_id, bounding_box(points))


def write_log(path: Path, yaws_rad: list[float]) -> Path:
    """A log of one face that turns, and of a second one in frames 3 to 5."""
    sink = KeypointLogSink(path)
    for index, yaw in enumerate(yaws_rad):
        faces = [turned(yaw)] + ([turned(-yaw, 5)] if 3 <= index < 6 else [])
        sink.write(output(index, faces=faces))
    sink.close()
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_log_is_read_back(tmp_path: Path, suffix: str) -> None:
    log = read_face_log(write_log(tmp_path / f"log{suffix}", [0.0, 0.1, 0.2, 0.3]))
    assert tuple(log.columns) == COLUMNS
    assert log["face_id"].tolist() == [0, 0, 0, 0, 5]
    assert log["time_s"].round(3).tolist() == [0, 0.033, 0.067, 0.1, 0.1]
    points = log[list(POINT_COLUMNS)].to_numpy()[1].reshape(68, 2)
    np.testing.assert_allclose(points, turned(0.1).keypoints_px, atol=0.006)
    assert log["score"].iat[0] == 0.75
    assert 0.1 < log["yaw"].to_numpy()[2] < 0.3


def test_both_formats_hold_the_same(tmp_path: Path) -> None:
    logs = [read_face_log(write_log(tmp_path / f"log{suffix}", [0.0, 0.1, 0.2, 0.3])) for suffix in (".csv", ".jsonl")]
    np.testing.assert_allclose(logs[0].to_numpy(), logs[1].to_numpy(), atol=1e-9)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_line_cut_by_a_kill_is_dropped(tmp_path: Path, suffix: str) -> None:
    log = write_log(tmp_path / f"log{suffix}", [0.0] * 3)
    log.write_text(log.read_text()[:-40])
    assert len(read_face_log(log)) == 2


def test_measures_may_be_missing(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", [0.0] * 2)
    log.write_text("\n".join(",".join(line.split(",")[:140]) for line in log.read_text().splitlines()) + "\n")
    read = read_face_log(log)
    assert read["yaw"].isna().all() and read["x0"].notna().all()


HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("log.csv", "a,b\n1,2\n", r"lacks the columns frame, time_s, face_id \.\.\.; give a file written by"),
        ("log.csv", "", "No columns to parse"),
        ("log.csv", HEADER + "\n", "holds no face"),
        ("log.csv", HEADER + "\n" + ",".join(["0"] * 6 + ["what"] + ["0"] * 141) + "\n", "row 2, column x1: 'what' wh"),
        (
            "log.csv",
            HEADER + "\n" + ",".join(["nan"] + ["0"] * 147) + "\n",
            "row 2, column frame: 'nan' where",
        ),
        ("log.csv", HEADER + "\n1,2\n" + ",".join(["0"] * (HEADER.count(",") + 2)) + "\n", "fields in line 3, saw"),
        ("log.jsonl", "{}\n", "line 1: it lacks 'keypoints'"),
        ("log.jsonl", "what\n", "line 1: Expecting value"),
        ("log.jsonl", '{"keypoints": [[1, 2]], "time_s": 0, "face_id": 0, "score": 1}\n', "line 1: it needs 68 points"),
        ("log.jsonl", "[" * 100_000 + "\n", "line 1: "),
    ],
)
def test_a_file_that_is_not_a_log(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FaceLogError, match=message):
        read_face_log(tmp_path / name)


def test_a_missing_or_binary_file(tmp_path: Path) -> None:
    with pytest.raises(FaceLogError, match=r"gone\.csv: No such file or directory; give a file written by"):
        read_face_log(tmp_path / "gone.csv")
    (tmp_path / "log.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(FaceLogError, match="it is not text"):
        read_face_log(tmp_path / "log.csv")


def test_pandas_is_imported_only_to_read() -> None:
    code = "import sys, model.face_log, realtime.plot_log; sys.exit(bool({'pandas', 'matplotlib'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
