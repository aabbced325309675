"""Jobs are worked off whatever befalls the processes that do them."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime.audio.copy import Sound
from realtime.batch import cluster
from realtime.batch.cluster import ClusterWorkers
from realtime.batch.job import Job, Result
from realtime.batch.workers import JobKilledError, JobStuckError, LocalWorkers, Outcome, at_work, work_off
from realtime.errors import ConfigError, SourceError
from tests.fakes import wait_until
from tests.paths import ROOT


def act_by_name(job: Job) -> Result:
    """In place of the real work: do what the input's name says."""
    with at_work(job) as report:
        report(0.5)
        if job.input.stem == "kills":
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGKILL)
        if job.input.stem == "breaks":
            raise SourceError("broken")
        if job.input.stem == "hangs":
            (job.input.parent / f"begun-{os.getpid()}").touch()
            time.sleep(1000)
        if job.input.stem in ("slow", "busy"):
            for _ in range(30 if job.input.stem == "busy" else 4):
                time.sleep(0.1)
                report(0.5)
        with job.output.open("a") as file:
            file.write("done\n")
        return Result(1, 0, 0.0, 0.1, Sound.NONE)


class ActingWorkers(LocalWorkers):
    """Local workers with other work."""

    work: Callable[[Job], Result] = staticmethod(act_by_name)


def test_a_killed_process_takes_one_job_with_it_and_no_other(tmp_path: Path) -> None:
    names = ["kills", "slow", "breaks", *"abcdef"]
    jobs = [Job(i, Path(name), tmp_path / f"{name}.txt") for i, name in enumerate(names)]
    done: dict[str, Outcome] = {}
    seen: list[float] = []

    def on_done(job: Job, outcome: Outcome) -> None:
        assert job.input.stem not in done
        done[job.input.stem] = outcome

    work_off(jobs, ActingWorkers(2, len(jobs)), on_done, lambda shares: seen.extend(shares))
    assert sorted(done) == sorted(names)
    assert isinstance(done.pop("kills"), JobKilledError)
    assert str(done.pop("breaks")) == "broken"
    assert all(isinstance(outcome, Result) for outcome in done.values())
    assert all((tmp_path / f"{name}.txt").read_text() == "done\n" for name in done if name != "slow")
    assert 0.5 in seen


def test_a_job_without_progress_is_given_up_and_the_others_go_on(tmp_path: Path) -> None:
    names = ["hangs", "busy", *"abc"]
    jobs = [Job(i, tmp_path / name, tmp_path / f"{name}.txt") for i, name in enumerate(names)]
    done: dict[str, Outcome] = {}
    work_off(
        jobs,
        ActingWorkers(2, len(jobs), 1.5),
        lambda job, outcome: done.update({job.input.stem: outcome}),
        lambda _: None,
    )
    assert sorted(done) == sorted(names)
    stuck = done.pop("hangs")
    assert isinstance(stuck, JobStuckError)
    assert str(stuck) == "no progress for 1.5 s; see whether a player plays it, or give a longer --file-timeout"
    assert all(isinstance(outcome, Result) for outcome in done.values()), done


HANGING = """
import sys
from pathlib import Path
from realtime.batch import run
from tests.realtime.batch.test_workers import ActingWorkers
run.LocalWorkers = ActingWorkers
from realtime.cli.live import app
if __name__ == "__main__":
    app(["annotate", *sys.argv[1:]], standalone_mode=False)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("twice", [False, True])
def test_a_batch_ends_whatever_a_decoder_does(tmp_path: Path, number: signal.Signals, twice: bool) -> None:
    """Its only file hangs: a first signal ends it within seconds, a second one at once."""
    (tmp_path / "hangs.mp4").write_bytes(b"x")
    (tmp_path / "batch.py").write_text(HANGING)
    program = subprocess.Popen(
        [sys.executable, tmp_path / "batch.py", tmp_path / "hangs.mp4", "--out", tmp_path / "out"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert wait_until(lambda: any(tmp_path.glob("begun-*")), 60)
    (child,) = (int(path.name.removeprefix("begun-")) for path in tmp_path.glob("begun-*"))
    program.send_signal(number)
    if twice:
        time.sleep(0.3)
        program.send_signal(number)
    out, told = program.communicate(timeout=30)
    assert program.returncode == 130
    assert "Traceback" not in told
    assert twice or "1 not done" in out
    assert wait_until(lambda: not lives(child))


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_without_jobs_nothing_is_begun() -> None:
    work_off([], LocalWorkers(1, 0), lambda job, outcome: None, lambda shares: None)


def test_a_cluster_needs_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install distributed"):
        ClusterWorkers("tcp://127.0.0.1:1", 1)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x", "nowhere"])
def test_a_cluster_that_does_not_answer_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="--cluster is tested where distributed is installed")
    monkeypatch.setattr(cluster, "_CONNECT_TIMEOUT_S", 0.3)
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    with pytest.raises(ConfigError, match=f"no Dask scheduler answers at --cluster {address}"), _opened(address):
        pass
    gc.collect()
    assert not unraisable, "a client that was left half made speaks up when it is collected"


def _opened(address: str):  # type: ignore[no-untyped-def]
    return ClusterWorkers(address, 1).open()
