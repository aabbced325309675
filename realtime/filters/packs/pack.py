"""The files of a pack: a folder, or a `.zip` of one that is read in memory and never unpacked.

A pack is somebody else's work. Its files are read within caps, pictures are the only thing decoded, nothing is run.
"""

import io
import re
import stat
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from model.program.files import check_file
from realtime.errors import FilterError

MANIFEST: Final = "filter.toml"
MAX_FILES: Final = 64
MAX_BYTES: Final = 20_000_000
_ENDINGS: Final = (".toml", ".png", ".webp", ".gif", ".cube", ".glb")
MAX_PICTURE_PX: Final = 16_000_000
MAX_PACK_PX: Final = 48_000_000
"""Pixels of all pictures of a pack together: each takes four bytes while it is worn."""
MAX_MANIFEST_BYTES: Final = 200_000
MAX_FRAMES: Final = 100
"""Of an animated picture; later ones are not shown."""
_MAX_SIDE_PX: Final = 16_384
_DEEPEST: Final = 60
"""Tables and lists in one another in a manifest, and dots in one line of it."""
_NO_KEYS: Final = re.compile(r"(?<![\w.])[+-]?\d+\.\d+(?:[eE][+-]?\d+)?(?![\w.])|\.{2,}")
"""What holds dots and is no dotted key: numbers, and dots that follow one another."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack's files, read.

    Attributes:
        name: the `--filter` name: the folder's, or the zip's without `.zip`.
        path: where it came from.
        files: file name -> content.
    """

    name: str
    path: Path
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def label(self) -> str:
        """How messages name its manifest."""
        return f"{self.path.name}/{MANIFEST}"

    def tables(self) -> dict[str, Any]:
        """The manifest as TOML, read within limits: parsing deep or endless tables would take for ever.

        Raises:
            FilterError: it is no TOML, or beyond the limits.
        """
        data = self.files[MANIFEST]
        if len(data) > MAX_MANIFEST_BYTES:
            raise FilterError(f"{self.label} has more than {MAX_MANIFEST_BYTES // 1000} kB; make it shorter")
        try:
            text = data.decode("utf-8")
            if max(map(_dots, text.splitlines()), default=0) > _DEEPEST:
                raise FilterError(f"{self.label} has more than {_DEEPEST} dots in one line; write it in several")
            tables = tomllib.loads(text)
        except RecursionError as error:
            raise FilterError(f"{self.label} is nested more than {_DEEPEST} deep; write it flatter") from error
        except ValueError as error:  # what TOML and UTF-8 raise, and numbers of thousands of digits
            raise FilterError(f"{self.label}: not valid TOML ({str(error)[:200]}); mend that place") from error
        if _is_deep(tables):
            raise FilterError(f"{self.label} is nested more than {_DEEPEST} deep; write it flatter")
        return tables

    def file(self, name: str, what: str, endings: tuple[str, ...]) -> bytes:
        """The content of a file that a manifest names; raises `FilterError` where it is not there."""
        if name not in self.files or not name.lower().endswith(endings):
            have = ", ".join(sorted(n for n in self.files if n.lower().endswith(endings))) or "none"
            kinds = " or ".join(ending.removeprefix(".") for ending in endings)
            raise FilterError(
                f"{self.label}: {what} {name!r} is not in the pack (it has: {have}); "
                f"write the name of a {kinds} file that lies beside filter.toml, without folders"
            )
        return self.files[name]

    def picture_bgra(self, name: str) -> npt.NDArray[np.uint8]:
        """A picture, the first frame of an animated one, as (H, W, 4) uint8, straight alpha; raises `FilterError`."""
        return self.picture_frames(name, 1)[0][0]

    def picture_frames(
        self, name: str, most: int = MAX_FRAMES, room_px: int = MAX_PACK_PX
    ) -> list[tuple[npt.NDArray[np.uint8], float]]:
        """A picture's frames as (H, W, 4) uint8, straight alpha, with the seconds that each is shown.

        Args:
            name: its file.
            most: frames that are read.
            room_px: pixels that the pack may still have; more are refused before any is unpacked.

        Raises:
            FilterError: it is not there, no picture, or too large.
        """
        data = self.file(name, "picture", (".png", ".webp", ".gif"))
        where = f"{self.path.name}/{name}"
        try:
            with Image.open(io.BytesIO(data), formats=("PNG", "WEBP", "GIF")) as picture:
                width, height = picture.size
                count = min(getattr(picture, "n_frames", 1), most)
                if width * height * count > MAX_PICTURE_PX or max(width, height) > _MAX_SIDE_PX:
                    times = f" in {count} frames" if count > 1 else ""
                    raise FilterError(f"{where} has {width}x{height} pixels{times}; make it at most 16 megapixels")
                if width * height * count > room_px:
                    raise FilterError(
                        f"{self.label}: its pictures have more than {MAX_PACK_PX // 10**6} megapixels together; "
                        "make them smaller"
                    )
                frames = []
                for index in range(count):
                    picture.seek(index)
                    rgba = np.asarray(picture if picture.mode == "RGBA" else picture.convert("RGBA"))
                    seconds = float(picture.info.get("duration") or 100) / 1000
                    bgra = np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), np.uint8)
                    frames.append((bgra, min(max(seconds, 0.02), 60.0)))
                return frames
        except FilterError:
            raise
        except Exception as error:  # Pillow's readers raise nearly anything on files made on purpose
            raise FilterError(f"{where} is not a picture that can be read ({error}); save it as PNG again") from error


