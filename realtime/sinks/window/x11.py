"""What OpenCV's window lacks on X11: the mouse with its wheel, a name and icon, the screen's free area.

Qt zooms into the picture at each turn of the wheel, and OpenCV can neither disable nor undo that. So an invisible
window of our own lies over Qt's and receives the mouse in its place; Qt never sees the wheel. Keys go to Qt's window,
and are read here as well: of several that are pressed within one frame, OpenCV reports only the last.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any, Final, NamedTuple

from model.arrays import Image
from realtime.sinks.window.keyboard import key_name
from realtime.sinks.window.pointer import Pointer, PointerKind

_COVER_PX: Final = 16384
"""The cover is larger than any window; what reaches beyond its parent is cut off, so it never needs resizing."""
_BUTTONS: Final[dict[int, PointerKind]] = {1: "press", 4: "up", 5: "down", 6: "left", 7: "right"}
_SHIFT, _SHORTCUTS = 1, 4 | 8 | 64
"""Bits of a key's state; with Control, Alt or Super it belongs to the desktop."""
_FIRST_FOREIGN, _FIRST_SPECIAL = 0x100, 0xFE00
"""Between these lie the symbols of other scripts."""
_LOOKED_AT: Final = ((0.1, 0.3), (0.3, 0.6), (0.5, 0.4), (0.7, 0.7), (0.9, 0.3))
_UNLIKE: Final = 12
_DEFAULT_DPI: Final = 96.0


class Area(NamedTuple):
    """A rectangle of the screen, pixels."""

    x: int
    y: int
    width: int
    height: int


