"""Keys: what OpenCV's codes mean on each system, and what each key does."""

from collections.abc import Sequence

from realtime.controls import Controls

HELP = (
    ("Space", "take a picture"),
    ("r", "record, and stop"),
    ("f", "next filter"),
    ("Tab", "all filters; then ← →, click"),
    ("1 … 9", "filter by number"),
    ("0", "no filter"),
    ("k", "keypoints"),
    ("m", "mirror"),
    ("i", "frames a second"),
    ("F11", "full screen"),
    ("h", "this card"),
    ("q", "quit"),
)
"""Key and meaning, as the help card lists them."""

# waitKeyEx gives X11 key symbols on Linux, virtual key codes shifted by 16 on Windows, function keys in Unicode's
# private range on macOS.
_X11 = {0xFF51: "left", 0xFF52: "up", 0xFF53: "right", 0xFF54: "down", 0xFFC8: "f11", 0xFF0D: "enter", 0xFF8D: "enter"}
_X11 |= {0xFFB0 + digit: str(digit) for digit in range(10)}
_WINDOWS = {0x250000: "left", 0x260000: "up", 0x270000: "right", 0x280000: "down", 0x7A0000: "f11"}
_MACOS = {0xF700: "up", 0xF701: "down", 0xF702: "left", 0xF703: "right", 0xF70E: "f11"}
_ASCII = {9: "tab", 10: "enter", 13: "enter", 27: "escape", 32: "space"}


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


def press(key: str, controls: Controls, filter_names: Sequence[str]) -> bool:
    """Do what `key` does to the controls; False where it is none of their keys."""
    if key == "q":
        controls.quit = True
    elif key == "space":
        controls.snapshot_requested = True
    elif key == "r":
        controls.recording = not controls.recording
    elif key == "k":
        controls.show_keypoints = not controls.show_keypoints
    elif key == "m":
        controls.mirror = not controls.mirror
    elif key == "h":
        controls.show_help = not controls.show_help
    elif key == "f" and filter_names:
        controls.filters = [next_filter(controls.filters, filter_names)]
    elif key == "0":
        controls.filters = []
    elif len(key) == 1 and key.isdecimal() and int(key) <= len(filter_names):
        controls.filters = [filter_names[int(key) - 1]]
    else:
        return False
    return True


def next_filter(current: Sequence[str], filter_names: Sequence[str], step: int = 1) -> str:
    """The filter `step` after the last one in force, round and round; the first (or last) where none is."""
    if not current or current[-1] not in filter_names:
        return filter_names[0 if step > 0 else -1]
    return filter_names[(filter_names.index(current[-1]) + step) % len(filter_names)]