def _dots(line: str) -> int:
    """Dots of a line that may join keys; a long chain takes the reader of TOML for ever."""
    return _NO_KEYS.sub("", line).count(".")


def _is_deep(tables: object) -> bool:
    """Whether more than `_DEEPEST` tables and lists lie in one another: what checks them goes down into each."""
    level = [tables]
    for _ in range(_DEEPEST + 1):
        values = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level = [value for inside in values for value in inside]
    return any(isinstance(each, dict | list) for each in level)


def read_pack(path: Path) -> Pack:
    """Read a pack's folder or `.zip`.

    Raises:
        FilterError: it is not there, has no manifest, is too large, holds links, or is not a zip.
    """
    try:
        check_file(path)
        if path.suffix.lower() == ".zip":
            pack = Pack(path.stem, path, _read_zip(path))
        elif path.is_dir():
            pack = Pack(path.resolve().name, path.resolve(), _read_folder(path))
        else:
            raise FilterError(f"no filter pack at {path}; give a folder with a {MANIFEST}, or a .zip of one")
    except OSError as error:
        raise FilterError(f"cannot read the filter pack {path}: {error.strerror or error}; check the path") from error
    if MANIFEST not in pack.files:
        raise FilterError(f"{path} has no {MANIFEST}; see docs/filters.md, or make one with: filters new")
    return pack


def pack_stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when a file of a pack does: name, time and size of each; empty for a pack that is gone."""
    try:
        entries = sorted(path.iterdir()) if path.is_dir() else [path]
        return tuple((entry.name, stat.st_mtime_ns, stat.st_size) for entry in entries for stat in [entry.stat()])
    except OSError:  # gone, or just being replaced
        return ()


def _read_folder(folder: Path) -> dict[str, bytes]:
    entries = [entry for entry in sorted(folder.iterdir()) if entry.suffix.lower() in _ENDINGS]
    if len(entries) > MAX_FILES:
        raise FilterError(f"{folder} holds {len(entries)} files; a pack has at most {MAX_FILES}, remove some")
    files: dict[str, bytes] = {}
    room = MAX_BYTES
    for entry in entries:
        if entry.is_symlink() or not entry.is_file():
            raise FilterError(f"{entry} is a link or no file; put the file itself into the pack")
        with entry.open("rb") as stream:
            files[entry.name] = stream.read(room + 1)
        room -= len(files[entry.name])
        if room < 0:
            raise FilterError(f"{folder} holds more than {MAX_BYTES // 10**6} MB; make its pictures smaller")
    return files


def _read_zip(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_entries(archive, path)
    except (FilterError, OSError):
        raise
    except Exception as error:  # of zipfile, zlib and what else reads it: files made on purpose raise nearly anything
        raise FilterError(f"{path} is not a zip that can be read ({error}); zip the folder again") from error


def _read_entries(archive: zipfile.ZipFile, path: Path) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_FILES:
        raise FilterError(f"{path} holds {len(entries)} files; a pack has at most {MAX_FILES}, remove some")
    files: dict[str, bytes] = {}
    room = MAX_BYTES
    tops = set()
    for entry in entries:
        parts = entry.filename.split("/")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # Only these two are unpacked a piece at a time, however much comes out.
            raise FilterError(f"{path}: {entry.filename!r} is packed in a way that is not read; zip it as usual")
        if any(part in ("", ".", "..") or "\\" in part or ":" in part for part in parts):
            raise FilterError(f"{path}: {entry.filename!r} leads out of the pack; zip the folder itself")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise FilterError(f"{path}: {entry.filename!r} is a link; put the file itself into the pack")
        if len(parts) > 2 or parts[-1] in files:
            raise FilterError(f"{path}: {entry.filename!r} lies too deep or twice; zip one folder without sub-folders")
        tops.add(parts[0] if len(parts) == 2 else "")
        # The size in the header may lie, so no more than the room left is ever unpacked.
        with archive.open(entry) as stream:
            files[parts[-1]] = stream.read(room + 1)
        room -= len(files[parts[-1]])
        if room < 0:
            raise FilterError(f"{path} unpacks to more than {MAX_BYTES // 10**6} MB; make its pictures smaller")
    if len(tops) > 1:
        raise FilterError(f"{path} holds several folders ({', '.join(sorted(tops))}); zip one pack alone")
    return files
