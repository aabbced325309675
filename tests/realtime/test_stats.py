"""Counts and times of a run."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from model.face import Face
from model.geometry import Box
from realtime.errors import SinkError
from realtime.frame import Frame
from realtime.stats import Stats


def test_the_summary_holds_counts_and_percentiles(tmp_path: Path) -> None:
    stats = Stats()
    for milliseconds in range(1, 101):
        stats.add("predict", milliseconds / 1e3)
    assert list(stats.timed("capture", iter("abc"))) == ["a", "b", "c"]
    with stats.time("filter"):
        pass
    face = Face(np.zeros((68, 2), np.float32), 1.0, 0, Box(0, 0, 1, 1))
    frame = Frame(np.zeros((2, 2, 3), np.uint8), 0, 0.0, captured_s=time.perf_counter())
    stats.frame_done(frame, [face, face])
    stats.drops = 3
    stats.save(tmp_path / "stats.json")
    read = json.loads((tmp_path / "stats.json").read_text())
    assert (read["frames"], read["faces"], read["drops"]) == (1, 2, 3)
    assert read["fps"] > 0
    assert read["stages_ms"]["predict"] == {"p50": 50.5, "p95": 95.05}
    assert set(read["stages_ms"]) == {"predict", "capture", "filter", "age"}


def test_skipped_frames_are_drops() -> None:
    stats = Stats()
    for index in (0, 1, 4, 5):
        stats.frame_done(Frame(np.zeros((2, 2, 3), np.uint8), index, float(index)), [])
    assert stats.drops == 2


def test_a_long_run_is_reported_whole_in_bounded_memory() -> None:
    """Its last half is four times as slow as its first: neither is forgotten."""
    stats = Stats()
    for seconds in (0.001, 0.004):
        for _ in range(50_000):
            stats.add("predict", seconds)
    kept = np.array(stats._times_s["predict"].kept)
    assert len(kept) == 10_000
    assert (kept == 0.001).mean() == pytest.approx(0.5, abs=0.02)


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="cannot write statistics to"):
        Stats().save(tmp_path / "no" / "stats.json")
