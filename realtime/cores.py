"""How many processor cores there are for us, and how many of them the network takes."""

import os

_MOST_NETWORK_THREADS = 4


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def network_threads() -> int:
    """Among how many threads the faces of a frame are shared."""
    return min(usable_cores(), _MOST_NETWORK_THREADS)
