"""The Python interface, and the examples that show it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

import model
import realtime
from assets import DEFAULT_WEIGHTS
from realtime.errors import FilterError, SinkError
from realtime.sources.demo import load_portrait
from tests.paths import ROOT

EXAMPLES = ROOT / "docs" / "examples"


def example(name: str, *arguments: str, folder: Path) -> str:
    """What an example prints."""
    code = f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); sys.argv = [{name!r}, *{list(arguments)!r}]; "
    code += f"import matplotlib; matplotlib.use('agg'); runpy.run_path({str(EXAMPLES / name)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_picture(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "people.png"), load_portrait())
    assert example("picture.py", "people.png", folder=tmp_path).startswith("face 0: nose tip at [26")
    decorated = cv2.imread(str(tmp_path / "decorated.png"))
    assert decorated is not None and (decorated != load_portrait()).any()


def test_a_picture_takes_ten_lines_at_most() -> None:
    text = (EXAMPLES / "picture.py").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines()[1:] if line.strip()]
    assert len(lines) <= 10


def test_a_loop_of_ones_own(tmp_path: Path) -> None:
    with realtime.Recording(tmp_path / "in.mp4") as recording:
        for index in range(8):
            recording.write(load_portrait(), index / 30)
    example("own_loop.py", "in.mp4", "out.mp4", folder=tmp_path)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 8


def test_a_notebook(tmp_path: Path) -> None:
    example("notebook.py", folder=tmp_path)


def test_drawing_leaves_the_picture_alone() -> None:
    image = load_portrait()
    before = image.copy()
    faces = realtime.find_faces(image)
    shown = realtime.draw(image, faces, ["sunglasses"], keypoints=True)
    np.testing.assert_array_equal(image, before)
    assert (shown != image).any()
    np.testing.assert_array_equal(realtime.draw(image, faces), image)
    with pytest.raises(FilterError, match="no filter is called 'sunglass'"):
        realtime.draw(image, faces, ["sunglass"])


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (None, "got NoneType; cv2.imread gives None for a file that it cannot read"),
        (np.zeros((4, 4, 4), np.uint8), r"got \(4, 4, 4\) uint8"),
        (np.zeros((4, 4, 3)), r"got \(4, 4, 3\) float64"),
        (np.zeros((0, 4, 3), np.uint8), r"got \(0, 4, 3\) uint8"),
        ([[[0, 0, 0]]], "got list"),
    ],
)
def test_what_is_no_picture_is_a_value_error(wrong: Any, got: str, tmp_path: Path) -> None:
    with realtime.Recording(tmp_path / "a.mp4") as recording:
        for act in (
            lambda: realtime.find_faces(wrong),
            lambda: realtime.draw(wrong, [], ["tiger"]),
            lambda: realtime.wear(["tiger"]).apply(wrong, [], 0.0),
            lambda: realtime.Frame(wrong, 0, 0.0),
            lambda: recording.write(wrong, 0.0),
        ):
            with pytest.raises(ValueError, match=f"_bgr must be .* uint8, {got}"):
                act()
        picture = np.zeros((60, 60, 3), np.uint8)
        with pytest.raises(ValueError, match="time_s must be finite, got nan"):
            recording.write(picture, float("nan"))
    with pytest.raises(ValueError, match="time_s must be finite, got inf"):
        realtime.wear("tiger").apply(picture, [], float("inf"))
    picture.flags.writeable = False
    with pytest.raises(ValueError, match="may not be read-only; give a copy"):
        realtime.wear("tiger").apply(picture, [], 0.0)
    assert realtime.draw(picture, [], "tiger").flags.writeable


def test_paths_may_be_text(tmp_path: Path) -> None:
    picture = np.zeros((60, 60, 3), np.uint8)
    assert realtime.find_faces(picture, weights=str(DEFAULT_WEIGHTS)) == []
    with realtime.open_tracker(str(DEFAULT_WEIGHTS)) as tracker:
        assert tracker.update(realtime.Frame(picture, 0, 0.0)) == []
    with pytest.raises(FilterError, match="cannot read the filters folder"):
        realtime.wear("tiger", filters_dir=str(tmp_path / "gone"))


def test_a_recording_replaces_nothing_unasked(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_text("mine")
    with pytest.raises(SinkError, match="exists"):
        realtime.Recording(path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("package", [realtime, model])
def test_every_name_is_there(package: object) -> None:
    for name in package.__all__:  # type: ignore[attr-defined]
        assert getattr(package, name) is not None
    assert not hasattr(package, "no_such_name")


def test_importing_costs_little() -> None:
    code = (
        "import sys, realtime, model, train; heavy = {'torch', 'onnxruntime', 'av', 'pandas', 'matplotlib', 'typer'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_reference_names_the_whole_surface() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert all(f"`{name}" in text for name in [*realtime.__all__, "FaceFinder"] if not name.startswith("__"))
