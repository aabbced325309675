"""A microphone that can be exchanged for another one, or switched off, while the program runs and records."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from realtime.audio.base import Listener, SoundChunk
from realtime.audio.portaudio import MicrophoneListing
from realtime.control.state import DeviceEntry, DeviceMenu
from realtime.errors import RealtimeError

OFF: Final = ""
"""Key of no microphone, the first entry of the menu."""


class OpenMicrophone(Protocol):
    """A microphone that hears already."""

    name: str

    @property
    def status(self) -> str: ...

    def listen(self, since_s: float) -> Listener: ...

    def close(self) -> None: ...


class SwitchableMicrophone:
    """Hears the microphone that is chosen; a recording goes on across the change.

    Another microphone is opened in a thread of its own. Where it cannot be opened, the present one stays.

    Args:
        first: the microphone at the start; None for none. Closed with this.
        opener: opens the microphone with a number; raises `RealtimeError`.
        lister: finds the microphones; called in a thread of its own, raises `RealtimeError`.
        report: shows the user a line; may be called in any thread.
    """

    def __init__(
        self,
        first: OpenMicrophone | None,
        opener: Callable[[str], OpenMicrophone],
        lister: Callable[[], Sequence[MicrophoneListing]],
        report: Callable[[str], None],
    ) -> None:
        self._microphone = first
        self._opener = opener
        self._lister = lister
        self._report = report
        self._lock = threading.Lock()
        self._closed = False
        self._chosen: str | None = None if first else OFF
        self._entries: tuple[DeviceEntry, ...] = (DeviceEntry(OFF, "No microphone"),)
        self._ears: list[SwitchableEar] = []
        self._opening: threading.Thread | None = None
        self._listing: threading.Thread | None = None

    @property
    def menu(self) -> DeviceMenu:
        """The microphones found last, and the one in use."""
        busy = self._opening is not None and self._opening.is_alive()
        microphone = self._microphone
        return DeviceMenu(self._entries, self._chosen, microphone.name if microphone else "", busy)

    @property
    def status(self) -> str:
        """What is wrong with the microphone; empty while sound comes, or none is wanted."""
        microphone = self._microphone
        return microphone.status if microphone else ""

    def refresh(self) -> None:
        """Look for microphones; the menu has them a moment later."""
        if self._listing is None or not self._listing.is_alive():
            self._listing = threading.Thread(target=self._list, name="microphone list")
            self._listing.start()

    def choose(self, key: str) -> None:
        """Hear the microphone with that key as soon as it is open, or none."""
        busy = self._opening is not None and self._opening.is_alive()
        if busy or key == self._chosen or key not in {entry.key for entry in self._entries}:
            return
        if key == OFF:
            self._change(None, OFF)
            self._report("no microphone: recordings are silent")
            return
        self._opening = threading.Thread(target=self._open, args=(key,), name="microphone opener")
        self._opening.start()

    def listen(self, since_s: float) -> "Listener | None":
        """Hear what comes, whichever microphone is chosen; None where none is."""
        with self._lock:
            if self._microphone is None:
                return None
            ear = SwitchableEar(self._microphone.listen(since_s), self._forget)
            self._ears.append(ear)
            return ear

    def close(self) -> None:
        """Close the microphone, and wait for what is being opened."""
        self._closed = True
        for thread in (self._opening, self._listing):
            if thread is not None:
                thread.join()
        self._change(None, OFF)

    def _forget(self, ear: "SwitchableEar") -> None:
        with self._lock:
            if ear in self._ears:
                self._ears.remove(ear)

    def _change(self, microphone: OpenMicrophone | None, key: str) -> None:
        with self._lock:
            before, self._microphone, self._chosen = self._microphone, microphone, key
            for ear in self._ears:
                ear.change(microphone.listen(time.perf_counter()) if microphone else None)
        if before is not None:
            before.close()

    def _open(self, key: str) -> None:
        try:
            microphone = self._opener(key)
        except RealtimeError as error:
            self._report(str(error))
            return
        if self._closed:
            microphone.close()
            return
        silent = bool(self._microphone is None)
        self._change(microphone, key)
        self._report(f"sound: {microphone.name}" + (", from the next recording on" if silent else ""))

    def _list(self) -> None:
        try:
            found = self._lister()
        except RealtimeError as error:
            self._report(str(error))
            found = []
        off = DeviceEntry(OFF, "No microphone")
        self._entries = (off, *(DeviceEntry(str(each.index), each.name) for each in found))
        if self._chosen is None and self._microphone is not None:
            names = {entry.name: entry.key for entry in self._entries}
            heard = (key for name, key in names.items() if repr(name) in self._microphone.name)
            self._chosen = next(heard, None)


class SwitchableEar:
    """What one recording hears; see `Listener`.

    Args:
        inner: what it hears at first; closed with this.
        forget: called with it when it is closed.
    """

    def __init__(self, inner: Listener, forget: Callable[["SwitchableEar"], None]) -> None:
        self._inner: Listener | None = inner
        self._forget = forget
        self._left: list[SoundChunk] = []
        self._lock = threading.Lock()
        self._changed = threading.Event()

    def change(self, inner: Listener | None) -> None:
        """Hear another one from now on; nothing that was heard is lost."""
        with self._lock:
            before, self._inner = self._inner, inner
            if before is not None:
                self._left += before.take()
                before.close()
        self._changed.set()

    def take(self, timeout_s: float = 0.0) -> list[SoundChunk]:
        """The chunks that came since the last call, waiting for the first of them where none is there yet."""
        with self._lock:
            inner, left, self._left = self._inner, self._left, []
        if left or inner is None:
            if not left and timeout_s > 0:
                self._changed.clear()
                self._changed.wait(timeout_s)
            return left
        return inner.take(timeout_s)

    def close(self) -> None:
        """Hear no more."""
        with self._lock:
            inner, self._inner = self._inner, None
        if inner is not None:
            inner.close()
        self._forget(self)
