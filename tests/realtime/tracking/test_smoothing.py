"""Smoothing: rest against lag."""

from dataclasses import replace

import numpy as np
import pytest

from model.keypoints import GROUPS, eye_distance
from realtime.tracking.smoothing import FaceSmoother, OneEuroConfig, SmoothingConfig
from tests.realtime.fake_faces import face_at

EYE_PX = float(eye_distance(face_at(0, 0)))


def smooth(frames: np.ndarray, fps: float, config: SmoothingConfig | None = None) -> np.ndarray:
    smoother = FaceSmoother(config)
    return np.array([smoother.update(points, i / fps) for i, points in enumerate(frames)])


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_lag_is_at_most_a_frame_at_one_face_width_a_second(fps: int) -> None:
    """One face width to and fro at 1 Hz; the delay that explains the smoothed motion best."""
    times = np.arange(0, 4, 1 / fps)
    width = np.ptp(face_at(0, 0)[:, 0])
    path = 300 + width / 2 * np.sin(2 * np.pi * times)
    found = smooth(np.array([face_at(x, 200) for x in path]), fps).mean(axis=1)[:, 0]
    late = times > 1
    delays = np.linspace(0, 0.2, 201)
    errors = [np.abs(300 + width / 2 * np.sin(2 * np.pi * (times - delay)) - found)[late].mean() for delay in delays]
    assert delays[int(np.argmin(errors))] <= 1 / 30 + 1e-9


@pytest.mark.parametrize("fps", [30, 60])
def test_speech_keeps_its_amplitude(fps: int) -> None:
    """Lower lip opening by 0.15 eye distances at 3 Hz keeps 90 %."""
    times = np.arange(0, 4, 1 / fps)
    opening = 0.15 * EYE_PX * (0.5 - 0.5 * np.cos(2 * np.pi * 3 * times))
    frames = np.array([face_at(300, 200) for _ in times])
    lip = [GROUPS["inner_lip"][i] for i in (5, 6, 7)]
    frames[:, lip, 1] += opening[:, None]
    found = smooth(frames, fps)[:, lip[1], 1]
    late = times > 1
    assert np.ptp(found[late]) >= 0.9 * np.ptp(opening[late])


def test_a_jump_is_followed_at_once() -> None:
    frames = np.array([face_at(100, 100)] * 5 + [face_at(300, 150)] * 2)
    np.testing.assert_allclose(smooth(frames, 30)[5], frames[5])


def test_size_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    frames = np.array([face_at(0, 0) for _ in range(20)]) + rng.normal(0, 1, (20, 68, 2))
    np.testing.assert_allclose(smooth(frames * 4, 30), smooth(frames, 30) * 4)


def test_a_time_that_stands_still_takes_the_points_as_they_are() -> None:
    smoother = FaceSmoother()
    smoother.update(face_at(0, 0), 1.0)
    np.testing.assert_allclose(smoother.update(face_at(3, 0), 1.0), face_at(3, 0))


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="smoothing needs"):
        OneEuroConfig(min_cutoff_hz=0, beta=1, speed_cutoff_hz=1, still=0)


def test_a_blink_is_followed_sooner_than_the_jaw() -> None:
    """The same move of an upper lid and of the chin, as small as noise, within a face that else stands still."""
    lid, chin = GROUPS["left_eye"][1], GROUPS["jaw"][8]
    frames = np.array([face_at(300, 200)] * 20 + [face_at(300, 200)] * 2)
    frames[20:, [lid, chin], 1] += 0.004 * EYE_PX
    found = smooth(frames, 30)
    moved = found[21, :, 1] - found[19, :, 1]
    assert moved[lid] > 1.2 * moved[chin] > 0


def test_a_lid_that_opens_slowly_is_not_left_behind() -> None:
    """The end of a blink in a noisy picture: slower than noise, but the lid stays where it is going."""
    lid = GROUPS["left_eye"][1]
    true = np.array([face_at(300, 200)] * 90)
    true[:, lid, 1] -= np.clip((np.arange(90) - 40) / 30 * 0.1, 0, 0.06) * EYE_PX
    frames = true + np.random.default_rng(1).normal(0, 0.004 * EYE_PX, true.shape)

    def lag(config: SmoothingConfig) -> float:
        found = smooth(frames, 30, config)
        return float(np.abs(found[:, lid, 1] - true[:, lid, 1])[45:75].mean() / EYE_PX)

    config = SmoothingConfig()
    assert lag(config) < 0.85 * lag(replace(config, expression=replace(config.expression, catch_up=0.0)))


