"""Trains the score of a keypoint network again, and leaves its points as they are.

The score is read from what the network sees by three small layers. They are trained on faces harder than those that the
points are trained on (turned, dressed, covered, dark), and on what the detectors propose beside the faces of
canvases: the very things that the score has to tell apart in a running program.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from model.arrays import Image
from model.crop import CropSpec, Region, crop_gray, region_from_keypoints
from model.detection.combined import CombinedFaceDetector
from model.detection.haar import detector_for
from model.detection.network import NetworkFaceDetector
from model.geometry import apply, invert
from model.networks.keypoint_net import KeypointNet
from model.networks.onnx_weights import is_score
from train.augmentation.batch import AugmentConfig, augmented_batch
from train.augmentation.canvas import Canvas, CanvasConfig, draw_canvas
from train.data.face_store import FaceStore

_BATCH: Final = 64
_PASSES: Final = 3
"""As the live program looks at a proposal before it believes it."""
_EAGER: Final = 0.05
"""Threshold of the detector here, lower than it runs with: what scores low today may score high on other pictures."""
_NEAR: Final = 0.75
"""A proposal this many sides from a face is about that face."""
_MARGIN_PX: Final = 8
_MOST_ON_A_CANVAS: Final = 5
_FACES_A_CANVAS: Final = 12
"""One canvas is drawn for this many faces: each gives some ten false proposals."""


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """Numbers of the score's training.

    Attributes:
        rounds: views of each face; and how many canvases are drawn.
        faces: changes made to the faces, and the share of crops with none.
        canvas: what the detectors search.
        scale: NME at which the wanted score has fallen to 1/e.
        proposals: weight of a false proposal, where any other crop has 1.
        steps, batch_size, learning_rate, weight_decay: of AdamW, one cycle.
    """

    rounds: int = 10
    faces: AugmentConfig = field(
        default_factory=lambda: AugmentConfig(
            negatives=0.2, worn=0.25, hand=0.12, dark=0.2, shadow=0.2, small=0.25, turn=0.45
        )
    )
    canvas: CanvasConfig = field(default_factory=lambda: CanvasConfig(decoys=3.0, empty=0.25))
    scale: float = 0.2
    proposals: float = 2.0
    steps: int = 12_000
    batch_size: int = 512
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3


@dataclass(frozen=True, slots=True)
class ScoreSamples:
    """What the network sees in N crops, and what they show.

    Attributes:
        deep, spread: see `model.networks.keypoint_net.Seen`.
        nme: (N,) error of the points over the eye distance; NaN where there is no whole face.
        proposed: (N,) whether a detector proposed it; such crops show no face.
    """

    deep: npt.NDArray[np.float32] = field(repr=False)
    spread: npt.NDArray[np.float32] = field(repr=False)
    nme: npt.NDArray[np.float64] = field(repr=False)
    proposed: npt.NDArray[np.bool_] = field(repr=False)

    def __len__(self) -> int:
        return len(self.nme)


def collect(net: KeypointNet, spec: CropSpec, store: FaceStore, options: ScoreOptions, seed: int) -> ScoreSamples:
    """Faces, pieces of faces and false proposals of one data set, as the network sees them.

    Raises:
        WeightsError, DetectorError: a detector cannot be used.
    """
    rng = np.random.default_rng(seed)
    parts = [*_faces(net, spec, store, options, rng), *_false_proposals(net, spec, store, options, rng)]
    return ScoreSamples(
        np.concatenate([part.deep for part in parts]),
        np.concatenate([part.spread for part in parts]),
        np.concatenate([part.nme for part in parts]),
        np.concatenate([part.proposed for part in parts]),
    )


def fit_score(net: KeypointNet, samples: ScoreSamples, options: ScoreOptions, seed: int = 0) -> float:
    """Train the layers of `net` that give the score, and nothing else; gives the mean loss of the last steps."""
    torch.manual_seed(seed)
    layers = [parameter for name, parameter in net.named_parameters() if is_score(name)]
    optimizer = torch.optim.AdamW(layers, options.learning_rate, weight_decay=options.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.learning_rate, total_steps=options.steps + 1)
    deep, spread = torch.from_numpy(samples.deep), torch.from_numpy(samples.spread)
    wanted = torch.from_numpy(np.exp(-np.nan_to_num(samples.nme, nan=np.inf) / options.scale)).float()
    weights = torch.from_numpy(np.where(samples.proposed, options.proposals, 1.0)).float()
    losses = []
    for _ in range(options.steps):
        chosen = torch.randint(0, len(samples), (options.batch_size,))
        logits = net.score_of(deep[chosen], spread[chosen])
        each = F.binary_cross_entropy_with_logits(logits, wanted[chosen], reduction="none")
        loss = (each * weights[chosen]).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses[-100:]))


def scores_of(net: KeypointNet, samples: ScoreSamples) -> npt.NDArray[np.float32]:
    """(N,) scores in [0, 1]."""
    with torch.inference_mode():
        logits = net.score_of(torch.from_numpy(samples.deep), torch.from_numpy(samples.spread))
    result: npt.NDArray[np.float32] = torch.sigmoid(logits).numpy()
    return result


def _faces(
    net: KeypointNet, spec: CropSpec, store: FaceStore, options: ScoreOptions, rng: np.random.Generator
) -> Iterator[ScoreSamples]:
    for _ in range(options.rounds):
        order = rng.permutation(len(store))
        for start in range(0, len(order), _BATCH):
            batch = augmented_batch(store, order[start : start + _BATCH], spec, options.faces, rng)
            keypoints, deep, spread = _see(net, batch.crops)
            distances = np.linalg.norm(keypoints - batch.keypoints, axis=-1)
            known = np.where(batch.labelled, distances, 0).sum(1) / batch.labelled.sum(1)
            nme = np.where(batch.is_face, known / batch.eye_distances, np.nan)
            yield ScoreSamples(deep, spread, nme, np.zeros(len(nme), bool))


def _false_proposals(
    net: KeypointNet, spec: CropSpec, store: FaceStore, options: ScoreOptions, rng: np.random.Generator
) -> Iterator[ScoreSamples]:
    detector = CombinedFaceDetector(NetworkFaceDetector(threshold=_EAGER), detector_for(has_score=True))
    for _ in range(max(1, options.rounds * len(store) // _FACES_A_CANVAS)):
        indices = rng.integers(0, len(store), int(rng.integers(1, _MOST_ON_A_CANVAS + 1)))
        canvas = draw_canvas(store, indices, options.canvas, rng)
        picture: Image = cv2.cvtColor(canvas.picture, cv2.COLOR_GRAY2BGR)
        regions = [proposal.region for proposal in detector.detect(picture)]
        if not regions:
            continue
        for _ in range(_PASSES):
            cuts = [crop_gray(picture, region, spec) for region in regions]
            keypoints, deep, spread = _see(net, np.stack([crop for crop, _ in cuts])[:, None])
            points = [apply(invert(matrix), p) for p, (_, matrix) in zip(keypoints, cuts, strict=True)]
            regions = [region_from_keypoints(p) for p in points]
        false = np.array([not _about_a_face(region, canvas) for region in regions])
        yield ScoreSamples(deep[false], spread[false], np.full(false.sum(), np.nan), np.ones(false.sum(), bool))


def _about_a_face(region: Region, canvas: Canvas) -> bool:
    """Whether it shows a face of the canvas, or what may be one."""
    x, y = region.center_x, region.center_y
    near = any(
        np.hypot(x - face.center_x, y - face.center_y) < _NEAR * max(face.side, region.side) for face in canvas.faces
    )
    return near or any(
        x0 - _MARGIN_PX < x < x1 + _MARGIN_PX and y0 - _MARGIN_PX < y < y1 + _MARGIN_PX
        for x0, y0, x1, y1 in canvas.ignored
    )


def _see(
    net: KeypointNet, crops: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Points in crop pixels, deep features and spread of (N, 1, S, S) crops."""
    with torch.inference_mode():
        seen = net.see(torch.from_numpy(crops))
    return seen.keypoints.numpy(), seen.deep.numpy(), seen.spread.numpy()
