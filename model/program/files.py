"""What a name of a file leads to: a file, the same file as another name, or what is no file at all."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

NO_FILE: Final = "it is a device or a pipe, not a file"

_FOLDS_CASE = sys.platform in ("darwin", "win32")
"""File systems there usually take names that differ in letter case for one."""


def is_no_file(path: Path) -> bool:
    """Whether something is there that is neither file nor folder: a device, a pipe or a socket, also through a link."""
    try:
        return path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def check_file(path: Path) -> None:
    """Make sure that `path` may be read or replaced: a pipe would block, a device never end, and either would be lost.

    Raises:
        OSError: it is a device, a pipe or a socket.
    """
    if is_no_file(path):
        raise OSError(errno.ENXIO, NO_FILE, str(path))


def put_in_place(whole: Path, path: Path) -> None:
    """Give a file that is written whole its name; an older file of that name is replaced.

    Raises:
        OSError: `path` is a device, a pipe or a socket, or the file cannot be moved there.
    """
    check_file(path)
    whole.replace(path)


@contextmanager
def whole_file(path: Path, half: Path | None = None) -> Iterator[Path]:
    """Give a name beside `path` to write to; when all went well, what is there becomes `path`, and else it goes.

    Args:
        path: the file; an older one is replaced.
        half: the name to write to, in the same folder; the path with `.half` appended if left out.

    Raises:
        OSError: `half` is a device, a pipe or a socket; see also `put_in_place`.
    """
    half = half or path.with_name(f"{path.name}.half")
    check_file(half)
    try:
        yield half
        put_in_place(half, path)
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def real_name(path: Path) -> str:
    """The name that a file goes by behind links, `..` and, where the system folds it, letter case.

    A file that does not exist yet has the name of the place it would have.

    Raises:
        OSError, ValueError: no file can have such a name.
    """
    name = os.path.normcase(os.path.realpath(path))
    return name.casefold() if _FOLDS_CASE else name


def same_file(a: Path, b: Path) -> bool:
    """Whether both names lead to one file: by `real_name`, or as hard links; never for a name that no file can have."""
    try:
        if a.exists() and b.exists():
            return a.samefile(b)
        return real_name(a) == real_name(b)
    except (OSError, ValueError):
        return False
