"""Options that several commands have, said once."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from model.detection.kinds import DetectorKind
from realtime.sinks.recording.formats import Speed

FiltersDir = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with more filter packs.")]
WeightsFile = Annotated[
    Path, typer.Option(metavar="FILE", help="The network's weights.", show_default="those that ship")
]
DetectorOption = Annotated[
    DetectorKind,
    typer.Option("--detector", help="What finds faces: OpenCV's Haar cascade, the detector network, or both."),
]
MaxMegapixels = Annotated[
    float, typer.Option(metavar="N", min=1, help="Refuse images with more pixels: they would take too much memory.")
]
Encoder = Annotated[Speed, typer.Option(help="Encoder effort: fast makes large files, small takes time.")]
Keypoints = Annotated[
    bool | None,
    typer.Option("--keypoints/--no-keypoints", help="Draw the 68 points. Default: only while no filter is worn."),
]

PANELS = {
    "Where the picture comes from": "camera source size fps max_frames max_megapixels",
    "What is drawn": "filters filters_dir keypoints weights detector",
    "What is written": "record output_dir microphone overwrite quality encoder constant_fps log stats",
    "The window": "window mirror countdown sounds quiet reset",
    "For other programs": "virtual_camera serve_points serve_host",
}
"""Under which heading `--help` lists each option of the live program; the others come last."""


class LiveGroup(TyperGroup):
    """The live program's command line: options under headings, and a `--microphone` that needs no value.

    Alone it stands for the system's default microphone.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        known = {param.name: param for param in self.params}
        headed = {name: panel for panel, names in PANELS.items() for name in names.split()}
        # In the order above, for headings come in the order of their first options.
        for name, panel in headed.items():
            known[name].rich_help_panel = panel  # type: ignore[attr-defined]
        self.params.sort(key=lambda param: list(headed).index(param.name) if param.name in headed else len(headed))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Typer knows no options with a value that may be left out, so an empty one is put in."""
        following = [*args[1:], "-"]
        filled = [
            f"{word}=" if word == "--microphone" and after.startswith("-") else word
            for word, after in zip(args, following, strict=False)
        ]
        return super().parse_args(ctx, filled)
