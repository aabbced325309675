"""The command `label`."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from assets import DEFAULT_WEIGHTS
from model.program.command import guarded
from realtime.cli.options import SOURCE, WeightsFile


def label(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the labels and their pictures; labelling goes on there.")
    ],
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PICTURES|VIDEO...", help="Pictures, folders of pictures, videos.", show_default=False),
    ] = None,
    camera: Annotated[
        str | None,
        typer.Option(
            metavar="N", help="Take pictures with a camera: its index, or part of its name.", rich_help_panel=SOURCE
        ),
    ] = None,
    frames: Annotated[
        int, typer.Option(metavar="N", min=1, max=1000, help="Faces to take of each video, or from the camera.")
    ] = 30,
    person: Annotated[str, typer.Option(metavar="NAME", help="Who is shown; the page asks otherwise.")] = "",
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Where the page listens, on this machine only.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser, or only print its address.")
    ] = True,
    weights: WeightsFile = DEFAULT_WEIGHTS,
) -> None:
    """Label faces in the browser, to train on: the network proposes the points, you correct them.

    Of a video, the frames that differ most in pose and expression are taken; with a camera, the page asks you to turn,
    smile and so on. Run it again with the same --out to go on, or to add more.

    \b
    Examples:
    python -m realtime label me.mp4 --out my
    python -m realtime label --camera 0 --out my
    python -m train check my/labels.csv
    """

    def start() -> None:
        from realtime.labelling.run import LabelConfig, run_label
        from realtime.live.config import parse_camera

        config = LabelConfig(out, tuple(sources or ()), parse_camera(camera), frames, person, weights, port)
        run_label(config, typer.echo, webbrowser.open if browser else str)

    guarded(start)
