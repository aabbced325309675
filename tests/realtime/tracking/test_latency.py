"""A new face is shown within two frames, whatever its size, also after a cut, and no frame waits for a search."""

import cv2
import numpy as np
import pytest

from model.arrays import Image
from model.geometry import similarity
from realtime.frame import Frame
from realtime.tracking.tracker import open_tracker
from tests.model.detection.test_haar import portrait

SIZE_WH = (1280, 720)
ROOT = (SIZE_WH[0] * SIZE_WH[1]) ** 0.5


def scene(faces: list[tuple[float, float, float]], background: int = 0) -> Image:
    """Faces (x, y, side) on a textured wall."""
    rng = np.random.default_rng(background)
    wall = cv2.resize(rng.integers(60, 160, (9, 16, 3), np.uint8), SIZE_WH, interpolation=cv2.INTER_CUBIC)
    for x, y, side in faces:
        move = similarity(side / 190, 0.0, (265.0, 230.0), (x, y))
        mask = np.zeros(portrait().shape[:2], np.uint8)
        cv2.ellipse(mask, (265, 200), (150, 190), 0, 0, 360, 255, -1)
        head, shown = (cv2.warpAffine(p, move, SIZE_WH, flags=cv2.INTER_AREA) for p in (portrait(), mask))
        wall = np.where(shown[..., None] > 127, head, wall)
    return np.asarray(wall, np.uint8)


def shown_after(images: list[Image], came: int, near: tuple[float, float]) -> int | None:
    """Frames from the one in which a face came to the first in which it is shown."""
    with open_tracker() as tracker:
        for index, image in enumerate(images):
            faces = tracker.update(Frame(image, index, index / 30))
            if index >= came and any(np.hypot(*(np.array(face.box.center) - near)) < 40 for face in faces):
                return index - came
    return None


@pytest.mark.parametrize("share", [0.06, 0.15, 0.4])
@pytest.mark.parametrize("already", [False, True], ids=["first", "further"])
@pytest.mark.parametrize("came", [6, 7])
def test_a_face_that_comes_in_is_shown_within_two_frames(share: float, already: bool, came: int) -> None:
    others = [(300.0, 400.0, 120.0)] if already else []
    place = (900.0, 360.0)
    empty, full = scene(others), scene([*others, (*place, share * ROOT)])
    found = shown_after([*[empty] * came, *[full] * 8], came, place)
    assert found is not None and found <= 2


@pytest.mark.parametrize("share", [0.08, 0.3])
def test_so_is_one_after_a_cut(share: float) -> None:
    before, after = scene([(300.0, 400.0, 150.0)], 1), scene([(800.0, 330.0, share * ROOT)], 2)
    found = shown_after([*[before] * 9, *[after] * 8], 9, (800.0, 330.0))
    assert found is not None and found <= 2
