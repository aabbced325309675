"""Tests of realtime.plot_log."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.face_log import read_face_log
from realtime.errors import SinkError, SourceError
from realtime.plot_log import draw_log, series_of
from tests.model.test_face_log import write_log
from tests.realtime import program


def test_the_lines_are_what_was_logged(tmp_path: Path) -> None:
    log = read_face_log(write_log(tmp_path / "log.csv", [0.0, 0.1, 0.2, 0.3, 0.2, 0.1]))
    for face_id, rows in log.groupby("face_id"):
        series = series_of(rows)
        logged = log[log["face_id"] == face_id]
        assert series["yaw"].tolist() == logged["yaw"].tolist()
        assert series["mouth_opening"].tolist() == logged["mouth_opening"].tolist()


def test_the_demo_is_drawn_as_it_was_logged(tmp_path: Path) -> None:
    """The pose depends on the frame's size, which the log does not hold: computed again, it moved thrice as far."""
    from realtime.live.app import run_live
    from realtime.live.config import LiveConfig

    run_live(LiveConfig(source="demo", log=tmp_path / "log.csv", window=False, max_frames=30))
    log = read_face_log(tmp_path / "log.csv")
    drawn = series_of(log)
    assert np.ptp(drawn["yaw"]) == np.ptp(log["yaw"])


def test_lines_break_where_the_face_was_away(tmp_path: Path) -> None:
    log = read_face_log(write_log(tmp_path / "log.csv", [0.0] * 12))
    log = log[(log["face_id"] == 0) & ~log["time_s"].between(0.15, 0.3)]
    series = series_of(log)
    assert series["yaw"].isna().sum() == series["time_s"].isna().sum() == 1
    assert len(series) == len(log) + 1


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", np.sin(np.linspace(0, 9, 40)).tolist())
    draw_log(log, tmp_path / "out.png")
    picture_bgr = cv2.imread(str(tmp_path / "out.png"))
    assert picture_bgr is not None
    assert picture_bgr.shape[1] > 1000
    assert len(np.unique(picture_bgr.astype(int) @ (1, 256, 65536))) > 50


def test_a_log_without_measures(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", [0.0] * 2)
    log.write_text("\n".join(",".join(line.split(",")[:140]) for line in log.read_text().splitlines()) + "\n")
    with pytest.raises(SourceError, match="holds no measures to draw"):
        draw_log(log, tmp_path / "out.png")


def test_a_picture_that_cannot_be_written(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", [0.0] * 3)
    with pytest.raises(SinkError, match="cannot write the picture"):
        draw_log(log, tmp_path / "gone" / "out.png")


def test_the_log_itself_is_never_replaced_by_its_picture(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", [0.0, 0.1])
    (tmp_path / "link.png").symlink_to(log)
    before = log.read_bytes()
    for out, message in [
        (log, "the picture is a PNG; give a name that ends in .png"),
        (tmp_path / "link.png", "it is the log itself; give another --out"),
    ]:
        code, text = program.run("plot", log, "--out", out, "--overwrite")
        assert code == 2 and message in text
        assert log.read_bytes() == before
