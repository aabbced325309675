"""Tests of realtime.sources.demo."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.geometry import Matrix, apply
from realtime.errors import SourceError
from realtime.sources.demo import DemoConfig, DemoSource, load_portrait
from realtime.sources.demo_motions import FACE_CENTER, place, sliding, still
from tests.paths import ROOT


def test_plays_ten_seconds_at_thirty_frames_by_default() -> None:
    with DemoSource() as source:
        assert (source.info.fps, source.info.size_wh) == (30, (1280, 720))
        frames = list(source.frames())
    assert len(frames) == 300
    assert [frame.time_s for frame in frames[:2]] == [0, pytest.approx(1 / 30)]


@pytest.mark.parametrize("size_wh", [(1280, 720), (640, 360), (641, 363), (480, 640)])
def test_the_portrait_lies_where_the_source_says(size_wh: tuple[int, int]) -> None:
    with DemoSource(DemoConfig(size_wh, motion=still(roll_deg=10, scale=1.4))) as source:
        frame = next(source.frames())
        matrix = source.portrait_to_frame(0)
    expected_bgr = cv2.warpAffine(load_portrait(), matrix, size_wh, flags=cv2.INTER_AREA)
    x, y = apply(matrix, np.array(FACE_CENTER)).astype(int)
    # Sub-pixel shift between what is shown and what is said, by phase correlation over the face.
    half = min(size_wh) // 5
    window = slice(y - half, y + half), slice(x - half, x + half)
    shown, said = (cv2.cvtColor(each[window], cv2.COLOR_BGR2GRAY) for each in (frame.pixels_bgr, expected_bgr))
    hanning = cv2.createHanningWindow((2 * half, 2 * half), cv2.CV_32F)
    shift, _ = cv2.phaseCorrelate(said.astype(np.float32), shown.astype(np.float32), hanning)
    assert np.hypot(*shift) < 0.06


def test_colours_are_the_portraits() -> None:
    with DemoSource(DemoConfig(motion=still(scale=1.0))) as source:
        frame = next(source.frames())
        x, y = apply(source.portrait_to_frame(0), np.array([450.0, 200.0])).round().astype(int)
    patch, truth = frame.pixels_bgr[y - 4 : y + 5, x - 4 : x + 5], load_portrait()[196:205, 446:455]
    np.testing.assert_allclose(patch.mean(axis=(0, 1)), truth.mean(axis=(0, 1)), atol=3)


def test_a_loop_goes_on_without_a_jump() -> None:
    config = DemoConfig((320, 180), fps=10, duration_s=1, loop=True)
    with DemoSource(config) as source:
        frames = list(islice(source.frames(), 11))
    assert [frame.index for frame in frames] == list(range(11))
    np.testing.assert_array_equal(frames[0].pixels_bgr, frames[10].pixels_bgr)


def test_paced_skips_what_the_consumer_is_too_slow_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock_s = [0.0]
    monkeypatch.setattr("realtime.sources.demo.time.perf_counter", lambda: clock_s[0])
    with DemoSource(DemoConfig((64, 48), fps=100, loop=True, paced=True)) as source:
        frames = source.frames()
        assert next(frames).index == 0
        clock_s[0] = 0.5
        assert next(frames).index == 50
        clock_s[0] = 0.505
        assert next(frames).index == 51


def test_noise_is_the_same_in_every_run_and_as_strong_as_asked() -> None:
    config = DemoConfig((320, 180), motion=still(), noise_sigma=4)
    with (
        DemoSource(config) as noisy,
        DemoSource(config) as again,
        DemoSource(DemoConfig((320, 180), motion=still())) as clean,
    ):
        first, second = islice(noisy.frames(), 2)
        np.testing.assert_array_equal(first.pixels_bgr, next(again.frames()).pixels_bgr)
        truth = next(clean.frames()).pixels_bgr.astype(float)
    inner = (truth > 20) & (truth < 235)
    noise_1, noise_2 = (first.pixels_bgr - truth)[inner], (second.pixels_bgr - truth)[inner]
    assert noise_1.std() == pytest.approx(4, rel=0.05)
    assert abs(noise_1.mean()) < 0.1
    assert abs(np.corrcoef(noise_1, noise_2)[0, 1]) < 0.02


def test_light_dims_the_whole_picture() -> None:
    with DemoSource(DemoConfig((64, 48))) as bright, DemoSource(DemoConfig((64, 48), light=0.12)) as dim:
        ratio = next(dim.frames()).pixels_bgr.mean() / next(bright.frames()).pixels_bgr.mean()
    assert ratio == pytest.approx(0.12, rel=0.03)


def test_a_fraction_of_a_pixel_shows() -> None:
    with DemoSource(DemoConfig((640, 360), motion=sliding((15.0, 0.0)))) as source:
        frames = list(islice(source.frames(), 2))
    blurred = [
        cv2.GaussianBlur(cv2.cvtColor(frame.pixels_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32), (0, 0), 1.5)
        for frame in frames
    ]
    # The shift that explains the difference best, to first order (Lucas and Kanade).
    slope_x = np.gradient((blurred[0] + blurred[1]) / 2, axis=1)
    shift_x = -(slope_x * (blurred[1] - blurred[0])).sum() / (slope_x**2).sum()
    assert shift_x == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("matrix", [place((0, 0), 1.0), place((1280, 720), 1.0, 180), place(scale=1.0, roll_deg=60)])
def test_the_frame_is_filled_wherever_the_portrait_goes(matrix: Matrix) -> None:
    with DemoSource(DemoConfig((320, 180), motion=lambda time_s: matrix)) as source:
        frame_bgr = next(source.frames()).pixels_bgr
    # Some of her uniform is black; bars would be a large part.
    assert (frame_bgr.max(axis=2) == 0).mean() < 0.002


@pytest.mark.parametrize(
    "change", [{"size_wh": (8, 720)}, {"fps": 0}, {"duration_s": float("nan")}, {"noise_sigma": -1}, {"light": 11}]
)
def test_values_out_of_range_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(SourceError):
        DemoConfig(**change)  # type: ignore[arg-type]


def test_a_missing_matplotlib_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SourceError, match="matplotlib, which is not installed; run `pip install"):
        DemoSource()


def test_a_missing_or_broken_portrait_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr("importlib.util.find_spec", lambda name: Spec())
    with pytest.raises(SourceError, match=r"grace_hopper.jpg is missing or no picture"):
        load_portrait()
    folder = tmp_path / "mpl-data" / "sample_data"
    folder.mkdir(parents=True)
    (folder / "grace_hopper.jpg").write_bytes(b"no picture")
    with pytest.raises(SourceError, match=r"grace_hopper.jpg is missing or no picture"):
        load_portrait()


def test_matplotlib_itself_is_not_imported() -> None:
    code = "import sys; from realtime.sources.demo import DemoSource; DemoSource(); print('matplotlib' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
