"""Tests of realtime.sinks.snapshot."""

from pathlib import Path

import cv2
import numpy as np

from realtime.control.controls import Controls
from realtime.sinks.snapshot import SnapshotSink
from tests.realtime.sinks.outputs import output


def test_a_request_saves_the_frame_with_and_without_what_was_drawn(tmp_path: Path) -> None:
    controls = Controls(snapshot_requested=True)
    sink = SnapshotSink(controls, tmp_path)
    given = output(size_wh=(63, 49))
    sink.write(given)
    (path,) = sink.paths
    assert controls.message == f"saved {path}"
    assert not controls.snapshot_requested
    np.testing.assert_array_equal(cv2.imread(str(path)), given.annotated.pixels_bgr)
    original = path.with_name(f"{path.stem}-original.png")
    np.testing.assert_array_equal(cv2.imread(str(original)), given.original.pixels_bgr)
    assert sorted(tmp_path.iterdir()) == sorted([path, original])


def test_nothing_is_saved_unasked(tmp_path: Path) -> None:
    sink = SnapshotSink(Controls(), tmp_path)
    sink.write(output())
    assert not list(tmp_path.iterdir())


def test_pictures_of_one_second_do_not_overwrite_each_other(tmp_path: Path) -> None:
    controls = Controls()
    sink = SnapshotSink(controls, tmp_path)
    for index in range(3):
        controls.snapshot_requested = True
        sink.write(output(index))
    assert len(set(sink.paths)) == 3
    assert len(list(tmp_path.iterdir())) == 6


def test_a_picture_that_cannot_be_saved_is_reported_and_the_program_goes_on(tmp_path: Path) -> None:
    controls = Controls(snapshot_requested=True)
    (tmp_path / "file").touch()
    sink = SnapshotSink(controls, tmp_path / "file" / "gone")
    sink.write(output())
    assert controls.message.startswith("cannot make the folder ")
    assert "Not a directory; choose another one with --output-dir" in controls.message
    assert not controls.snapshot_requested
    assert sink.paths == []


def test_spaces_and_other_scripts_in_the_folder_work(tmp_path: Path) -> None:
    folder = tmp_path / "mes images é 写真"
    folder.mkdir()
    sink = SnapshotSink(Controls(snapshot_requested=True), folder)
    sink.write(output())
    assert len(list(folder.iterdir())) == 2
