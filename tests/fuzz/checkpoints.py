"""The reader of checkpoints: whatever bytes it gets, it reads them or raises a `WeightsError` of one short line."""

import tempfile
from pathlib import Path

from model.crop import CropSpec
from model.errors import WeightsError
from model.networks.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.networks.keypoint_net import KeypointNet, NetSpec
from model.weights.info import WeightsInfo
from tests.fuzz.mutate import main

WORDS = (
    b"blocks",
    b"K\xff",
    b"J\xff\xff\xff\x7f",
    b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"(",
    b"t",
    b"R",
    b"PK\x01\x02",
)


def samples() -> list[bytes]:
    """A checkpoint of a tiny network."""
    net = KeypointNet(NetSpec(32, (4, 4, 4, 4), (0, 0, 0), 4, 8, True))
    info = WeightsInfo("default", CropSpec(32, 1.5), 0.5, True, (0.0, 0.0), (0.0, 0.0), "nothing")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.pt"
        save_checkpoint(path, Checkpoint(net, info, {"epoch": 3}))
        return [path.read_bytes()]


def target(data: bytes, folder: Path) -> None:
    """Read one file."""
    path = folder / "a.pt"
    path.write_bytes(data)
    try:
        load_checkpoint(path)
    except WeightsError as error:
        assert len(str(error)) < 1500, str(error)


if __name__ == "__main__":
    main(target, samples(), WORDS)
