"""The readers of other formats: whatever bytes they get, they give faces or raise a `DatasetError` of one line."""

import json
import tempfile
from pathlib import Path

import cv2
import numpy as np

from tests.fuzz.mutate import main
from tests.train.faces import draw_face, face_keypoints
from train.data.annotations import read_annotations, write_keypoints_csv
from train.data.exporters import FILES, export_labels
from train.data.formats.ibug import text_of
from train.data.importers import import_labels
from train.errors import DatasetError, OutputError

WORDS = (b"null", b"[]", b"{}", b"1e999", b"NaN", b"<part/>", b"../", b"\xff", b'"points"', b"true", b"-0", b"name='")
_KINDS = (*FILES, "pts", "labelme", "wflw")
_POINTS = face_keypoints() * 30 + (60, 62)


def samples() -> list[bytes]:
    """A whole file of each format, its name in front."""
    made = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cv2.imwrite(str(folder / "a.png"), draw_face((130, 140), _POINTS))
        write_keypoints_csv(folder / "labels.csv", ["a.png", "a.png"], [_POINTS, _POINTS + 2])
        annotations = read_annotations(folder / "labels.csv")
        for kind in FILES:
            export_labels(kind, annotations, folder / kind)
            made.append(kind.encode() + b"|" + (folder / kind).read_bytes())
        (folder / "out").mkdir()
        export_labels("labelme", annotations, folder / "out", folder)
        made.append(b"labelme|" + (folder / "out" / "a.json").read_bytes())
    made.append(b"pts|" + text_of(_POINTS).encode())
    numbers = " ".join(f"{value:.2f}" for value in np.resize(_POINTS, 196))
    made.append(f"wflw|{numbers} 1 2 3 4 0 0 0 0 0 0 a.png\n".encode())
    made.append(b"coco|" + json.dumps({"images": [], "annotations": [], "categories": []}).encode())
    return made


def target(data: bytes, folder: Path) -> None:
    """Import one file; what stands before the bar is its format, spoiled or not."""
    kind, _, body = data.partition(b"|")
    name = kind.decode("latin-1")
    if name not in _KINDS:
        name = _KINDS[len(data) % len(_KINDS)]
    (folder / "a.png").write_bytes(_picture())
    path = folder / f"a.{'pts' if name == 'pts' else 'json' if name == 'labelme' else 'any'}"
    path.write_bytes(body)
    out = folder / "labels.csv"
    try:
        found = import_labels(name, path, out, out)
    except (DatasetError, OutputError) as error:
        assert len(str(error)) < 1500 and "\n" not in str(error), str(error)
        return
    assert all(points.shape == (68, 2) for points in found.points) and len(found.names) == len(found.points) > 0


def _picture() -> bytes:
    return bytes(cv2.imencode(".png", draw_face((130, 140), _POINTS))[1].tobytes())


if __name__ == "__main__":
    main(target, samples(), WORDS)
