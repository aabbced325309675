"""HDR pictures as screens without it show them: PQ and HLG in BT.2020 to 8 bits in BT.709.

Diffuse white, 203 cd/m2 (ITU-R BT.2408), becomes white; what is brighter is compressed above three quarters of it.
Sources: SMPTE ST 2084 (PQ), ARIB STD-B67 and ITU-R BT.2100 (HLG, its system gamma applied to each channel), ITU-R
BT.2087 (BT.2020 to BT.709), ITU-R BT.1886 (2.4).
"""

from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image

PQ: Final = 16
HLG: Final = 18
"""Transfer characteristics as FFmpeg numbers them (ITU-T H.273)."""
_WHITE: Final = 203.0
_PEAK: Final = 1000.0
_KNEE: Final = 0.75
_GAMMA: Final = 2.4
_TO_BT709: Final = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
"""Red, green and blue in linear light."""
_BGR_TO_BT709: Final = np.ascontiguousarray(_TO_BT709[::-1, ::-1])


def to_sdr(picture_bgr: Image, transfer: int) -> Image:
    """A (H, W, 3) picture as it was coded, its BT.2020 matrix undone, tone-mapped.

    Args:
        picture_bgr: not changed.
        transfer: `PQ` or `HLG`.
    """
    linear = cv2.transform(cv2.LUT(picture_bgr, _to_linear(transfer)), _BGR_TO_BT709)
    # Roots are fast, other powers are not: the rest of the gamma is looked up.
    root = cv2.sqrt(cv2.max(linear, 0.0))
    coded = cv2.convertScaleAbs(root, alpha=255.0)
    return np.asarray(cv2.LUT(coded, _from_root()), np.uint8)


@cache
def _to_linear(transfer: int) -> npt.NDArray[np.float32]:
    coded = np.arange(256) / 255
    light = _pq(coded) if transfer == PQ else _hlg(coded)
    x = light / _WHITE
    bent = _KNEE + (1 - _KNEE) * (1 - np.exp(-(x - _KNEE) / (1 - _KNEE)))
    return np.where(x < _KNEE, x, bent).astype(np.float32)


@cache
def _from_root() -> npt.NDArray[np.uint8]:
    return np.rint(255 * (np.arange(256) / 255) ** (2 / _GAMMA)).astype(np.uint8)


def _pq(coded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """cd/m2."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = coded ** (1 / m2)
    return np.asarray(10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1))


def _hlg(coded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """cd/m2 of a screen of 1000."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - c) / a) + b) / 12)
    return np.asarray(_PEAK * scene**1.2)
