"""Whether two names lead to one file."""

import os
import sys
from pathlib import Path

_FOLDS_CASE = sys.platform in ("darwin", "win32")
"""File systems there usually take names that differ in letter case for one."""


def same_file(a: Path, b: Path) -> bool:
    """Whether both names lead to one file: through links, `..` and, where the system folds it, letter case.

    Files that do not exist yet are compared by the place they would have. A name that no file can have is no other's.
    """
    try:
        if a.exists() and b.exists():
            return a.samefile(b)
        first, second = (os.path.normcase(os.path.realpath(path)) for path in (a, b))
    except (OSError, ValueError):
        return False
    return first.casefold() == second.casefold() if _FOLDS_CASE else first == second
