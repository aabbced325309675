"""What `python -m realtime filters` does: list packs, check one, begin one, and picture them all."""

import io
import json
import os
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageOps, UnidentifiedImageError

from model.arrays import Image
from model.face import Face
from model.geometry import bounding_box
from model.plain_text import plain_text
from model.program.files import check_file
from realtime.control.state import category_rank
from realtime.drawing.primitives import blend_premultiplied
from realtime.drawing.sticker import Sticker
from realtime.drawing.text import render_text
from realtime.errors import FilterError
from realtime.filters.authoring.portrait import portrait
from realtime.filters.filter import LayeredFilter
from realtime.filters.gate import Gate
from realtime.filters.layers.swap import Swap
from realtime.filters.packs import registry
from realtime.filters.packs.format import Manifest
from realtime.filters.packs.manifest import read_manifest
from realtime.filters.packs.pack import MANIFEST, Pack, read_pack
from realtime.media.png_file import check_png, save_png
from realtime.sinks.recording.formats import check_writable

Spot = Literal["eyes", "head", "nose", "mouth", "face"]
_SPOTS: Final[dict[str, tuple[tuple[float, float], float, str]]] = {
    "eyes": ((0.0, 0.05), 1.75, "left_eye, right_eye"),
    "head": ((0.0, -1.15), 2.0, "left_eye, right_eye"),
    "nose": ((0.0, 0.42), 0.5, "left_eye, right_eye, nose"),
    "mouth": ((0.0, 0.66), 0.9, "nose_bottom, upper_lip_top"),
    "face": ((0.0, 0.35), 1.9, "left_eye, right_eye"),
}
"""Where `new` puts a picture: its middle in head coordinates, its width in eye distances, what it follows."""

