"""Commands beside the live program: plots of logs, lists of devices, and benchmarks."""

from pathlib import Path
from typing import Annotated

import typer

from assets import DEFAULT_WEIGHTS
from model.program.command import guarded
from realtime.cli.completion import bench_parts
from realtime.cli.options import WeightsFile


def plot(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="Keypoint log, .csv or .jsonl.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Picture to write. Default: beside the log.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a picture that exists.")] = False,
) -> None:
    """Draw a log's mouth, smile, brows, eyes, head angles and score over time."""

    def draw() -> None:
        from model.program.files import same_file
        from realtime.errors import SinkError
        from realtime.media.png_file import check_png
        from realtime.plot_log import draw_log
        from realtime.sinks.recording.formats import check_writable

        picture = out or log.with_suffix(".png")
        check_png(picture)
        if same_file(log, picture):
            raise SinkError(f"cannot write the picture {picture}: it is the log itself; give another --out")
        check_writable(picture, overwrite)
        draw_log(log, picture)
        typer.echo(f"drew {picture}")

    guarded(draw)


def cameras() -> None:
    """List the cameras of this machine: index, name and picture sizes."""

    def show() -> None:
        from realtime.sources.live.camera_list import list_cameras

        found = list_cameras(with_sizes=True)
        none = "no camera was found; plug one in, or see docs/cameras.md"
        typer.echo("\n".join(map(str, found)) or none)

    guarded(show)


def microphones() -> None:
    """List the microphones of this machine: number and name."""

    def show() -> None:
        from realtime.audio.portaudio import list_microphones

        found = list_microphones()
        none = "no microphone was found; plug one in, or see docs/outputs.md"
        typer.echo("\n".join(map(str, found)) or none)

    guarded(show)


def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="Run as few rounds as possible, to see that everything works.")
    ] = False,
    seconds: Annotated[
        float, typer.Option(metavar="S", min=0.1, max=3600, help="Approximate time for each table.")
    ] = 5.0,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the tables as JSON too.")
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            autocompletion=bench_parts,
            help="Only this table: network, detection, peers, size, faces, program, drawing, start, page, memory or "
            "steadiness; repeat the option for several.",
        ),
    ] = None,
    weights: WeightsFile = DEFAULT_WEIGHTS,
) -> None:
    """Measure the program on this machine, beside other trackers if they are installed."""

    def measure() -> None:
        from realtime.benchmarks.run import PARTS, BenchConfig, run_bench

        run_bench(BenchConfig(seconds, quick, tuple(part or PARTS), json_file, weights))

    guarded(measure)
