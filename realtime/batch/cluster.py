"""A batch worked off by a Dask cluster."""

import functools
import secrets
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib.util import find_spec

from realtime.batch.job import Job, Result, annotate_file
from realtime.batch.workers import UNKNOWN, WAITING, JobStuckError
from realtime.errors import ConfigError

_CONNECT_TIMEOUT_S = 10


class ClusterWorkers:
    """The workers of a Dask cluster, which see the same files under the same paths.

    Args:
        address: of its scheduler.
        job_count: how many jobs there are.

    Raises:
        ConfigError: `distributed` is not installed; `open` raises it where nobody answers at the address.
    """

    def __init__(self, address: str, job_count: int) -> None:
        if find_spec("distributed") is None:
            raise ConfigError(
                "--cluster needs the package distributed, which is not installed here: pip install distributed"
            )
        self.shares = [WAITING] * job_count
        self._address = address
        self._topic = f"face-keypoints-{secrets.token_hex(8)}"
        self.work = functools.partial(_annotate_on_cluster, self._topic)

    @contextmanager
    def open(self) -> Iterator[Executor]:
        from distributed import Client
        from distributed.comm.addressing import resolve_address

        try:
            # A client that fails over its address is left half made, and has tracebacks to print when it is collected.
            resolve_address(self._address)
            client = Client(self._address, timeout=_CONNECT_TIMEOUT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, RuntimeError) as error:
            raise ConfigError(
                f"no Dask scheduler answers at --cluster {self._address}; give the address that dask scheduler prints, "
                "such as tcp://127.0.0.1:8786"
            ) from error
        with client:
            client.subscribe_topic(self._topic, self._note)  # type: ignore[no-untyped-call]
            executor = client.get_executor(pure=False)  # type: ignore[no-untyped-call]
            try:
                yield executor
            finally:
                executor.shutdown(wait=False)

    def give_up(self) -> dict[int, JobStuckError]:
        """None: what its workers do is the cluster's own affair."""
        return {}

    def _note(self, event: tuple[float, tuple[int, float]]) -> None:
        _, (number, share) = event
        self.shares[number] = share


def _annotate_on_cluster(topic: str, job: Job) -> Result:
    from distributed import get_worker

    worker = get_worker()
    return annotate_file(job, lambda share: worker.log_event(topic, (job.number, UNKNOWN if share is None else share)))
