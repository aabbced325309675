"""Options that several commands have, said once."""

from pathlib import Path
from typing import Annotated

import typer

from realtime.sinks.formats import Speed

FiltersDir = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with more filter packs.")]
WeightsFile = Annotated[
    Path, typer.Option(metavar="FILE", help="The network's weights.", show_default="those that ship")
]
Encoder = Annotated[Speed, typer.Option(help="Work of the encoder: fast makes large files, small takes time.")]
