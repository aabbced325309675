"""The recipe of the network that ships."""

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from assets import DEFAULT_WEIGHTS, FLOAT_WEIGHTS
from model.crop import CropSpec
from model.geometry import Matrix, apply, invert
from model.networks.checkpoint import Checkpoint, export_onnx
from model.networks.keypoint_net import KeypointNet
from model.networks.onnx_weights import freeze_norms, load_exported, read_exported
from model.networks.quantize import quantize
from model.predictor import KeypointPredictor
from model.weights.info import WeightsInfo
from train.augmentation.batch import AugmentConfig, Batch
from train.config import TrainConfig
from train.data.annotations import Annotations
from train.data.face_store import cut_for_calibration, cut_for_validation, load_store
from train.data.second_labels import read_second_labels
from train.data.split import ALL_PEOPLE
from train.data.training_data import DATASET_FILES, TrainingData
from train.errors import OptionError
from train.evaluation.metrics import image_errors
from train.recipes.averaging import AveragedCourse, Cycle, move_towards
from train.recipes.batch_stream import BatchSource, Mixture, stream_batches
from train.recipes.default_loss import LossConfig, Targets, keypoint_loss
from train.recipes.default_options import DefaultOptions
from train.recipes.precision import half_precision_pays
from train.run.distributed import Ranks


@dataclass(slots=True)
class _HeldOut:
    """Faces of people not trained on: (N, S, S) crops, their matrices, what is wanted in image pixels, and where."""

    crops: npt.NDArray[np.uint8] = field(repr=False)
    matrices: list[Matrix] = field(repr=False)
    keypoints_px: npt.NDArray[np.float64] = field(repr=False)
    labelled: npt.NDArray[np.bool_] = field(repr=False)


