"""Where pictures and recordings go that are made with a key or a click."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import platformdirs


@dataclass(frozen=True, slots=True)
class Folders:
    """Created when the first file goes there.

    Attributes:
        pictures: for snapshots.
        recordings: for videos.
    """

    pictures: Path
    recordings: Path

    @classmethod
    def of(cls, output_dir: Path | None) -> Self:
        """The one that was asked for, or the user's own Pictures and Videos."""
        if output_dir is not None:
            return cls(output_dir, output_dir)
        return cls(platformdirs.user_pictures_path(), platformdirs.user_videos_path())
