"""A disk without room, for what is written from now on: a file at /dev/full's own path would be refused as a device."""

from pathlib import Path
from typing import Any, Final

import av
import pytest

_FULL: Final = "/dev/full"
needs_full_disk: Final = pytest.mark.skipif(not Path(_FULL).exists(), reason=f"{_FULL} is Linux's")


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file that Python or PyAV opens for writing, whatever its name, have no space left."""
    open_path, open_media = Path.open, av.open

    def path(self: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        return open_path(Path(_FULL) if "w" in mode else self, mode, *arguments, **options)

    def media(file: Any, mode: Any = None, *arguments: Any, **options: Any) -> Any:
        return open_media(_FULL if mode == "w" else file, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", path)
    monkeypatch.setattr(av, "open", media)
