"""On the demo, whose true motion is known, pictures stay where they belong."""

from itertools import islice

import numpy as np
import pytest

from model.detection.combined import open_detector
from model.finder import FaceFinder
from model.geometry import apply, invert
from model.keypoints import eye_distance
from model.predictor import KeypointPredictor
from realtime.face_view import Viewer
from realtime.filters.layers.overlay import Overlay
from realtime.filters.packs import registry
from realtime.filters.packs.manifest import filter_of
from realtime.sources.demo import DemoConfig, DemoSource
from realtime.tracking.tracker import FaceTracker
from tests.realtime.filters.sample_packs import KIND_SAMPLES, pack_of

FRAMES = 75
SETTLED = 10


@pytest.fixture(scope="module")
def anchors_in_portrait() -> dict[str, np.ndarray]:
    """Where the anchors of two overlays are drawn, (frames, anchors, 2), in eye distances of the portrait."""
    layers = {"posed": registry.load("sunglasses").layers[-1].layer}
    layers["similarity"] = filter_of(pack_of([KIND_SAMPLES["overlay"]])).layers[0].layer
    places: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    units: list[float] = []
    viewer, tracker = Viewer(), FaceTracker(FaceFinder(open_detector(), KeypointPredictor()))
    with DemoSource(DemoConfig(size_wh=(960, 540))) as source:
        for frame in islice(source.frames(), FRAMES):
            to_portrait = invert(source.portrait_to_frame(frame.time_s))
            (view,) = viewer.views(tracker.update(frame), frame.size_wh, frame.time_s)
            units.append(float(eye_distance(apply(to_portrait, view.keypoints_px))))
            for name, layer in layers.items():
                assert isinstance(layer, Overlay)
                at = np.array([(*anchor.at, 1.0) for anchor in layer.anchors])
                matrix = layer.matrix(view)
                mapped = at @ (matrix if len(matrix) == 3 else np.vstack([matrix, [0, 0, 1]])).T
                places[name].append(apply(to_portrait, mapped[:, :2] / mapped[:, 2:]))
    return {name: np.array(found) / np.mean(units) for name, found in places.items()}


@pytest.mark.parametrize("place", ["posed", "similarity"])
def test_anchors_stay_on_the_face_and_do_not_shake(anchors_in_portrait: dict[str, np.ndarray], place: str) -> None:
    found = anchors_in_portrait[place][SETTLED:]
    away = found - found.mean(axis=0)
    assert np.sqrt(np.square(away).sum(axis=-1).mean()) < 0.015
    shake = np.diff(found, n=2, axis=0) / 2
    assert np.sqrt(np.square(shake).sum(axis=-1).mean()) < 0.003
