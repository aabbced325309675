"""The one line for a recording that could not be written: its cause, what to do, and what is left of it."""

import errno
from pathlib import Path
from typing import Final

import av
import av.error

from realtime.errors import SinkError

_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_NO_PLACE: Final = frozenset((errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENXIO))
_FORBIDDEN: Final = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))


def advice(error: OSError | av.error.FFmpegError) -> str:
    """What to do about an error of writing."""
    if error.errno in _FULL:
        return "free some space, or write to another folder"
    if error.errno in _FORBIDDEN:
        return "write to a folder that you may write to"
    if error.errno in _NO_PLACE:
        return "choose another folder"
    return "its data does not go into this kind of file; try another, such as .mkv"


def write_failure(path: Path, error: OSError | av.error.FFmpegError) -> SinkError:
    """The one line for a recording that could not be written."""
    left = " (what was written so far plays)" if _plays(path) else ""
    return SinkError(f"cannot write the recording {path}: {error.strerror or error}; {advice(error)}{left}")


def _plays(path: Path) -> bool:
    """Whether a file that was not finished shows a picture."""
    if not path.is_file():  # a device could be read for ever
        return False
    try:
        with av.open(f"file:{path}") as container:
            return next(container.decode(video=0), None) is not None
    except (av.error.FFmpegError, OSError, IndexError):
        return False
