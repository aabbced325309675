"""One browser that watches: how large and how fine its pictures are, by how fast they get there."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiohttp import web

LEVELS: Final = ((1.0, 85), (1.0, 70), (0.75, 70), (0.6, 60), (0.5, 50), (0.35, 40))
"""Share of the width, and JPEG quality, from the best connection to the worst."""
MOST_ON_THE_WAY: Final = 2
"""Pictures sent and not drawn yet: one is drawn while the next one travels."""
_SLOW_S: Final = 0.15
_FAST_S: Final = 0.06
_PATIENCE: Final = 3
_TRUST: Final = 60
_LOST_S: Final = 4.0
"""A picture that was not drawn by then is given up: the page was out of sight."""
_NARROWEST_PX: Final = 160


@dataclass(slots=True)
class Viewer:
    """A browser at the page.

    Attributes:
        socket: where it listens.
        key: names it in requests that steer.
        wake: set when there may be something to send.
        width_px: how wide its pictures are shown.
        points: it wants the faces as numbers too.
        hidden: it is out of sight.
        level: index into `LEVELS`.
    """

    socket: "web.WebSocketResponse"
    key: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    width_px: int = 1280
    points: bool = False
    hidden: bool = False
    level: int = 1
    _on_the_way: dict[int, float] = field(default_factory=dict)
    _slow: int = 0
    _fast: int = 0

    def wants_picture(self, now_s: float | None = None) -> bool:
        """Whether another picture may be sent."""
        now_s = time.monotonic() if now_s is None else now_s
        for serial in [serial for serial, sent_s in self._on_the_way.items() if now_s - sent_s > _LOST_S]:
            del self._on_the_way[serial]
        return not self.hidden and len(self._on_the_way) < MOST_ON_THE_WAY

    def size(self, frame_width: int) -> tuple[int, int]:
        """(width, JPEG quality) of the next picture."""
        share, quality = LEVELS[self.level]
        width = min(frame_width, max(self.width_px, _NARROWEST_PX))
        return max(_NARROWEST_PX, round(share * width)), quality

    def sent(self, serial: int, now_s: float | None = None) -> None:
        """A picture has left."""
        self._on_the_way[serial] = time.monotonic() if now_s is None else now_s

    def drawn(self, serial: int, now_s: float | None = None) -> None:
        """The browser has drawn a picture: three late ones in a row are made coarser, many quick ones finer."""
        sent_s = self._on_the_way.pop(serial, None)
        if sent_s is None:
            return
        took_s = (time.monotonic() if now_s is None else now_s) - sent_s
        self._slow = self._slow + 1 if took_s > _SLOW_S else 0
        self._fast = self._fast + 1 if took_s < _FAST_S else 0
        if self._slow >= _PATIENCE and self.level < len(LEVELS) - 1:
            self.level, self._slow, self._fast = self.level + 1, 0, 0
        elif self._fast >= _TRUST and self.level > 0:
            self.level, self._slow, self._fast = self.level - 1, 0, 0
