"""Files that a page may read: only those that lie in one folder and bear a name that was asked for."""

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from realtime.errors import SinkError

TYPES: Final = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".mkv": "video/x-matroska",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
"""Media types by ending; a system's own table may say anything."""


@dataclass(frozen=True, slots=True)
class FileFolder:
    """A folder whose files a page may read, and delete where the server lets it.

    Attributes:
        folder: only files right in it count, links do not.
        shown: whether a file of that name may be seen at all.
    """

    folder: Path
    shown: Callable[[str], bool] = lambda name: True

    def names(self) -> list[str]:
        """Names of all files that may be seen, newest first; none where there is no such folder."""
        try:
            entries = [entry for entry in self.folder.iterdir() if self.find(entry.name)]
            return [entry.name for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime, reverse=True)]
        except OSError:
            return []

    def find(self, name: str) -> Path | None:
        """The file of that name; None where it may not be seen, leads elsewhere, or is not there."""
        if not name or name.startswith(".") or Path(name).name != name or "\\" in name or "\0" in name:
            return None
        path = self.folder / name
        try:
            there = self.shown(name) and path.is_file() and not path.is_symlink()
        except (OSError, ValueError):
            return None
        return path if there else None

    def delete(self, name: str) -> None:
        """Delete a file for good.

        Raises:
            SinkError: it is not there, or the system does not let it go.
        """
        path = self.find(name)
        if path is None:
            raise SinkError(f"there is no {name!r} here; it was moved or deleted")
        try:
            path.unlink()
        except OSError as error:
            raise SinkError(f"cannot delete {path}: {error.strerror}; delete it by hand") from error


def type_of(path: Path) -> str:
    """The media type that a browser is told."""
    return TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
