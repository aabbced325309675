"""The reader of weights: whatever bytes it gets, it opens them or raises a `WeightsError` of one short line."""

import tempfile
from pathlib import Path

import numpy as np

from assets import DEFAULT_WEIGHTS
from model.errors import WeightsError
from model.predictor import KeypointPredictor
from tests.fuzz.mutate import main
from tests.tiny_weights import write_weights

WORDS = (
    b"Loop",
    b"Conv",
    b"Tile",
    b"crops",
    b"shape",
    b"\x08\xff\xff\xff\xff\x0f",
    b"\x70\x01",
    b"face_keypoints",
    b"{[[[[",
)


def samples() -> list[bytes]:
    """A tiny network, several times as often as the one that ships, which takes longer."""
    with tempfile.TemporaryDirectory() as folder:
        tiny = write_weights(Path(folder) / "tiny.onnx").read_bytes()
    return [tiny] * 9 + [DEFAULT_WEIGHTS.read_bytes()]


def target(data: bytes, folder: Path) -> None:
    """Open one file and look for a face with it."""
    path = folder / "weights.onnx"
    path.write_bytes(data)
    try:
        predictor = KeypointPredictor(path)
        size = predictor.info.spec.size_px
        found = predictor.predict_crops(np.full((2, size, size), 200, np.uint8))
    except WeightsError as error:
        assert len(str(error)) < 1500, str(error)
        return
    assert found.keypoints_px.shape == (2, 68, 2) and np.isfinite(found.keypoints_px).all()


if __name__ == "__main__":
    main(target, samples(), WORDS)
