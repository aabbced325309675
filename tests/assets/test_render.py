"""The pictures that ship are those that their drawings give."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assets import FILTERS_DIR
from assets.render import render

DRAWINGS = sorted(FILTERS_DIR.glob("*/*.svg"))


def test_there_are_drawings() -> None:
    assert FILTERS_DIR / "sunglasses" / "aviators.svg" in DRAWINGS


@pytest.mark.parametrize("name", ["sunglasses", "moustache"])
def test_rendering_again_gives_the_pictures(name: str, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="rendering needs the development tool resvg-py")
    folder = tmp_path / name
    shutil.copytree(FILTERS_DIR / name, folder)
    for picture in folder.glob("*.png"):
        picture.unlink()
    written = render(folder)
    assert {path.name for path in written} == {path.name for path in (FILTERS_DIR / name).glob("*.png")}
    for path in written:
        made, shipped = (
            np.asarray(Image.open(io.BytesIO(source.read_bytes())).convert("RGBA"), np.int16)
            for source in (path, FILTERS_DIR / name / path.name)
        )
        assert made.shape == shipped.shape and np.abs(made - shipped).mean() < 0.5
