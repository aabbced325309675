"""What tests of training share."""

from pathlib import Path

import pytest

from tests.tiny_weights import write_weights
from tests.train.exact import Written, write_exact


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A small dataset whose labels the tiny weights hit exactly."""
    return write_exact(tmp_path_factory.mktemp("exact"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny weights."""
    return write_weights(tmp_path_factory.mktemp("weights") / "tiny.onnx")
