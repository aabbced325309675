"""Tests of realtime.audio.clock."""

import numpy as np
import pytest

from realtime.audio.clock import SteadyClock

CHUNK_S = 0.02


def smoothed(heard_s: np.ndarray) -> np.ndarray:
    clock = SteadyClock()
    return np.array([clock.time(time_s, CHUNK_S) for time_s in heard_s])


@pytest.mark.parametrize("drift", [0.0, 0.005, -0.005])
def test_jitter_is_smoothed_out_and_drift_is_followed(drift: float) -> None:
    true_s = 100 + np.arange(3000) * CHUNK_S / (1 + drift)
    jitter_s = np.random.default_rng(0).uniform(-0.02, 0.02, len(true_s))
    late = slice(1000, None)
    error_s = (smoothed(true_s + jitter_s) - true_s)[late]
    assert np.abs(error_s).max() < 0.006
    assert abs(error_s.mean()) < 0.001


def test_a_gap_is_a_gap_at_once() -> None:
    true_s = 100 + np.arange(1000) * CHUNK_S
    true_s[500:] += 0.7
    assert np.abs(smoothed(true_s) - true_s).max() < 1e-6


def test_sound_that_is_early_by_far_is_believed_too() -> None:
    true_s = 100 + np.arange(1000) * CHUNK_S
    true_s[500:] -= 0.2
    assert np.abs(smoothed(true_s) - true_s).max() < 1e-6
