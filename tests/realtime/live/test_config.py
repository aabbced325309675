"""Options that contradict each other or cannot be read."""

import pytest

from realtime.control.controls import Controls
from realtime.errors import ConfigError
from realtime.live.config import LiveConfig, parse_camera, parse_size


def test_one_source_only() -> None:
    with pytest.raises(ConfigError, match="one source"):
        LiveConfig(camera=0, source="demo")
    assert LiveConfig(camera=0).source_chosen
    assert not LiveConfig().source_chosen


def test_sizes() -> None:
    assert parse_size("1280x720") == (1280, 720)
    assert parse_size(None) is None
    for text in ("1280", "x", "12.5x7", "-3x4", "wide"):
        with pytest.raises(ConfigError, match="is not a size"):
            parse_size(text)
    with pytest.raises(ConfigError, match="out of range"):
        parse_size("4x99999")


def test_cameras_by_index_or_name() -> None:
    assert parse_camera("2") == 2
    assert parse_camera("Logitech") == "Logitech"
    assert parse_camera(None) is None


def test_the_program_s_first_run_wears_sunglasses_without_dots() -> None:
    look = LiveConfig().look
    assert (look.filters, look.keypoints) == (("sunglasses",), None)
    assert not Controls(list(look.filters), look.keypoints).keypoints_shown
