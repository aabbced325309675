"""What the user can do while the program runs: one list for the keyboard, the mouse bar and the page."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """One thing the user can do. Actions that take a value say so in their `ActionInfo`."""

    SNAPSHOT = "snapshot"
    RECORD = "record"
    FILTERS = "filters"
    NEXT_FILTER = "next-filter"
    PREVIOUS_FILTER = "previous-filter"
    FILTER = "filter"
    NO_FILTER = "no-filter"
    FAVOURITE = "favourite"
    WEAKER = "weaker"
    STRONGER = "stronger"
    STRENGTH = "strength"
    CAMERAS = "cameras"
    CAMERA = "camera"
    MICROPHONES = "microphones"
    MICROPHONE = "microphone"
    KEYPOINTS = "keypoints"
    MIRROR = "mirror"
    COUNTDOWN = "countdown"
    SOUNDS = "sounds"
    RECENT = "recent"
    STATISTICS = "statistics"
    FULL_SCREEN = "full-screen"
    HELP = "help"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """How an action is presented.

    Attributes:
        action: what it does.
        label: one or two words, for buttons and menus.
        description: a few words, for help and tooltips.
        key: the key that does it, as `keyboard.key_name` names it; empty for none.
        key_label: how the key is written for people; the key itself where left empty.
        value: what has to be given with it, in one word: `name`, `number`, `device`; empty for nothing.
        local: it opens or closes something on the user's own screen, so each front end does it itself.
    """

    action: Action
    label: str
    description: str
    key: str = ""
    key_label: str = ""
    value: str = ""
    local: bool = False

    @property
    def key_text(self) -> str:
        """The key as people write it; empty for none."""
        return self.key_label or self.key


ACTIONS: Final[tuple[ActionInfo, ...]] = (
    ActionInfo(Action.SNAPSHOT, "Picture", "take a picture", "space", "Space"),
    ActionInfo(Action.RECORD, "Record", "start or stop recording", "r"),
    ActionInfo(Action.NEXT_FILTER, "Next filter", "next filter", "f"),
    ActionInfo(Action.PREVIOUS_FILTER, "Previous filter", "previous filter", "d"),
    ActionInfo(Action.FILTERS, "Filters", "show all filters", "tab", "Tab", local=True),
    ActionInfo(Action.FILTER, "Filter", "wear this filter, or take it off", value="name"),
    ActionInfo(Action.NO_FILTER, "No filter", "take every filter off", "0"),
    ActionInfo(Action.FAVOURITE, "Favourite", "list this filter first, or no longer", value="name"),
    ActionInfo(Action.WEAKER, "Weaker", "weaker filter", "[", "["),
    ActionInfo(Action.STRONGER, "Stronger", "stronger filter", "]", "]"),
    ActionInfo(Action.STRENGTH, "Strength", "how strongly the filter shows", value="number"),
    ActionInfo(Action.KEYPOINTS, "Keypoints", "show or hide the 68 points", "k"),
    ActionInfo(Action.MIRROR, "Mirror", "mirror the preview", "m"),
    ActionInfo(Action.CAMERAS, "Camera", "choose a camera", "c", local=True),
    ActionInfo(Action.CAMERA, "Camera", "switch to this camera", value="device"),
    ActionInfo(Action.MICROPHONES, "Microphone", "choose a microphone", "a", local=True),
    ActionInfo(Action.MICROPHONE, "Microphone", "switch to this microphone", value="device"),
    ActionInfo(Action.COUNTDOWN, "Countdown", "count down before pictures: off, 3 s, 10 s", "t"),
    ActionInfo(Action.SOUNDS, "Sounds", "sounds on or off", "s"),
    ActionInfo(Action.RECENT, "Recent", "recent pictures and recordings", "g", local=True),
    ActionInfo(Action.STATISTICS, "Statistics", "frames per second", "i", local=True),
    ActionInfo(Action.FULL_SCREEN, "Full screen", "full screen", "f11", "F11", local=True),
    ActionInfo(Action.HELP, "Help", "show the keys", "h", local=True),
    ActionInfo(Action.QUIT, "Quit", "quit", "q"),
)
"""In the order in which help lists them."""

_BY_ACTION: Final = {info.action: info for info in ACTIONS}
_BY_KEY: Final = {info.key: info.action for info in ACTIONS if info.key}


def info_of(action: Action) -> ActionInfo:
    """How the action is presented."""
    return _BY_ACTION[action]


def action_of_key(key: str) -> Action | None:
    """The action that a key does, as `keyboard.key_name` names keys; None for keys without one."""
    return _BY_KEY.get(key)
