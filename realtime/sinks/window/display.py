"""Whether a window can be had here, found out without trying: Qt ends the whole process where it cannot connect."""

import ctypes
import ctypes.util
import os
import sys
import time
from pathlib import Path

import cv2

_NO_WINDOW = "or run with --no-window --record FILE"
_ATTEMPTS, _BETWEEN_S = 4, 0.15
"""An X server that is starting over (see below) answers a moment later."""


def display_available() -> str | None:
    """None where a window can be opened; else one line with the reason and the remedy.

    Checks that OpenCV was built with windows and, on Linux, that its Qt plugin loads and the X server answers.
    """
    framework = cv2.currentUIFramework()
    if not framework:
        return (
            "no window: this OpenCV was built without one (opencv-python-headless); "
            'pip uninstall -y opencv-python-headless, then pip install --force-reinstall "opencv-python<5", '
            f"{_NO_WINDOW}"
        )
    if not sys.platform.startswith("linux"):
        return None
    plugins = Path(cv2.__file__).parent / "qt" / "plugins" / "platforms"
    if framework.startswith("QT") and (chosen := os.environ.get("QT_QPA_PLATFORM", "")):
        names = {name.partition(":")[0] for name in chosen.split(";")}
        known = {path.stem.removeprefix("libq") for path in plugins.glob("libq*.so")}
        if known and not names & known:
            return (
                f"no window: QT_QPA_PLATFORM is {chosen}, but OpenCV's Qt knows only {', '.join(sorted(known))}; "
                f"set QT_QPA_PLATFORM=xcb, {_NO_WINDOW}"
            )
    display = os.environ.get("DISPLAY")
    if not display:
        if os.environ.get("WAYLAND_DISPLAY") and framework.startswith("QT"):
            return (
                "no window: this is a Wayland session without X, and OpenCV's windows need X; "
                f"install Xwayland and log in again, {_NO_WINDOW}"
            )
        if os.environ.get("WAYLAND_DISPLAY"):
            return None
        return f"no window: there is no display (DISPLAY is not set); use a desktop session or ssh -X, {_NO_WINDOW}"
    return _x_server_failure(display, plugins / "libqxcb.so")


def _x_server_failure(display: str, plugin: Path) -> str | None:
    """Connect by the very library that the window will use; None where that works."""
    library = str(plugin) if plugin.is_file() else ctypes.util.find_library("xcb")
    if library is None:
        return f"no window: libxcb is not installed; install it (apt install libxcb1), {_NO_WINDOW}"
    try:
        xcb = ctypes.CDLL(library)
    except OSError as error:
        return f"no window: OpenCV's Qt plugin does not load ({error}); install the named library, {_NO_WINDOW}"
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_BETWEEN_S)
        connection = xcb.xcb_connect(display.encode(), None)
        if not xcb.xcb_connection_has_error(connection):
            # Left open on purpose: a bare X server starts over when its last client leaves, and refuses the next
            # one, the window, meanwhile.
            return None
        xcb.xcb_disconnect(connection)
    return (
        f"no window: the display {display} does not answer or refuses us; check DISPLAY and its access rights "
        f"(xhost, ssh -X), {_NO_WINDOW}"
    )
