"""The window system: a window that opens in the middle of the screen, its keys and its mouse."""

import os
import sys
import time
from typing import Final, Protocol

import cv2

from assets import APP_ICON
from model.arrays import Image
from realtime.errors import DisplayError
from realtime.sinks.window.display import display_available
from realtime.sinks.window.keyboard import key_name
from realtime.sinks.window.pointer import Pointer
from realtime.sinks.window.x11 import X11, Area

WINDOW_CLASS: Final = "face-keypoints"
_UNKNOWN_SCREEN: Final = Area(0, 0, 1240, 680)
"""Fits the smallest screens in use, 1366x768, between their panels."""
_SHARE: Final = 0.86
"""Of the free screen that a new window takes at most."""
_TITLE_PX: Final = 36
"""Height of a title bar, which the window manager adds."""
_MIN_HEIGHT: Final = 480
"""Smaller pictures are shown larger, so that text on them can be read."""
_LISTEN_S: Final = 0.03
_WHEEL_S: Final = 0.25
"""A turn of the wheel is over when nothing came for so long; what comes while a window opens would be missed."""
_FRAMED: Final = 10
"""Pictures after which the window manager has put its frame round the window."""
_WAKEFUL: Final = (8, 20, 40, 80)
"""Pictures after which the window is looked at: it may have stayed empty."""


class Gui(Protocol):
    """What the sink needs of a window system; one window at most."""

    @property
    def scale(self) -> float:
        """How much larger than usual the user wants things drawn."""
        ...

    def open(self, title: str, frame_wh: tuple[int, int]) -> None: ...

    def show(self, picture_bgr: Image) -> None: ...

    def key(self) -> str: ...

    def pointers(self) -> list[Pointer]: ...

    def wait(self, seconds: float) -> None:
        """Return when the user does something, at the latest after so long."""
        ...

    def area_wh(self) -> tuple[int, int] | None: ...

    def visible(self) -> bool: ...

    def set_fullscreen(self, on: bool) -> None: ...

    def close(self) -> None: ...


