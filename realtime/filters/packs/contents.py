"""What a manifest's keys name, read from the pack: pictures, tables and models, each once."""

from dataclasses import dataclass, field

from realtime.drawing.sticker import Sticker
from realtime.errors import FilterError
from realtime.filters.lut import CubeError, Lut, read_cube
from realtime.filters.packs.pack import MAX_PACK_PX, Pack
from realtime.filters.solids.body import Body
from realtime.filters.solids.glb import read_glb


@dataclass(slots=True)
class Contents:
    """Reads a pack's files as they are asked for; every method raises `FilterError` where one cannot be used."""

    pack: Pack
    _stickers: dict[str, Sticker] = field(default_factory=dict)
    _pixels: int = 0

    def sticker(self, name: str) -> Sticker:
        """A picture."""
        if name not in self._stickers:
            frames = self.pack.picture_frames(name, room_px=MAX_PACK_PX - self._pixels)
            self._pixels += sum(bgra.shape[0] * bgra.shape[1] for bgra, _ in frames)
            self._stickers[name] = Sticker.from_frames(frames)
        return self._stickers[name]

    def lut(self, name: str) -> Lut:
        """A table of colours."""
        data = self.pack.file(name, "table", (".cube",))
        try:
            return read_cube(data)
        except CubeError as error:
            raise FilterError(f"{self.pack.path.name}/{name}: {error}") from error

    def body(self, name: str) -> Body:
        """A solid body."""
        data = self.pack.file(name, "model", (".glb",))
        try:
            return read_glb(data)
        except ValueError as error:
            raise FilterError(f"{self.pack.path.name}/{name} {error}") from error
