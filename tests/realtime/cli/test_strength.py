"""`--strength` in batches and live: half of it lies between nothing and the whole filter."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from model.arrays import Image
from realtime.cli.live import app
from realtime.sources.demo import load_portrait
from realtime.sources.files.video import VideoSource


@pytest.fixture
def portrait(tmp_path: Path) -> Image:
    small: Image = cv2.resize(load_portrait(), (256, 300), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "face.png"), small)
    return small


def run(*arguments: object) -> None:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output


def test_half_the_strength_lies_between_nothing_and_the_whole_filter(tmp_path: Path, portrait: Image) -> None:
    def drawn(strength: float) -> Image:
        out = tmp_path / str(strength)
        run("annotate", tmp_path / "face.png", "--out", out, "--filter", "sunglasses", "--strength", strength)
        return np.asarray(cv2.imread(str(out / "face.png")))

    none, half, full = drawn(0), drawn(0.5), drawn(1)
    np.testing.assert_array_equal(none, portrait)
    changed = (full != none).any(axis=2)
    assert changed.mean() > 0.02
    assert np.abs(half - (none.astype(float) + full) / 2)[changed].mean() < 3


def test_it_counts_live_too(tmp_path: Path, portrait: Image) -> None:
    for strength in ("0", "1"):
        record = ("--record", tmp_path / f"{strength}.mp4", "--max-frames", 2, "--no-window", "--quality", 100)
        run("--source", tmp_path / "face.png", "--filter", "sunglasses", "--strength", strength, *record)
    with VideoSource(tmp_path / "0.mp4") as none, VideoSource(tmp_path / "1.mp4") as full:
        without, worn = next(none.frames()).pixels_bgr, next(full.frames()).pixels_bgr
    assert np.abs(without.astype(float) - portrait).max(axis=2).mean() < 4
    assert (np.abs(worn.astype(float) - portrait).max(axis=2) > 40).mean() > 0.02


def test_a_strength_beyond_one_is_refused() -> None:
    done = CliRunner().invoke(app, ["--source", "demo", "--strength", "1.5"])
    assert done.exit_code == 2
    assert "less than or equal to 1" in done.output