class OpenCvGui:
    """OpenCV's window, with what X11 can add to it.

    Raises:
        DisplayError: no window can be shown here.
    """

    def __init__(self) -> None:
        if (reason := display_available()) is not None:
            raise DisplayError(reason)
        self._title = ""
        self._keys: list[str] = []
        self._pointers: list[Pointer] = []
        self._zoomed_s: float | None = None
        self._placed = False
        self._shown = 0
        self._asked_xy = self._frame_wh = 0, 0
        self._x11: X11 | None = None
        self._qt = cv2.currentUIFramework().startswith("QT")
        if sys.platform.startswith("linux") and self._qt:
            # Window managers that look before the class is set take the name from here.
            os.environ.setdefault("RESOURCE_NAME", WINDOW_CLASS)
            try:
                self._x11 = X11()
            except OSError:
                self._x11 = None
        self.scale = self._x11.scale() if self._x11 else 1.0

    def open(self, title: str, frame_wh: tuple[int, int]) -> None:
        """Open a resizable window in the middle of the screen, wholly on it, without OpenCV's own bars."""
        self._title = title
        area = first_area(frame_wh, self._x11.free_area() if self._x11 else _UNKNOWN_SCREEN, self.scale)
        # Where the screen's size is not known, the system finds a better place than a guess would; but Qt's wheel needs
        # a known one.
        self._placed = self._qt
        self._create(area)
        if self._x11 and not self._x11.adopt(title):
            self._x11.close()
            self._x11 = None
        if self._x11:
            icon_bgra = cv2.imread(str(APP_ICON), cv2.IMREAD_UNCHANGED)
            assert icon_bgra is not None
            self._x11.name(WINDOW_CLASS, icon_bgra)
            # Once more in the screen's own pixels: Qt may count in larger ones.
            self._x11.place(area)

    def _create(self, area: Area) -> None:
        try:
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        except cv2.error as error:
            raise DisplayError(f"no window: {error.err}; run with --no-window --record FILE") from error
        cv2.resizeWindow(self._title, area.width, area.height)
        if self._placed:
            cv2.moveWindow(self._title, area.x, area.y)
            self._asked_xy = area.x, area.y
        cv2.setMouseCallback(self._title, self._on_mouse)

    def _on_mouse(self, event: int, x: int, y: int, flags: int, data: object) -> None:
        kind = {cv2.EVENT_LBUTTONDOWN: "press", cv2.EVENT_LBUTTONUP: "release", cv2.EVENT_MOUSEMOVE: "move"}.get(event)
        if event in (cv2.EVENT_MOUSEWHEEL, cv2.EVENT_MOUSEHWHEEL):
            forward = flags > 0
            upright = event == cv2.EVENT_MOUSEWHEEL
            kind = ("up" if forward else "down") if upright else ("left" if forward else "right")
            self._zoomed_s = time.monotonic() if self._qt else None
        if kind:
            self._pointers.append(Pointer(kind, x, y))  # type: ignore[arg-type]

    def show(self, picture_bgr: Image) -> None:
        """Show a picture, stretched over the window."""
        if self._zoomed_s is not None and time.monotonic() - self._zoomed_s > _WHEEL_S:
            self._open_again()
        cv2.imshow(self._title, picture_bgr)
        if self._x11 and self._shown in _WAKEFUL:
            self._x11.wake(picture_bgr)
        elif self._x11 is None and self._shown == _FRAMED:
            self._measure_frame()
        self._shown += 1

    def _open_again(self) -> None:
        """A new window in the place of a zoomed one, whose zoom nothing else undoes.

        Only where X11 could not keep the wheel from Qt.
        """
        x, y, width, height = cv2.getWindowImageRect(self._title)
        cv2.destroyWindow(self._title)
        self._zoomed_s, self._placed = None, True
        # The system counts from the corner of the frame, but tells the place of what is inside.
        frame_x, frame_y = self._frame_wh
        self._create(Area(x - frame_x, y - frame_y, width, height))

    def _measure_frame(self) -> None:
        if self._placed:
            x, y, _, _ = cv2.getWindowImageRect(self._title)
            self._frame_wh = x - self._asked_xy[0], y - self._asked_xy[1]

    def key(self) -> str:
        """Let the window work; the next key pressed since, or nothing."""
        if not self._keys:
            self._listen(0.001)
        return self._keys.pop(0) if self._keys else ""

    def wait(self, seconds: float) -> None:
        """Return when a key is pressed or the mouse moves, at the latest after `seconds`."""
        deadline_s = time.monotonic() + seconds
        while (left_s := deadline_s - time.monotonic()) > 0 and not self._keys and not self._pointers:
            self._listen(min(left_s, _LISTEN_S))
            if not self.visible():
                return

    def pointers(self) -> list[Pointer]:
        """What the mouse did since the last call, in pixels of the picture shown."""
        done, self._pointers = self._pointers, []
        return done

    def _listen(self, seconds: float) -> None:
        """Let Qt work for so long at most, and note what the user did."""
        code = cv2.waitKeyEx(max(1, round(seconds * 1000)))
        if self._x11 is None:
            self._keys += [key_name(code)] if code != -1 else []
            return
        for event in self._x11.events():
            if isinstance(event, Pointer):
                self._pointers.append(event)
            else:
                self._keys.append(event)

    def area_wh(self) -> tuple[int, int] | None:
        """Size of the window's inside; None where OpenCV does not know."""
        if self._x11 and (size_wh := self._x11.size_wh()):
            return size_wh
        _, _, width, height = cv2.getWindowImageRect(self._title)
        return (width, height) if width > 0 and height > 0 else None

    def visible(self) -> bool:
        """Whether the user has not closed it."""
        try:
            return bool(cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1)
        except cv2.error:  # Qt ends with its last window, and OpenCV then knows no window at all
            return False

    def set_fullscreen(self, on: bool) -> None:
        """Fill the screen, or go back."""
        mode = cv2.WINDOW_FULLSCREEN if on else cv2.WINDOW_NORMAL
        cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, mode)

    def close(self) -> None:
        """Close the window where it is still there; OpenCV needs to work once more for it to vanish."""
        if self._x11:
            self._x11.close()
            self._x11 = None
        if self.visible():
            cv2.destroyAllWindows()
            cv2.waitKey(1)


def first_area(frame_wh: tuple[int, int], free: Area, scale: float = 1.0) -> Area:
    """Where a window for frames of that size opens: centred in the free part of the screen, wholly inside it.

    Args:
        frame_wh: (width, height) of the frames; small ones are enlarged, large ones reduced.
        free: the part of the screen that no panel covers.
        scale: how much larger than usual the user wants things drawn.
    """
    width, height = frame_wh
    factor = max(scale, scale * _MIN_HEIGHT / height)
    room_wh = free.width * _SHARE, (free.height - _TITLE_PX * scale) * _SHARE
    factor = min(factor, room_wh[0] / width, room_wh[1] / height)
    width, height = max(1, round(width * factor)), max(1, round(height * factor))
    title_px = round(_TITLE_PX * scale)
    x, y = free.x + (free.width - width) // 2, free.y + max(0, free.height - height - title_px) // 2
    return Area(x, y, width, height)
