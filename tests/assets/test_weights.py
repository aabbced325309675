"""The two weights files that ship are one network."""

import numpy as np
import pytest

from assets import DEFAULT_WEIGHTS, FLOAT_WEIGHTS
from model.crop import region_from_keypoints
from model.keypoints import eye_distance
from model.networks.keypoint_net import KeypointNet
from model.networks.onnx_weights import load_exported
from model.predictor import KeypointPredictor
from realtime.filters.authoring.portrait import portrait


@pytest.mark.parametrize("shift", [0.0, 0.04])
def test_both_see_the_same_face(shift: float) -> None:
    image_bgr, face = portrait(110.0, (480, 480), (0.5, 0.42))
    full, live = KeypointPredictor(FLOAT_WEIGHTS), KeypointPredictor(DEFAULT_WEIGHTS)
    assert full.info == live.info
    points = face.keypoints_px
    distance = float(eye_distance(points))
    region = region_from_keypoints(points + shift * distance)
    a, b = (p.predict(image_bgr, [region]) for p in (full, live))
    moved = np.linalg.norm(a.keypoints_px - b.keypoints_px, axis=-1).mean() / distance
    assert moved < 0.004
    assert a.scores == pytest.approx(b.scores, abs=0.03)


def test_one_can_be_trained_on_from_and_the_other_is_small() -> None:
    load_exported(FLOAT_WEIGHTS, KeypointNet())
    assert DEFAULT_WEIGHTS.stat().st_size < 0.4 * FLOAT_WEIGHTS.stat().st_size
