"""A detector and a predictor that know the truth: faces that move as told, for tests of the tracker."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from model.crop import CropSpec, Region, region_from_keypoints
from model.detection.haar import HAAR_PLAN, UPRIGHT_SEARCHES, Detection, Search
from model.face import Face
from model.finder import FaceFinder
from model.geometry import Box, apply, similarity
from model.predictor import Prediction
from model.weights.info import WeightsInfo
from realtime.frame import Frame
from realtime.tracking.tracker import FaceTracker, TrackerConfig
from tests.tiny_weights import face_shape

SIZE_WH = (640, 480)
_SHAPE = face_shape(100).astype(np.float64)

Motion = Callable[[float], tuple[float, float] | None]
"""Time in seconds -> where the face's middle is, in pixels; None while it is out of view."""


def face_at(x: float, y: float, side: float = 100, roll: float = 0.0) -> npt.NDArray[np.float64]:
    """(68, 2) points of a face whose shape's canvas is `side` px wide, with its middle at (x, y)."""
    return np.asarray(apply(similarity(side / 100, roll, (49.5, 49.5), (x, y)), _SHAPE), np.float64)


class World:
    """Faces at one moment, and the fakes that see them; both are real implementations of the tracker's contracts.

    Args:
        motions: one a face; a later face hides an earlier one where they overlap.
        noise_px: standard deviation of the predicted points.
        blind: the cascade sees nothing while this holds of the time.
    """

    closely = False

    def __init__(
        self, motions: Sequence[Motion], noise_px: float = 0.0, blind: Callable[[float], bool] = lambda time_s: False
    ) -> None:
        self.motions = motions
        self.time_s = 0.0
        self.noise_px = noise_px
        self.blind = blind
        self.shape_of: Callable[[float, float], npt.NDArray[np.float64]] = face_at
        self.has_score = True
        self.error_px = (0.0, 0.0)
        self._rng = np.random.default_rng(0)

    @property
    def info(self) -> WeightsInfo:
        """What the fake network says of itself."""
        return WeightsInfo("fake", CropSpec(64, 1.5), 0.5, self.has_score, (0.0, 0.0), (0.0, 0.0), "truth")

    def truth(self, time_s: float | None = None) -> list[npt.NDArray[np.float64]]:
        """Points of the faces in view and not hidden, in the motions' order; by default at the world's own time."""
        now_s = self.time_s if time_s is None else time_s
        places = [place for motion in self.motions if (place := motion(now_s)) is not None]
        shown = [
            place
            for i, place in enumerate(places)
            if all(np.hypot(place[0] - later[0], place[1] - later[1]) > 30 for later in places[i + 1 :])
        ]
        return [self.shape_of(*place) for place in shown]

    plan = HAAR_PLAN

    def detect(self, image: npt.NDArray[np.uint8]) -> list[Detection]:
        """All faces, as the whole search would; at the time that is written into the image."""
        time_s = time_of(image)
        return [] if self.blind(time_s) else [_detection(points) for points in self.truth(time_s)]

    def search(self, image: npt.NDArray[np.uint8], search: Search, ignore: Sequence[Box] = ()) -> list[Detection]:
        """All faces but those to ignore by the first search, none by the others."""
        found = self.detect(image) if search is UPRIGHT_SEARCHES[0] else []
        return [face for face in found if all(face.box.iou(box) < 0.3 for box in ignore)]

    def predict(
        self, image: npt.NDArray[np.uint8], regions: Sequence[Region], *, passes: int = 1, glance: bool = False
    ) -> Prediction:
        """Points of the true face nearest to each region, if it lies in its crop; else a shape with a low score."""
        keypoints, scores = [], []
        for region in regions:
            middle = np.array([region.center_x, region.center_y])
            near = min(self.truth(), key=lambda p: float(np.linalg.norm(p.mean(axis=0) - middle)), default=None)
            if near is None or np.linalg.norm(near.mean(axis=0) - middle) > 0.45 * region.side:
                keypoints.append(face_at(region.center_x, region.center_y, region.side * 1.5))
                scores.append(0.05)
            else:
                keypoints.append(near + self.error_px + self._rng.normal(0, self.noise_px, near.shape))
                scores.append(0.95)
        return Prediction(np.array(keypoints, np.float32).reshape(-1, 68, 2), np.array(scores, np.float32))


def _detection(points: npt.NDArray[np.float64]) -> Detection:
    region = region_from_keypoints(points)
    half = region.side / 0.89 / 2
    x, y = region.center_x, region.center_y - 0.16 * 2 * half
    return Detection(Box(x - half, y - half, x + half, y + half), 0.0)


def walk(
    world: World, seconds: float, fps: float = 30.0, config: TrackerConfig | None = None
) -> list[tuple[float, list[Face]]]:
    """(time, faces) of every frame of a run through the tracker."""
    tracker = FaceTracker(FaceFinder(world, world), config)
    seen = []
    for index in range(round(seconds * fps)):
        world.time_s = index / fps
        seen.append((world.time_s, tracker.update(Frame(image_at(world.time_s), index, world.time_s))))
    tracker.close()
    return seen


def image_at(time_s: float) -> npt.NDArray[np.uint8]:
    """A black frame with its time written into its first pixels, for a search that runs beside the world's clock."""
    pixels = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
    pixels.reshape(-1)[:8] = np.frombuffer(np.float64(time_s).tobytes(), np.uint8)
    return pixels


def time_of(image: npt.NDArray[np.uint8]) -> float:
    """The time that `image_at` wrote."""
    return float(np.frombuffer(image.reshape(-1)[:8].tobytes(), np.float64)[0])
