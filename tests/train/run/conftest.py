"""Small faces to train on, on one thread."""

import pytest
import torch

from tests.train.faces import write_faces
from train.config import TrainConfig


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    csv_path, images = write_faces(tmp_path_factory.mktemp("faces"))
    return TrainConfig(csv_file=csv_path, images_dir=images, epochs=3, device="cpu")
