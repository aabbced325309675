"""A pack's `filter.toml`, read and checked, and from it a filter. See docs/filters.md."""

from pydantic import ValidationError

from realtime.drawing.sticker import Sticker
from realtime.errors import FilterError
from realtime.filters.filter import LayeredFilter
from realtime.filters.packs.format import Manifest
from realtime.filters.packs.messages import filter_error
from realtime.filters.packs.pack import MAX_PACK_PX, Pack


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
        return Manifest.model_validate(pack.tables(), context=picture)
    except ValidationError as error:
        raise filter_error(error, pack.label) from error


def filter_of(pack: Pack) -> LayeredFilter:
    """The filter that a pack describes; raises `FilterError` as `read_manifest`."""
    return LayeredFilter(read_manifest(pack).layers)
