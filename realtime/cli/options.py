"""Options that several commands have, said once."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from model.detection.kinds import DetectorKind
from model.program.command import OneLineGroup
from realtime.cli import VALUE_LEFT_OUT
from realtime.cli.completion import filter_names
from realtime.sinks.recording.formats import Speed

# The headings of `--help`; they come in the order of their first options.
SOURCE: Final = "Where the picture comes from"
DRAWN: Final = "What is drawn"
WRITTEN: Final = "What is written"
WINDOW: Final = "The window"
PROGRAMS: Final = "For other programs"

Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar="NAME",
        autocompletion=filter_names,
        help="Filter to wear; repeat the option to wear several.",
        rich_help_panel=DRAWN,
    ),
]
FiltersDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder with more filter packs.", rich_help_panel=DRAWN)
]
Strength = Annotated[
    float, typer.Option(metavar="S", min=0, max=1, help="How strongly filters show, 0 to 1.", rich_help_panel=DRAWN)
]
Keypoints = Annotated[
    bool | None,
    typer.Option(
        "--keypoints/--no-keypoints",
        help="Draw the 68 points. Default: only while no filter is worn.",
        rich_help_panel=DRAWN,
    ),
]
WeightsFile = Annotated[
    Path,
    typer.Option(metavar="FILE", help="The network's weights.", show_default="those that ship", rich_help_panel=DRAWN),
]
DetectorOption = Annotated[
    DetectorKind,
    typer.Option(
        "--detector",
        help="What finds faces: OpenCV's Haar cascade, the detector network, or both.",
        rich_help_panel=DRAWN,
    ),
]
MaxMegapixels = Annotated[
    float,
    typer.Option(
        metavar="N",
        min=1,
        help="Refuse images with more pixels: they would take too much memory.",
        rich_help_panel=SOURCE,
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.", rich_help_panel=WRITTEN)]
Quality = Annotated[
    int,
    typer.Option(
        min=1, max=100, help="Video quality: 1 is the smallest file, 100 the best picture.", rich_help_panel=WRITTEN
    ),
]
Encoder = Annotated[
    Speed, typer.Option(help="Encoder effort: fast makes large files, small takes time.", rich_help_panel=WRITTEN)
]
ConstantFps = Annotated[
    float | None,
    typer.Option(
        metavar="F",
        help="Constant frame rate of videos. Default: the source's own timing.",
        rich_help_panel=WRITTEN,
    ),
]


class EmptyValue(OneLineGroup):
    """A command line whose `--microphone` and `--page` may leave out their values, which Typer does not know.

    Alone they stand for the system's default microphone, and for the usual port.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in an empty value where none follows."""
        following = [*args[1:], "-"]
        filled = [
            f"{word}=" if word in VALUE_LEFT_OUT and after.startswith("-") else word
            for word, after in zip(args, following, strict=False)
        ]
        return super().parse_args(ctx, filled)
