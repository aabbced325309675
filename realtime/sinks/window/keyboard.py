"""Keys: what OpenCV's codes mean on each system, and what each key does."""

from realtime.control.actions import ACTIONS, Action, action_of_key, info_of
from realtime.control.panel import ControlPanel

HELP = (
    *((info.key_text, info.description) for info in ACTIONS if info.key),
    ("1 … 9", "filter by number"),
)
"""Key and meaning, as the help card lists them."""

# waitKeyEx gives X11 key symbols on Linux, virtual key codes shifted by 16 on Windows, function keys in Unicode's
# private range on macOS.
_X11 = {0xFF51: "left", 0xFF52: "up", 0xFF53: "right", 0xFF54: "down", 0xFFC8: "f11", 0xFF0D: "enter", 0xFF8D: "enter"}
_X11 |= {0xFF08: "backspace", 0xFF09: "tab", 0xFE20: "tab", 0xFF1B: "escape", 0xFF55: "page up", 0xFF56: "page down"}
_X11 |= {0xFFB0 + digit: str(digit) for digit in range(10)}
_WINDOWS = {
    0x210000: "page up",
    0x220000: "page down",
    0x250000: "left",
    0x260000: "up",
    0x270000: "right",
    0x280000: "down",
    0x7A0000: "f11",
}
_MACOS = {
    0xF72C: "page up",
    0xF72D: "page down",
    0xF700: "up",
    0xF701: "down",
    0xF702: "left",
    0xF703: "right",
    0xF70E: "f11",
}
_ASCII = {8: "backspace", 127: "backspace", 9: "tab", 10: "enter", 13: "enter", 27: "escape", 32: "space"}


def key_name(code: int) -> str:
    """The key of a `cv2.waitKeyEx` code: a character, or `left`, `space`, `f11`, ...; empty for keys of no use here.

    Letters are lower-case but for `F`: capitals lock shall not stop the keys. (Qt does not tell `F` from `f`.)
    """
    if code in _WINDOWS:
        return _WINDOWS[code]
    symbol = code & 0xFFFF  # GTK adds Shift, Num Lock and such above
    if symbol in _X11 or symbol in _MACOS:
        return _X11.get(symbol) or _MACOS[symbol]
    if symbol in _ASCII:
        return _ASCII[symbol]
    character = chr(symbol) if 33 <= symbol < 127 else ""
    return character if character == "F" else character.lower()


def press(key: str, panel: ControlPanel) -> bool:
    """Do what `key` does; False where it does nothing, or something that the window itself has to do."""
    if len(key) == 1 and key in "123456789":
        catalogue = panel.state.catalogue
        if int(key) > len(catalogue):
            return False
        name = catalogue[int(key) - 1].name
        if panel.state.filters != (name,):
            panel.act(Action.FILTER, name)
        return True
    action = action_of_key(key)
    if action is None or action not in panel.state.available:
        return False
    panel.act(action)
    return not info_of(action).local
