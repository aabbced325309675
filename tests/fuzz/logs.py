"""The reader of keypoint logs: rows, or a `UserError` of one line."""

import tempfile
from pathlib import Path

import numpy as np

from model.errors import UserError
from model.face import Face
from model.face_log import read_face_log
from model.geometry import bounding_box
from realtime.frame import Frame, Output
from realtime.sinks.face_log import KeypointLogSink
from tests.fuzz.mutate import main
from tests.realtime.filters.faces import face_at

WORDS = (b"\n\n", b"frame", b"{", b"}", b"NaN", b"1e999", b'"', b"\xef\xbb\xbf", b"face_id", b"[" * 60)


def samples() -> list[bytes]:
    """What the program writes, in both layouts."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for ending in (".csv", ".jsonl"):
            path = Path(folder, f"log{ending}")
            sink = KeypointLogSink(path)
            for index in range(3):
                face = face_at((100, 100), 40)
                frame = Frame(np.zeros((200, 200, 3), np.uint8), index, index / 30)
                sink.write(Output(frame, frame, (Face(face.keypoints_px, 0.9, 0, bounding_box(face.keypoints_px)),)))
            sink.close()
            found.append(path.read_bytes())
    return found


def target(data: bytes, folder: Path) -> None:
    """Read it under both names."""
    for ending in (".csv", ".jsonl"):
        path = folder / f"log{ending}"
        path.write_bytes(data)
        try:
            read_face_log(path)
        except UserError as error:
            assert "\n" not in str(error) and len(str(error)) < 1500, str(error)


if __name__ == "__main__":
    main(target, samples(), WORDS)