_LONGEST_NAME: Final = 60
"""Letters; a pack's title, which is first its name, holds as many."""
_PNG: Final = b"\x89PNG"
_ORIENTATION: Final = 0x0112
"""EXIF's number of the entry that says how a picture lies."""
_TILE_WH: Final = (380, 440)
_TILE_EYES_PX: Final = 120.0
_TILE_EYES_AT: Final = (0.5, 0.53)
_HALF_EYES_PX: Final = 72.0
_CAPTION_PX: Final = 20
_FILM_S: Final = 1.8
_FILM_FPS: Final = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list.

    Attributes:
        name: the `--filter` name.
        path: its folder or zip.
        manifest: what it says of itself; None for a broken pack.
        problem: why it is broken; empty for a good one.
    """

    name: str
    path: Path
    manifest: Manifest | None
    problem: str = ""

    @property
    def category(self) -> str:
        """What it is sorted by; empty for none."""
        return (self.manifest.category or "") if self.manifest else ""


def list_filters(extra_dirs: Sequence[Path] = (), favourites: Collection[str] = ()) -> list[Listed]:
    """All packs, broken ones with what is wrong: favourites first, then by category and name.

    Raises:
        FilterError: a folder of `extra_dirs` cannot be read.
    """
    rows = []
    for name, info in registry.available(extra_dirs).items():
        try:
            rows.append(Listed(name, info.path, read_manifest(read_pack(info.path))))
        except FilterError as error:
            rows.append(Listed(name, info.path, None, plain_text(str(error), 300)))
    return sorted(rows, key=lambda row: (row.name not in favourites, category_rank(row.category), row.name))


def check_pack(path: Path) -> Manifest:
    """A pack's manifest, if all of it is right.

    Raises:
        FilterError: the first thing that is wrong, with file, key and remedy.
    """
    return read_manifest(read_pack(path))


def new_pack(
    name: str,
    picture: Path,
    folder: Path,
    spot: Spot = "eyes",
    author: str = "me",
    place: tuple[tuple[float, float], float] | None = None,
) -> Path:
    """Begin a pack: a picture placed on the portrait, as `folder/name/`, with a `preview.png` beside the pack.

    The picture's opaque part is centred on the spot and scaled to fit it; origin and eye_distance in the written
    `filter.toml` say where that is, and are what to change.

    Args:
        name: of the filter.
        picture: PNG or WebP.
        folder: where the pack goes.
        spot: which part of the face it is for.
        author: for the pack.
        place: instead of the spot: the whole picture's middle in head coordinates, and its width in eye distances.

    Returns:
        The pack's folder. Its preview is `folder/name-preview.png`.

    Raises:
        FilterError: the name cannot be one, the pack is there already, the picture cannot be used, or nothing can be
            written there; also where a file has the name of its preview.
    """
    if not name or not all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in name):
        raise FilterError(f"{name!r} cannot name a filter; use letters, digits, - and _")
    if len(name) > _LONGEST_NAME:
        raise FilterError(f"a name of {len(name)} letters is too long; use at most {_LONGEST_NAME}")
    target, preview = folder / name, folder / f"{name}-preview.png"
    if target.exists():
        raise FilterError(f"{target} is there already; choose another name, or remove it")
    if os.path.lexists(preview):
        raise FilterError(f"{preview} is there already, where the preview goes; choose another name, or move it away")
    if picture.suffix.lower() not in (".png", ".webp"):
        raise FilterError(f"{picture} is not a PNG or WebP; save it as PNG with a transparent background")
    try:
        check_file(picture)
        data = _upright(picture.read_bytes())
        file_name = f"picture{'.png' if data.startswith(_PNG) else picture.suffix.lower()}"
        pack = Pack(name, picture.parent, {file_name: data})
        sticker = Sticker.from_straight(pack.picture_bgra(file_name))
        origin, eye_distance = _fitted(spot, file_name, sticker) if place is None else _placed(*place, sticker)
        follow = _SPOTS[spot][2] if place is None else _SPOTS["eyes"][2]
        text = _manifest_text(name, author, file_name, (origin, eye_distance, follow))
        folder.mkdir(parents=True, exist_ok=True)
        # Made under another name, so that nothing is left of one that fails.
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder) as made:
            half = Path(made) / name
            half.mkdir()
            (half / MANIFEST).write_text(text, encoding="utf-8")
            (half / file_name).write_bytes(data)
            tile = tile_of(registry.load(name, [Path(made)]))
            half.rename(target)
        save_png(preview, tile)
    except OSError as error:
        raise FilterError(f"cannot make {target} of {picture}: {error.strerror}; check both paths") from error
    return target


def is_opaque(picture: Path) -> bool:
    """Whether a picture hides all that lies behind it, so that a filter of it is a rectangle."""
    with PillowImage.open(picture) as opened:
        return not opened.has_transparency_data or opened.convert("RGBA").getchannel("A").getextrema()[0] == 255


def _upright(data: bytes) -> bytes:
    """The picture's bytes; turned upright, as PNG, where its EXIF entry says that it lies on its side."""
    try:
        with PillowImage.open(io.BytesIO(data)) as opened:
            if opened.getexif().get(_ORIENTATION, 1) == 1:
                return data
            turned = io.BytesIO()
            ImageOps.exif_transpose(opened).convert("RGBA").save(turned, "PNG")
            return turned.getvalue()
    except (UnidentifiedImageError, SyntaxError, ValueError):
        return data  # what is wrong is said where it is read


def _placed(middle: tuple[float, float], width: float, sticker: Sticker) -> tuple[tuple[float, float], float]:
    """Origin and eye distance in the pixels of a picture that lies there."""
    height_px, width_px = sticker.levels_bgra[0].shape[:2]
    eye_distance = width_px / width
    return (width_px / 2 - middle[0] * eye_distance, height_px / 2 - middle[1] * eye_distance), eye_distance


def _fitted(spot: Spot, file_name: str, sticker: Sticker) -> tuple[tuple[float, float], float]:
    """The same for a picture whose opaque part fits the spot."""
    (x, y), width, _ = _SPOTS[spot]
    x0, y0, x1, y1 = sticker.content
    if x1 <= x0:
        raise FilterError(f"{file_name} is wholly transparent; give a picture that shows something")
    eye_distance = (x1 - x0) / width
    if spot == "head":
        # A hat stands on the forehead: its lower edge counts, not its middle.
        origin = ((x0 + x1) / 2, y1 + 0.55 * eye_distance)
    else:
        origin = ((x0 + x1) / 2 - x * eye_distance, (y0 + y1) / 2 - y * eye_distance)
    return origin, eye_distance