DEAF = SmoothingConfig(eye_noise=1e3, eyes_noise=1e3, mouth_noise=1e3)
"""No opening is ever faster than this noise."""
UPPER_LIDS = {eye: [GROUPS[eye][i] for i in (1, 2)] for eye in ("left_eye", "right_eye")}
LOWER_LIP = [GROUPS["inner_lip"][i] for i in (5, 6, 7)]


def moved(points: list[int], seed: int, height: float = 0.04) -> tuple[np.ndarray, np.ndarray]:
    """(90, 68, 2) a face whose points go down and up again from frame 60 to 68, as it is and under noise."""
    true = np.array([face_at(300, 200)] * 90)
    true[:, points, 1] += (height * EYE_PX * np.interp(np.arange(90), [60, 63, 65, 68], [0, 1, 1, 0]))[:, None]
    return true, true + np.random.default_rng(seed).normal(0, 0.004 * EYE_PX, true.shape)


@pytest.mark.parametrize("seed", range(3))
def test_a_blink_of_both_eyes_stands_out_from_noise(seed: int) -> None:
    """Lids that close and open within a quarter of a second, in a noisy picture, are shown nearer to where they are."""
    lids = UPPER_LIDS["left_eye"] + UPPER_LIDS["right_eye"]
    true, frames = moved(lids, seed)

    def off(config: SmoothingConfig) -> tuple[float, float]:
        error = np.abs(smooth(frames, 30, config) - true)[:, lids, 1] / EYE_PX
        return float(error[60:69].mean()), float(error[30:60].mean())

    blink, rest = off(SmoothingConfig())
    # Without openings lids need a pace of 1.7 to show a clean blink as well, and are as restless then.
    blink_by_points, rest_by_points = off(replace(DEAF, lids_lips=1.7))
    assert blink < 0.85 * blink_by_points
    assert rest < 1.05 * rest_by_points


@pytest.mark.parametrize(
    ("hearing", "moving", "others"),
    [
        (replace(DEAF, eye_noise=0.6), UPPER_LIDS["left_eye"], LOWER_LIP),
        (replace(DEAF, eye_noise=0.6), UPPER_LIDS["right_eye"], LOWER_LIP),
        (replace(DEAF, mouth_noise=0.6), LOWER_LIP, UPPER_LIDS["left_eye"] + UPPER_LIDS["right_eye"]),
        (replace(DEAF, eyes_noise=0.6), UPPER_LIDS["left_eye"] + UPPER_LIDS["right_eye"], LOWER_LIP),
    ],
    ids=["left eye", "right eye", "mouth", "both eyes"],
)
def test_an_opening_lets_go_what_it_is_of(hearing: SmoothingConfig, moving: list[int], others: list[int]) -> None:
    """One kind of opening alone brings what moves nearer to where it is, in the mean of some noises, and no others."""
    gains, strays = [], []
    for seed in range(8):
        true, frames = moved(moving, seed, 0.025)
        without, heard = (smooth(frames, 30, c) for c in (DEAF, hearing))
        errors = [np.abs(found - true)[60:70, moving, 1].mean() for found in (without, heard)]
        gains.append(errors[1] / errors[0])
        strays.append(np.abs(heard - without)[60:70, others].mean() / np.abs(heard - without)[60:70, moving].mean())
    assert np.mean(gains) < 0.9
    assert np.mean(strays) < 0.15


def test_a_pace_that_cannot_be_is_reported() -> None:
    with pytest.raises(ValueError, match="openings' noise of at least 0"):
        SmoothingConfig(eyes_noise=-1.0)
    with pytest.raises(ValueError, match="positive pace of lids and lips"):
        SmoothingConfig(lids_lips=0.0)
