"""The one training loop: epochs of a recipe, with checkpoints and figures, and a clear stop when the loss diverges."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.networks.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.networks.onnx_weights import read_exported
from model.weights.info import WeightsInfo
from train.config import TrainConfig
from train.data.training_data import TrainingData, read_training_data
from train.errors import LossError, OptionError, StoppedError
from train.outputs import run_folder, write_curves, writing_to
from train.recipes.base import Recipe
from train.recipes.baseline import BaselineRecipe
from train.recipes.default import DefaultRecipe
from train.recipes.default_options import DefaultOptions, options_for
from train.recipes.detector import DetectorRecipe
from train.run.distributed import Place, Ranks, joined_ranks, pick_device, torchrun_place
from train.run.progress import Progress
from train.run.record import write_record

VALIDATE_EVERY = 5
"""Most epochs between two measurements on held-out people; the last epoch is always measured."""
VALIDATE_AFTER_S = 30.0
"""Most seconds between two of them, to the end of the epoch."""

Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a run left behind.

    Attributes:
        weights_path: ONNX file of the best checkpoint, ready for the live program; in 8 bits with the default recipe.
        float_path: the same in full precision, to train on from; None with another recipe, and in processes that write
            nothing.
        best_path, last_path: checkpoints.
        curves_path: CSV of loss and error by epoch.
        state_path: the seed document's plain state dict; None but for the baseline.
        nme: error of the best checkpoint on held-out people, in full precision; None where nobody was held out.
        measure: what that error is, in words.
        split: which people it was trained on, in words.
        epochs: done in all.
        new_epochs: done by this call; none where it resumed a finished run.
    """

    weights_path: Path
    float_path: Path | None
    best_path: Path
    last_path: Path
    curves_path: Path
    state_path: Path | None
    nme: float | None
    measure: str
    split: str
    epochs: int
    new_epochs: int


def train(
    config: TrainConfig,
    report: Report | None = None,
    options: DefaultOptions | None = None,
    data: TrainingData | None = None,
    place: Place | None = None,
) -> TrainResult:
    """Train by a recipe, alone or together with other processes.

    Args:
        config: what, how and where.
        report: called after every batch, in the first process only.
        options: numbers of the default recipe other than those that go with `config`.
        data: what to train on; None reads what `config` names.
        place: of this process among those that train together; None is the one `torchrun` gave it, or alone.

    Raises:
        DatasetError: the dataset is missing or broken.
        OptionError: options do not go together, or not with the run to resume.
        OutputError: the output folder cannot be written, or holds a run already.
        LossError: the loss is not a finite number any more; the last good checkpoint stays.
        StoppedError: Ctrl-C; the weights of the moment are exported first.
        WeightsError: the checkpoint to resume from, or the weights to start from, are missing or broken.
    """
    place = place or torchrun_place() or Place()
    device = pick_device(config.device, place)
    if options is None and config.recipe == "default":
        options = options_for(config)
    if config.start_from is not None:
        read_exported(config.start_from)  # before a folder is made for the run
    if data is None:
        data = read_training_data(config, options.offset, options.convention) if options else read_training_data(config)
    with joined_ranks(device, place) as ranks:
        folder = ranks.of_first(lambda: _folder(config))
        recipe: Recipe
        if config.recipe == "baseline":
            recipe = BaselineRecipe(config, data, device, ranks)
        elif config.recipe == "detector":
            recipe = DetectorRecipe(config, data, device, ranks)
        else:
            recipe = DefaultRecipe(config, data, device, ranks, options)
        with writing_to(folder):
            run = _Run(config, folder, recipe, ranks, report)
            if ranks.is_first:
                # After the checks of a run to resume, whose record must not change where they fail.
                write_record(folder, config, recipe.epochs)
            try:
                return run.train()
            except KeyboardInterrupt:
                raise run.stopped() from None


