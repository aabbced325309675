"""The least certain face comes first; each step is on disk at once, and can be taken back."""

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.keypoints import NUM_KEYPOINTS
from realtime.errors import ConfigError, SinkError
from realtime.labelling import label_file
from realtime.labelling.label_file import LABELS, TO_DO, next_commands, read_tasks, write_tasks
from realtime.labelling.session import Labels, LabelSession
from realtime.labelling.tasks import Stage
from tests.realtime.labelling.sets import picture, task
from train.data.annotations import read_annotations

SEEN = np.zeros(NUM_KEYPOINTS, bool)


def labels(person: str = "Ada", hidden: tuple[int, ...] = ()) -> Labels:
    return Labels(picture()[1] + 1, np.isin(np.arange(NUM_KEYPOINTS), hidden), person)


def session(folder: Path) -> LabelSession:
    (folder / "images").mkdir()
    for name in "abc":
        cv2.imwrite(str(folder / "images" / f"{name}.jpg"), picture()[0])
    made = LabelSession(folder, [])
    made.add([task("a.jpg", 0.1), task("b.jpg", 0.3), task("c.jpg", 0.2)])
    return made


def test_the_least_certain_comes_first_and_training_reads_what_is_saved(tmp_path: Path) -> None:
    labelling = session(tmp_path)
    assert labelling.next() == 1
    labelling.save(1, labels(" Ada ", hidden=(3, 4)))
    assert labelling.next() == 2 and labelling.person() == "Ada"
    labelling.skip(2)
    assert labelling.next() == 0 and labelling.counts() == {"open": 1, "labelled": 1, "skipped": 1}
    read = read_annotations(tmp_path / LABELS)
    assert read.names == ("b.jpg",) and read.people == ("Ada",)
    np.testing.assert_allclose(read.labels_px[0][5:], picture()[1][5:] + 1, atol=0.006)
    assert np.flatnonzero(~read.labelled[0]).tolist() == [3, 4]


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    labelling = session(tmp_path)
    labelling.save(1, labels(hidden=(7,)))
    labelling.skip(2)
    again = LabelSession(tmp_path, read_tasks(tmp_path))
    assert again.counts() == labelling.counts() and again.person() == "Ada"
    number = again.next()
    assert number is not None and again.task(number).image == "a.jpg"
    done = next(task for task in again.tasks if task.stage is Stage.LABELLED)
    assert done.source == "from b.jpg" and np.flatnonzero(done.hidden).tolist() == [7]
    assert again.again() == 1 and again.counts()["open"] == 2


def test_the_way_back(tmp_path: Path) -> None:
    labelling = session(tmp_path)
    assert labelling.back() is None
    labelling.save(1, labels())
    labelling.skip(2)
    assert labelling.back() == 2 and labelling.back() == 1 and labelling.back() is None
    assert labelling.counts()["open"] == 3
    # With what was said of it, not with the proposal.
    np.testing.assert_allclose(labelling.task(1).keypoints_px, picture()[1] + 1)


def test_a_step_that_cannot_be_written_has_not_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labelling = session(tmp_path)
    before = (tmp_path / LABELS).read_bytes(), (tmp_path / TO_DO).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SinkError, match="No space left on device"):
        labelling.save(1, labels())
    assert labelling.counts()["labelled"] == 0 and labelling.next() == 1
    assert ((tmp_path / LABELS).read_bytes(), (tmp_path / TO_DO).read_bytes()) == before
    assert not list(tmp_path.glob("*.half"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keypoints_px": np.zeros((5, 2))}, "68 points"),
        ({"keypoints_px": np.full((68, 2), np.nan)}, "68 points"),
        ({"keypoints_px": np.zeros((68, 2))}, "corners of the eyes"),
        ({"person": "  "}, "say who is shown"),
        ({"person": "a" * 101}, "at most 100 letters"),
        ({"person": "a\nb"}, "in one line"),
    ],
)
def test_labels_that_are_none_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(labels(), **change)  # type: ignore[arg-type]


def test_a_face_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no face 9"):
        session(tmp_path).save(9, labels())


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (LABELS, ",0,1\na,1,2\n", "a CSV of another layout"),
        (LABELS, "{header}\na.jpg,Ada,x,1\n", "row 2 cannot be read"),
        (LABELS, "{header}\na.jpg,Ada,x" + ",b" * 204 + "\n", "row 2 cannot be read"),
        (TO_DO, "[]", "cannot read what is left"),
        (TO_DO, '{"faces": [{"image": 1}]}', "cannot read what is left"),
    ],
)
def test_files_of_others_are_left_alone(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text.replace("{header}", ",".join(label_file.HEADER)))
    with pytest.raises(SinkError, match=message):
        read_tasks(tmp_path)


def test_what_to_type_next_suits_any_folder() -> None:
    assert next_commands(Path("my") / LABELS)[0] == f"python -m train check {Path('my') / LABELS}"
    assert f'--csv "{Path("my faces") / LABELS}" --no-label-offset' in next_commands(Path("my faces") / LABELS)[1]


def test_names_of_any_kind_survive_the_csv(tmp_path: Path) -> None:
    odd = task('a "b", c.jpg', person="Zoë, Ünal").labelled(picture()[1], SEEN, 'Zoë "Z", Ünal')
    write_tasks(tmp_path, [odd])
    (read,) = read_tasks(tmp_path)
    assert (read.image, read.person, read.source) == (odd.image, odd.person, odd.source)


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("name", [LABELS, TO_DO])
def test_pipes_among_the_files_are_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(SinkError, match="it is a device or a pipe, not a file"):
        read_tasks(tmp_path)
    assert (tmp_path / name).is_fifo()
