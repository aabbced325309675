"""What `python -m train` without a command does: train, and say what came of it."""

import functools
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from assets import DEFAULT_WEIGHTS
from model.plain_text import counted
from train.config import TrainConfig
from train.data.split import describe_people
from train.errors import OptionError
from train.outputs import run_folder

if TYPE_CHECKING:
    from train.data.training_data import TrainingData
    from train.run.distributed import Place
    from train.run.loop import TrainResult


def run_training(config: TrainConfig, threads: int | None, processes: int) -> None:
    """Train with a progress bar, and print the results.

    Args:
        config: what, how and where.
        threads: of each process; None shares the cores among them.
        processes: how many train together.
    """
    import torch

    from train.run.distributed import torchrun_place
    from train.run.processes import started_processes

    place = torchrun_place()
    if processes > 1 and place is not None:
        raise OptionError("torchrun starts the processes already; leave out --processes, or torchrun")
    if processes > 1 and config.recipe == "baseline":
        raise OptionError("the baseline trains in one process; leave out --processes, or use --recipe default")
    if threads is None and processes > 1:
        threads = max(1, torch.get_num_threads() // processes)
    if place is not None:
        _train(config, threads, place)
        return
    with started_processes(processes, functools.partial(_train, config, threads)) as first:
        _train(config, threads, first)


def _train(config: TrainConfig, threads: int | None, place: "Place") -> None:
    """Train at one of several places; the first one speaks."""
    import torch

    from train.data.training_data import read_training_data
    from train.recipes.default_options import options_for
    from train.run.loop import train
    from train.run.progress import ProgressBar

    if threads is not None:
        torch.set_num_threads(threads)
    options = options_for(config)
    data = read_training_data(config, options.offset, options.convention)
    if not place.is_first:
        train(config, None, options, data, place)
        return
    typer.echo(describe_data(data))
    with ProgressBar() as bar:
        result = train(config, bar, options, data, place)
    _print_result(result)


def _print_result(result: "TrainResult") -> None:
    from train.evaluation.curves import draw_curves

    if not result.new_epochs:
        more = result.epochs + max(1, result.epochs // 3)
        typer.echo(f"the run was finished already; to continue it, ask for more epochs: --resume --epochs {more}")
    typer.echo(f"trained {result.epochs} epochs on {result.split}")
    if result.nme is not None:
        typer.echo(f"{result.measure} on the held-out people, in full precision: {result.nme:.2%}")
    typer.echo(f"weights for the live program: {result.weights_path}")
    if result.weights_path.name == DEFAULT_WEIGHTS.name:
        typer.echo(f"beside those that ship: python -m realtime --compare {result.weights_path}")
    if result.float_path is not None:
        typer.echo(f"the same in full precision, to fine-tune: {result.float_path}")
    if result.state_path is not None:
        typer.echo(f"plain state dict of the last epoch: {result.state_path}")
    typer.echo(f"checkpoints: {result.best_path}, {result.last_path}")
    typer.echo(f"curves: {result.curves_path}, {draw_curves(result.curves_path, result.measure)}")


def resumed(config: TrainConfig, given: Collection[str]) -> TrainConfig:
    """The options of the run to resume, but for those that were typed; see `train.run.record.with_recorded`.

    Raises:
        OptionError: there is none, or its record cannot be read or used.
        OutputError: its folder cannot be found out.
    """
    from train.run.record import recorded_options, with_recorded

    base = Path("runs") / config.recipe
    folder = config.output_dir or run_folder(None, base, resume=True, overwrite=False)
    if not (folder / "last.pt").is_file():
        others = sorted(path.parent.as_posix() for path in base.parent.glob("*/last.pt"))
        where = (
            f"there are runs in {', '.join(others[:5])}: name one with --out"
            if others
            else "name its folder with --out"
        )
        raise OptionError(f"--resume: {folder} holds no run to continue; {where}, or train without --resume")
    return with_recorded(config, recorded_options(folder), given)


def describe_data(data: "TrainingData") -> str:
    """How many images and people there are to train on, and to measure on, and a doubt about their folder."""
    from train.data.checks import other_folder

    trained, held_out = data.trained, data.held_out
    doubt = other_folder(data.annotations)
    text = f"{doubt}\n" if doubt else ""
    text += f"training on {counted(len(trained), 'image')} of {describe_people(trained.people)}"
    if not len(held_out):
        return f"{text}; nobody is held out, so nothing is measured"
    return f"{text}; measuring on {counted(len(held_out), 'image')} of {describe_people(held_out.people)}"
