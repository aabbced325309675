"""The control panel: takes the user's actions and publishes the program's state, for the window and the page alike."""

import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from realtime.control.actions import Action
from realtime.control.controls import Controls
from realtime.control.state import DeviceMenu, FilterEntry, Message, State
from realtime.frame import Output

COUNTDOWNS_S: Final = (0, 3, 10)
STRENGTH_STEP: Final = 0.1
_MOST_WAITING: Final = 100
"""Actions waiting for the next frame at most; a page that floods the program loses those beyond."""
_KEPT_MESSAGES: Final = 20
_NO_FACE_S: Final = 2.0


class Switchable(Protocol):
    """A camera or microphone that can be exchanged while the program runs. None of it blocks."""

    @property
    def menu(self) -> DeviceMenu: ...

    def refresh(self) -> None: ...

    def choose(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the panel tells of, beside the controls.

    Attributes:
        catalogue: all filters.
        source: the source, for people.
        still: the source is one picture.
        stand_in: what replaces a missing camera; empty otherwise.
        hint: what triggers a filter worn, where its entry does not say.
        camera, microphone: what can be exchanged; None where that is not possible in this run.
        can_record: there is a recorder.
        can_snapshot: pictures can be saved.
        drops: frames missing from recordings so far.
        recent: pictures and recordings saved, newest first.
        clock: seconds that never go back.
        keep_favourites: called with the favourites after each change.
    """

    catalogue: Sequence[FilterEntry] = ()
    source: str = ""
    still: bool = False
    stand_in: Callable[[], str] = lambda: ""
    hint: Callable[[str], str] = lambda name: ""
    camera: Switchable | None = None
    microphone: Switchable | None = None
    can_record: bool = True
    can_snapshot: bool = True
    drops: Callable[[], int] = lambda: 0
    recent: Callable[[], Sequence[Path]] = tuple
    clock: Callable[[], float] = time.monotonic
    keep_favourites: Callable[[Sequence[str]], None] = lambda names: None


class ControlPanel:
    """Performs actions and publishes `state` once a frame; a sink, written before the front ends.

    `act` is for the main thread and takes effect at once; `send` is for any thread and takes effect at the next
    frame. `state` may be read by any thread.

    Args:
        controls: changed by actions. Its `message` is taken over into the state.
        surroundings: what else there is to tell.
        favourites: names of favourite filters.
    """

    name = "controls"

    def __init__(
        self, controls: Controls, surroundings: Surroundings | None = None, favourites: Iterable[str] = ()
    ) -> None:
        self._controls = controls
        self._around = surroundings or Surroundings()
        self._favourites = list(favourites)
        self._sent: queue.Queue[tuple[Action, str]] = queue.Queue(_MOST_WAITING)
        self._added: list[FilterEntry] = []
        self._messages: deque[Message] = deque(maxlen=_KEPT_MESSAGES)
        self._message_count = 0
        self._due_s: float | None = None
        self._snapshot_s: float | None = None
        self._record_start_s: float | None = None
        self._time_s = 0.0
        self._faces = 0
        self._face_s = self._now_s()
        self._shown_s: deque[float] = deque(maxlen=30)
        self._state = self._snapshot()

    @property
    def state(self) -> State:
        """The program as of the newest frame."""
        return self._state

    def send(self, action: Action, value: str = "") -> bool:
        """Ask for an action from any thread; False where too many are waiting already.

        Args:
            action: what to do; local ones open something on the front end's own screen and change nothing here.
            value: a filter's name, a device's key, or a number, for actions that take one.
        """
        try:
            self._sent.put_nowait((action, value))
        except queue.Full:
            return False
        return True

    def act(self, action: Action, value: str = "") -> None:
        """Do it now, in the main thread; see `send`. A value that does not fit becomes a message."""
        controls = self._controls
        if action not in self._available():
            return
        if action is Action.SNAPSHOT:
            self._due_s = None if self._due_s is not None else self._now_s() + controls.countdown_s
            self._count_down()
        elif action is Action.RECORD:
            controls.recording = not controls.recording
        elif action is Action.KEYPOINTS:
            controls.show_keypoints = not controls.keypoints_shown
        elif action is Action.MIRROR:
            controls.mirror = not controls.mirror
        elif action is Action.SOUNDS:
            controls.sounds = not controls.sounds
            controls.message = f"sounds {'on' if controls.sounds else 'off'}"
        elif action is Action.COUNTDOWN:
            later = [seconds for seconds in COUNTDOWNS_S if seconds > controls.countdown_s]
            controls.countdown_s = later[0] if later else COUNTDOWNS_S[0]
            controls.message = f"countdown {f'{controls.countdown_s} s' if controls.countdown_s else 'off'}"
        elif action is Action.QUIT:
            controls.quit = True
        elif action in (Action.WEAKER, Action.STRONGER, Action.STRENGTH):
            self._set_strength(action, value)
        elif action in (Action.CAMERA, Action.CAMERAS) and self._around.camera:
            _switch(self._around.camera, action is Action.CAMERA, value)
        elif action in (Action.MICROPHONE, Action.MICROPHONES) and self._around.microphone:
            _switch(self._around.microphone, action is Action.MICROPHONE, value)
        else:
            self._choose_filter(action, value)
        self._state = self._snapshot()

    def add_filter(self, name: str) -> None:
        """List a filter that was made just now; from any thread."""
        self._added.append(FilterEntry(name))

    def report(self, message: str) -> None:
        """Show the user a line from the next frame on."""
        self._controls.message = message

    def write(self, output: Output) -> None:
        """Do what was sent, then publish the state at this frame."""
        now_s = self._now_s()
        self._shown_s.append(now_s)
        self._time_s = output.annotated.time_s
        self._faces = len(output.faces)
        if self._faces:
            self._face_s = now_s
        while not self._sent.empty():
            self.act(*self._sent.get_nowait())
        self._count_down()
        self._take_message(now_s)
        if not self._controls.recording:
            self._record_start_s = None
        elif self._record_start_s is None:
            self._record_start_s = self._time_s
        self._state = self._snapshot()

    def close(self) -> None:
        """Nothing to close."""

    def _now_s(self) -> float:
        return self._around.clock()

    def _count_down(self) -> None:
        """Ask for the picture when its time has come."""
        if self._due_s is not None and self._now_s() >= self._due_s:
            self._due_s = None
            self._snapshot_s = self._now_s()
            self._controls.snapshot_requested = True

    def _take_message(self, now_s: float) -> None:
        text, self._controls.message = self._controls.message, ""
        if not text:
            return
        if self._messages and self._messages[-1].text == text:
            self._messages.append(Message(self._messages.pop().number, text, now_s))
            return
        self._message_count += 1
        self._messages.append(Message(self._message_count, text, now_s))

    def _set_strength(self, action: Action, value: str) -> None:
        strength = self._controls.strength
        if action is Action.STRENGTH:
            try:
                strength = float(value)
            except ValueError:
                strength = float("nan")
            if not 0 <= strength <= 1:
                self._controls.message = f"strength {value!r} is not a number from 0 to 1"
                return
        else:
            strength += STRENGTH_STEP if action is Action.STRONGER else -STRENGTH_STEP
        self._controls.strength = round(min(max(strength, 0.0), 1.0), 3)

    def _choose_filter(self, action: Action, value: str) -> None:
        controls = self._controls
        names = [entry.name for entry in self._catalogue()]
        if action is Action.NO_FILTER:
            controls.filters = []
        elif action is Action.NEXT_FILTER and names:
            controls.filters = [next_filter(controls.filters, names)]
        elif action is Action.PREVIOUS_FILTER and names:
            controls.filters = [next_filter(controls.filters, names, -1)]
        elif action in (Action.FILTER, Action.FAVOURITE) and value not in names:
            controls.message = f"no filter is called {value!r}"
        elif action is Action.FILTER:
            controls.filters = [] if controls.filters == [value] else [value]
        elif action is Action.FAVOURITE:
            if value in self._favourites:
                self._favourites.remove(value)
            else:
                self._favourites.append(value)
            self._around.keep_favourites(tuple(self._favourites))

    def _catalogue(self) -> tuple[FilterEntry, ...]:
        entries = [*self._around.catalogue, *self._added]
        return tuple(sorted(entries, key=lambda entry: entry.name not in self._favourites))

    def _available(self) -> frozenset[Action]:
        around, missing = self._around, set()
        if not around.can_record:
            missing |= {Action.RECORD}
        if not around.can_snapshot:
            missing |= {Action.SNAPSHOT, Action.COUNTDOWN}
        if around.camera is None:
            missing |= {Action.CAMERAS, Action.CAMERA}
        if around.microphone is None:
            missing |= {Action.MICROPHONES, Action.MICROPHONE}
        if not self._controls.filters:
            missing |= {Action.WEAKER, Action.STRONGER, Action.STRENGTH}
        if not around.catalogue:
            missing |= {Action.FILTERS, Action.FILTER, Action.NEXT_FILTER, Action.PREVIOUS_FILTER, Action.FAVOURITE}
        return frozenset(Action) - missing

    def _hint(self) -> str:
        told = {entry.name: entry.hint for entry in self._around.catalogue}
        hints = (told.get(name) or self._around.hint(name) for name in self._controls.filters)
        return " · ".join(dict.fromkeys(hint for hint in hints if hint))

    def _fps(self) -> float | None:
        span_s = self._shown_s[-1] - self._shown_s[0] if self._shown_s else 0.0
        return (len(self._shown_s) - 1) / span_s if span_s > 0 else None

    def _snapshot(self) -> State:
        controls, around, now_s = self._controls, self._around, self._now_s()
        return State(
            now_s=now_s,
            filters=tuple(controls.filters),
            catalogue=self._catalogue(),
            favourites=frozenset(self._favourites),
            hint=self._hint(),
            strength=controls.strength,
            keypoints=controls.keypoints_shown,
            mirror=controls.mirror,
            recording=controls.recording,
            sounds=controls.sounds,
            recording_s=None if self._record_start_s is None else self._time_s - self._record_start_s,
            countdown_s=controls.countdown_s,
            counting_s=None if self._due_s is None else max(self._due_s - now_s, 0.0),
            snapshot_s=self._snapshot_s,
            source=around.camera.menu.name if around.camera else around.source,
            still=around.still,
            stand_in=around.stand_in(),
            cameras=around.camera.menu if around.camera else DeviceMenu(),
            microphones=around.microphone.menu if around.microphone else DeviceMenu(),
            faces=self._faces,
            no_face=now_s - self._face_s >= _NO_FACE_S,
            fps=self._fps(),
            drops=around.drops(),
            messages=tuple(self._messages),
            recent=tuple(around.recent()),
            available=self._available(),
        )


def next_filter(current: Sequence[str], names: Sequence[str], step: int = 1) -> str:
    """The filter `step` after the last one worn, round and round; the first (or last) where none is."""
    if not current or current[-1] not in names:
        return names[0 if step > 0 else -1]
    return names[(names.index(current[-1]) + step) % len(names)]


def _switch(device: Switchable, choose: bool, value: str) -> None:
    if choose:
        device.choose(value)
    else:
        device.refresh()
