"""Options that several commands have, said once."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from realtime.sinks.formats import Speed

FiltersDir = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with more filter packs.")]
WeightsFile = Annotated[
    Path, typer.Option(metavar="FILE", help="The network's weights.", show_default="those that ship")
]
Encoder = Annotated[Speed, typer.Option(help="Work of the encoder: fast makes large files, small takes time.")]


class MicrophoneGroup(TyperGroup):
    """A command line whose `--microphone` needs no value: alone it stands for the system's default microphone."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Typer knows no options with a value that may be left out, so an empty one is put in."""
        following = [*args[1:], "-"]
        filled = [
            f"{word}=" if word == "--microphone" and after.startswith("-") else word
            for word, after in zip(args, following, strict=False)
        ]
        return super().parse_args(ctx, filled)
