"""One Euro filter over the points of one face: still faces stand still, moving ones do not lag.

A head's motion and a face's expression are smoothed apart. The motion (place, size, roll) is a mean over 68 points and
so barely noisy: it may follow almost at once. What is left, each point's own motion within the face, is noisy and
small: there rest is worth more, and a blink or a spoken word is still far faster than noise. How far eyes and mouth are
open is a mean over several points and so less noisy than each of them: a blink shows in both eyes' opening before any
lid's own motion stands out, and all lids and lips are let go by it.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.keypoints import GROUPS, LEFT_EYE_OUTER, NUM_KEYPOINTS, REGIONS, RIGHT_EYE_OUTER
from model.mean_face import MEAN_FACE
from model.measures import LID_LIP_GAPS

Values = npt.NDArray[np.float64]


def _fit_of_mean_face() -> Values:
    """(4, 136): times a face's points, row by row, it gives the similarity that best takes the mean face to them.

    That similarity is [[a, -b], [b, a]] and then (x, y), given as (a, b, x, y); best is in the least squares.

    Source: as `model.geometry.fit_similarity`, which is linear in the points it fits to.
    """
    x, y = (MEAN_FACE[:, :2] - MEAN_FACE[:, :2].mean(axis=0)).T
    power, mean, none = (x * x + y * y).sum(), np.full(len(x), 1 / len(x)), np.zeros(len(x))
    rows = ((x / power, y / power), (-y / power, x / power), (mean, none), (none, mean))
    return np.array([np.column_stack(row).ravel() for row in rows])


_FIT = _fit_of_mean_face()

_LIDS_LIPS = list(REGIONS["eyes"] + REGIONS["mouth"])


def _leads() -> npt.NDArray[np.intp]:
    """(72, 3) rows, of points and then openings, by whose speed each row is let go; itself is the first."""
    leads = np.repeat(np.arange(NUM_KEYPOINTS + 4)[:, None], 3, axis=1)
    for index, eye in enumerate((GROUPS["left_eye"], GROUPS["right_eye"])):
        leads[list(eye), 1:] = NUM_KEYPOINTS + index, NUM_KEYPOINTS + 2
    leads[list(REGIONS["mouth"]), 1] = NUM_KEYPOINTS + 3
    return leads


_POINTS_AND_OPENINGS = np.concatenate(
    [np.eye(NUM_KEYPOINTS), LID_LIP_GAPS[:2], LID_LIP_GAPS[:2].mean(axis=0, keepdims=True), LID_LIP_GAPS[2:]]
)
"""(72, 68): the points themselves, and how far the left eye, the right eye, both and the mouth are open."""
_LEADS = _leads()

_QUIET = 0.2
"""Share of the rows that are taken to be at rest, even in a face that speaks: their speed is the noise."""
_NOISE_CUTOFF_HZ = 0.3
"""How fast the estimate of the noise follows: slowly enough that a turn of the head is not taken for it."""


@dataclass(frozen=True, slots=True)
class OneEuroConfig:
    """Settings of one One Euro filter; lengths are eye distances.

    Attributes:
        min_cutoff_hz: cutoff at rest; lower is steadier.
        beta: rise of the cutoff, in Hz, per unit of speed; higher lags less.
        speed_cutoff_hz: cutoff of the speed's own smoothing.
        still: speeds up to this, in eye distances a second, are taken for noise.
        noise_factor: where not 0, that limit is this many times the usual speed of the quietest rows, and `still` only
            bounds it: a part of a face is always at rest, and what that moves is the noise of this camera.
        catch_up: rise of the cutoff, in Hz, per unit of what the smoothed values lag behind beyond the slack; a slow
            movement, as of a lid that opens again, is no faster than noise but does not end as noise does.
        slack_s: how many seconds of movement at the speed taken for noise are the slack.
    """

    min_cutoff_hz: float
    beta: float
    speed_cutoff_hz: float
    still: float
    noise_factor: float = 0.0
    catch_up: float = 0.0
    slack_s: float = 0.0

    def __post_init__(self) -> None:
        if (
            min(self.min_cutoff_hz, self.speed_cutoff_hz) <= 0
            or min(self.beta, self.still, self.noise_factor, self.catch_up, self.slack_s) < 0
        ):
            raise ValueError(f"smoothing needs positive cutoffs, and nothing below 0, got {self}")


@dataclass(frozen=True, slots=True)
class SmoothingConfig:
    """How a face is smoothed.

    Attributes:
        motion: place, size and roll of the whole face.
        expression: each point within the face.
        lids_lips: how many times as fast the lids and lips follow as the rest of the face: they are what moves most
            suddenly, in a blink, and filters show it.
        eye_noise, eyes_noise, mouth_noise: how fast an eye, both eyes in the mean, or the mouth may open or close by
            noise alone, as a share of how fast a point may move by it. Both eyes are a mean over eight points.
        jump: a mean move by this many eye distances within one frame is followed at once.
    """

    motion: OneEuroConfig = OneEuroConfig(min_cutoff_hz=1.0, beta=50.0, speed_cutoff_hz=2.5, still=0.05)
    expression: OneEuroConfig = OneEuroConfig(
        0.35, beta=80.0, speed_cutoff_hz=6.0, still=0.25, noise_factor=5.5, catch_up=800.0, slack_s=0.032
    )
    lids_lips: float = 1.4
    eye_noise: float = 0.9
    eyes_noise: float = 0.42
    mouth_noise: float = 0.75
    jump: float = 0.6

    def __post_init__(self) -> None:
        if self.lids_lips <= 0 or self.jump <= 0:
            raise ValueError(f"smoothing needs a positive pace of lids and lips, and a positive jump, got {self}")
        if min(self.eye_noise, self.eyes_noise, self.mouth_noise) < 0:
            raise ValueError(f"smoothing needs openings' noise of at least 0, got {self}")


class OneEuroFilter:
    """A low-pass filter whose cutoff rises with the speed of what it filters, and with how far it lags behind.

    Source: Casiez, Roussel, Vogel, "1 Euro Filter", CHI 2012; here each row of an array has a speed of its own,
    speeds up to `still` or the noise count as rest, and a lag beyond noise raises the cutoff as well.

    Args:
        config: see there.
        values: (N, D) first values.
        pace: scales both cutoffs; (N, 1) for each row its own.
        noise: scales what counts as noise; (N, 1) for each row its own.
        leads: (N, K) rows for each row; its cutoff rises as that of the fastest of them.
    """

    def __init__(
        self,
        config: OneEuroConfig,
        values: Values,
        pace: float | Values = 1.0,
        noise: float | Values = 1.0,
        leads: npt.NDArray[np.intp] | None = None,
    ) -> None:
        self._config = config
        self._pace, self._noise_of, self._leads = pace, noise, leads
        self._raw = self._smooth = values
        self._velocity = np.zeros_like(values)
        self._lag = np.zeros_like(values)
        self._noise = config.still / max(config.noise_factor, 1.0)

    def update(self, values: Values, elapsed_s: float) -> Values:
        """The smoothed (N, D) values, `elapsed_s` > 0 after the last ones."""
        config = self._config
        velocity = (values - self._raw) / elapsed_s
        self._raw = values
        follow = _weight(config.speed_cutoff_hz * self._pace, elapsed_s)
        self._velocity = self._velocity + follow * (velocity - self._velocity)
        speed = np.sqrt(np.einsum("ij,ij->i", self._velocity, self._velocity))[:, None]
        still: float | Values = config.still
        if config.noise_factor:
            quiet = int(_QUIET * len(speed))
            now = float(np.partition(speed[:, 0], quiet)[quiet])
            self._noise += float(_weight(_NOISE_CUTOFF_HZ, elapsed_s)) * (now - self._noise)
            still = min(config.still, config.noise_factor * self._noise)
        still = still * self._noise_of
        rise_hz = config.beta * np.maximum(speed - still, 0)
        if config.catch_up:
            self._lag += follow * (values - self._smooth - self._lag)
            lag = np.sqrt(np.einsum("ij,ij->i", self._lag, self._lag))[:, None]
            rise_hz += config.catch_up * np.maximum(lag - config.slack_s * still, 0)
        if self._leads is not None:
            rise_hz = rise_hz[self._leads, 0].max(axis=1, keepdims=True)
        cutoff_hz = self._pace * (config.min_cutoff_hz + rise_hz)
        self._smooth = self._smooth + _weight(cutoff_hz, elapsed_s) * (values - self._smooth)
        return self._smooth


class FaceSmoother:
    """Smooths the (68, 2) points of one face; a new face gets a new smoother.

    Lengths are measured in eye distances and times are the frames' own, so that near and far faces, and 10 and 60
    frames a second, are treated alike.
    """

    def __init__(self, config: SmoothingConfig | None = None) -> None:
        self._config = config = config or SmoothingConfig()
        self._noise = np.ones((len(_LEADS), 1))
        self._noise[NUM_KEYPOINTS:, 0] = config.eye_noise, config.eye_noise, config.eyes_noise, config.mouth_noise
        self._pace = np.ones((len(_LEADS), 1))
        self._pace[_LIDS_LIPS] = self._pace[NUM_KEYPOINTS:] = config.lids_lips
        self._time_s = 0.0
        self._shown: Values | None = None
        self._unit_px = 1.0
        self._motion: OneEuroFilter
        self._expression: OneEuroFilter

    def update(self, keypoints_px: npt.NDArray[np.floating], time_s: float) -> Values:
        """The smoothed points for this frame, (68, 2) float64 in pixels.

        Args:
            keypoints_px: (68, 2) points as found; not changed.
            time_s: the frame's time. Where it does not advance, the points are taken as they are.
        """
        raw = np.asarray(keypoints_px, np.float64)
        elapsed_s, self._time_s = time_s - self._time_s, time_s
        unit_px = max(math.dist(raw[LEFT_EYE_OUTER].tolist(), raw[RIGHT_EYE_OUTER].tolist()), 1e-3)
        shown = self._shown
        most_px = self._config.jump * unit_px * raw.size
        if shown is None or elapsed_s <= 0 or cv2.norm(raw, shown, cv2.NORM_L1) > most_px:
            self._unit_px = unit_px
            motion, expression = self._split(raw)
            self._motion = OneEuroFilter(self._config.motion, motion)
            self._expression = OneEuroFilter(self._config.expression, expression, self._pace, self._noise, _LEADS)
            self._shown = raw
            return raw
        motion, expression = self._split(raw)
        self._shown = self._join(self._motion.update(motion, elapsed_s), self._expression.update(expression, elapsed_s))
        return self._shown

    def _split(self, points_px: Values) -> tuple[Values, Values]:
        """(1, 4) place, log size and roll of the whole face; (72, 2) its points with these taken out, and openings."""
        a, b, x, y = (_FIT @ points_px.ravel()).tolist()
        power = max(a * a + b * b, 1e-12)  # points in one place are no reason to end the program
        # Place is counted in the eye distances of the first frame: a unit that changed would itself shake.
        motion = np.array([[x / self._unit_px, y / self._unit_px, 0.5 * math.log(power), math.atan2(b, a)]])
        back = np.array([[a / power, -b / power], [b / power, a / power]])
        expression: Values = _POINTS_AND_OPENINGS @ ((points_px - (x, y)) @ back)
        expression[NUM_KEYPOINTS:, 0] = 0.0  # up and down only
        return motion, expression

    def _join(self, motion: Values, expression: Values) -> Values:
        """The inverse of `_split`."""
        x, y, log_size, roll = motion[0].tolist()
        size = math.exp(log_size)
        a, b = size * math.cos(roll), size * math.sin(roll)
        points: Values = expression[:NUM_KEYPOINTS] @ np.array([[a, b], [-b, a]]) + (
            x * self._unit_px,
            y * self._unit_px,
        )
        return points


def _weight(cutoff_hz: float | Values, elapsed_s: float) -> float | Values:
    """Share of the new value in a first-order low-pass filter."""
    step = 2 * np.pi * cutoff_hz * elapsed_s
    return step / (step + 1)
