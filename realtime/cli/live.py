"""The command line of the live program: options to one config, errors to one line."""

from pathlib import Path
from typing import Annotated

import typer

from assets import DEFAULT_WEIGHTS
from model.detection.kinds import DetectorKind
from model.program.command import Version, guarded, leads_to_command
from realtime.cli import annotate as cli_annotate
from realtime.cli import filters as cli_filters
from realtime.cli import tools
from realtime.cli.completion import sources
from realtime.cli.label import label
from realtime.cli.options import (
    DRAWN,
    PROGRAMS,
    SOURCE,
    WINDOW,
    WRITTEN,
    ConstantFps,
    DetectorOption,
    EmptyValue,
    Encoder,
    Filters,
    FiltersDir,
    Keypoints,
    MaxMegapixels,
    Quality,
    Strength,
    WeightsFile,
)
from realtime.sinks.recording.formats import Speed, dated

app = typer.Typer(
    cls=EmptyValue,
    add_completion=True,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_filters.app, name="filters")
app.command()(cli_annotate.annotate)
app.command()(label)
for command in (tools.plot, tools.cameras, tools.microphones, tools.bench):
    app.command()(command)


@app.callback(invoke_without_command=True)
def live(
    context: typer.Context,
    camera: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Camera to open: its index, or part of its name.",
            rich_help_panel=SOURCE,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            autocompletion=sources,
            help="Instead of a camera: a video file, an image, a folder of images, an http or rtsp address, or `demo`.",
            rich_help_panel=SOURCE,
        ),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="WxH",
            help="Picture size to ask of a camera or the demo.",
            rich_help_panel=SOURCE,
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            metavar="F", min=1, max=240, help="Frame rate to ask of a camera or the demo.", rich_help_panel=SOURCE
        ),
    ] = None,
    max_frames: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Stop after N frames.",
            rich_help_panel=SOURCE,
        ),
    ] = None,
    max_megapixels: MaxMegapixels = 250,
    filters: Filters = None,
    filters_dir: FiltersDir = None,
    strength: Strength = 1.0,
    keypoints: Keypoints = None,
    weights: WeightsFile = DEFAULT_WEIGHTS,
    compare: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Show the picture twice, by --weights and by these weights.",
            rich_help_panel=DRAWN,
        ),
    ] = None,
    detector: DetectorOption = DetectorKind.BOTH,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Record the annotated video; {time} in the name becomes date and time.",
            rich_help_panel=WRITTEN,
        ),
    ] = None,
    output_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for pictures and recordings made in the window. Default: your Pictures and Videos.",
            rich_help_panel=WRITTEN,
        ),
    ] = None,
    microphone: Annotated[
        str | None,
        typer.Option(
            metavar="[NAME]",
            help="Record a camera with sound: from the default microphone, or from one by number or part of its name "
            "(needs sounddevice).",
            rich_help_panel=WRITTEN,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Replace recordings, logs and statistics that exist.", rich_help_panel=WRITTEN
        ),
    ] = False,
    quality: Quality = 70,
    encoder: Encoder = Speed.BALANCED,
    constant_fps: ConstantFps = None,
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Write the points of every face, frame by frame; {time} as in --record.",
            rich_help_panel=WRITTEN,
        ),
    ] = None,
    stats: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json",
            help="Write counts, and the time of every stage; {time} as in --record.",
            rich_help_panel=WRITTEN,
        ),
    ] = None,
    window: Annotated[
        bool | None,
        typer.Option(
            "--window/--no-window", help="Show a window. Default: wherever there is a display.", rich_help_panel=WINDOW
        ),
    ] = None,
    mirror: Annotated[
        bool | None,
        typer.Option(
            "--mirror/--no-mirror",
            help="Mirror the window. Default: for cameras.",
            rich_help_panel=WINDOW,
        ),
    ] = None,
    countdown: Annotated[
        int,
        typer.Option(
            metavar="S", min=0, max=60, help="Seconds from pressing space to the snapshot.", rich_help_panel=WINDOW
        ),
    ] = 0,
    sounds: Annotated[
        bool,
        typer.Option(
            "--sounds/--no-sounds", help="Play a sound for pictures, countdowns and recordings.", rich_help_panel=WINDOW
        ),
    ] = True,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            help="Neither countdown nor sounds.",
            rich_help_panel=WINDOW,
        ),
    ] = False,
    reset: Annotated[
        bool,
        typer.Option(
            "--reset-settings",
            help="First forget the last camera, size and mirror.",
            rich_help_panel=WINDOW,
        ),
    ] = False,
    page: Annotated[
        str | None,
        typer.Option(
            metavar="[PORT]",
            help="Show the program as a page in the browser (needs aiohttp). Default port: 8760, or a free one.",
            rich_help_panel=WINDOW,
        ),
    ] = None,
    page_host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address the page listens on, to open it on other machines: the picture then leaves this one.",
            rich_help_panel=WINDOW,
        ),
    ] = None,
    virtual_camera: Annotated[
        bool,
        typer.Option(
            "--virtual-camera", help="Appear as a camera in video calls (needs pyvirtualcam).", rich_help_panel=PROGRAMS
        ),
    ] = False,
    serve_points: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Send the faces to other programs by WebSocket (needs websockets).",
            rich_help_panel=PROGRAMS,
        ),
    ] = None,
    serve_host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen on, to let other machines read the points. Default: only this machine.",
            rich_help_panel=PROGRAMS,
        ),
    ] = None,
    version: Version = False,
) -> None:
    """Find, track and decorate faces.

    Without options the default camera opens; without a camera, the built-in demo plays.
    In the window, q quits, f goes to the next filter, and h shows all keys.

    \b
    Examples:
    python -m realtime --filter pirate --filter tears
    python -m realtime --source talk.mp4 --record out.mp4 --log out.csv --no-window
    python -m realtime filters
    """
    if leads_to_command(context):
        return

    def start() -> None:
        from realtime.control.settings import reset_settings
        from realtime.live.app import run_live
        from realtime.live.config import LiveConfig, parse_camera, parse_page, parse_size
        from realtime.sinks.recording.formats import RecorderConfig

        if reset:
            reset_settings()
        run_live(
            LiveConfig(
                camera=parse_camera(camera),
                source=source,
                filters=tuple(filters) if filters else None,
                strength=strength,
                keypoints=keypoints,
                record=record,
                microphone=microphone,
                log=log and dated(log),
                stats=stats and dated(stats),
                overwrite=overwrite,
                window=window,
                mirror=mirror,
                size_wh=parse_size(size),
                fps=fps,
                max_frames=max_frames,
                max_megapixels=max_megapixels,
                weights=weights,
                compare=compare,
                detector=detector,
                filters_dir=filters_dir,
                encoding=RecorderConfig(quality, encoder, constant_fps),
                countdown_s=0 if quiet else countdown,
                sounds=sounds and not quiet,
                output_dir=output_dir,
                page=parse_page(page),
                page_host=page_host,
                virtual_camera=virtual_camera,
                serve_points=serve_points,
                serve_host=serve_host,
            ),
            context.obj,
        )

    guarded(start)


def main() -> None:
    """Entry point of the command `faces`, by whose name shells complete."""
    app()


def main_of_module() -> None:
    """Entry point of `python -m realtime`, which no shell can complete: it has no option to install that."""
    typer.main.get_group(app)(prog_name="python -m realtime")
