"""Pictures and recordings that the page shows, plays, hands out and deletes."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from realtime.errors import SinkError
from realtime.web.files import FileFolder

_OURS: Final = re.compile(
    r"(snapshot|recording|demo)-\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d[\w-]*\.(png|mp4|mkv|webm|gif|webp)",
    re.IGNORECASE | re.ASCII,
)
_PICTURES: Final = (".png", ".gif", ".webp")
_MOST: Final = 200


class Shelf:
    """The files that this program made, by their names, in the folders where they go.

    Args:
        folders: of pictures and of recordings; the same one may come twice.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [FileFolder(folder, is_ours) for folder in dict.fromkeys(folders)]

    def listed(self) -> list[dict[str, Any]]:
        """Name, kind, size and age of each file, newest first."""
        rows = []
        for folder in self._folders:
            for name in folder.names():
                path = folder.find(name)
                if path is None:
                    continue
                info = path.stat()
                kind = "picture" if path.suffix.lower() in _PICTURES else "video"
                rows.append({"name": name, "kind": kind, "bytes": info.st_size, "time": info.st_mtime})
        rows.sort(key=lambda row: -float(str(row["time"])))
        return rows[:_MOST]

    def folder_of(self, name: str) -> FileFolder:
        """The folder that holds a file.

        Raises:
            SinkError: none does.
        """
        for folder in self._folders:
            if folder.find(name):
                return folder
        raise SinkError(f"there is no {name[:100]!r} here; it was moved or deleted")


def is_ours(name: str) -> bool:
    """Whether a file is called as this program calls pictures and recordings."""
    return _OURS.fullmatch(name) is not None
