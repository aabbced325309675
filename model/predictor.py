"""Keypoints of the faces in given regions of an image, by ONNX Runtime. No torch.

A weights file is an ONNX graph with the input `crops` (N, 1, S, S) uint8 grey, the outputs `keypoints` (N, 68, 2)
float32 in crop pixels and `scores` (N,) float32 in [0, 1], and one metadata entry `face_keypoints`, JSON, that says how
its crops are cut. Value ranges and output conventions are undone inside the graph, so any recipe runs here alike.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from assets import DEFAULT_WEIGHTS
from model.convention import to_drawn
from model.crop import Region, crop_gray, region_from_keypoints
from model.errors import WeightsError
from model.geometry import apply, invert
from model.keypoints import MIRROR, NUM_KEYPOINTS
from model.weights.info import METADATA_KEY, WeightsInfo, parse_metadata
from model.weights.session import REMEDY, open_session, read_entry, understand_entry

_VIEWS: Final = (
    (0.0, 0.0, 1.0, False),
    (-0.02, -0.02, 0.95, False),
    (-0.02, 0.02, 1.05, True),
    (0.02, 0.02, 1.05, False),
    (0.02, -0.02, 0.95, True),
)
"""Views of a face whose mean is taken: shift in x and y and size, in shares of its region's side; mirrored or not."""
_FARTHEST: Final = 100
"""Points farther out than this many sides of the crop are no points of a face."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Points and scores of N regions.

    Attributes:
        keypoints_px: (N, 68, 2) float32, pixels of the image the regions lie in.
        scores: (N,) float32 in [0, 1].
        undrawn_px: the points as the network gave them, where they are drawn elsewhere (`WeightsInfo.convention`); None
            where `keypoints_px` are those.
    """

    keypoints_px: npt.NDArray[np.float32] = field(repr=False)
    scores: npt.NDArray[np.float32]
    undrawn_px: npt.NDArray[np.float32] | None = field(default=None, repr=False)

    @property
    def network_px(self) -> npt.NDArray[np.float32]:
        """(N, 68, 2) float32, the points as the network gave them, in the convention of the dataset."""
        return self.keypoints_px if self.undrawn_px is None else self.undrawn_px

    @property
    def regions(self) -> list[Region]:
        """Where to cut each face next: around the network's own points, as the crops it was trained on were.

        Cut around the points as drawn, a still face's points stray half as far again under noise, and more than
        three times as far as it moves.
        """
        return [region_from_keypoints(points) for points in self.network_px]


class KeypointPredictor:
    """A network loaded from a weights file.

    Args:
        weights: the ONNX file.
        threads: this many share the faces of a batch; a single face always takes one, which for so small a network is
            fastest.
        closely: take the mean of five views of each face, shifted a little, larger and smaller, and mirrored: for
            pictures, where there is time for it. The score is that of the first, the region as it is. May be set
            later. Of no effect on networks without a score, which know one way of cutting only.

    Raises:
        WeightsError: the file is missing, broken, or holds another model.
    """

    def __init__(self, weights: Path = DEFAULT_WEIGHTS, threads: int = 1, closely: bool = False) -> None:
        self.closely = closely
        self._weights = weights
        self._session = _open_session(weights)
        self.info = read_info(self._session, weights)
        self._convention = np.array(self.info.convention)
        self._threads = threads
        self._helpers: ThreadPoolExecutor | None = None

    def predict_crops(self, crops_gray: npt.NDArray[np.uint8]) -> Prediction:
        """Points in crop pixels of (N, S, S) grey crops, all in one batch."""
        parts = min(self._threads, len(crops_gray))
        if parts < 2:
            return self._run(crops_gray)
        if self._helpers is None:
            self._helpers = ThreadPoolExecutor(self._threads - 1, "predictor")
        shares = np.array_split(crops_gray, parts)
        others = [self._helpers.submit(self._run, share) for share in shares[1:]]
        found = [self._run(shares[0]), *(other.result() for other in others)]
        return Prediction(np.concatenate([f.keypoints_px for f in found]), np.concatenate([f.scores for f in found]))

    def _run(self, crops_gray: npt.NDArray[np.uint8]) -> Prediction:
        found = self._session.run(["keypoints", "scores"], {"crops": crops_gray[:, None]})
        return _checked(found, len(crops_gray), self.info.spec.size_px, self._weights)

    def predict(
        self, image: npt.NDArray[np.uint8], regions: Sequence[Region], *, passes: int = 1, glance: bool = False
    ) -> Prediction:
        """Points of the faces in `regions`, in the convention they are drawn in (`WeightsInfo.convention`).

        Args:
            image: (H, W, 3) BGR or (H, W) grey, uint8; not changed.
            regions: where faces are expected, in the image's pixels.
            passes: with 2, each face is cut again around its first points, upright, and predicted once more: what a
                region from a detector's box needs, and one from the last frame's points does not.
            glance: look once even where this predictor looks closely: to see whether there is a face at all.
        """
        if not regions:
            return Prediction(np.empty((0, NUM_KEYPOINTS, 2), np.float32), np.empty(0, np.float32))
        closely = self.closely and self.info.has_score and not glance
        for _ in range(passes - 1):
            regions = self._predict_once(image, regions).regions
        found = self._predict_closely(image, regions) if closely else self._predict_once(image, regions)
        drawn = to_drawn(found.keypoints_px, self._convention).astype(np.float32)
        return Prediction(drawn, np.minimum(np.maximum(found.scores, 0), 1), found.keypoints_px)

    def _predict_once(self, image: npt.NDArray[np.uint8], regions: Sequence[Region]) -> Prediction:
        cuts = [crop_gray(image, region, self.info.spec) for region in regions]
        found = self.predict_crops(np.stack([crop for crop, _ in cuts]))
        keypoints = [apply(invert(m), points) for points, (_, m) in zip(found.keypoints_px, cuts, strict=True)]
        return Prediction(np.stack(keypoints), found.scores)

    def _predict_closely(self, image: npt.NDArray[np.uint8], regions: Sequence[Region]) -> Prediction:
        """As `_predict_once`, the mean of all `_VIEWS` of each region; the score of the first."""
        spec, turned = self.info.spec, [mirrored for *_, mirrored in _VIEWS for _ in regions]
        cuts = [crop_gray(image, _nudged(region, x, y, size), spec) for x, y, size, _ in _VIEWS for region in regions]
        crops = [crop[:, ::-1] if mirrored else crop for (crop, _), mirrored in zip(cuts, turned, strict=True)]
        found = self.predict_crops(np.stack(crops))
        points = np.empty_like(found.keypoints_px)
        for row, (seen, (_, matrix)) in enumerate(zip(found.keypoints_px, cuts, strict=True)):
            if turned[row]:
                seen = seen[MIRROR] * (-1, 1) + (spec.size_px - 1, 0)
            points[row] = apply(invert(matrix), seen)
        by_view = points.reshape(len(_VIEWS), len(regions), NUM_KEYPOINTS, 2)
        return Prediction(by_view.mean(axis=0), found.scores[: len(regions)])


