"""Which filters the picker lists: all of a category, or those that a search finds."""

from collections.abc import Sequence

from realtime.control.state import FilterEntry, State, category_rank

ALL, FAVOURITES = "All", "Favourites"
NO_FILTER = FilterEntry("", "No filter")
_OTHER = "Other"


def categories(state: State) -> list[str]:
    """Headings to choose from: all, favourites if there are any, then those of the filters themselves."""
    found = {entry.category for entry in state.catalogue if entry.category}
    named = sorted(found, key=lambda name: (category_rank(name), name))
    rest = [_OTHER] if named and any(not entry.category for entry in state.catalogue) else []
    return [ALL, *([FAVOURITES] if state.favourites else []), *map(heading, named), *rest]


def heading(category: str) -> str:
    """A category as it is shown."""
    return category.capitalize()


def listed(state: State, category: str, search: str) -> list[FilterEntry]:
    """The filters to show, favourites first; no filter comes before all of them.

    Args:
        state: the filters there are.
        category: one of `categories`.
        search: words that a name, category or trigger has; where given, the category does not matter.
    """
    if search:
        words = search.casefold().split()
        return _ranked([entry for entry in state.catalogue if all(_matches(entry, word) for word in words)], words)
    if category == FAVOURITES:
        return [entry for entry in state.catalogue if entry.name in state.favourites]
    if category == _OTHER:
        return [entry for entry in state.catalogue if not entry.category]
    if category != ALL:
        return [entry for entry in state.catalogue if heading(entry.category) == category]
    return [NO_FILTER, *state.catalogue]


def _ranked(entries: Sequence[FilterEntry], words: Sequence[str]) -> list[FilterEntry]:
    """Those whose name begins with what was typed come first."""
    return sorted(entries, key=lambda entry: bool(words) and not entry.label.casefold().startswith(words[0]))


def _matches(entry: FilterEntry, word: str) -> bool:
    """Part of the name, or the beginning of a word of the category or the trigger."""
    others = f"{entry.category} {entry.hint}".casefold().split()
    return word in f"{entry.label} {entry.name}".casefold() or any(other.startswith(word) for other in others)
