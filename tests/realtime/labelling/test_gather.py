"""Faces worth labelling are found in pictures and videos, with proposals, once."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.crop import roll_from_keypoints
from model.finder import FaceFinder, open_finder
from model.keypoints import eye_distance
from realtime.errors import SinkError, SourceError
from realtime.labelling.gather import Gathering, gather, save_picture
from realtime.labelling.proposals import Proposal, most_different, propose
from tests.realtime.labelling.sets import picture, write_picture, write_rolling_video


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return open_finder()


def images(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    return tmp_path / "images"


def test_a_folder_of_pictures(tmp_path: Path, finder: FaceFinder) -> None:
    write_picture(tmp_path / "in" / "one.png")
    write_picture(tmp_path / "in" / "two (1).png")
    write_picture(tmp_path / "in" / "deep" / "one.png")
    cv2.imwrite(str(tmp_path / "in" / "empty.png"), np.full((80, 80, 3), 120, np.uint8))
    said: list[str] = []
    gathering = Gathering(images(tmp_path), report=said.append)
    tasks = gather([tmp_path / "in", tmp_path / "in" / "deep" / "one.png"], finder, gathering)
    assert [task.image for task in tasks] == ["one.jpg", "two (1).jpg", "one (2).jpg"]
    assert all((gathering.images / task.image).is_file() for task in tasks)
    away = np.linalg.norm(tasks[0].keypoints_px - picture()[1], axis=1).mean() / eye_distance(picture()[1])
    assert away < 0.05
    assert said[1].endswith("one.png: 1 face to label") and said[0].endswith("empty.png: 0 faces to label")
    assert gather([tmp_path / "in"], finder, gathering, tasks) == []


def test_of_a_video_the_frames_that_differ_most(tmp_path: Path, finder: FaceFinder) -> None:
    video = write_rolling_video(tmp_path / "lean.mp4")
    tasks = gather([video], finder, Gathering(images(tmp_path), frames=4))
    assert len(tasks) == 4 and len({task.image for task in tasks}) == 4
    rolls = sorted(np.degrees(roll_from_keypoints(task.keypoints_px)) for task in tasks)
    assert rolls[-1] - rolls[0] > 25 and min(np.diff(rolls)) > 3
    frame = cv2.imread(str(tmp_path / "images" / tasks[0].image))
    assert frame is not None and frame.shape == (360, 640, 3)


def test_doubt_is_larger_where_less_is_seen(finder: FaceFinder) -> None:
    clear_bgr, points = picture()
    covered_bgr = cv2.GaussianBlur(clear_bgr, (0, 0), 3.0)
    x, y = points[33].astype(int)
    cv2.rectangle(covered_bgr, (x - 80, y - 5), (x + 10, y + 80), (40, 60, 90), -1)
    (clear,), (covered,) = propose(clear_bgr, finder), propose(covered_bgr, finder)
    assert covered.doubt > 1.3 * clear.doubt > 0
    assert covered.sharpness < clear.sharpness


def proposals(*features: float, sharpness: float = 1.0) -> list[Proposal]:
    return [Proposal(np.zeros((68, 2)), 1.0, 0.0, np.array([value]), sharpness) for value in features]


def test_the_farthest_from_all_chosen_comes_next() -> None:
    assert most_different(proposals(0.0, 0.1, 0.2, 5.0, -3.0), 3) == [1, 3, 4]
    assert most_different(proposals(2.0, 2.0, 2.0), 3) == [0]
    assert most_different([], 3) == []
    blurred = [*proposals(0.0, 0.5, 1.0), *proposals(9.0, sharpness=0.1)]
    assert 3 not in most_different(blurred, 4)


def test_one_bad_picture_in_a_folder_is_left_out(tmp_path: Path, finder: FaceFinder) -> None:
    write_picture(tmp_path / "in" / "good.png")
    (tmp_path / "in" / "bad.png").write_text("no picture")
    said: list[str] = []
    gathering = Gathering(images(tmp_path), report=said.append)
    assert [task.image for task in gather([tmp_path / "in"], finder, gathering)] == ["good.jpg"]
    assert said[0].startswith("left out: cannot read") and "bad.png" in said[0]
    with pytest.raises(SourceError, match=r"bad\.png"):
        gather([tmp_path / "in" / "bad.png"], finder, gathering)


def test_what_cannot_be_read_or_written_is_reported(tmp_path: Path, finder: FaceFinder) -> None:
    gathering = Gathering(images(tmp_path))
    with pytest.raises(SourceError, match=r"none\.png does not exist"):
        gather([tmp_path / "none.png"], finder, gathering)
    (tmp_path / "bare").mkdir()
    with pytest.raises(SourceError, match="holds no picture"):
        gather([tmp_path / "bare"], finder, gathering)
    with pytest.raises(SinkError, match="cannot write"):
        save_picture(tmp_path / "no" / "a.jpg", picture()[0])
