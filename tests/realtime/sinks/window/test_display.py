"""Tests of realtime.sinks.window.display."""

import sys

import cv2
import pytest

from realtime.sinks.window.display import display_available

linux_qt = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not cv2.currentUIFramework().startswith("QT"),
    reason="needs OpenCV with Qt on Linux",
)


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def test_headless_opencv_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "")
    reason = display_available()
    assert reason is not None
    assert "opencv-python-headless" in reason
    assert 'pip install --force-reinstall "opencv-python<5"' in reason


@linux_qt
def test_no_display_is_named() -> None:
    assert "DISPLAY is not set" in (display_available() or "")


@linux_qt
def test_wayland_without_x_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert "install Xwayland" in (display_available() or "")


@linux_qt
@pytest.mark.parametrize("display", [":9876", "no-such-host.invalid:0", "nonsense"])
def test_a_display_that_does_not_answer_is_named_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, display: str
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    assert f"the display {display} does not answer" in (display_available() or "")


@linux_qt
def test_a_qt_platform_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland")
    assert "QT_QPA_PLATFORM is wayland, but OpenCV's Qt knows only xcb" in (display_available() or "")


def test_other_systems_have_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "COCOA")
    assert display_available() is None
