"""Jobs are worked off whatever befalls the processes that do them."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime.audio.copy import Sound
from realtime.batch import workers
from realtime.batch.job import Job, Result
from realtime.batch.workers import ClusterWorkers, JobKilledError, LocalWorkers, Outcome, work_off
from realtime.errors import ConfigError, SourceError


def act_by_name(job: Job) -> Result:
    """In place of the real work: do what the input's name says."""
    workers._shares[job.number] = 0.5
    if job.input.stem == "kills":
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    if job.input.stem == "breaks":
        raise SourceError("broken")
    if job.input.stem == "slow":
        time.sleep(0.4)
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


def test_without_jobs_nothing_is_begun() -> None:
    work_off([], LocalWorkers(1, 0), lambda job, outcome: None, lambda shares: None)


def test_a_cluster_needs_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install distributed"):
        ClusterWorkers("tcp://127.0.0.1:1", 1)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x"])
def test_a_cluster_that_does_not_answer_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="--cluster is tested where distributed is installed")
    monkeypatch.setattr(workers, "_CONNECT_TIMEOUT_S", 0.3)
    with pytest.raises(ConfigError, match=f"no Dask scheduler answers at --cluster {address}"), _opened(address):
        pass


def _opened(address: str):  # type: ignore[no-untyped-def]
    return ClusterWorkers(address, 1).open()
