"""`python -m realtime annotate`: many files at once."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from assets import DEFAULT_WEIGHTS
from model.detection.kinds import DetectorKind
from model.program.command import guarded
from realtime.cli.options import (
    WRITTEN,
    ConstantFps,
    DetectorOption,
    Encoder,
    Filters,
    FiltersDir,
    Keypoints,
    MaxMegapixels,
    Overwrite,
    Quality,
    Strength,
    WeightsFile,
)
from realtime.sinks.recording.formats import Speed


def annotate(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Videos, images, folders of them, or patterns such as 'clips/*.mp4'."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Folder for the results; created if it does not exist.", rich_help_panel=WRITTEN
        ),
    ],
    filters: Filters = None,
    filters_dir: FiltersDir = None,
    strength: Strength = 1.0,
    keypoints: Keypoints = None,
    log: Annotated[
        bool,
        typer.Option(
            "--log",
            help="Write every face's points as CSV beside each result.",
            rich_help_panel=WRITTEN,
        ),
    ] = False,
    overwrite: Overwrite = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=256, help="Files to process at a time, one core each. Default: one for each core."
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run on the workers of a Dask cluster: the address of its scheduler."),
    ] = None,
    file_timeout: Annotated[
        float,
        typer.Option(metavar="S", min=0, help="Give up on a file that makes no progress for S seconds; 0: never."),
    ] = 300.0,
    max_megapixels: MaxMegapixels = 250,
    weights: WeightsFile = DEFAULT_WEIGHTS,
    detector: DetectorOption = DetectorKind.BOTH,
    quality: Quality = 70,
    encoder: Encoder = Speed.BALANCED,
    constant_fps: ConstantFps = None,
) -> None:
    """Draw on the faces of many files: videos to .mp4 with their sound, images to .png.

    Files of a folder keep their places below DIR. A result is complete or
    not there at all, and results that exist are kept, so run a stopped batch
    again to resume it. A file that fails does not stop the others; it is
    listed at the end, and the exit code is 1.

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
            detector,
            strength,
        )
        encoding = RecorderConfig(quality, encoder, constant_fps)
        failures = run_batch(
            BatchConfig(
                tuple(inputs), out, look, encoding, log, overwrite, jobs, cluster, max_megapixels, file_timeout or None
            )
        )
        if failures:
            raise typer.Exit(1)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        guarded(work)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Ctrl-C and a polite kill end a batch within seconds; another one at once."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _leave)
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    """The processes of the batch end with this one; their unfinished files go when the batch is run again."""
    os._exit(130)