class DefaultRecipe:
    """Heatmap network on augmented crops: AdamW, one-cycle, running average of the weights.

    Raises:
        DatasetError: see `read_annotations` and `development_split`.
        OptionError, WeightsError: weights to start from that do not go with the run, or cannot be used.
    """

    weights_name = DEFAULT_WEIGHTS.name
    measure = "NME"
    running_every = 0

    def __init__(
        self,
        config: TrainConfig,
        data: TrainingData,
        device: torch.device,
        ranks: Ranks,
        options: DefaultOptions | None = None,
    ) -> None:
        self.options = options = options or DefaultOptions()
        self._config, self._device, self._ranks = config, device, ranks
        self._fine = config.start_from is not None
        self.epochs = config.epochs or (options.fine_epochs if self._fine else sum(options.epochs))
        self.batch_size = config.batch_size or options.batch_size
        self._crop = CropSpec(options.net.size_px, options.crop_scale)
        cv2.setNumThreads(1)
        annotations, held_out = data.annotations, data.split.held_out
        self.split = data.split.words
        self._annotations = annotations
        self._trained = trained = np.flatnonzero(~held_out)
        second = read_second_labels(config.second_labels, annotations) if config.second_labels else None
        opened = "" if second is None else ", openings by a second labeller"
        before = "" if config.start_from is None else _describe_start(config, config.start_from, options)
        self.info = _info(options, self._crop, f"{len(trained)} images, {self.split}{opened}{before}")
        self._store = load_store(annotations, trained.tolist(), options.offset, second)
        self._held_out = self._cut_held_out(annotations, np.flatnonzero(held_out))
        # Each process needs a face of its own: the mean over none is not a number.
        self.batch_size = max(min(self.batch_size, len(trained)), ranks.count)
        self.batches = max(1, len(trained) // self.batch_size)
        if self._fine:
            # A few pictures make an epoch of one step, and a run of too few steps to learn from.
            fewest = -(-options.fine_steps // options.fine_epochs)
            self.batches = fewest if config.shares else max(self.batches, fewest)
        self._build()
        mixture = Mixture(data.parts[trained], config.shares) if config.shares else None
        self._source = BatchSource(
            self._store, self._crop, self._changes(), config.seed, self.batch_size, ranks, mixture
        )
        self._stream: Iterator[Batch] = iter(())
        self._next_epoch = 0

    def _build(self) -> None:
        options = self.options
        torch.manual_seed(self._config.seed)
        model = KeypointNet(options.net)
        if self._config.start_from is not None:
            load_exported(self._config.start_from, model)
        self._course = AveragedCourse(model, self._device, options.course, self._plan(), self.batches)
        self.model: nn.Module = self._course.model
        self._average = self._course.average
        self._kept = copy.deepcopy(self._average) if self._config.keep else None

    def _plan(self) -> list[Cycle]:
        """The cycles of a whole run; the last one is also how a run that is lengthened goes on."""
        options = self.options
        if self._fine:
            return [Cycle(self.epochs, self._config.learning_rate or options.fine_rate)]
        rate = self._config.learning_rate or options.learning_rate
        first = max(1, round(self.epochs * options.epochs[0] / sum(options.epochs)))
        return [Cycle(first, rate), Cycle(self.epochs, options.second_rate * rate)]

    def _changes(self) -> list[tuple[int, AugmentConfig]]:
        """The last epoch of each cycle, and the changes made to faces in it."""
        options = self.options
        fine = options.varied_augment if self._config.varied else options.fine_augment
        first, later = (fine, fine) if self._fine else (options.augment, options.second_augment)
        return [(cycle.last_epoch, later if number else first) for number, cycle in enumerate(self._course.cycles)]

    def losses(self, epoch: int) -> Iterator[tuple[Tensor, int]]:
        """See `train.recipes.base.Recipe`; randomness comes from seed, epoch and rank: an epoch can be repeated."""
        self._course.begin_epoch(epoch)
        options = self.options
        self.model.train()
        if self._fine:
            freeze_norms(self.model)
        weights = options.fine_loss if self._fine else options.loss
        planned = self._course.cycles[0 if self._fine else 1].last_epoch
        if epoch <= weights.lids_after * planned:
            weights = replace(weights, lids=1.0)
        if self._next_epoch != epoch:
            keys = [(e, batch) for e in range(epoch, self.epochs + 1) for batch in range(self.batches)]
            self._stream = stream_batches(self._source, keys, self._config.workers)
        self._next_epoch = epoch + 1
        for batch in itertools.islice(self._stream, self.batches):
            yield self._loss(batch, weights), self.batch_size
        self._ranks.mean_buffers(self.model)
        self._ranks.mean_buffers(self._average)

    def _loss(self, batch: Batch, weights: LossConfig) -> Tensor:
        crops = torch.from_numpy(batch.crops).to(self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=half_precision_pays(self._device)):
            output = self.model(crops)
        targets = Targets(
            torch.from_numpy(batch.keypoints).to(self._device),
            torch.from_numpy(batch.is_face).to(self._device),
            torch.from_numpy(batch.eye_distances).to(self._device),
            batch.twins,
            torch.from_numpy(batch.labelled).to(self._device),
            torch.from_numpy(batch.mirrored).to(self._device) if batch.mirrored.any() else None,
        )
        return keypoint_loss(output, targets, self._course.model.centers, weights)

    def step(self) -> None:
        """See `train.recipes.base.Recipe`."""
        self._course.step()

    def best_model(self) -> nn.Module:
        """See `train.recipes.base.Recipe`."""
        if self._kept is None:
            result: nn.Module = self._average
            return result
        # Weights trained on from others lie in their valley: a mean of both keeps most of what each does better
        # (WiSE-FT: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
        mean = copy.deepcopy(self._average)
        move_towards(mean, self._kept, self._config.keep)
        result = mean
        return result

    def validate(self) -> float | None:
        """See `train.recipes.base.Recipe`; on clean crops cut around the labels."""
        if self._held_out is None:
            return None
        found = predict_crops(self.best_model(), self._held_out.crops, self._device)
        wanted = self._held_out.keypoints_px
        points = np.stack([apply(invert(m), p) for m, p in zip(self._held_out.matrices, found, strict=True)])
        return float(image_errors(points, wanted, self._held_out.labelled).mean())

    def export(self, best: Checkpoint, weights: Path) -> Path:
        """See `train.recipes.base.Recipe`; rounded by what faces trained on show."""
        full = weights.with_name(FLOAT_WEIGHTS.name)
        export_onnx(best, full)
        quantize(full, cut_for_calibration(self._annotations, self._trained, self._crop), weights)
        return full

    def save_state_dict(self, folder: Path) -> None:
        """See `train.recipes.base.Recipe`; checkpoints are enough here."""

    def state(self) -> dict[str, Any]:
        """See `train.recipes.base.Recipe`."""
        kept = None if self._kept is None else self._kept.state_dict()
        return self._course.state() | {"kept": kept}

    def load_state(self, state: dict[str, Any]) -> None:
        """See `train.recipes.base.Recipe`."""
        if self._kept is not None:
            self._kept.load_state_dict(state["kept"])
        self._course.load_state(state, self._plan()[-1])
        self._source = replace(self._source, cycles=self._changes())

    def _cut_held_out(self, annotations: Annotations, indices: npt.NDArray[np.intp]) -> _HeldOut | None:
        if not len(indices):
            return None
        labels = annotations.keypoints_px[indices]
        crops, matrices = cut_for_validation(annotations, indices.tolist(), self._crop)
        return _HeldOut(crops, matrices, labels - self.options.offset.at(labels), annotations.labelled[indices])


def predict_crops(
    model: nn.Module, crops: npt.NDArray[np.uint8], device: torch.device, batch_size: int = 64
) -> npt.NDArray[np.float64]:
    """(N, 68, 2) points in crop pixels of (N, S, S) grey crops, in full precision."""
    model.eval()
    with torch.inference_mode():
        parts = [
            model(torch.from_numpy(crops[start : start + batch_size, None]).to(device)).keypoints.cpu().numpy()
            for start in range(0, len(crops), batch_size)
        ]
    return np.concatenate(parts).astype(np.float64)


def _describe_start(config: TrainConfig, weights: Path, options: DefaultOptions) -> str:
    """What the weights trained on from add to what the new ones were trained on.

    Raises:
        WeightsError: the file is missing or broken.
        OptionError: they do not go with this run.
    """
    read_exported(weights)
    info = KeypointPredictor(weights).info
    seen = any(path.name in DATASET_FILES for path in (config.csv_file, *config.more_csv)) or not config.hold_out
    if ALL_PEOPLE in info.trained_on and not config.all_people and config.validate_csv is None and seen:
        raise OptionError(
            f"--start-from {weights} has seen all people, so nobody can be held out; use --split all, or "
            "measure on pictures that they have not seen: --validate CSV, or --hold-out PERSON of your own"
        )
    if config.keep and (info.label_offset_x, info.label_offset_y) != (options.offset.x, options.offset.y):
        raise OptionError(
            f"--keep mixes weights, but {weights} was trained with labels moved by {info.label_offset_x} and "
            f"{info.label_offset_y}, and this run moves them by {options.offset.x} and {options.offset.y}; leave "
            "--keep out, or choose --label-offset alike"
        )
    kept = f", {config.keep:g} of them kept" if config.keep else ""
    return f"; from weights trained on {info.trained_on}{kept}"


def _info(options: DefaultOptions, crop: CropSpec, trained_on: str) -> WeightsInfo:
    x, y = options.offset.x, options.offset.y
    return WeightsInfo("default", crop, options.score_threshold, True, x, y, trained_on, options.convention)
