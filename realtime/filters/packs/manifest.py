"""A pack's `filter.toml`, read and checked, and from it a filter. See docs/filters.md."""

from pydantic import ValidationError

from realtime.filters.filter import LayeredFilter
from realtime.filters.packs.contents import Contents
from realtime.filters.packs.format import Manifest
from realtime.filters.packs.messages import filter_error
from realtime.filters.packs.pack import Pack


def read_manifest(pack: Pack) -> Manifest:
    """Read and check a pack's manifest and its pictures.

    Raises:
        FilterError: anything is wrong; says file, key and remedy.
    """
    try:
        return Manifest.model_validate(pack.tables(), context=Contents(pack))
    except ValidationError as error:
        raise filter_error(error, pack.label) from error


def filter_of(pack: Pack) -> LayeredFilter:
    """The filter that a pack describes; raises `FilterError` as `read_manifest`."""
    return LayeredFilter(read_manifest(pack).layers)
