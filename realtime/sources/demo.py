"""The built-in demo: a public-domain portrait, moved as if filmed."""

import importlib.util
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from model.geometry import Matrix, compose
from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.sources.base import Source, SourceInfo
from realtime.sources.demo_motions import REFERENCE_SIZE_WH, Motion, filmed

_PLATE_SCALE = 1.5
"""Plate pixels per portrait pixel in frames of 1280x720: about the scale at which the motions show it, so that one
linear warp keeps it sharp and free of aliasing. Smaller frames get a smaller plate; larger ones show no more detail."""
_MARGIN = 700
"""Portrait pixels of surroundings painted on each side; further out the border repeats, which is flat there."""
_SOFT_EDGE = 40
"""Portrait pixels over which its edge fades into the surroundings."""
_NOISE_SPARE = 512
"""The noise tile is this much larger than a frame; each frame takes another window of it."""


@dataclass(frozen=True, slots=True)
class DemoConfig:
    """How the demo plays.

    Attributes:
        size_wh: (width, height) of the frames; the motion's 1280x720 is fitted into it.
        fps: frames a second.
        duration_s: length of one round.
        loop: begin again after each round, for ever.
        paced: by the clock, and what the consumer is too slow for is skipped, as with a camera; else every frame, as
            fast as they are fetched.
        motion: where the portrait is at a time; None is `motions.filmed(duration_s)`, which joins at its ends.
        noise_sigma: sensor noise, standard deviation in grey levels; the same for the same frame in every run.
        light: factor on the brightness, before the noise.

    Raises:
        SourceError: a size, rate, length, noise or light is out of range.
    """

    size_wh: tuple[int, int] = REFERENCE_SIZE_WH
    fps: float = 30.0
    duration_s: float = 10.0
    loop: bool = False
    paced: bool = False
    motion: Motion | None = field(default=None, repr=False)
    noise_sigma: float = 0.0
    light: float = 1.0

    def __post_init__(self) -> None:
        if min(self.size_wh) < 16 or max(self.size_wh) > 16384:
            raise SourceError(
                f"cannot play the demo at {self.size_wh[0]}x{self.size_wh[1]}; each side must be 16 to 16384 pixels"
            )
        if not (0 < self.fps <= 1000 and 0 < self.duration_s < float("inf")):
            raise SourceError(f"cannot play the demo at {self.fps} fps for {self.duration_s} s; try 30 fps for 10 s")
        if not (0 <= self.noise_sigma <= 100 and 0 <= self.light <= 10):
            raise SourceError(f"demo noise {self.noise_sigma} must be 0 to 100 and light {self.light} 0 to 10")

    @property
    def frame_count(self) -> int:
        """Frames in one round."""
        return max(1, round(self.duration_s * self.fps))


