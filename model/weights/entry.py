"""The one metadata entry in which a weights file describes itself: JSON, and not to be trusted."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

Info = TypeVar("Info")

_LONGEST_TEXT: Final = 16_000


def parse_entry(text: str, version_key: str, version: int, build: Callable[[dict[str, Any]], Info]) -> Info:
    """What an entry says, made by `build` from its JSON object.

    Args:
        text: the entry.
        version_key, version: where the object names its format, and the one that is read.
        build: takes the object; what it raises for missing or misshapen values becomes a `ValueError`.

    Raises:
        ValueError: the entry is broken, of another format, too long, or nested too deeply.
    """
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"its description has {len(text)} characters, at most {_LONGEST_TEXT} are read")
    try:
        data: dict[str, Any] = json.loads(text)
        if data[version_key] != version:
            raise ValueError(f"format {data[version_key]!r:.40}, this program reads {version}")
        return build(data)
    except KeyError as error:
        raise ValueError(f"it lacks {error}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except (TypeError, AttributeError, OverflowError) as error:
        raise ValueError(str(error)) from error
