"""What is read and replaced is a file: a pipe would block, a device would never end, and neither is to be replaced."""

import errno
from pathlib import Path

NO_FILE = "it is a device or a pipe, not a file"


def is_no_file(path: Path) -> bool:
    """Whether something is there that is neither file nor folder: a device, a pipe or a socket, also through a link."""
    try:
        return path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def check_readable(path: Path) -> None:
    """Make sure that reading `path` comes to an end.

    Raises:
        OSError: it is a device, a pipe or a socket.
    """
    if is_no_file(path):
        raise OSError(errno.EINVAL, NO_FILE, str(path))
