"""Spoiled filter packs: each is a filter or a FilterError, and a filter draws.

`python -m tests.fuzz.packs --minutes 10`
"""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from realtime.errors import FilterError
from realtime.filters.packs.manifest import filter_of
from realtime.filters.packs.pack import MANIFEST, read_pack
from tests.fuzz.mutate import main
from tests.realtime.filters.faces import turned_face
from tests.realtime.filters.sample_packs import CUBE, KIND_SAMPLES, manifest_of, model_glb, picture_png

WORDS = (
    b"[[layer]]",
    b"kind = ",
    b"posed",
    b"screen",
    b"when = { all = [",
    b"toggle",
    b"LUT_3D_SIZE 65",
    b"1e308",
    b"GIF89a",
    b'"count":999999999',
    b'"uri":"../a"',
    b'"children":[0]',
    b'"componentType":5120',
    b'"byteStride":1',
)
_FACES = [turned_face()]


def samples() -> list[bytes]:
    """Zips, stored and not packed so that changes reach the files in them."""
    moving = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "blue")]
    frames[0].save(moving, "gif", save_all=True, append_images=frames[1:], duration=100)
    small = picture_png((60, 60))
    every = [layer for name, layer in KIND_SAMPLES.items() if name != "model"]
    when = {"toggle": {"count": {"any": [{"measure": "smile", "above": 0.5}]}, "times": 2}, "fade_s": 1}
    parts: list[Sequence[dict[str, object]]] = [every[:12], every[12:], [{**every[0], "image": "a.gif", "when": when}]]
    return [
        *(
            _zip({MANIFEST: manifest_of(part).encode(), "a.png": small, "a.gif": moving.getvalue(), "a.cube": CUBE})
            for part in parts
        ),
        # A model alone: most changes reach its own file.
        _zip({MANIFEST: manifest_of([KIND_SAMPLES["model"]]).encode(), "a.glb": model_glb()}),
    ]


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


class _Unchecked(zipfile.ZipExtFile):
    """A file in a zip whose check sum is not looked at: nearly every change would end there."""

    def _update_crc(self, newdata: bytes) -> None:
        return None


def target(data: bytes, folder: Path) -> None:
    """Read the pack, and draw what it describes."""
    path = folder / "pack.zip"
    path.write_bytes(data)
    real, zipfile.ZipExtFile = zipfile.ZipExtFile, _Unchecked  # type: ignore[misc]
    try:
        worn = filter_of(read_pack(path))
    except FilterError as error:
        assert "\n" not in str(error)
        return
    finally:
        zipfile.ZipExtFile = real  # type: ignore[misc]
    worn.apply(np.full((48, 64, 3), 90, np.uint8), _FACES, 0.2)


if __name__ == "__main__":
    main(target, samples(), WORDS)
