"""The recipe of the face detector that ships."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from assets import DEFAULT_DETECTOR, FLOAT_DETECTOR
from model.arrays import Image
from model.detection.info import DetectorInfo
from model.detection.map_reader import Peak, read_map
from model.networks.checkpoint import Checkpoint, export_onnx
from model.networks.detector_net import DetectorNet, DetectorSpec
from model.networks.quantize import quantize
from train.augmentation.canvas import CanvasConfig
from train.config import TrainConfig
from train.data.annotations import Annotations
from train.data.face_store import load_store
from train.data.label_offset import LabelOffset
from train.data.training_data import TrainingData
from train.recipes.averaging import AveragedCourse, CourseOptions, Cycle
from train.recipes.batch_stream import stream_batches
from train.recipes.canvas_stream import CanvasSource
from train.recipes.detector_loss import CanvasBatch, detector_loss
from train.recipes.precision import half_precision_pays
from train.run.distributed import Ranks

_VALIDATION_SEED: Final = 97
_VALIDATION_BATCHES: Final = 6
_FALSE_FACES: Final = 0.05
"""Recall is measured at the threshold that lets this many false faces pass on each canvas."""
_CALIBRATION_SEED: Final = 98
_MINED_SCORE: Final = 0.2
_MOST_MINED: Final = 3000
_MINING_SCALES: Final = (0.5, 1.0)
_MINING_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class DetectorOptions:
    """The detector recipe's numbers.

    Attributes:
        net: shape of the network.
        epochs: of one canvas for each face.
        batch_size, learning_rate: used where the run's own options do not say.
        course: see there.
        further_rate: learning rate of the cycle that lengthens a run, as a share.
        threshold: what the detector proposes must score as much.
        mine_after: share of the epochs after which hard negatives are mined.
        offset: the labels' bias, taken out before training.
        canvas: see there.
    """

    net: DetectorSpec = field(default_factory=DetectorSpec)
    epochs: int = 48
    batch_size: int = 32
    learning_rate: float = 3e-3
    course: CourseOptions = field(default_factory=lambda: CourseOptions(warmup=0.1, clip=2.0))
    further_rate: float = 0.4
    threshold: float = 0.2
    mine_after: float = 0.4
    offset: LabelOffset = field(default_factory=LabelOffset)
    canvas: CanvasConfig = field(default_factory=CanvasConfig)


class DetectorRecipe:
    """Centre-point detector on canvases: AdamW, one-cycle, running average of the weights, mined negatives.

    Raises:
        DatasetError: an image cannot be read.
    """

    weights_name = DEFAULT_DETECTOR.name
    measure = "faces missed"
    running_every = 0

    def __init__(
        self,
        config: TrainConfig,
        data: TrainingData,
        device: torch.device,
        ranks: Ranks,
        options: DetectorOptions | None = None,
    ) -> None:
        self.options = options = options or DetectorOptions()
        self._config, self._device, self._ranks = config, device, ranks
        self.epochs = config.epochs or options.epochs
        self.split = data.split.words
        cv2.setNumThreads(1)
        annotations, held_out = data.annotations, data.split.held_out
        self._annotations, self._trained = annotations, np.flatnonzero(~held_out)
        self.info = DetectorInfo("detector", options.threshold, f"{len(self._trained)} images, {self.split}")
        store = load_store(annotations, self._trained.tolist(), options.offset)
        # Each process needs a canvas of its own.
        self.batch_size = max(min(config.batch_size or options.batch_size, len(store)), ranks.count)
        self.batches = max(1, len(store) // self.batch_size)
        self._source = CanvasSource(store, options.canvas, config.seed, self.batch_size, ranks)
        self._held_out = self._draw_held_out(annotations, np.flatnonzero(held_out))
        self._stream: Iterator[CanvasBatch] = iter(())
        self._next_epoch = 0
        self._mined: tuple[Image, ...] | None = None
        self._build()

    def _build(self) -> None:
        options = self.options
        torch.manual_seed(self._config.seed)
        self._rate = self._config.learning_rate or options.learning_rate
        cycle = Cycle(self.epochs, self._rate)
        self._course = AveragedCourse(DetectorNet(options.net), self._device, options.course, [cycle], self.batches)
        self.model: nn.Module = self._course.model
        self._average = self._course.average

    def losses(self, epoch: int) -> Iterator[tuple[Tensor, int]]:
        """See `train.recipes.base.Recipe`; randomness comes from seed, epoch and rank: an epoch can be repeated."""
        self._course.begin_epoch(epoch)
        mining = max(1, round(self.options.mine_after * self._course.cycles[0].last_epoch))
        if epoch > mining and self._mined is None:
            self._mined = self._ranks.of_first(self._mine)
            self._next_epoch = 0
        if self._next_epoch != epoch:
            last = mining if epoch <= mining else self.epochs
            keys = [(e, batch) for e in range(epoch, last + 1) for batch in range(self.batches)]
            self._stream = stream_batches(replace(self._source, decoys=self._mined or ()), keys, self._config.workers)
        self._next_epoch = epoch + 1
        self.model.train()
        for batch in itertools.islice(self._stream, self.batches):
            pictures = torch.from_numpy(batch.pictures).to(self._device)
            with torch.autocast(self._device.type, torch.bfloat16, enabled=half_precision_pays(self._device)):
                output = self.model(pictures)
            yield detector_loss(output, batch), self.batch_size
        self._ranks.mean_buffers(self.model)
        self._ranks.mean_buffers(self._average)

    def step(self) -> None:
        """See `train.recipes.base.Recipe`."""
        self._course.step()

    def best_model(self) -> nn.Module:
        """See `train.recipes.base.Recipe`."""
        result: nn.Module = self._average
        return result

    def validate(self) -> float | None:
        """Share of the faces on canvases of held-out people that is missed; see `_FALSE_FACES`."""
        if not self._held_out:
            return None
        found: list[float] = []
        false: list[float] = []
        faces = 0
        for batch in self._held_out:
            for peaks, heat, values in zip(self._peaks(batch.pictures), batch.heat, batch.values, strict=True):
                truth = [_truth(values, row, column) for row, column in np.argwhere(heat == 1).tolist()]
                faces += len(truth)
                for peak in sorted(peaks, key=lambda peak: -peak.score):
                    near = next((face for face in truth if _same(face, peak)), None)
                    if near is not None:
                        truth.remove(near)
                        found.append(peak.score)
                    elif not _ignored(heat, peak):
                        false.append(peak.score)
        allowed = int(_FALSE_FACES * sum(len(batch.heat) for batch in self._held_out))
        threshold = sorted(false, reverse=True)[allowed] if len(false) > allowed else 0.0
        return 1 - sum(score > threshold for score in found) / max(faces, 1)

    def export(self, best: Checkpoint, weights: Path) -> Path:
        """See `train.recipes.base.Recipe`; rounded by what canvases show."""
        full = weights.with_name(FLOAT_DETECTOR.name)
        export_onnx(best, full)
        quantize(full, self._calibration(), weights)
        return full

    def save_state_dict(self, folder: Path) -> None:
        """See `train.recipes.base.Recipe`; checkpoints are enough here."""

    def state(self) -> dict[str, Any]:
        """See `train.recipes.base.Recipe`."""
        mined = None if self._mined is None else [torch.from_numpy(piece) for piece in self._mined]
        return self._course.state() | {"mined": mined}

    def load_state(self, state: dict[str, Any]) -> None:
        """See `train.recipes.base.Recipe`."""
        self._course.load_state(state, Cycle(self.epochs, self.options.further_rate * self._rate))
        mined = state["mined"]
        self._mined = None if mined is None else tuple(piece.numpy() for piece in mined)

    def _draw_held_out(self, annotations: Annotations, indices: npt.NDArray[np.intp]) -> list[CanvasBatch]:
        if not len(indices) or not self._ranks.is_first:
            return []
        store = load_store(annotations, indices.tolist(), self.options.offset)
        size = min(64, len(store))
        source = CanvasSource(store, self.options.canvas, _VALIDATION_SEED, size, Ranks())
        return [source[(1, batch)] for batch in range(min(_VALIDATION_BATCHES, len(store) // size))]

    def _peaks(self, pictures: npt.NDArray[np.uint8]) -> list[list[Peak]]:
        with torch.inference_mode():
            maps = self._average.eval()(torch.from_numpy(pictures).to(self._device)).cpu().numpy()
        return [read_map(found, 0.02) for found in maps]

    def _mine(self) -> tuple[Image, ...]:
        """Pieces of the training images that the detector takes for faces, away from the labelled one."""
        pieces: list[Image] = []
        store, middle = self._source.store, (self._source.store.crops.shape[1] - 1) / 2
        for start in range(0, len(store), _MINING_BATCH):
            crops = store.crops[start : start + _MINING_BATCH]
            for scale in _MINING_SCALES:
                few = round(scale * crops.shape[1])
                small = np.stack([cv2.resize(crop, (few, few), interpolation=cv2.INTER_AREA) for crop in crops])
                for crop, extent, peaks in zip(crops, store.valid[start:], self._peaks(small[:, None]), strict=False):
                    left, top, right, bottom = extent.tolist()
                    for peak in peaks:
                        x, y, side = peak.x / scale, peak.y / scale, peak.side / scale
                        far = np.hypot(x - middle, y - middle) > 0.6 * (store.side + side)
                        if far and peak.score > _MINED_SCORE and left <= x <= right and top <= y <= bottom:
                            half = max(4.0, 0.75 * side)
                            x0, y0 = (max(0, int(v - half)) for v in (x, y))
                            pieces.append(crop[y0 : int(y + half), x0 : int(x + half)].copy())
        return tuple(piece for piece in pieces if min(piece.shape) >= 4)[:_MOST_MINED]

    def _calibration(self) -> npt.NDArray[np.uint8]:
        source = replace(self._source, seed=_CALIBRATION_SEED, ranks=Ranks())
        batches = [source[(1, batch)].pictures for batch in range(min(self.batches, 1 + 128 // self.batch_size))]
        return np.concatenate(batches)[:128, 0]


def _truth(values: npt.NDArray[np.float32], row: int, column: int) -> Peak:
    return read_map(np.concatenate([np.zeros((1, *values.shape[1:]), np.float32), values]), 0.0, [(row, column)])[0]


def _same(face: Peak, peak: Peak) -> bool:
    distance = np.hypot(face.x - peak.x, face.y - peak.y)
    return bool(distance < 0.35 * face.side and 0.6 < peak.side / face.side < 1.7)


def _ignored(heat: npt.NDArray[np.float32], peak: Peak) -> bool:
    row, column = (int(np.clip(v / 8, 0, heat.shape[0] - 1)) for v in (peak.y, peak.x))
    return bool(heat[row, column] < 0)