def _nudged(region: Region, x: float, y: float, size: float) -> Region:
    """A region shifted by shares of its side, and larger or smaller."""
    side = region.side
    return replace(region, center_x=region.center_x + x * side, center_y=region.center_y + y * side, side=size * side)


def _open_session(weights: Path) -> ort.InferenceSession:
    def first_run(session: ort.InferenceSession, run: ort.RunOptions) -> None:
        size_px = read_info(session, weights).spec.size_px
        crops = np.zeros((1, 1, size_px, size_px), np.uint8)
        _checked(session.run(["keypoints", "scores"], {"crops": crops}, run), 1, size_px, weights)

    return open_session(weights, DEFAULT_WEIGHTS, first_run)


def _checked(found: list[npt.NDArray[np.float32]], count: int, size_px: int, weights: Path) -> Prediction:
    """What a network gave for `count` crops.

    Raises:
        WeightsError: it is not points and scores, or not finite.
    """
    keypoints, scores = found
    if keypoints.shape != (count, NUM_KEYPOINTS, 2) or scores.shape != (count,):
        raise WeightsError(
            f"the weights {weights} give points of the shape {keypoints.shape} and scores of the shape {scores.shape} "
            f"for {count} faces; {REMEDY}"
        )
    # In one go: a point or score that is not a number makes the sum so.
    if not np.abs(keypoints).max() < _FARTHEST * size_px or not np.isfinite(scores.sum()):
        raise WeightsError(f"the weights {weights} give points or scores that are not finite numbers; {REMEDY}")
    return Prediction(keypoints, scores)


def read_info(session: ort.InferenceSession, weights: Path) -> WeightsInfo:
    """What the loaded weights say of themselves, checked against the graph.

    Raises:
        WeightsError: it is another model, or made for another version of this program.
    """
    text = read_entry(session, weights, METADATA_KEY)
    names = [i.name for i in session.get_inputs()], [o.name for o in session.get_outputs()]
    if text is None or names != (["crops"], ["keypoints", "scores"]):
        raise WeightsError(f"{weights} is an ONNX model, but not a face-keypoint network of this project; {REMEDY}")
    info = understand_entry(text, weights, parse_metadata)
    kinds = session.get_inputs()[0].type, *(output.type for output in session.get_outputs())
    if kinds != ("tensor(uint8)", "tensor(float)", "tensor(float)"):
        raise WeightsError(
            f"{weights} takes and gives {', '.join(kinds)}, where bytes go in and numbers come out; {REMEDY}"
        )
    shape = session.get_inputs()[0].shape
    if len(shape) != 4 or shape[1] != 1 or shape[2] != shape[3]:
        raise WeightsError(f"{weights} takes crops of the shape {shape}, not of one grey square; {REMEDY}")
    size_px = shape[-1]
    if size_px != info.spec.size_px:
        raise WeightsError(f"{weights} takes crops of {size_px} px but says {info.spec.size_px}; {REMEDY}")
    return info
