"""What a front end shows: one immutable picture of the program's state, the same for the window and the page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from realtime.control.actions import Action

Category = Literal["glasses", "hats", "animals", "beauty", "face paint", "fun", "colours", "privacy"]
CATEGORIES: Final[tuple[str, ...]] = get_args(Category)
"""What filters are sorted by, in the order of lists."""


def category_rank(category: str) -> int:
    """Its place in the order; one that is not known comes last."""
    return CATEGORIES.index(category) if category in CATEGORIES else len(CATEGORIES)


@dataclass(frozen=True, slots=True)
class FilterEntry:
    """A filter in the list to choose from.

    Attributes:
        name: its `--filter` name.
        title: for people: `Heart eyes`.
        category: heading it belongs under; empty for none.
        hint: what triggers it: `open your mouth`; empty where nothing does.
    """

    name: str
    title: str = ""
    category: str = ""
    hint: str = ""

    @property
    def label(self) -> str:
        """The title, or one made of the name."""
        return self.title or self.name.replace("-", " ").replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A camera or microphone to choose.

    Attributes:
        key: what chooses it: the value of `Action.CAMERA` or `Action.MICROPHONE`.
        name: for people.
    """

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class DeviceMenu:
    """The cameras or the microphones.

    Attributes:
        entries: those to choose from, as far as they are known.
        chosen: key of the one in use; None where it is none of them.
        name: the one in use, for people; empty for none.
        busy: another one is being opened.
    """

    entries: tuple[DeviceEntry, ...] = ()
    chosen: str | None = None
    name: str = ""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A line for the user.

    Attributes:
        number: counts the run's messages from 1; a line repeated at once keeps its number.
        text: the line.
        time_s: on the panel's clock, when it came or was repeated last.
    """

    number: int
    text: str
    time_s: float


@dataclass(frozen=True, slots=True)
class State:
    """The program at one frame. Replaced as a whole, so that any thread may read it.

    Attributes:
        now_s: the panel's clock.
        filters: names of the filters worn.
        catalogue: all filters, favourites first.
        favourites: names of favourite filters.
        hint: what triggers the filters worn: `Open your mouth`; empty where nothing does.
        strength: how strongly filters show, 0 to 1.
        keypoints, mirror, recording, sounds: what is on.
        recording_s: length of the recording so far; None while not recording.
        countdown_s: seconds before pictures are taken; 0 takes them at once.
        counting_s: seconds left until the picture; None while none is counted down to.
        snapshot_s: when a picture was taken last, on the panel's clock; None before the first.
        source: the source, for people.
        still: it is one picture, so that nothing moves but what is drawn on it.
        stand_in: says what replaces a missing camera: `No camera found: demo`; empty otherwise.
        cameras, microphones: what can be chosen.
        faces: how many were found in the frame.
        no_face: none was found for two seconds.
        fps: frames per second over the last second or so; None until it is known.
        drops: frames missing from recordings.
        messages: the newest ones, oldest first.
        recent: pictures and recordings saved, newest first.
        available: actions that do something now; others are shown greyed out.
    """

    now_s: float = 0.0
    filters: tuple[str, ...] = ()
    catalogue: tuple[FilterEntry, ...] = ()
    favourites: frozenset[str] = frozenset()
    hint: str = ""
    strength: float = 1.0
    keypoints: bool = False
    mirror: bool = False
    recording: bool = False
    sounds: bool = True
    recording_s: float | None = None
    countdown_s: int = 0
    counting_s: float | None = None
    snapshot_s: float | None = None
    source: str = ""
    still: bool = False
    stand_in: str = ""
    cameras: DeviceMenu = DeviceMenu()
    microphones: DeviceMenu = DeviceMenu()
    faces: int = 0
    no_face: bool = False
    fps: float | None = None
    drops: int = 0
    messages: tuple[Message, ...] = ()
    recent: tuple[Path, ...] = ()
    available: frozenset[Action] = frozenset(Action)