class DemoSource(Source):
    """matplotlib's public-domain `grace_hopper.jpg` on a known path, over an out-of-focus extension of itself.

    Raises:
        SourceError: the portrait is not to be found or read.
    """

    def __init__(self, config: DemoConfig | None = None) -> None:
        self._config = config or DemoConfig()
        self._motion = self._config.motion or filmed(self._config.duration_s)
        width, height = self._config.size_wh
        self._fit = min(width / REFERENCE_SIZE_WH[0], height / REFERENCE_SIZE_WH[1])
        self._plate_bgr, self._plate_to_portrait = _paint_plate(load_portrait(), _PLATE_SCALE * min(self._fit, 1.0))
        self._noise = _noise_tile(self._config) if self._config.noise_sigma > 0 else None
        self._closed = threading.Event()
        self._info = SourceInfo(
            name=f"demo ({width}x{height} at {self._config.fps:g} fps{', looped' if self._config.loop else ''})",
            size_wh=self._config.size_wh,
            fps=self._config.fps,
            live=False,
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    def portrait_to_frame(self, time_s: float) -> Matrix:
        """(2, 3) map from pixels of the portrait to pixels of the frame shown at `time_s`: the true motion."""
        (width, height), (reference_width, reference_height) = self._config.size_wh, REFERENCE_SIZE_WH
        scale = self._fit
        # Pixel centres are whole numbers, so the middle of n pixels lies at (n - 1) / 2.
        fit = np.array(
            [
                [scale, 0, (width - 1) / 2 - scale * (reference_width - 1) / 2],
                [0, scale, (height - 1) / 2 - scale * (reference_height - 1) / 2],
            ]
        )
        return compose(fit, self._motion(time_s))

    def frames(self) -> Iterator[Frame]:
        count = None if self._config.loop else self._config.frame_count
        start_s = time.perf_counter()
        index = 0
        while not self._closed.is_set() and (count is None or index < count):
            if self._config.paced:
                index = max(index, int((time.perf_counter() - start_s) * self._config.fps))
                due_s = start_s + index / self._config.fps
                if self._closed.wait(max(0.0, due_s - time.perf_counter())) or (count is not None and index >= count):
                    return
            time_s = index / self._config.fps
            yield Frame(self._render(time_s, index), index, time_s)
            index += 1

    def close(self) -> None:
        self._closed.set()

    def _render(self, time_s: float, index: int) -> npt.NDArray[np.uint8]:
        frame_bgr = cv2.warpAffine(
            self._plate_bgr,
            compose(self.portrait_to_frame(time_s), self._plate_to_portrait),
            self._config.size_wh,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        if self._config.light != 1:
            frame_bgr = cv2.convertScaleAbs(frame_bgr, alpha=self._config.light)
        if self._noise is not None:
            y, x = np.random.default_rng(index).integers(0, _NOISE_SPARE, 2)
            height, width = frame_bgr.shape[:2]
            frame_bgr = cv2.add(frame_bgr, self._noise[y : y + height, x : x + width], dtype=cv2.CV_8U)
        result: npt.NDArray[np.uint8] = frame_bgr
        return result


def load_portrait() -> npt.NDArray[np.uint8]:
    """The demo's portrait, (600, 512, 3) uint8 BGR, from the installed matplotlib, which is not imported: it is slow.

    Raises:
        SourceError: matplotlib or the picture is missing or unreadable.
    """
    advice = "run `pip install --force-reinstall matplotlib`, or choose another --source"
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise SourceError(f"the demo plays a portrait that comes with matplotlib, which is not installed; {advice}")
    path = Path(spec.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    # Not cv2.imread, which cannot open non-ASCII paths on Windows.
    data = np.frombuffer(path.read_bytes(), np.uint8) if path.is_file() else np.empty(0, np.uint8)
    image_bgr = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if image_bgr is None:
        raise SourceError(f"the demo's portrait {path} is missing or no picture; {advice}")
    result: npt.NDArray[np.uint8] = image_bgr
    return result


def _paint_plate(portrait_bgr: npt.NDArray[np.uint8], plate_scale: float) -> tuple[npt.NDArray[np.uint8], Matrix]:
    """The portrait amid its own mirror image that blurs and darkens with the distance, and plate -> portrait pixels."""
    height, width = portrait_bgr.shape[:2]
    mirrored = cv2.copyMakeBorder(portrait_bgr, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REFLECT)
    size_wh = round(mirrored.shape[1] * plate_scale), round(mirrored.shape[0] * plate_scale)
    # cv2.resize keeps the outer edges of pixels, not their centres, in place.
    x_scale, y_scale = mirrored.shape[1] / size_wh[0], mirrored.shape[0] / size_wh[1]
    to_portrait = np.array([[x_scale, 0, x_scale / 2 - 0.5 - _MARGIN], [0, y_scale, y_scale / 2 - 0.5 - _MARGIN]])
    # What ends up blurred is painted at an eighth of the size: as good, and many times as fast.
    small = cv2.resize(mirrored, (mirrored.shape[1] // 8, mirrored.shape[0] // 8), interpolation=cv2.INTER_AREA)
    ys, xs = np.mgrid[0 : small.shape[0], 0 : small.shape[1]].astype(np.float32) * 8 + 3.5 - _MARGIN
    outside = np.hypot(
        np.maximum(np.maximum(-xs, xs - (width - 1)), 0), np.maximum(np.maximum(-ys, ys - (height - 1)), 0)
    )[..., None]
    near = cv2.GaussianBlur(small, (0, 0), 2.5).astype(np.float32)
    far = cv2.GaussianBlur(small, (0, 0), 11).astype(np.float32)
    blend = np.clip(outside / 130, 0, 1)
    shade = 0.30 + 0.70 * np.exp(-((outside / 260) ** 2))
    surroundings = ((near * (1 - blend) + far * blend) * shade).astype(np.uint8)
    plate_bgr = cv2.resize(surroundings, size_wh, interpolation=cv2.INTER_LINEAR)
    sharp_bgr = cv2.resize(mirrored, size_wh, interpolation=cv2.INTER_CUBIC if plate_scale > 1 else cv2.INTER_AREA)
    # The sharp picture fades over its outermost pixels, by their distance from its edge.
    inside_x = width / 2 - np.abs(np.arange(size_wh[0]) * x_scale + to_portrait[0, 2] - (width - 1) / 2)
    inside_y = height / 2 - np.abs(np.arange(size_wh[1]) * y_scale + to_portrait[1, 2] - (height - 1) / 2)
    rows, columns = np.flatnonzero(inside_y > 0), np.flatnonzero(inside_x > 0)
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    fade_x, fade_y = (np.clip(inside / _SOFT_EDGE, 0, 1) for inside in (inside_x, inside_y))
    alpha = fade_y[window[0], None, None] * fade_x[None, window[1], None]
    plate_bgr[window] = (sharp_bgr[window] * alpha + plate_bgr[window] * (1 - alpha)).round()
    return plate_bgr, to_portrait


def _noise_tile(config: DemoConfig) -> npt.NDArray[np.int16]:
    width, height = config.size_wh
    shape = (height + _NOISE_SPARE, width + _NOISE_SPARE, 3)
    noise = np.random.default_rng(0).standard_normal(shape, dtype=np.float32) * config.noise_sigma
    return np.round(noise).astype(np.int16)
