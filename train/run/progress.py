"""What training tells while it runs, and the progress bar that shows it."""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm


@dataclass(frozen=True, slots=True)
class Progress:
    """How far training is, after one batch.

    Attributes:
        epoch, epochs: counted from 1.
        batch, batches: of this epoch, counted from 1.
        loss: of this batch.
        images_per_s: over this run.
        seconds_left: until the last epoch ends, at this speed.
        running_loss: mean loss since the last one, every few batches as the recipe says, else None.
        val_nme: error on held-out people, on the last batch of an epoch that measures it, else None.
        measure: what that error is, in words.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    images_per_s: float
    seconds_left: float
    running_loss: float | None = None
    val_nme: float | None = None
    measure: str = "NME"


class ProgressBar:
    """Shows `Progress` as a bar with loss, time left and images a second; use as a context manager and call it."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, progress: Progress) -> None:
        """Move the bar on; lines that stay are written above it."""
        if self._bar is None:
            self._bar = tqdm(
                total=progress.epochs * progress.batches,
                bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} {postfix}",
                dynamic_ncols=True,
            )
        bar = self._bar
        bar.n = (progress.epoch - 1) * progress.batches + progress.batch
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        bar.set_description(f"epoch {progress.epoch}/{progress.epochs}", refresh=False)
        bar.set_postfix_str(
            f"loss {progress.loss:.4f}, {minutes}:{seconds:02d} left, {progress.images_per_s:.0f} images/s",
            refresh=False,
        )
        bar.update(0)
        if progress.running_loss is not None:
            bar.write(f"Epoch: {progress.epoch}, Batch: {progress.batch}, Avg. Loss: {progress.running_loss:.5f}")
        if progress.val_nme is not None:
            bar.write(f"epoch {progress.epoch}: {progress.measure} {progress.val_nme:.2%}, on held-out people")
