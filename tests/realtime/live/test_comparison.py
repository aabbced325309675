"""Two networks side by side: the same part of the picture twice, each with the points of its own."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from assets import DEFAULT_WEIGHTS
from model.arrays import Image
from model.finder import open_finder
from realtime.cli.live import app
from realtime.control.controls import Controls
from realtime.face_view import Viewer
from realtime.filters.authoring.portrait import portrait
from realtime.filters.stack import FilterStack
from realtime.frame import Frame
from realtime.live.comparison import Comparison, name_of
from realtime.tracking.tracker import FaceTracker
from tests.tiny_weights import write_weights

SIZE = 640, 360


def scene(x: float) -> Image:
    return portrait(70.0, SIZE, (x, 0.45))[0]


def compared(picture_bgr: Image, *, keypoints: bool, frames: int = 8) -> Image:
    finder = open_finder()
    controls = Controls([], show_keypoints=keypoints)
    with FaceTracker(open_finder()) as tracker:
        comparison = Comparison(FilterStack(controls), tracker, FilterStack(controls), ("old", "new"))
        views = Viewer().views(finder.find(picture_bgr), SIZE, 0.0)
        for index in range(frames):
            canvas = picture_bgr.copy()
            comparison.draw(canvas, views, index / 30)
            tracker.wait()
    return canvas


@pytest.mark.parametrize("x", [0.3, 0.5, 0.7])
def test_both_halves_show_the_face(x: float) -> None:
    """The same pixels beside each other, cut so that the face is in the middle of both."""
    picture_bgr = scene(x)
    canvas = compared(picture_bgr, keypoints=False)
    assert canvas.shape == picture_bgr.shape
    below = slice(60, None)  # what is written stands above
    left, right = canvas[below, :318], canvas[below, 322:]
    np.testing.assert_array_equal(left[:, 2:318], canvas[below, 322 - 0 : 638][:, 0:316])
    (found,) = open_finder().find(np.ascontiguousarray(canvas[:, :320]))
    assert abs(found.keypoints_px[:, 0].mean() - 160) < 16
    assert right.any()


def test_each_half_has_its_own_points_and_name() -> None:
    plain, drawn = (compared(scene(0.5), keypoints=shown) for shown in (False, True))
    changed = (plain != drawn).any(axis=2)
    assert changed[:, :320].sum() > 300 and changed[:, 320:].sum() > 300
    # The names are written above, in white.
    assert (plain[8:34, 8:80] > 240).all(axis=2).any() and (plain[8:34, 328:400] > 240).all(axis=2).any()


def test_frames_handed_over_are_not_drawn_on() -> None:
    picture_bgr = scene(0.5)
    frame = Frame(picture_bgr.copy(), 0, 0.0)
    compared(frame.pixels_bgr, keypoints=True, frames=2)
    np.testing.assert_array_equal(frame.pixels_bgr, picture_bgr)


def test_names_of_weights(tmp_path: Path) -> None:
    assert name_of(DEFAULT_WEIGHTS) == "shipped"
    assert name_of(tmp_path / "mine" / "keypoints.onnx") == "mine"
    assert name_of(tmp_path / "mine" / "best.onnx") == "best"


def test_the_command_records_it(tmp_path: Path) -> None:
    weights = tmp_path / "mine" / "keypoints.onnx"
    weights.parent.mkdir()
    write_weights(weights)
    out = tmp_path / "out.mp4"
    options = ["--source", "demo", "--size", "320x180", "--no-window", "--max-frames", "8"]
    done = CliRunner().invoke(app, [*options, "--compare", str(weights), "--record", str(out)])
    assert done.exit_code == 0, done.output
    video = cv2.VideoCapture(str(out))
    read, frame = video.read()
    video.release()
    assert read and frame[:, 160].mean() > 230
    done = CliRunner().invoke(app, [*options, "--compare", str(tmp_path / "none.onnx")])
    assert done.exit_code == 2 and "does not exist" in done.output.splitlines()[-1]


def test_both_look_at_a_picture_as_closely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, out = tmp_path / "people.png", tmp_path / "out.mp4"
    cv2.imwrite(str(picture), scene(0.5))
    same = tmp_path / "same.onnx"
    same.write_bytes(DEFAULT_WEIGHTS.read_bytes())
    options = ["--source", str(picture), "--no-window", "--keypoints", "--record", str(out)]
    looked: list[bool] = []
    monkeypatch.setattr(FaceTracker, "look_closely", lambda _, closely: looked.append(closely))
    assert CliRunner().invoke(app, [*options, "--compare", str(same)]).exit_code == 0
    assert looked == [True, True]
