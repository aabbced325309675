"""`python -m realtime annotate`: many files at once."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from assets import DEFAULT_WEIGHTS
from model.command import guarded
from realtime.cli.completion import filter_names
from realtime.cli.options import Encoder, FiltersDir, WeightsFile
from realtime.sinks.recording.formats import Speed


def annotate(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Videos, images, folders of them, or patterns such as 'clips/*.mp4'."),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the results; made where it is missing.")],
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="NAME",
            autocompletion=filter_names,
            help="Filter to wear; give it again to wear several.",
        ),
    ] = None,
    keypoints: Annotated[bool, typer.Option("--keypoints/--no-keypoints", help="Draw the 68 points.")] = True,
    log: Annotated[bool, typer.Option("--log", help="Write every face's points as CSV beside each result.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Do again what is there already.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=256, help="Files at a time, one core each; left out: one for each core."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Have the workers of a Dask cluster do it: its scheduler's address."),
    ] = None,
    weights: WeightsFile = DEFAULT_WEIGHTS,
    filters_dir: FiltersDir = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of videos: 1 smallest, 100 best.")] = 70,
    encoder: Encoder = Speed.BALANCED,
    constant_fps: Annotated[
        float | None,
        typer.Option(metavar="F", help="Exactly so many frames a second; by default the input's own times."),
    ] = None,
) -> None:
    """Draw on the faces of many files: videos to .mp4 with their sound, images to .png.

    A folder's files keep their places below DIR. Results are there whole or
    not at all, and what is there already is left as it is, so a batch that
    was stopped goes on when it is run again. A file that fails is named in
    the end, with exit code 1, and keeps no other from being done.

    \b
    Example:
    python -m realtime annotate clips/ talk.mp4 --out annotated --filter sunglasses
    """

    def work() -> None:
        from realtime.assembly import Look
        from realtime.batch.plan import BatchConfig
        from realtime.batch.run import run_batch
        from realtime.sinks.recording.formats import RecorderConfig

        look = Look(
            tuple(filters or ()),
            keypoints,
            weights.absolute(),
            filters_dir.absolute() if filters_dir else None,
        )
        encoding = RecorderConfig(quality, encoder, constant_fps)
        failures = run_batch(BatchConfig(tuple(inputs), out, look, encoding, log, overwrite, jobs, cluster))
        if failures:
            raise typer.Exit(1)

    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        guarded(work)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A polite kill ends a batch as Ctrl-C does."""
    raise KeyboardInterrupt