class X11:
    """A connection to the X server beside Qt's. Used by the main thread.

    Raises:
        OSError: python-xlib is not installed, or the server does not answer.
    """

    def __init__(self) -> None:
        try:
            from Xlib import display, error
            from Xlib.ext import xinput
        except ImportError as problem:
            raise OSError("python-xlib is not installed") from problem
        try:
            self._display = display.Display()
            self._display.xinput_query_version()
            self._opcode = self._display.query_extension("XInputExtension").major_opcode
        except (error.DisplayError, error.ConnectionClosedError, error.XauthError, AttributeError) as problem:
            raise OSError(f"the X server does not answer: {problem}") from problem
        self._xinput: ModuleType = xinput
        self._root = self._display.screen().root
        self._window: Any = None
        self._cover: Any = None

    def free_area(self) -> Area:
        """The part of the main monitor that no panel covers."""
        screen = self._display.screen()
        area = Area(0, 0, screen.width_in_pixels, screen.height_in_pixels)
        if monitor := self._main_monitor():
            area = _common(area, monitor) or area
        work = self._property(self._root, "_NET_WORKAREA")
        if work is not None and len(work) >= 4:
            area = _common(area, Area(*work[:4])) or area
        return area

    def scale(self) -> float:
        """How much larger than usual the user wants things drawn: 1 at 96 dots per inch, 2 on most HiDPI screens."""
        text = self._property(self._root, "RESOURCE_MANAGER", text=True) or ""
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "Xft.dpi":
                try:
                    return min(max(float(value) / _DEFAULT_DPI, 0.5), 4.0)
                except ValueError:
                    return 1.0
        return 1.0

    def adopt(self, title: str) -> bool:
        """Find this process's window called `title` and lay the cover over it; False where it is not found."""
        self._window = self._find(title)
        if self._window is None:
            return False
        from Xlib import X

        self._cover = self._window.create_window(
            0, 0, _COVER_PX, _COVER_PX, 0, X.CopyFromParent, X.InputOnly, X.CopyFromParent
        )
        masks = ("ButtonPressMask", "ButtonReleaseMask", "MotionMask", "LeaveMask")
        mask = sum(getattr(self._xinput, name) for name in masks)
        self._cover.xinput_select_events([(self._xinput.AllMasterDevices, mask)])
        self._cover.map()
        self._window.change_attributes(event_mask=X.KeyPressMask)
        self._display.sync()
        return True

    def name(self, window_class: str, icon_bgra: Image) -> None:
        """Give the window its WM_CLASS and its icon, (H, W, 4) uint8 with straight alpha."""
        from Xlib import Xatom

        self._window.set_wm_class(window_class, window_class.capitalize())
        height, width = icon_bgra.shape[:2]
        words = icon_bgra.astype("<u4")
        argb = words[..., 3] << 24 | words[..., 2] << 16 | words[..., 1] << 8 | words[..., 0]
        values = [width, height, *argb.ravel().tolist()]
        self._window.change_property(self._display.intern_atom("_NET_WM_ICON"), Xatom.CARDINAL, 32, values)
        self._display.flush()

    def place(self, area: Area) -> None:
        """Move and resize the window; the window manager may have it otherwise."""
        self._window.configure(x=area.x, y=area.y, width=max(area.width, 1), height=max(area.height, 1))
        self._display.flush()

    def wake(self, picture_bgr: Image) -> None:
        """Show a window that stayed empty.

        On a busy machine Qt may miss that its window was mapped, and then draws nothing. Mapping it once more helps.

        Args:
            picture_bgr: what the window should show.
        """
        if self._is_empty(picture_bgr):
            self._window.unmap()
            self._window.map()
            self._display.flush()

    def _is_empty(self, picture_bgr: Image) -> bool:
        """Whether the window is plain black or white at places where the picture is not."""
        from Xlib import X
        from Xlib.error import XError

        height, width = picture_bgr.shape[:2]
        try:
            if self._window.get_geometry().depth not in (24, 32):
                return False
            for share_x, share_y in _LOOKED_AT:
                x, y = int(width * share_x), int(height * share_y)
                pixel = self._window.get_image(x, y, 1, 1, X.ZPixmap, 0xFFFFFF).data[:3]
                wanted = picture_bgr[y, x]
                if set(pixel) not in ({0}, {255}) or abs(pixel[0] - wanted.astype(int)).max() < _UNLIKE:
                    return False
        except XError:
            return False
        return True

    def size_wh(self) -> tuple[int, int] | None:
        """The window's inside in the screen's own pixels; None once it is gone."""
        from Xlib.error import XError

        try:
            geometry = self._window.get_geometry()
        except (XError, OSError):
            return None
        return geometry.width, geometry.height

    def events(self) -> Iterator[Pointer | str]:
        """What the mouse did over the window since the last call, and the keys that were pressed, by name."""
        from Xlib import X

        while self._cover is not None and self._display.pending_events():
            event = self._display.next_event()
            if event.type == X.KeyPress:
                if not event.state & _SHORTCUTS:
                    yield key_name(self._symbol(event.detail, event.state))
            elif event.type == X.MappingNotify:
                self._display.refresh_keyboard_mapping(event)
            elif getattr(event, "extension", None) == self._opcode and (found := self._pointer(event)):
                yield found

    def _symbol(self, code: int, state: int) -> int:
        """The key's symbol under its modifiers; where that is no Latin letter, the one of the first layout."""
        shifted = bool(state & _SHIFT)
        symbol: int = self._display.keycode_to_keysym(code, shifted + 2 * (state >> 13 & 1))
        if _FIRST_FOREIGN <= symbol < _FIRST_SPECIAL or not symbol:
            symbol = self._display.keycode_to_keysym(code, shifted)
        return symbol or self._display.keycode_to_keysym(code, 0)

    def _pointer(self, event: Any) -> Pointer | None:
        xinput = self._xinput
        if event.evtype == xinput.Leave:
            return Pointer("leave", -1, -1)
        if event.evtype not in (xinput.Motion, xinput.ButtonPress, xinput.ButtonRelease):
            return None
        x, y, button = round(event.data.event_x), round(event.data.event_y), event.data.detail
        if event.evtype == xinput.Motion:
            return Pointer("move", x, y)
        if event.evtype == xinput.ButtonPress:
            return Pointer(_BUTTONS[button], x, y) if button in _BUTTONS else None
        return Pointer("release", x, y) if button == 1 else None

    def close(self) -> None:
        """End the connection; the cover goes with it."""
        self._cover = None
        with suppress(OSError):  # the server may be gone already
            self._display.close()

    def _main_monitor(self) -> Area | None:
        from Xlib.error import XError

        try:
            monitors = self._root.xrandr_get_monitors().monitors
        except (XError, AttributeError):
            return None
        main = [monitor for monitor in monitors if monitor.primary] or list(monitors)
        return Area(main[0].x, main[0].y, main[0].width_in_pixels, main[0].height_in_pixels) if main else None

    def _property(self, window: Any, name: str, text: bool = False) -> Any:
        from Xlib import X

        found = window.get_full_property(self._display.intern_atom(name), X.AnyPropertyType)
        if found is None:
            return None
        value = found.value
        return (value.decode("latin-1") if isinstance(value, bytes) else str(value)) if text else value

    def _find(self, title: str) -> Any:
        """The window of this process and title, anywhere below the root: window managers put frames around it."""
        from Xlib.error import XError

        waiting = [self._root]
        while waiting:
            try:
                children = waiting.pop(0).query_tree().children
            except XError:
                continue
            for window in children:
                try:
                    process = self._property(window, "_NET_WM_PID")
                    if process is not None and process[0] == os.getpid() and window.get_wm_name() == title:
                        return window
                except XError:
                    continue
            waiting += children
        return None


def _common(first: Area, second: Area) -> Area | None:
    x0, y0 = max(first.x, second.x), max(first.y, second.y)
    x1 = min(first.x + first.width, second.x + second.width)
    y1 = min(first.y + first.height, second.y + second.height)
    return Area(x0, y0, x1 - x0, y1 - y0) if x1 > x0 and y1 > y0 else None
