"""The reader of label CSVs: whatever bytes it gets, it reads them or raises a `DatasetError` of one short line."""

from pathlib import Path

from model.keypoints import NUM_KEYPOINTS
from tests.fuzz.mutate import main
from train.data.annotations import read_annotations
from train.errors import DatasetError

WORDS = (
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b",,,,",
    b"\n\n",
    b"\r",
    b"-1,-1",
    b"1e999",
    b"../a.png",
    b"\t",
    b"person",
    b"v0",
    b"x1",
)


def samples() -> list[bytes]:
    """Whole files in several forms."""
    named = "image," + ",".join(f"x{i},y{i}" for i in range(NUM_KEYPOINTS))
    plain = "," + ",".join(map(str, range(2 * NUM_KEYPOINTS)))
    row = ",".join(f"{i}.5,{(i * i) % 97}" for i in range(NUM_KEYPOINTS))
    rows = "\n".join(f"a_{i}.png,{row}" for i in range(3))
    text = f"{named}\n{rows}\n"
    return [
        f"{plain}\n{rows}\n".encode(),
        text.encode("utf-16"),
        text.replace(",", ";").replace(".5", ",5").encode("utf-8-sig"),
        text.replace("1.5,", ",", 1).encode(),
    ]


def target(data: bytes, folder: Path) -> None:
    """Read one file."""
    path = folder / "labels.csv"
    path.write_bytes(data)
    for index in range(3):
        (folder / f"a_{index}.png").touch()
    try:
        found = read_annotations(path, folder)
    except DatasetError as error:
        assert len(str(error)) < 1500, str(error)
        return
    assert found.keypoints_px.shape == (len(found), NUM_KEYPOINTS, 2) and len(found.people) == len(found)
    assert (abs(found.keypoints_px) < 1e9).all()


if __name__ == "__main__":
    main(target, samples(), WORDS)
