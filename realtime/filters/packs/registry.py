"""Which filters there are, and loading one by name."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assets import FILTERS_DIR
from realtime.control.state import CATEGORIES, FilterEntry, category_rank
from realtime.errors import FilterError
from realtime.filters.filter import LayeredFilter
from realtime.filters.packs.pack import MANIFEST, read_pack


@dataclass(frozen=True, slots=True)
class FilterInfo:
    """A filter that can be loaded.

    Attributes:
        name: its `--filter` name.
        path: its folder or `.zip`.
    """

    name: str
    path: Path


def available(extra_dirs: Sequence[Path] = ()) -> dict[str, FilterInfo]:
    """The filters that ship, then those in `extra_dirs`, by name; a later one of the same name wins.

    Nothing but directories is read, so a broken pack is listed too.

    Raises:
        FilterError: a folder of `extra_dirs` cannot be read.
    """
    found: dict[str, FilterInfo] = {}
    for folder in (FILTERS_DIR, *extra_dirs):
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            raise FilterError(f"cannot read the filters folder {folder}: {error.strerror}; check the path") from error
        for path in entries:
            if not path.name.isprintable():
                continue  # a name with terminal escapes could not be typed either
            if path.suffix.lower() == ".zip":
                found[path.stem] = FilterInfo(path.stem, path)
            elif (path / MANIFEST).is_file():
                found[path.name] = FilterInfo(path.name, path)
    return found


def listing(extra_dirs: Sequence[Path] = ()) -> list[FilterEntry]:
    """All filters with their categories, in the order of lists: by category, then by name.

    Only that key of each manifest is looked at; a broken pack has no category.

    Raises:
        FilterError: a folder of `extra_dirs` cannot be read.
    """
    entries = [FilterEntry(info.name, category=_category(info)) for info in available(extra_dirs).values()]
    return sorted(entries, key=lambda entry: (category_rank(entry.category), entry.name))


def _category(info: FilterInfo) -> str:
    try:
        named = read_pack(info.path).tables().get("category")
    except FilterError:
        return ""
    return named if named in CATEGORIES else ""


def find(name: str, extra_dirs: Sequence[Path] = ()) -> FilterInfo:
    """Where the filter called `name` lies.

    Raises:
        FilterError: there is none of that name; says which there are.
    """
    known = available(extra_dirs)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        raise FilterError(f"no filter is called {name!r}; {guess}known: {', '.join(sorted(known)) or 'none'}")
    return known[name]


def load(name: str, extra_dirs: Sequence[Path] = ()) -> LayeredFilter:
    """The filter called `name`.

    Raises:
        FilterError: there is none of that name, or its pack is broken.
    """
    from realtime.filters.packs.manifest import (
        filter_of,
    )  # loads pydantic, which a program without filters does without

    return filter_of(read_pack(find(name, extra_dirs).path))
