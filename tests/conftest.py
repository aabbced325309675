"""Fixtures used all over the tests."""

import signal
from pathlib import Path

import pytest

from tests.paths import SHARED_DIR

# Behind `&` in a script SIGINT is ignored, and every program that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder with the dataset and the clips, which lie beside the project and never in it."""
    if not (SHARED_DIR / "README.md").is_file():
        pytest.skip("needs the dataset and clips in ../shared, which are not here")
    return SHARED_DIR
