"""Tests of realtime.sinks.face_log."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from model.face import Face
from model.geometry import Box
from model.measures import MEASURE_NAMES
from realtime.errors import SinkError
from realtime.sinks.face_log import KeypointLogSink
from tests.full_disk import fill_disk, needs_full_disk
from tests.realtime.fake_faces import face_at
from tests.realtime.sinks.outputs import face, output


def test_csv_has_a_row_a_face_and_frame_in_full_frame_pixels(tmp_path: Path) -> None:
    sink = KeypointLogSink(tmp_path / "out.csv")
    sink.write(output(0, faces=[face(7), face(8, shift_px=0.25)]))
    sink.write(output(1))
    sink.write(output(2, faces=[face(7)]))
    sink.close()
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected_header = ["frame", "time_s", "face_id", "score", "x0", "y0", "x1", "y1"]
    assert list(rows[0])[:8] == expected_header
    assert list(rows[0])[138:140] == ["x67", "y67"]
    assert tuple(list(rows[0])[140:]) == MEASURE_NAMES
    assert [(row["frame"], row["face_id"]) for row in rows] == [("0", "7"), ("0", "8"), ("2", "7")]
    assert rows[2]["time_s"] == "0.066667"
    assert float(rows[0]["score"]) == 0.875
    assert [float(rows[1][key]) for key in ("x0", "y0", "x67", "y67")] == [0.25, 0, 67.25, 134]


def test_json_lines_hold_the_same(tmp_path: Path) -> None:
    sink = KeypointLogSink(tmp_path / "out.jsonl")
    sink.write(output(2, faces=[face(7, shift_px=0.25)]))
    sink.close()
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    row = json.loads(line)
    assert (row["frame"], row["time_s"], row["face_id"], row["score"]) == (2, 0.066667, 7, 0.875)
    assert row["keypoints"][:2] == [[0.25, 0], [1.25, 2]]
    assert len(row["keypoints"]) == 68


def test_rows_reach_the_disk_within_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock_s = 50.0
    monkeypatch.setattr("realtime.sinks.face_log.time.monotonic", lambda: clock_s)
    path = tmp_path / "out.csv"
    sink = KeypointLogSink(path)
    sink.write(output(0, faces=[face()]))
    assert len(path.read_text().splitlines()) == 1
    clock_s = 51.0
    sink.write(output(1, faces=[face()]))
    assert len(path.read_text().splitlines()) == 3
    sink.close()


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"out\.txt: the name must end in one of \.csv, \.jsonl"):
        KeypointLogSink(tmp_path / "out.txt")


def test_a_missing_folder_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"No such file or directory in folder .*gone; choose a folder"):
        KeypointLogSink(tmp_path / "gone" / "out.csv")


def test_a_log_is_overwritten_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("mine")
    with pytest.raises(SinkError, match="exists and is not overwritten"):
        KeypointLogSink(path)
    KeypointLogSink(path, overwrite=True).close()
    assert path.read_text().startswith("frame,")


@needs_full_disk
def test_a_full_disk_is_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(monkeypatch)
    with pytest.raises(SinkError, match="No space left on device"):
        KeypointLogSink(tmp_path / "out.csv", overwrite=True)


@needs_full_disk
def test_a_disk_that_fills_up_is_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(monkeypatch)
    sink = KeypointLogSink(tmp_path / "out.jsonl", overwrite=True)
    with pytest.raises(SinkError, match="No space left on device"):
        for index in range(100):
            sink.write(output(index, faces=[face()]))
    sink.write(output(101, faces=[face()]))
    sink.close()


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_measures_stand_behind_the_points_and_are_empty_without_a_pose(tmp_path: Path, name: str) -> None:
    real = Face(face_at(30, 30).astype(np.float32), 0.9, 0, Box(0, 0, 60, 60))
    collapsed = Face(np.zeros((68, 2), np.float32), 0.9, 1, Box(0, 0, 1, 1))
    sink = KeypointLogSink(tmp_path / name)
    sink.write(output(0, faces=[real, collapsed]))
    sink.close()
    text = (tmp_path / name).read_text(encoding="utf-8")
    if name.endswith("csv"):
        first, second = csv.DictReader(text.splitlines())
        assert abs(float(first["roll"])) < 0.05
        assert {second[column] for column in MEASURE_NAMES} == {""}
    else:
        first, second = (json.loads(line) for line in text.splitlines())
        assert tuple(first["measures"]) == MEASURE_NAMES
        assert second["measures"] is None
