"""A pack's `filter.toml`, read and checked, and from it a filter. See docs/filters.md."""

import tomllib
from typing import Any, Final

from pydantic import ValidationError

from realtime.drawing.sticker import Sticker
from realtime.errors import FilterError
from realtime.filters.filter import LayeredFilter
from realtime.filters.packs.format import Manifest
from realtime.filters.packs.messages import filter_error
from realtime.filters.packs.pack import MANIFEST, MAX_MANIFEST_BYTES, MAX_PACK_PX, Pack

_DEEPEST: Final = 60
"""Brackets or dots in one line of a manifest."""


def read_manifest(pack: Pack) -> Manifest:
    """Read and check a pack's manifest and its pictures.

    Raises:
        FilterError: anything is wrong; says file, key and remedy.
    """
    stickers: dict[str, Sticker] = {}
    pixels = 0

    def picture(name: str) -> Sticker:
        nonlocal pixels
        if name not in stickers:
            bgra = pack.picture_bgra(name)
            pixels += bgra.shape[0] * bgra.shape[1]
            if pixels > MAX_PACK_PX:
                raise FilterError(
                    f"{pack.label}: its pictures have more than {MAX_PACK_PX // 10**6} megapixels together; make them "
                    "smaller"
                )
            stickers[name] = Sticker.from_straight(bgra)
        return stickers[name]

    try:
        return Manifest.model_validate(_parsed(pack), context=picture)
    except ValidationError as error:
        raise filter_error(error, pack.label) from error


def _parsed(pack: Pack) -> dict[str, Any]:
    """The manifest's tables, read within limits: parsing deep or endless ones would take for ever."""
    data = pack.files[MANIFEST]
    if len(data) > MAX_MANIFEST_BYTES:
        raise FilterError(f"{pack.label} has more than {MAX_MANIFEST_BYTES // 1000} kB; make it shorter")
    try:
        text = data.decode("utf-8")
        if max(map(_depth, text.splitlines()), default=0) > _DEEPEST:
            raise FilterError(f"{pack.label} is nested more than {_DEEPEST} deep; write it flatter")
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # what TOML and UTF-8 raise, and numbers of thousands of digits
        raise FilterError(f"{pack.label}: not valid TOML ({str(error)[:200]}); mend that place") from error


def _depth(line: str) -> int:
    """How deep a line could nest, at most."""
    key = line.split("=", 1)[0]
    return max(key.count("."), line.count("["), line.count("{"))


def filter_of(pack: Pack) -> LayeredFilter:
    """The filter that a pack describes; raises `FilterError` as `read_manifest`."""
    return LayeredFilter(read_manifest(pack).layers)
