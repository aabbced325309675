"""What the page and the program say to each other, as JSON."""

import json
from dataclasses import dataclass
from typing import Any, Final

from realtime.control.actions import Action, info_of
from realtime.control.state import DeviceMenu, State
from realtime.errors import ConfigError

_SHOWN_MESSAGES: Final = 3
_LONGEST_VALUE: Final = 200


@dataclass(frozen=True, slots=True)
class Said:
    """One message from the page.

    Attributes:
        action, value: what is to be done; None for nothing.
        steer: this browser takes over.
        shown: serial of the picture that has been drawn; None for none.
        width_px: how wide pictures are shown, device pixels; None where that has not changed.
        points: whether the faces are wanted as numbers; None where that has not changed.
        hidden: whether the page is out of sight, so that pictures are not needed; None where that has not changed.
    """

    action: Action | None = None
    value: str = ""
    steer: bool = False
    shown: int | None = None
    width_px: int | None = None
    points: bool | None = None
    hidden: bool | None = None


def read_message(text: str) -> Said:
    """What a page sent.

    Raises:
        ConfigError: it is not what the page sends.
    """
    try:
        data = json.loads(text)
        action = Action(data["do"]) if "do" in data else None
        value = data.get("value", "")
        numbers = {name: data.get(name) for name in ("shown", "width")}
        flags = {name: data.get(name) for name in ("steer", "points", "hidden")}
        fits = (
            isinstance(value, str)
            and len(value) <= _LONGEST_VALUE
            and all(number is None or (type(number) is int and 0 <= number < 2**53) for number in numbers.values())
            and all(flag is None or type(flag) is bool for flag in flags.values())
            and (action is None or not info_of(action).local)
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigError("that is not what the page sends; load it again") from error
    if not fits:
        raise ConfigError("that is not what the page sends; load it again")
    return Said(
        action, value, bool(flags["steer"]), numbers["shown"], numbers["width"], flags["points"], flags["hidden"]
    )


def state_message(state: State, *, steers: bool, viewers: int) -> dict[str, Any]:
    """The program's state for one browser.

    Args:
        state: as published.
        steers: this browser steers the program.
        viewers: how many browsers are connected.
    """
    return {
        "type": "state",
        "steers": steers,
        "viewers": viewers,
        "filters": state.filters,
        "hint": state.hint,
        "strength": state.strength,
        "keypoints": state.keypoints,
        "mirror": state.mirror,
        "recording": None if not state.recording else round(state.recording_s or 0.0, 1),
        "countdown": state.countdown_s,
        "counting": None if state.counting_s is None else round(state.counting_s, 1),
        "snapshot": state.snapshot_s,
        "source": state.source,
        "stand_in": state.stand_in,
        "cameras": _menu(state.cameras),
        "microphones": _menu(state.microphones),
        "faces": state.faces,
        "no_face": state.no_face,
        "fps": None if state.fps is None else round(state.fps, 1),
        "drops": state.drops,
        "messages": [{"number": each.number, "text": each.text} for each in state.messages[-_SHOWN_MESSAGES:]],
        "files": len(state.recent),
        "available": sorted(state.available),
    }


def catalogue_message(state: State) -> dict[str, Any]:
    """All filters, favourites first."""
    entries = [
        {
            "name": entry.name,
            "label": entry.label,
            "category": entry.category,
            "hint": entry.hint,
            "favourite": entry.name in state.favourites,
        }
        for entry in state.catalogue
    ]
    return {"type": "catalogue", "filters": entries}


def _menu(menu: DeviceMenu) -> dict[str, Any]:
    entries = [{"key": entry.key, "name": entry.name} for entry in menu.entries]
    return {"entries": entries, "chosen": menu.chosen, "name": menu.name, "busy": menu.busy}
