"""The Face value."""

from typing import Any

import numpy as np
import pytest

from model.face import Face
from model.geometry import Box

BOX = Box(0, 0, 1, 1)


def test_a_face_checks_its_fields() -> None:
    good = np.zeros((68, 2), np.float32)
    assert Face(good, 0.5, 3, BOX).face_id == 3
    bad: list[Any] = [good[:67], good.astype(np.float64), good + np.float32(np.nan)]
    for points in bad:
        with pytest.raises(ValueError, match="keypoints_px must be"):
            Face(points, 0.5, 3, BOX)
    with pytest.raises(ValueError, match="score must lie"):
        Face(good, 1.5, 3, BOX)