def _folder(config: TrainConfig) -> Path:
    base = Path("runs") / config.recipe
    return run_folder(config.output_dir, base, resume=config.resume, overwrite=config.overwrite)


class _Run:
    """One training run and its folder."""

    def __init__(self, config: TrainConfig, folder: Path, recipe: Recipe, ranks: Ranks, report: Report | None) -> None:
        self._config, self._folder, self._recipe, self._ranks = config, folder, recipe, ranks
        self._report = report if ranks.is_first else None
        self._curves: list[dict[str, Any]] = []
        self._best = math.inf
        self._images = 0
        self._state_path: Path | None = None
        self._start_s = self._measured_s = time.perf_counter()
        self._has_best, self._saved_epochs = False, 0
        self._last_path, self._best_path = folder / "last.pt", folder / "best.pt"
        if config.resume:
            self._resume()

    def train(self) -> TrainResult:
        recipe, config = self._recipe, self._config
        first = len(self._curves) + 1
        for epoch in range(first, recipe.epochs + 1):
            self._epoch(epoch)
        weights = self._folder / recipe.weights_name
        full = recipe.export(load_checkpoint(self._best_path), weights) if self._ranks.is_first else None
        measured = [row["val_nme"] for row in self._curves if row["val_nme"] is not None]
        return TrainResult(
            weights,
            full,
            self._best_path,
            self._last_path,
            self._folder / "curves.csv",
            self._state_path,
            measured[-1] if measured and config.start_from is not None else min(measured, default=None),
            recipe.measure,
            recipe.split,
            len(self._curves),
            len(self._curves) + 1 - first,
        )

    def stopped(self) -> StoppedError:
        """Export what there is after an interruption; the error says what that is and how to continue."""
        if not self._ranks.is_first:
            return StoppedError("")  # the first process speaks
        done = self._saved_epochs
        weights = self._folder / self._recipe.weights_name
        if self._has_best:
            best, what = load_checkpoint(self._best_path), "the best so far"
        else:
            best, what = Checkpoint(self._recipe.best_model(), self._recipe.info), "not measured yet"
            save_checkpoint(self._best_path, best)
        self._recipe.export(best, weights)
        where = f"stopped after epoch {done} of {self._recipe.epochs}; weights that run live ({what}): {weights}; "
        if done:
            return StoppedError(f"{where}continue with: python -m train --resume --out {self._folder}")
        return StoppedError(f"{where}no epoch was finished, so --resume has nothing to continue from")

    def _epoch(self, epoch: int) -> None:
        recipe = self._recipe
        total, running, start_s, images = 0.0, 0.0, time.perf_counter(), 0
        for batch, (loss, count) in enumerate(recipe.losses(epoch), start=1):
            loss.backward()  # type: ignore[no-untyped-call]
            shown = loss.detach().clone()
            self._ranks.mean_gradients(recipe.model, shown)
            value = float(shown)
            if not math.isfinite(value):
                raise LossError(self._astray(epoch, batch, value))
            recipe.step()
            total, running, images, self._images = total + value, running + value, images + count, self._images + count
            mean_loss = None
            if recipe.running_every and batch % recipe.running_every == 0:
                mean_loss, running = running / recipe.running_every, 0.0
            if batch < recipe.batches:
                self._tell(epoch, batch, value, running_loss=mean_loss)
        late = time.perf_counter() - self._measured_s > VALIDATE_AFTER_S
        measured = epoch % VALIDATE_EVERY == 0 or epoch == recipe.epochs or late
        nme = recipe.validate() if measured and self._ranks.is_first else None
        if measured:
            self._measured_s = time.perf_counter()
        seconds = time.perf_counter() - start_s
        self._curves.append(
            {"epoch": epoch, "loss": total / recipe.batches, "val_nme": nme, "images_per_s": images / seconds}
        )
        self._tell(epoch, recipe.batches, value, running_loss=mean_loss, val_nme=nme)
        if self._ranks.is_first:
            self._save(measured)

    def _save(self, measured: bool) -> None:
        """Keep the last state, and the best one if this is it.

        Where nobody is held out nothing tells better from worse (the training loss does not: its parts' weights change
        on the way, and what ships is an average of weights), so the last one is the best one. So it is where training
        starts from weights: what it is after, steady points or other openings, that error does not tell.
        """
        nme = self._curves[-1]["val_nme"] if measured else None
        is_best = (
            self._config.all_people or self._config.start_from is not None or (nme is not None and nme < self._best)
        )
        if nme is not None:
            self._best = min(self._best, nme)
        training = {
            "recipe": self._recipe.state(),
            "options": self._options(),
            "curves": self._curves,
            "best": self._best,
        }
        model = self._recipe.best_model()
        save_checkpoint(self._last_path, Checkpoint(model, self._recipe.info, training))
        self._saved_epochs = len(self._curves)
        if is_best:
            save_checkpoint(self._best_path, Checkpoint(model, self._recipe.info))
            self._has_best = True
        self._state_path = self._recipe.save_state_dict(self._folder)
        write_curves(self._curves, self._folder / "curves.csv")

    def _options(self) -> dict[str, Any]:
        """What must be the same for a run to go on exactly."""
        recipe, config, info = self._recipe, self._config, self._recipe.info
        return {
            "recipe": config.recipe,
            "epochs": recipe.epochs,
            "batch_size": recipe.batch_size,
            "learning_rate": config.learning_rate,
            "seed": config.seed,
            "all_people": config.all_people,
            "hold_out": list(config.hold_out),
            "validate": config.validate_csv is not None,
            "start_from": config.start_from is not None,
            "shares": list(config.shares),
            "keep": config.keep,
            "second_labels": config.second_labels is not None,
            "batches": recipe.batches,
            "label_offset": [*info.label_offset_x, *info.label_offset_y] if isinstance(info, WeightsInfo) else [],
        }

    def _resume(self) -> None:
        training = load_checkpoint(self._last_path).training
        if not training:
            raise OptionError(f"{self._last_path} holds no state of its training to go on from; train without --resume")
        known = self._options().keys() <= training["options"].keys()
        if not known or not self._recipe.state().keys() <= training["recipe"].keys():
            raise OptionError(
                f"cannot resume {self._last_path}: an older version of this program began it; train without --resume"
            )
        for name, wanted in self._options().items():
            found = training["options"][name]
            if name == "epochs" and wanted > found:
                continue
            if found != wanted:
                raise OptionError(
                    f"cannot resume {self._last_path}: it was trained with {name} {found}, and {wanted} is asked for; "
                    "give the same options, or train without --resume"
                )
        self._recipe.load_state(training["recipe"])
        self._curves, self._best = list(training["curves"]), training["best"]
        self._saved_epochs = len(self._curves)
        self._has_best = self._best_path.is_file() and any(row["val_nme"] is not None for row in self._curves)

    def _tell(
        self, epoch: int, batch: int, loss: float, *, running_loss: float | None = None, val_nme: float | None = None
    ) -> None:
        if self._report is None:
            return
        recipe = self._recipe
        speed = self._images / (time.perf_counter() - self._start_s)
        left = (recipe.epochs - epoch) * recipe.batches + recipe.batches - batch
        seconds_left = left * recipe.batch_size / speed
        place = (epoch, recipe.epochs, batch, recipe.batches)
        self._report(Progress(*place, loss, speed, seconds_left, running_loss, val_nme, recipe.measure))

    def _astray(self, epoch: int, batch: int, value: float) -> str:
        kept = f"the last good state is {self._last_path}" if self._last_path.is_file() else "nothing was saved yet"
        return (
            f"training stopped in epoch {epoch}, batch {batch}: the loss is {value}; {kept}; "
            "try a lower --learning-rate"
        )
