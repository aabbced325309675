"""`python -m realtime filters`: list, begin, check and picture filter packs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from model.plain_text import counted
from model.program.command import guarded, leads_to_command
from realtime.cli.options import FiltersDir

app = typer.Typer(help="List filters; create, check and preview your own.")


class Spot(StrEnum):
    """Where on the face a new pack's picture goes."""

    EYES = "eyes"
    HEAD = "head"
    NOSE = "nose"
    MOUTH = "mouth"
    FACE = "face"


@app.callback(invoke_without_command=True)
def list_all(context: typer.Context, filters_dir: FiltersDir = None) -> None:
    """List every filter, favourites (*) first, with its category and description."""
    if leads_to_command(context):
        return

    def show() -> None:
        from realtime.control.settings import filter_folders, load_settings
        from realtime.filters.authoring.tools import list_filters

        favourites = load_settings().favourites
        lines = []
        for row in list_filters(filter_folders(filters_dir), favourites):
            name = f"{row.name} *" if row.name in favourites else row.name
            about = f"broken: {row.problem}" if row.manifest is None else row.manifest.description
            lines.append(f"{name:<18} {row.category or 'other':<12} {about}")
        # In one piece: `| grep -q` and `| head` hang up before the last line.
        typer.echo("\n".join(lines))

    guarded(show)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the filter, and of its folder.")],
    image: Annotated[Path, typer.Option(metavar="PICTURE", help="PNG or WebP with a transparent background.")],
    out: Annotated[Path, typer.Option("--in", metavar="DIR", help="Folder to create the pack in.")] = Path(),
    spot: Annotated[Spot, typer.Option(help="Where on the face the picture goes.")] = Spot.EYES,
    author: Annotated[str, typer.Option(help="Your name, for the pack.")] = "me",
) -> None:
    """Create a pack from a picture: place it on the portrait, write filter.toml and a preview."""

    def make() -> None:
        from realtime.filters.authoring.tools import is_opaque, new_pack

        folder = new_pack(name, image, out, spot.value, author)
        if is_opaque(image):
            typer.echo(f"note: {image} has no transparent part and will show as a rectangle; cut out its background")
        typer.echo(f"made {folder}; look at {out / f'{name}-preview.png'}, then try:")
        typer.echo(f"python -m realtime --filters-dir {out} --filter {name}")

    guarded(make)


@app.command()
def check(path: Annotated[Path, typer.Argument(help="Folder or .zip of the pack.")]) -> None:
    """Check a pack, and report the first thing that is wrong with it."""

    def look() -> None:
        from realtime.filters.authoring.tools import check_pack

        manifest = check_pack(path)
        typer.echo(f"{path} is fine: {manifest.title}, {counted(len(manifest.layers), 'layer')}")

    guarded(look)


@app.command()
def gallery(
    out: Annotated[Path, typer.Argument(metavar="OUT.png", help="Picture to write.")],
    filters_dir: FiltersDir = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a picture that exists.")] = False,
) -> None:
    """Draw every filter on the portrait, into one picture."""

    def draw() -> None:
        from realtime.control.settings import filter_folders
        from realtime.filters.authoring.tools import gallery as draw_gallery

        names = draw_gallery(out, filter_folders(filters_dir), overwrite=overwrite)
        typer.echo(f"{len(names)} filters in {out}")

    guarded(draw)
