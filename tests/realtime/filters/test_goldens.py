"""A few small pictures that were looked at once; `python -m tests.realtime.filters.test_goldens` makes them again."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.filters.filter import LayeredFilter, LayerUse
from realtime.filters.layers.keypoints import Keypoints
from realtime.filters.packs import registry
from realtime.filters.packs.manifest import filter_of
from tests.paths import ROOT
from tests.realtime.filters.faces import turned_face
from tests.realtime.filters.sample_packs import KIND_SAMPLES, pack_of

GOLDEN_DIR = ROOT / "tests" / "golden" / "filters"
NAMES = ("sunglasses", "mask", "makeup", "warp", "keypoints")


def rendered(name: str) -> np.ndarray:
    """A filter on a face turned 15 degrees, (180, 160, 3) uint8 BGR."""
    ys, xs = np.mgrid[:180, :160]
    checks = ((xs // 8 + ys // 8) % 2) * 24
    canvas = np.stack([110 + checks, 140 + checks, 190 + checks], axis=2).astype(np.uint8)
    face = turned_face(15, 5, 8, 62, (80.0, 70.0))
    if name == "sunglasses":
        shown = registry.load(name)
    elif name == "keypoints":
        shown = LayeredFilter((LayerUse(Keypoints()),))
    else:
        shown = filter_of(pack_of([KIND_SAMPLES[name]]))
    canvas = np.ascontiguousarray(canvas)
    shown.apply(canvas, [face], 0.0)
    return canvas


def path_of(name: str) -> Path:
    return GOLDEN_DIR / f"{name.replace(' ', '-')}.png"


@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_it_did(name: str, tmp_path: Path) -> None:
    actual, expected = rendered(name), cv2.imread(str(path_of(name)))
    assert expected is not None and expected.shape == actual.shape
    difference = cv2.absdiff(actual, expected)
    # Builds of OpenCV round differently by a level or two, and by more on a thin line.
    if difference.mean() > 0.5 or np.percentile(difference, 99.5) > 16:
        for kind, picture in (("actual", actual), ("expected", expected), ("difference", difference * 4)):
            cv2.imwrite(str(tmp_path / f"{kind}.png"), picture)
        pytest.fail(f"{name} looks different; compare actual, expected and difference in {tmp_path}")


if __name__ == "__main__":
    GOLDEN_DIR.mkdir(parents=True, exist_ok=True)
    for each in NAMES:
        cv2.imwrite(str(path_of(each)), rendered(each))
