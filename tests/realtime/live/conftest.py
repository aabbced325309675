"""What runs of the live program share."""

from pathlib import Path

import pytest


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a machine without a screen, whatever this one has, and with no settings of an earlier run."""
    monkeypatch.setattr("realtime.control.settings.settings_path", lambda: tmp_path / "settings.json")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