def _manifest_text(name: str, author: str, file_name: str, place: tuple[tuple[float, float], float, str]) -> str:
    origin, eye_distance, follow = place
    names = ", ".join(f'"{each}"' for each in follow.split(", "))
    return (
        f'schema = 1\ntitle = "{name}"\nauthor = {json.dumps(author, ensure_ascii=False)}\n'
        'licence = "all rights reserved"\n'
        f'description = "My filter {name}"\n\n[[layer]]\nkind = "overlay"\nimage = "{file_name}"\n'
        f"# The picture's pixel that lies midway between the outer eye corners, and its pixels from one to the other.\n"
        f"origin = [{origin[0]:.0f}, {origin[1]:.0f}]\neye_distance = {eye_distance:.0f}\n"
        f'follow = [{names}]\n# "posed" turns with the head like a solid thing.\nplace = "similarity"\n'
    )


def tile_of(shown: LayeredFilter) -> Image:
    """A filter on the portrait, conditions taken as met, after a moment for what moves; (440, 380, 3) uint8 BGR.

    Raises:
        SourceError, FilterError, ModelError: as `portrait`.
    """
    open_layers = tuple(replace(use, gate=Gate(limits=use.gate.limits)) for use in shown.layers)
    always = LayeredFilter(open_layers)
    if any(isinstance(use.layer, Swap) for use in shown.layers):
        base_bgr, faces = _two_faces()
    else:
        base_bgr, face = portrait(_TILE_EYES_PX, _TILE_WH, _TILE_EYES_AT)
        faces = [face]
    canvas_bgr = base_bgr
    for index in range(round(_FILM_S * _FILM_FPS)):
        canvas_bgr = base_bgr.copy()
        always.apply(canvas_bgr, faces, index / _FILM_FPS)
    return canvas_bgr


def _two_faces() -> tuple[Image, list[Face]]:
    """The portrait twice, side by side, once in other colours, so that a swap can be seen."""
    width, height = _TILE_WH
    base_bgr, face = portrait(_HALF_EYES_PX, (width // 2, height), _TILE_EYES_AT)
    tinted_bgr = np.clip(base_bgr * np.array((1.35, 0.95, 0.7)), 0, 255).astype(np.uint8)
    moved = face.keypoints_px + np.array([width // 2, 0], np.float32)
    return np.hstack([base_bgr, tinted_bgr]), [face, Face(moved, face.score, 1, bounding_box(moved))]


def gallery(out: Path, extra_dirs: Sequence[Path] = (), columns: int = 6, overwrite: bool = False) -> list[str]:
    """Draw every filter on the portrait, with its name, into one picture; by category, then by name.

    Returns:
        The names drawn, in order.

    Raises:
        FilterError: a pack is broken.
        SinkError: its name does not end in .png, it exists and `overwrite` is not set, or it cannot be written.
    """
    check_png(out)
    check_writable(out, overwrite)
    names = [entry.name for entry in registry.listing(extra_dirs)]
    save_png(out, sheet_of(names, extra_dirs, columns))
    return names


def sheet_of(names: Sequence[str], extra_dirs: Sequence[Path] = (), columns: int = 6) -> Image:
    """These filters on the portrait, with their names, as one BGR picture; raises `FilterError` as `tile_of`."""
    width, height = _TILE_WH
    rows = -(-len(names) // columns)
    sheet = np.full((rows * height, columns * width, 3), 28, np.uint8)
    for index, name in enumerate(names):
        tile = tile_of(registry.load(name, extra_dirs))
        caption = render_text(name, _CAPTION_PX, bold=True)
        tile[height - 34 :] = tile[height - 34 :] // 3
        blend_premultiplied(tile, caption, (width - caption.shape[1]) // 2, height - 29)
        row, column = divmod(index, columns)
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
    return sheet
