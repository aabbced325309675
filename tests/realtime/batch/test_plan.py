"""From what was typed to jobs."""

import os
from pathlib import Path

import pytest

from realtime.batch.plan import BatchConfig, Plan, make_plan
from realtime.batch.progress import skipped
from realtime.errors import ConfigError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def plan(folder: Path, *inputs: str, **options: object) -> Plan:
    texts = tuple(str(folder / text) for text in inputs)
    return make_plan(BatchConfig(texts, folder / "out", **options), cores=2)  # type: ignore[arg-type]


def outputs(made: Plan, folder: Path) -> list[str]:
    return [job.output.relative_to(folder).as_posix() for job in made.jobs]


def test_files_folders_and_patterns(tmp_path: Path) -> None:
    touch(tmp_path, "a.mov", "in/b.MP4", "in/deep er/c.mkv", "in/d.jpg", "in/notes.txt", "in/.hidden.mp4", "p/1.avi")
    touch(tmp_path, "p/2.avi", "[odd].mp4")
    made = plan(tmp_path, "a.mov", "in", "p/*.avi", "[odd].mp4", "p/1.avi")
    assert outputs(made, tmp_path) == [
        "out/a.mp4", "out/b.mp4", "out/d.png", "out/deep er/c.mp4", "out/1.mp4", "out/2.mp4", "out/[odd].mp4",
    ]  # fmt: skip
    assert [job.number for job in made.jobs] == list(range(7))


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_an_input_is_never_replaced_by_way_of_a_link(tmp_path: Path) -> None:
    touch(tmp_path, "clips/a.mp4", "clips/b.mp4")
    (tmp_path / "out").symlink_to(tmp_path / "clips", target_is_directory=True)
    with pytest.raises(ConfigError, match=r"the result of .*/clips/a\.mp4 would be .*/out/a\.mp4, which is an input"):
        plan(tmp_path, "clips", overwrite=True)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_file_is_no_folder_for_results(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ConfigError, match=r"results to --out .*/out: it is not a folder; give a folder"):
        plan(tmp_path, "a.mp4")


def test_two_results_are_never_one_file_by_way_of_a_link(tmp_path: Path) -> None:
    touch(tmp_path, "in/one/a.mp4", "in/two/a.avi")
    (tmp_path / "out" / "one").mkdir(parents=True)
    (tmp_path / "out" / "two").symlink_to(tmp_path / "out" / "one", target_is_directory=True)
    with pytest.raises(ConfigError, match="would both become"):
        plan(tmp_path, "in")


def test_patterns_reach_into_folders(tmp_path: Path) -> None:
    touch(tmp_path, "x/1.mp4", "y/z/2.mp4")
    assert outputs(plan(tmp_path, "**/*.mp4"), tmp_path) == ["out/1.mp4", "out/2.mp4"]


def test_results_inside_the_input_folder_are_no_inputs(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "out/a.mp4")
    made = plan(tmp_path, ".")
    assert (outputs(made, tmp_path), [job.output.name for job in made.there]) == ([], ["a.mp4"])


def test_what_is_there_is_done_again_only_when_asked(tmp_path: Path) -> None:
    touch(tmp_path, "a.mov", "b.mov", "out/a.mp4")
    assert outputs(plan(tmp_path, "a.mov", "b.mov"), tmp_path) == ["out/b.mp4"]
    assert outputs(plan(tmp_path, "a.mov", "b.mov", overwrite=True), tmp_path) == ["out/a.mp4", "out/b.mp4"]


def test_logs_lie_beside_the_results(tmp_path: Path) -> None:
    touch(tmp_path, "in/x/a.mov")
    (job,) = plan(tmp_path, "in", log=True).jobs
    assert job.log == tmp_path / "out" / "x" / "a.csv"


@pytest.mark.parametrize(("files", "jobs", "threaded"), [(1, None, True), (2, None, False), (1, 1, False)])
def test_a_file_gets_more_than_one_core_only_where_they_are_idle(
    files: int, jobs: int | None, threaded: bool, tmp_path: Path
) -> None:
    names = [f"{number}.mov" for number in range(files)]
    touch(tmp_path, *names)
    assert [job.threaded for job in plan(tmp_path, *names, jobs=jobs).jobs] == [threaded] * files


@pytest.mark.parametrize(
    ("there", "inputs", "options", "says"),
    [
        ("", ["gone.mp4"], {}, "gone.mp4 does not exist"),
        ("", ["*.mp4"], {}, r"\*.mp4 matches no file"),
        ("in/notes.txt", ["in"], {}, "in holds no video and no image"),
        ("a.mov a.mkv", ["a.mov", "a.mkv"], {}, "a.mov and .*a.mkv would both become .*out/a.mp4"),
        ("x/a.mov y/a.mov", ["x", "y"], {}, "would both become"),
        ("a.mov a.png", ["a.mov", "a.png"], {"log": True}, "would both become .*a.csv"),
        ("out/a.mp4", ["out/a.mp4"], {}, "which is an input; choose another folder"),
        ("a.mov", ["a.mov"], {"jobs": 2, "cluster": "tcp://x:1"}, "leave --jobs out"),
    ],
)
def test_what_cannot_be_meant(
    there: str, inputs: list[str], options: dict[str, object], says: str, tmp_path: Path
) -> None:
    touch(tmp_path, *there.split())
    with pytest.raises(ConfigError, match=says):
        plan(tmp_path, *inputs, **options)


def test_files_of_folders_that_are_no_media_are_counted_and_named(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.jpg", "notes.txt", "c.dat", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    made = make_plan(BatchConfig((str(tmp_path),), tmp_path / "out"), cores=2)
    assert len(made.jobs) == 2 and [path.name for path in made.skipped] == ["c.dat", "notes.txt"]
    assert skipped(made) == "skipped 2 files, neither video nor image by name: c.dat, notes.txt"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_pipes_and_devices_are_not_read(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "endless.mp4").symlink_to("/dev/zero")
    made = plan(tmp_path, ".")
    assert [job.input.name for job in made.jobs] == ["a.mp4"]
    assert [path.name for path in made.skipped] == ["endless.mp4", "pipe.mp4"]
    with pytest.raises(ConfigError, match="neither file nor folder"):
        plan(tmp_path, "pipe.mp4")
