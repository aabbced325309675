"""Fixtures used all over the tests."""

from pathlib import Path

import pytest

from tests.paths import SHARED_DIR


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder with the dataset and the clips, which lie beside the project and never in it."""
    if not (SHARED_DIR / "README.md").is_file():
        pytest.skip("needs the dataset and clips in ../shared, which are not here")
    return SHARED_DIR
