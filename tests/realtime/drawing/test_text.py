"""Tests of realtime.drawing.text."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.drawing import text
from realtime.drawing.text import fitted_text, render_plate, render_text, text_size_wh, wrapped_text
from realtime.errors import DisplayError
from tests.paths import ROOT


def test_text_is_premultiplied_anti_aliased_and_of_its_colour() -> None:
    overlay = render_text("Wgé", 32, (10, 120, 250))
    assert overlay.dtype == np.uint8
    assert overlay.shape == (*text_size_wh("Wgé", 32)[::-1], 4)
    alpha = overlay[..., 3].astype(float)
    for channel, value in enumerate((10, 120, 250)):
        np.testing.assert_allclose(overlay[..., channel], alpha * value / 255, atol=1)
    assert alpha.max() == 255
    assert len(np.unique(alpha)) > 30
    assert alpha[0].max() == 0


def test_lines_of_a_size_are_equally_high() -> None:
    assert len({render_text(line, 20).shape[0] for line in ("a", "gÉ|", "", "…")}) == 1


def test_a_rendered_text_is_kept_and_cannot_be_changed() -> None:
    overlay = render_text("kept", 20)
    assert render_text("kept", 20) is overlay
    with pytest.raises(ValueError, match="read-only"):
        overlay[0, 0, 0] = 1


def test_bold_is_heavier() -> None:
    assert render_text("abc", 20, bold=True)[..., 3].sum() > 1.2 * render_text("abc", 20)[..., 3].sum()


def test_plates_have_smooth_round_corners() -> None:
    plate = render_plate((60, 40), 12, (255, 0, 0), 0.5)
    assert plate[0, 0, 3] == 0
    assert plate[20, 30].tolist() == [128, 0, 0, 128]
    assert plate[0, 30, 3] == 128
    assert len(np.unique(plate[:12, :12, 3])) > 8
    np.testing.assert_array_equal(plate, plate[::-1, ::-1])


@given(st.text(max_size=60), st.integers(8, 40), st.integers(20, 400))
@settings(max_examples=20, deadline=None)
def test_fitted_text_fits(line: str, size_px: int, max_width_px: int) -> None:
    fitted = fitted_text(line, size_px, max_width_px)
    assert text_size_wh(fitted, size_px)[0] <= max_width_px or fitted == "…"


def test_a_shortened_path_keeps_both_ends() -> None:
    fitted = fitted_text("/home/somebody/Videos/recording-2026-01-31.mp4", 20, 300)
    assert fitted.startswith("/home")
    assert fitted.endswith(".mp4")
    assert "…" in fitted


def test_wrapping_breaks_between_words_and_loses_none() -> None:
    line = "the quick brown fox jumps over the lazy dog"
    lines = wrapped_text(line, 20, 160, max_lines=9)
    assert " ".join(lines) == line
    assert len(lines) > 2
    assert len(wrapped_text(line * 9, 20, 160)) == 3


def test_missing_fonts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    text._fonts_dir.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(DisplayError, match=r"no DejaVuSans\.ttf .*pip install --force-reinstall matplotlib"):
        text._fonts_dir()
    monkeypatch.undo()
    assert text._fonts_dir().is_dir()


def test_matplotlib_is_not_imported_for_its_fonts() -> None:
    code = (
        "import sys; from realtime.drawing.text import render_text; render_text('a', 9); "
        "sys.exit('matplotlib' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
