"""Tests of realtime.plot_log."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.face import Face
from model.geometry import bounding_box
from model.mean_face import MEAN_FACE
from model.pose import rotation_from_angles
from realtime.errors import SinkError, SourceError
from realtime.plot_log import _series, draw_log, read_log
from realtime.sinks.face_log import KeypointLogSink
from tests.paths import ROOT
from tests.realtime.sinks.outputs import output

SIZE_WH = (640, 480)


def turned(yaw_rad: float, face_id: int = 0) -> Face:
    """The mean face seen from far away, in the middle of the frame."""
    in_camera = MEAN_FACE @ rotation_from_angles(yaw_rad, 0, 0).T + (0, 0, 8)
    points = (in_camera[:, :2] * (640 / in_camera[:, 2:]) + (319.5, 239.5)).astype(np.float32)
    return Face(points, 0.75, face_id, bounding_box(points))


def write_log(path: Path, yaws_rad: list[float]) -> Path:
    sink = KeypointLogSink(path)
    for index, yaw in enumerate(yaws_rad):
        faces = [turned(yaw)] + ([turned(-yaw, 5)] if 3 <= index < 6 else [])
        sink.write(replace(output(index), faces=faces))
    sink.close()
    return path


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_log_is_read_back(tmp_path: Path, ending: str) -> None:
    rows = read_log(write_log(tmp_path / f"log{ending}", [0.0, 0.1, 0.2, 0.3]))
    assert [(row.face_id, round(row.time_s, 3)) for row in rows] == [(0, 0), (0, 0.033), (0, 0.067), (0, 0.1), (5, 0.1)]
    np.testing.assert_allclose(rows[1].keypoints_px, turned(0.1).keypoints_px, atol=0.006)
    assert rows[0].score == 0.75


def test_the_lines_show_what_the_face_did(tmp_path: Path) -> None:
    yaws = [0.0, 0.1, 0.2, 0.3, 0.2, 0.1]
    rows = read_log(write_log(tmp_path / "log.csv", yaws))
    series = _series(rows, 0, SIZE_WH)
    np.testing.assert_allclose(series["yaw"], yaws, atol=0.03)
    np.testing.assert_allclose(_series(rows, 5, SIZE_WH)["yaw"], [-0.3, -0.2, -0.1], atol=0.03)


def test_lines_are_broken_where_the_face_was_away(tmp_path: Path) -> None:
    rows = read_log(write_log(tmp_path / "log.csv", [0.0] * 12))
    series = _series([row for row in rows if not 0.15 < row.time_s < 0.3], 0, SIZE_WH)
    assert np.isnan(series["yaw"]).tolist().count(True) == 1
    assert np.isnan(series["time_s"]).tolist().count(True) == 1


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", np.sin(np.linspace(0, 9, 40)).tolist())
    draw_log(log, tmp_path / "out.png")
    picture_bgr = cv2.imread(str(tmp_path / "out.png"))
    assert picture_bgr is not None
    assert picture_bgr.shape[1] > 1000
    assert len(np.unique(picture_bgr.astype(int) @ (1, 256, 65536))) > 50


def test_a_line_cut_by_a_kill_is_left_out(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", [0.0] * 3)
    log.write_text(log.read_text()[:-40])
    assert len(read_log(log)) == 2


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("log.csv", "a,b\n1,2\n", r"there is no column 'x0'; give a file written by --log"),
        ("log.csv", "", "holds no face"),
        ("log.jsonl", "{}\n", "there is no column 'keypoints'"),
        ("log.jsonl", "what\n", "after line 0: Expecting value"),
        ("log.jsonl", '{"keypoints": [[1, 2]], "time_s": 0, "face_id": 0, "score": 1}\n', "needs 68 finite points"),
    ],
)
def test_what_is_no_log_is_told(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match=message):
        read_log(tmp_path / name)


def test_a_missing_log_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.csv: No such file or directory; give a file written by --log"):
        read_log(tmp_path / "gone.csv")


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", [0.0] * 3)
    with pytest.raises(SinkError, match="cannot write the picture"):
        draw_log(log, tmp_path / "gone" / "out.png")


def test_matplotlib_is_imported_only_to_draw() -> None:
    code = "import sys, realtime.plot_log; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
