"""Opens files and folders with the user's own programs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from realtime.errors import SinkError


def open_path(path: Path) -> None:
    """Show a folder, or play or show a file, in the program that the system has for it; does not wait for it.

    Raises:
        SinkError: the file is gone, or the system has no way to open it.
    """
    path = path.absolute()
    if not path.exists():
        raise SinkError(f"{path} is not there any more; it was moved or deleted")
    if sys.platform == "win32":
        os.startfile(path)
        return
    opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if opener is None:
        raise SinkError(f"nothing here can open files (xdg-open is not installed); open {path} yourself")
    try:
        subprocess.Popen(
            [opener, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise SinkError(f"cannot open {path}: {error.strerror}; open it yourself") from error
