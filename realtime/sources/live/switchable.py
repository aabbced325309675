"""A camera that can be exchanged for another one while the program runs."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from realtime.control.state import DeviceEntry, DeviceMenu
from realtime.errors import RealtimeError, SourceError
from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo
from realtime.sources.live.camera_list import CameraListing

DEMO: Final = "demo"
"""Key of the demo, the last entry of the menu."""


class SwitchableSource(Source):
    """The frames of one source until another is chosen, then that one's; numbers and times go on, as one source's.

    Another source is opened in a thread of its own, while the frames of the present one go on. Where it cannot be
    opened, they stay.

    Args:
        first: the source at the start; closed with this.
        chosen: its key in the menu, if it is there.
        opener: opens the camera with an index, or the demo for None; raises `SourceError`.
        lister: finds the cameras; called in a thread of its own.
        report: shows the user a line; called in the thread that takes the frames.
        switched: called there with the new source, before its first frame.
    """

    def __init__(
        self,
        first: Source,
        chosen: str | None,
        opener: Callable[[int | None], Source],
        lister: Callable[[], Sequence[CameraListing]],
        report: Callable[[str], None],
        switched: Callable[[Source], None] = lambda source: None,
    ) -> None:
        self._source = first
        self._opener = opener
        self._lister = lister
        self._report = report
        self._switched = switched
        self._lock = threading.Lock()
        self._closed = False
        self._next: tuple[Source, str] | None = None
        self._failure = ""
        self.changed_to: str | None = None
        """Key of the source that replaced the first; None while that plays."""
        self._chosen = chosen
        self._entries: tuple[DeviceEntry, ...] = ()
        self._opening: threading.Thread | None = None
        self._listing: threading.Thread | None = None

    @property
    def info(self) -> SourceInfo:
        return self._source.info

    @property
    def status(self) -> str:
        """What is wrong with the present source; empty while all is well."""
        return self._source.status

    @property
    def menu(self) -> DeviceMenu:
        """The cameras found last, and the one in use."""
        busy = self._opening is not None and self._opening.is_alive()
        return DeviceMenu(self._entries, self._chosen, self.info.name, busy)

    def refresh(self) -> None:
        """Look for cameras; the menu has them a moment later."""
        if self._listing is None or not self._listing.is_alive():
            self._listing = threading.Thread(target=self._list, name="camera list")
            self._listing.start()

    def choose(self, key: str) -> None:
        """Go over to the camera with that key as soon as it is open."""
        busy = self._opening is not None and self._opening.is_alive()
        if busy or key == self._chosen or key not in {entry.key for entry in self._entries}:
            return
        self._opening = threading.Thread(target=self._open, args=(key,), name="camera opener")
        self._opening.start()

    def frames(self) -> Iterator[Frame]:
        count, time_s, yielded_s = 0, 0.0, time.perf_counter()
        origin_s: float | None = None
        while not self._closed:
            shift: tuple[int, float] | None = None
            for frame in self._source.frames():
                if shift is None:
                    now_s = time_s + time.perf_counter() - yielded_s if count else frame.time_s
                    if frame.captured_s is not None:
                        # The cameras' own clock goes on from one to the next: recorded sound is laid on it.
                        origin_s = frame.captured_s - now_s if origin_s is None else origin_s
                        now_s = frame.captured_s - origin_s
                    shift = count - frame.index if count else 0, now_s - frame.time_s
                count, yielded_s = frame.index + shift[0] + 1, time.perf_counter()
                time_s = max(time_s, frame.time_s + shift[1])
                yield replace(frame, index=count - 1, time_s=time_s)
                self._tell_failure()
                if self._closed or self._take_next():
                    break
            else:
                if not self._take_next():
                    return

    def close(self) -> None:
        with self._lock:
            self._closed = True
            waiting, self._next = self._next, None
        if waiting:
            waiting[0].close()
        self._source.close()
        for thread in (self._opening, self._listing):
            if thread is not None:
                thread.join()

    def _tell_failure(self) -> None:
        failure, self._failure = self._failure, ""
        if failure:
            self._report(failure)

    def _take_next(self) -> bool:
        """Go over to the source that was opened, if one was."""
        with self._lock:
            waiting, self._next = self._next, None
        if waiting is None:
            return False
        self._source.close()
        self._source, self._chosen = waiting
        self.changed_to = self._chosen
        self._switched(self._source)
        self._report(f"now: {self._source.info.name}")
        return True

    def _open(self, key: str) -> None:
        try:
            source = self._opener(None if key == DEMO else int(key))
        except SourceError as error:
            self._failure = str(error)
            return
        with self._lock:
            if not self._closed:
                self._next = (source, key)
                return
        source.close()

    def _list(self) -> None:
        try:
            found = self._lister()
        except RealtimeError as error:
            self._failure = str(error)
            found = []
        cameras = [DeviceEntry(str(camera.index), camera.name) for camera in found]
        self._entries = (*cameras, DeviceEntry(DEMO, "Demo"))
