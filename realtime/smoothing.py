"""One Euro filter over the points of one face: still faces stand still, moving ones do not lag."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.keypoints import eye_distance

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SmoothingConfig:
    """Settings of the One Euro filter, in eye distances and seconds.

    Attributes:
        min_cutoff_hz: cutoff for a point at rest; lower is steadier.
        beta: rise of the cutoff, in Hz, per eye distance a second of speed; higher lags less.
        speed_cutoff_hz: cutoff of the speed's own smoothing.
        jump: a mean move by so many eye distances within one frame is followed at once.
    """

    min_cutoff_hz: float = 1.0
    beta: float = 8.0
    speed_cutoff_hz: float = 3.0
    jump: float = 0.5

    def __post_init__(self) -> None:
        if min(self.min_cutoff_hz, self.speed_cutoff_hz, self.jump) <= 0 or self.beta < 0:
            raise ValueError(f"smoothing needs positive cutoffs and jump and beta >= 0, got {self}")


class OneEuroFilter:
    """Smooths the (68, 2) points of one face; a new face gets a new filter.

    A low-pass filter whose cutoff rises with each point's own speed. Lengths are measured in eye distances and
    times are the frames' own, so that near and far faces, and 10 and 60 frames a second, are treated alike.

    Source: Casiez, Roussel, Vogel, "1 Euro Filter", CHI 2012.
    """

    def __init__(self, config: SmoothingConfig | None = None) -> None:
        self._config = config or SmoothingConfig()
        self._time_s = 0.0
        self._raw: Points | None = None
        self._smooth: Points = np.empty(0)
        self._speed: Points = np.empty(0)

    def update(self, keypoints_px: npt.NDArray[np.floating], time_s: float) -> Points:
        """The smoothed points for this frame, (68, 2) float64 in pixels.

        Args:
            keypoints_px: (68, 2) points as found; not changed.
            time_s: the frame's time. Where it does not advance, the points are taken as they are.
        """
        raw = np.asarray(keypoints_px, np.float64)
        unit_px = max(float(eye_distance(raw)), 1e-3)
        elapsed_s = time_s - self._time_s
        self._time_s = time_s
        previous, self._raw = self._raw, raw
        if previous is None or elapsed_s <= 0 or np.abs(raw - self._smooth).mean() > self._config.jump * unit_px:
            self._smooth, self._speed = raw, np.zeros_like(raw)
            return raw
        config = self._config
        velocity = (raw - previous) / (unit_px * elapsed_s)
        self._speed = self._speed + _weight(config.speed_cutoff_hz, elapsed_s) * (velocity - self._speed)
        cutoff_hz = config.min_cutoff_hz + config.beta * np.linalg.norm(self._speed, axis=1, keepdims=True)
        self._smooth = self._smooth + _weight(cutoff_hz, elapsed_s) * (raw - self._smooth)
        return self._smooth


def _weight(cutoff_hz: float | Points, elapsed_s: float) -> float | Points:
    """Share of the new value in a first-order low-pass filter."""
    step = 2 * np.pi * cutoff_hz * elapsed_s
    return step / (step + 1)
